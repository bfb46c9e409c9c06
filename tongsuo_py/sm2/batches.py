"""Many SM2 operations at once, on all processors, and eight at a time where these can do that."""

from __future__ import annotations

import operator
from collections.abc import Iterable
from functools import partial

from tongsuo_py._batches import Progress as Progress
from tongsuo_py._batches import run
from tongsuo_py.sm2 import chunks, nonces, signature_formats, signatures
from tongsuo_py.sm2.private import PrivateKey
from tongsuo_py.sm2.public import PublicKey
from tongsuo_py.sm2.signature_formats import SignatureEncoding
from tongsuo_py.sm2.signatures import DEFAULT_ID

# Items: enough for their cost to hide that of handing them over, few enough to stop soon (some
# milliseconds) and to keep all threads busy to the end; and so many that C can take them together
# (TSPY_GROUPS * TSPY_LANES in native/accel).
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
    return run(sign, list(messages), _LARGEST_CHUNK, threads, progress)


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
    return run(verify, list(items), _LARGEST_CHUNK, threads, progress)


def generate_many(
    count: int, *, threads: int | None = None, progress: Progress | None = None
) -> list[PrivateKey]:
    """``count`` new keys, each as ``PrivateKey.generate`` makes it.

    ``threads`` and ``progress`` are as in ``sign_many``. Raises ValueError for a ``count`` below 0.
    """
    size = operator.index(count)
    if size < 0:
        raise ValueError(f"count must be 0 or more, not {size}")
    return run(chunks.generate, range(size), _LARGEST_CHUNK, threads, progress)


def _checked(user_id: object, encoding: str) -> bytes | None:
    """The ID in bytes that nobody changes meanwhile; what is wrong for all items raises here."""
    signature_formats.check_encoding(encoding)
    return None if user_id is None else signatures.given_id(user_id)
