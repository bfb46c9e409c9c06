"""Contexts that are used again, and results that are written where they stay."""

from __future__ import annotations

from itertools import count

import pytest

from tongsuo_py._binding import ffi
from tongsuo_py._binding.buffers import fresh, kept, readable
from tongsuo_py._binding.pool import Pool


def test_a_context_is_used_again_and_never_by_two() -> None:
    numbers = count()
    pool = Pool(lambda: next(numbers))
    first, second = pool.take(), pool.take()
    assert (first, second) == (0, 1)
    pool.give(first)
    assert pool.take() == first
    assert pool.take() == 2


def test_only_so_many_are_kept() -> None:
    pool = Pool(object)
    taken = [pool.take() for _ in range(100)]
    for context in taken:
        pool.give(context)
    again = [pool.take() for _ in range(100)]
    assert len({id(context) for context in again} & {id(context) for context in taken}) == 16


def test_a_result_is_filled_in_place() -> None:
    result, memory = fresh(4)
    ffi.memmove(memory, b"data", 4)
    assert result == b"data"
    assert fresh(4)[0] == bytes(4)


@pytest.mark.parametrize("size", [0, 1])
def test_what_the_interpreter_shares_is_not_written_to(size: int) -> None:
    with pytest.raises(AssertionError):
        fresh(size)


def test_a_kept_secret_is_a_copy() -> None:
    source = bytearray(b"secret")
    copy = kept(source, "secret")
    source[:] = bytes(6)
    assert ffi.buffer(copy, 6)[:] == b"secret"


def test_bytes_stay_as_they_are() -> None:
    data = b"data"
    assert readable(data) is data
    assert ffi.buffer(readable(bytearray(data)))[:] == data
    with pytest.raises(TypeError, match="must be bytes-like"):
        readable("text")
