"""Some tens of SM2 signatures by one call of C, in which the GIL is free.

The jobs that C is given (native/sm2_batch.h) say nothing of how it does them: one by one today.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.algorithms import SM3
from tongsuo_py._binding.buffers import borrow, take
from tongsuo_py._binding.pool import Pool
from tongsuo_py.exceptions import InvalidSignature, TongsuoError
from tongsuo_py.sm2 import nonces, signature_formats, signatures
from tongsuo_py.sm2.private import PrivateKey
from tongsuo_py.sm2.public import PublicKey


def sign(
    key: PrivateKey, user_id: bytes | None, encoding: str, timed: bool, messages: Sequence[object]
) -> list[bytes | Exception]:
    """The signatures over the messages, or what is wrong with one."""
    jobs, head = _Jobs(len(messages)), key._identity.head(user_id)
    added = [_attempt(jobs.add, key._signers, head, message) for message in messages]
    time = nonces.time_input() if timed else ffi.NULL
    lib.tspy_sm2_sign(jobs.array, jobs.count, SM3, time, len(time) if timed else 0)

    def outcome(job: Any) -> bytes:
        if job.result != lib.TSPY_SM2_DONE:
            raise TongsuoError(signatures.NOT_SIGNED)
        return signature_formats.from_der(take(job.signature, job.signature_size), encoding)

    return jobs.outcomes(added, outcome)


def verify(user_id: bytes | None, encoding: str, items: Sequence[object]) -> list[Exception | None]:
    """For each (public key, signature, message) None, or what is wrong with it."""
    jobs = _Jobs(len(items))

    def add(item: object) -> Any:
        if not (
            isinstance(item, tuple | list) and len(item) == 3 and isinstance(item[0], PublicKey)
        ):
            raise TypeError("an item must be (sm2.PublicKey, signature, message)")
        key, signature, message = item
        der = signatures.given_der(signature, encoding)
        return jobs.add(key._verifiers, key._identity.head(user_id), message, der)

    added = [_attempt(add, item) for item in items]
    lib.tspy_sm2_verify(jobs.array, jobs.count, SM3)

    def outcome(job: Any) -> None:
        if job.result == lib.TSPY_SM2_FAILED:
            raise TongsuoError("could not hash the data of an SM2 signature")
        if job.result != lib.TSPY_SM2_DONE:
            raise InvalidSignature(signatures.INVALID)

    return jobs.outcomes(added, outcome)


class _Jobs:
    """``count`` jobs in C, with all that they point to."""

    def __init__(self, size: int) -> None:
        self.array = ffi.new("tspy_sm2_job[]", size)
        self.count = 0
        self._memory: list[Any] = []
        self._operations: dict[Pool[signatures.Operation], signatures.Operation] = {}

    def add(
        self, pool: Pool[signatures.Operation], head: bytes, message: object, der: bytes = b""
    ) -> Any:
        """One more, by a context of this pool. TypeError if the message is not bytes-like."""
        before, data = ffi.from_buffer(head), borrow(message)
        if pool not in self._operations:
            self._operations[pool] = pool.take()
        job = self.array[self.count]
        job.key = self._operations[pool].context
        job.head, job.head_size = before, len(before)
        job.data, job.data_size = data, len(data)
        ffi.buffer(job.signature)[: len(der)] = der
        job.signature_size = len(der)
        self._memory += (before, data)
        self.count += 1
        return job

    def outcomes(self, added: list[Any], outcome: Callable[[Any], Any]) -> list[Any]:
        """``outcome`` of each that ``add`` returned, when they are done, or what it raises.

        An exception in place of a job stays.
        """
        if all(self.array[number].result == lib.TSPY_SM2_DONE for number in range(self.count)):
            for pool, operation in self._operations.items():
                pool.give(operation)
        return [job if isinstance(job, Exception) else _attempt(outcome, job) for job in added]


def _attempt(function: Callable[..., Any], *arguments: object) -> Any:
    """What the function returns or raises: the exception alone, without the frames behind it,
    which would keep much alive.
    """
    try:
        return function(*arguments)
    except Exception as error:
        error.__context__ = None
        return error.with_traceback(None)
