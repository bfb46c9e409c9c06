"""Many SM2 operations at once, on all processors.

Threads of Python do the work chunk by chunk; for most of a chunk's time they are in C without the
GIL, so that they run side by side.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from typing import TypeVar

from tongsuo_py.sm2 import chunks, nonces, signature_formats, signatures
from tongsuo_py.sm2.private import PrivateKey
from tongsuo_py.sm2.public import PublicKey
from tongsuo_py.sm2.signature_formats import SignatureEncoding
from tongsuo_py.sm2.signatures import DEFAULT_ID

#: Called with how many items are done, and how many there are.
Progress = Callable[[int, int], object]

Item = TypeVar("Item")
Result = TypeVar("Result")

# Items: enough for their cost to hide that of handing them over, few enough to stop soon (some
# milliseconds) and to keep all threads busy to the end.
_LARGEST_CHUNK = 64


def sign_many(
    key: PrivateKey,
    messages: Iterable[object],
    *,
    user_id: object = DEFAULT_ID,
    encoding: SignatureEncoding = "der",
    timed: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
) -> list[bytes | Exception]:
    """The signatures of one key over many messages, each as ``key.sign`` makes it, in their order.

    Where a message cannot be signed (text, say, which is not bytes-like) the exception stands in
    its place. ``messages`` may be any iterable; it is read to its end before the work begins.
    With ``timed`` the time is that at which a chunk of at most 64 messages was begun.

    ``threads`` is how many work at once, all processors of this process if None. ``progress`` is
    called with the number of messages done and that of all, in the caller's thread, from time to
    time and at the end; what it raises ends the work and comes out, as KeyboardInterrupt does.
    Raises TypeError and ValueError for the other arguments as ``key.sign`` does, before it begins.
    """
    if not isinstance(key, PrivateKey):
        raise TypeError(f"key must be an sm2.PrivateKey, not {type(key).__name__}")
    user_id = _checked(user_id, encoding)
    # The threads that work are not inside the caller's timed_nonces().
    timed = timed or nonces.in_timed_block()
    sign = partial(chunks.sign, key, user_id, encoding, timed)
    return _run(sign, list(messages), threads, progress)


def verify_many(
    items: Iterable[tuple[PublicKey, object, object]],
    *,
    user_id: object = DEFAULT_ID,
    encoding: SignatureEncoding = "der",
    threads: int | None = None,
    progress: Progress | None = None,
) -> list[Exception | None]:
    """Verify many signatures: ``(public_key, signature, message)`` each, as ``verify`` does.

    The result of each item, in their order, is None if the signature is valid and otherwise the
    exception: InvalidSignature, or TypeError for an item that is none. **Look at every one**:
    nothing is raised for a signature that is not valid. ``any(results)`` is true if one is not.

    ``items``, ``threads`` and ``progress`` are as in ``sign_many``, and so are the exceptions for
    the other arguments.
    """
    verify = partial(chunks.verify, _checked(user_id, encoding), encoding)
    return _run(verify, list(items), threads, progress)


def generate_many(
    count: int, *, threads: int | None = None, progress: Progress | None = None
) -> list[PrivateKey]:
    """``count`` new keys, each as ``PrivateKey.generate`` makes it.

    ``threads`` and ``progress`` are as in ``sign_many``. Raises ValueError for a ``count`` below 0.
    """
    size = operator.index(count)
    if size < 0:
        raise ValueError(f"count must be 0 or more, not {size}")
    return _run(_generate, range(size), threads, progress)


def _generate(numbers: Sequence[object]) -> list[PrivateKey]:
    return [PrivateKey.generate() for _ in numbers]


def _checked(user_id: object, encoding: str) -> bytes | None:
    """The ID in bytes that nobody changes meanwhile; what is wrong for all items raises here."""
    signature_formats.check_encoding(encoding)
    return None if user_id is None else signatures.given_id(user_id)


def _run(
    work: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    threads: int | None,
    progress: Progress | None,
) -> list[Result]:
    """The results of all items in their order, by that many threads that work chunk by chunk."""
    count = _processors() if threads is None else operator.index(threads)
    if count < 1:
        raise ValueError(f"threads must be 1 or more, not {count}")
    size = max(1, min(_LARGEST_CHUNK, -(-len(items) // count)))
    starts = range(0, len(items), size)
    finished: dict[int, list[Result]] = {}
    done = 0

    def finish(start: int, results: list[Result]) -> None:
        nonlocal done
        finished[start] = results
        done += len(results)
        if progress is not None:
            progress(done, len(items))

    if min(count, len(starts)) <= 1:
        for start in starts:
            finish(start, work(items[start : start + size]))
    else:
        with ThreadPoolExecutor(min(count, len(starts))) as executor:
            try:
                futures = {
                    executor.submit(work, items[start : start + size]): start for start in starts
                }
                for future in as_completed(futures):
                    finish(futures[future], future.result())
            finally:
                # After an exception no further chunk is begun; those that run are waited for.
                executor.shutdown(cancel_futures=True)
    return [result for start in starts for result in finished[start]]


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
