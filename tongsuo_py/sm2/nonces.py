"""Nonces of signatures that the time is mixed into.

A signature draws its nonce k from the thread's private generator (a DRBG of NIST SP 800-90A), which
the operating system's entropy seeds. A timed one first gives the generator the current time as
additional input: should its state ever be the same twice, as in a virtual machine that was
restored from a snapshot, the nonces still differ. The time comes on top of the entropy, never
instead of it, so that timed nonces are no easier to guess.

k is drawn and judged by Tongsuo: from 1 to n - 1, and again where r = 0, r + k = n or s = 0. In
batches that are signed eight at a time native/accel/sm2_lanes.c draws it, from the same generator
and one by one too, and leaves those cases to Tongsuo.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import time_ns

from tongsuo_py._binding import drbg

_timed: ContextVar[bool] = ContextVar("tongsuo_py.sm2.timed_nonces", default=False)


@contextmanager
def timed_nonces() -> Iterator[None]:
    """Mix the time into the nonce of every signature that ``sm2`` makes inside the ``with`` block.

    The time is given to the random generator as additional input before the nonce is drawn, and
    takes none of its entropy away. As ``timed=True`` in each call; certificates and handshakes are
    signed elsewhere and do not take part.

    It holds for the thread or asyncio task that entered it, for the tasks which that one starts
    inside, and for batches called there; not for other threads.
    """
    token = _timed.set(True)
    try:
        yield
    finally:
        _timed.reset(token)


#: Whether we are inside ``timed_nonces``.
in_timed_block = _timed.get


def time_input() -> bytes:
    """The time as additional input: the nanoseconds since 1970-01-01 00:00 UTC, without leap
    seconds, as 8 bytes, the most significant first.
    """
    return (time_ns() % 2**64).to_bytes(8, "big")  # a clock far off is no reason not to sign


def mix_time() -> None:
    """Give the time to this thread's private generator, from which the next nonce is drawn."""
    drbg.add_input(drbg.private(), time_input())
