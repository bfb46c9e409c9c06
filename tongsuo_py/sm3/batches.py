"""Many digests at once, on all processors, and sixteen at a time where these can do that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tongsuo_py._batches import bare, merged, run
from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.algorithms import SM3
from tongsuo_py._binding.buffers import take
from tongsuo_py._binding.errors import check
from tongsuo_py._binding.messages import Messages, views
from tongsuo_py.sm3.hashing import DIGEST_SIZE

# Messages: enough of them for lanes that are done with short ones to go on with others.
_LARGEST_CHUNK = 512


def digest_many(
    messages: Iterable[object], *, threads: int | None = None
) -> list[bytes | Exception]:
    """The digests of many messages, 32 bytes each as ``sm3(message).digest()``, in their order.

    As in ``sm2.sign_many``, where a message is not bytes-like the exception stands in its place,
    TypeError; nothing is raised for it. ``messages`` may be any iterable; it is read to its end
    before the work begins. They may have any sizes, also different ones.

    ``threads`` is how many work at once, all processors of this process if None; ValueError for
    less than one.
    """
    return run(_digest, list(messages), _LARGEST_CHUNK, threads)


def _digest(messages: Sequence[object]) -> list[bytes | Exception]:
    data, errors = views(messages, bare)
    given, digests = Messages(data), ffi.new("unsigned char[]", DIGEST_SIZE * len(data))
    check(lib.tspy_sm3_digests(given.struct, SM3, digests), "SM3 failed")
    joined = take(digests)
    made = [joined[place : place + DIGEST_SIZE] for place in range(0, len(joined), DIGEST_SIZE)]
    return merged(made, errors)
