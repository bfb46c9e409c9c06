"""Some tens of SM2 signatures by one call of C, in which the GIL is free.

The jobs that C is given (native/sm2_batch.h) say nothing of how it does them: one by one today.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.algorithms import SM3
from tongsuo_py._binding.buffers import borrow, take
from tongsuo_py.exceptions import InvalidSignature, TongsuoError
from tongsuo_py.sm2 import nonces, signature_formats, signatures
from tongsuo_py.sm2.private import PrivateKey
from tongsuo_py.sm2.public import PublicKey

_NO_DIGEST = "could not hash the data of an SM2 signature"


def sign(
    key: PrivateKey, user_id: bytes | None, encoding: str, timed: bool, messages: Sequence[object]
) -> list[bytes | Exception]:
    """The signatures over the messages, or what is wrong with one."""
    operation = key._signers.take()
    head = key._identity.head(user_id)

    def prepare(job: Any, message: object) -> object:
        return _fill(job, operation, head, message)

    def work(jobs: Any, count: int) -> None:
        time = nonces.time_input() if timed else ffi.NULL
        lib.tspy_sm2_sign(jobs, count, SM3, time, len(time) if timed else 0)

    def outcome(job: Any) -> bytes:
        if job.result != lib.TSPY_SM2_DONE:
            raise TongsuoError(signatures.NOT_SIGNED)
        return signature_formats.from_der(take(job.signature, job.signature_size), encoding)

    results = _run(messages, prepare, work, outcome)
    key._signers.give(operation)
    return results


def verify(user_id: bytes | None, encoding: str, items: Sequence[object]) -> list[Exception | None]:
    """For each (public key, signature, message) None, or what is wrong with it."""
    operations: dict[PublicKey, signatures.Operation] = {}

    def prepare(job: Any, item: object) -> object:
        if not (
            isinstance(item, tuple | list) and len(item) == 3 and isinstance(item[0], PublicKey)
        ):
            raise TypeError("an item must be (sm2.PublicKey, signature, message)")
        key, signature, message = item
        der = signatures.given_der(signature, encoding)
        ffi.memmove(job.signature, der, len(der))
        job.signature_size = len(der)
        if key not in operations:
            operations[key] = key._verifiers.take()
        return _fill(job, operations[key], key._identity.head(user_id), message)

    def work(jobs: Any, count: int) -> None:
        lib.tspy_sm2_verify(jobs, count, SM3)

    def outcome(job: Any) -> None:
        if job.result == lib.TSPY_SM2_FAILED:
            raise TongsuoError(_NO_DIGEST)
        if job.result != lib.TSPY_SM2_DONE:
            raise InvalidSignature(signatures.INVALID)

    results = _run(items, prepare, work, outcome)
    for key, operation in operations.items():
        key._verifiers.give(operation)
    return results


def _fill(job: Any, operation: signatures.Operation, head: bytes, message: object) -> object:
    """The job over this message; returns the memory that it points to."""
    before, data = ffi.from_buffer(head), borrow(message)
    job.key = operation.context
    job.head, job.head_size = before, len(head)
    job.data, job.data_size = data, len(data)
    return before, data


def _run(
    items: Sequence[object],
    prepare: Callable[[Any, Any], object],
    work: Callable[[Any, int], None],
    outcome: Callable[[Any], Any],
) -> list[Any]:
    """Prepare a job for each item, do them all at once, and make of each what came of it.

    What ``prepare`` or ``outcome`` raises for an item is its result: the exception alone, without
    the frames behind it, which would keep much alive.
    """
    jobs = ffi.new("tspy_sm2_job[]", len(items))
    memory: list[object] = []
    results: list[Any] = []
    places: list[int] = []
    for place, item in enumerate(items):
        result = _attempt(prepare, jobs[len(places)], item)
        results.append(result)
        if not isinstance(result, Exception):
            memory.append(result)
            places.append(place)
    work(jobs, len(places))
    for number, place in enumerate(places):
        results[place] = _attempt(outcome, jobs[number])
    return results


def _attempt(function: Callable[..., Any], *arguments: object) -> Any:
    try:
        return function(*arguments)
    except Exception as error:
        error.__context__ = None
        return error.with_traceback(None)
