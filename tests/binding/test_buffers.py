"""Bytes across the border: borrowed without a copy, cleansed where secret, refused where wrong."""

from __future__ import annotations

import array
import ctypes
import gc
import inspect
import mmap
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.buffers import (
    borrow,
    borrow_writable,
    fresh,
    kept,
    readable,
    secret,
    take,
)
from tongsuo_py._binding.errors import check

DATA = bytes(range(24))


class Pair(ctypes.Structure):
    _fields_ = (("first", ctypes.c_uint8), ("second", ctypes.c_uint32))


def memory_map() -> mmap.mmap:
    mapped = mmap.mmap(-1, len(DATA))
    mapped[:] = DATA
    return mapped


WRITABLE = {
    "bytearray": lambda: bytearray(DATA),
    "memoryview": lambda: memoryview(bytearray(DATA)),
    "slice": lambda: memoryview(bytearray(DATA + DATA))[7:19],
    "cast": lambda: memoryview(bytearray(DATA)).cast("I"),
    "two-dimensional": lambda: memoryview(bytearray(DATA)).cast("B", (4, 6)),
    "three-dimensional": lambda: memoryview(bytearray(DATA)).cast("h", (2, 2, 3)),
    "array of doubles": lambda: array.array("d", [1.5, -2.5]),
    "mmap": memory_map,
    "ctypes bytes": lambda: (ctypes.c_uint8 * 24)(*DATA),
    "ctypes integers": lambda: (ctypes.c_uint32 * 3)(1, 2, 3),
    "ctypes matrix": lambda: (ctypes.c_int16 * 3 * 2)((1, 2, 3), (4, 5, 6)),
    "ctypes number": lambda: ctypes.c_uint64(12345),
    "ctypes structure": lambda: Pair(1, 2),
    "cffi buffer": lambda: ffi.buffer(ffi.new("char[]", DATA), len(DATA)),
}
READ_ONLY = {
    "bytes": lambda: bytes(DATA),
    "read-only memoryview": lambda: memoryview(bytearray(DATA)).toreadonly(),
    "slice of bytes": lambda: memoryview(DATA)[3:9],
    "one byte": lambda: b"x",
}
EMPTY = {
    "bytes": lambda: b"",
    "bytearray": bytearray,
    "memoryview": lambda: memoryview(b""),
    "slice": lambda: memoryview(DATA)[5:5],
    "cast": lambda: memoryview(b"").cast("I"),
    "array": lambda: array.array("I"),
    "ctypes": lambda: (ctypes.c_uint8 * 0)(),
    "empty dimension": lambda: (ctypes.c_uint16 * 3 * 0)(),
}
NOT_BYTES = [
    "text",
    "",
    None,
    7,
    0,
    1.5,
    True,
    [1, 2],
    (b"a",),
    {b"a": 1},
    object(),
    iter(b"ab"),
    bytes,
]
NOT_CONTIGUOUS = {
    "every second byte": memoryview(bytearray(DATA))[::2],
    "backwards": memoryview(bytearray(DATA))[::-1],
    "every second row": memoryview(bytearray(DATA)).cast("B", (4, 6))[::2],
}


def cases(table: dict[str, object]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("make", table.values(), ids=table.keys())


def address(data: object) -> int:
    """Where the memory of a bytes-like object is, as Python itself tells its C functions."""
    buffer = (ctypes.c_void_p * 32)()  # more than a Py_buffer, which begins with the address
    api = ctypes.pythonapi
    assert api.PyObject_GetBuffer(ctypes.py_object(data), ctypes.byref(buffer), 0) == 0
    try:
        return buffer[0] or 0
    finally:
        api.PyBuffer_Release(ctypes.byref(buffer))


@cases(WRITABLE | READ_ONLY)
def test_borrowed_is_the_same_memory(make) -> None:  # type: ignore[no-untyped-def]
    data = make()
    borrowed = borrow(data)
    assert len(borrowed) == memoryview(data).nbytes
    assert int(ffi.cast("uintptr_t", borrowed)) == address(data)
    assert bytes(ffi.buffer(borrowed)) == memoryview(data).tobytes()


@cases(WRITABLE)
def test_what_c_writes_is_there(make) -> None:  # type: ignore[no-untyped-def]
    data = make()
    target = borrow_writable(data)
    size = memoryview(data).nbytes
    assert len(target) == size
    ffi.memmove(target, b"\xa5" * size, size)
    assert memoryview(data).tobytes() == b"\xa5" * size


@cases(READ_ONLY)
def test_read_only_memory_is_not_written_to(make) -> None:  # type: ignore[no-untyped-def]
    data = make()
    with pytest.raises(TypeError, match=f"the-name must be writable, not {type(data).__name__}"):
        borrow_writable(data, "the-name")


@cases(EMPTY)
def test_nothing_is_something_too(make) -> None:  # type: ignore[no-untyped-def]
    borrowed = borrow(make())
    assert len(borrowed) == 0
    assert digest(borrowed) == "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"


def digest(borrowed: object) -> str:
    """SM3, so that a C function has really read it."""
    out = ffi.new("unsigned char[32]")
    check(
        lib.EVP_Digest(borrowed, len(borrowed), out, ffi.NULL, lib.EVP_sm3(), ffi.NULL),  # type: ignore[arg-type]
        "EVP_Digest",
    )
    return take(out).hex()


def test_c_reads_it() -> None:
    wanted = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GB/T 32905, A.1
    for data in (b"abc", bytearray(b"abc"), memoryview(b"xabcx")[1:4], array.array("B", b"abc")):
        assert digest(borrow(data)) == wanted


@pytest.mark.parametrize("data", NOT_BYTES, ids=lambda data: type(data).__name__)
@pytest.mark.parametrize("function", [borrow, borrow_writable])
def test_what_is_not_bytes_is_refused(function, data) -> None:  # type: ignore[no-untyped-def]
    wanted = "str: encode the text first" if isinstance(data, str) else type(data).__name__
    with pytest.raises(TypeError, match=f"^the-name must be bytes-like, not {wanted}$"):
        function(data, "the-name")


@pytest.mark.parametrize("data", NOT_CONTIGUOUS.values(), ids=NOT_CONTIGUOUS.keys())
@pytest.mark.parametrize("function", [borrow, borrow_writable])
def test_gaps_are_refused(function, data) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(TypeError, match="the-name must be contiguous"):
        function(data, "the-name")


def test_a_released_memoryview_is_refused() -> None:
    view = memoryview(bytearray(DATA))
    view.release()
    with pytest.raises(ValueError, match="released"):
        borrow(view)


def test_a_closed_map_is_refused() -> None:
    mapped = memory_map()
    mapped.close()
    with pytest.raises(ValueError, match="closed"):
        borrow(mapped)


@pytest.mark.parametrize("function", [borrow, borrow_writable])
@pytest.mark.parametrize("wrap", [bytearray, lambda data: data, memoryview])
def test_a_bytearray_cannot_move_while_it_is_borrowed(function, wrap) -> None:  # type: ignore[no-untyped-def]
    data = bytearray(DATA)
    borrowed = function(data if wrap is bytearray else wrap(data))
    with pytest.raises(BufferError):
        data.extend(b"more")
    data[0] = 200  # its content may change, and C sees it
    assert bytes(ffi.buffer(borrowed))[0] == 200
    del borrowed
    data.extend(b"more")
    assert len(data) == len(DATA) + 4


def test_what_is_borrowed_stays_alive() -> None:
    borrowed = borrow(bytes(1000) + DATA)
    clutter = [bytes([number]) * 1024 for number in range(256)]
    assert bytes(ffi.buffer(borrowed)) == bytes(1000) + DATA
    del clutter


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 300))
def test_any_slice(data: bytes, start: int, end: int) -> None:
    for whole in (data, bytearray(data)):
        piece = memoryview(whole)[start:end]
        assert bytes(ffi.buffer(borrow(piece))) == data[start:end]
        assert len(borrow(piece)) == len(data[start:end])


@given(
    st.sampled_from("bBhHiIlLqQfd"),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.data(),
)
def test_any_shape_and_format(code: str, shape: list[int], data: st.DataObject) -> None:
    size = array.array(code).itemsize
    for length in shape:
        size *= length
    content = data.draw(st.binary(min_size=size, max_size=size))
    view = memoryview(bytearray(content)).cast(code, shape)
    assert bytes(ffi.buffer(borrow(view))) == content
    assert bytes(ffi.buffer(borrow_writable(view))) == content


@given(st.binary(max_size=100), st.data())
def test_take(content: bytes, data: st.DataObject) -> None:
    buffer = ffi.new("unsigned char[]", max(len(content), 1))
    ffi.memmove(buffer, content, len(content))
    length = data.draw(st.integers(0, len(content)))
    taken = take(buffer, length)
    assert type(taken) is bytes
    assert taken == content[:length]
    assert take(buffer)[: len(content)] == content
    ffi.memmove(buffer, b"\xff" * len(content), len(content))
    assert taken == content[:length]  # a copy


def test_take_from_a_pointer() -> None:
    buffer = ffi.new("unsigned char[]", DATA)
    assert take(buffer + 4, 5) == DATA[4:9]


@pytest.mark.parametrize("size", [0, 1, 16, 4096])
def test_a_secret_is_gone_after_the_block(size: int) -> None:
    with secret(size) as buffer:
        assert len(buffer) == max(size, 1)
        ffi.memmove(buffer, b"\xa5" * len(buffer), len(buffer))
        seen = ffi.buffer(buffer)
        assert bytes(seen) == b"\xa5" * len(buffer)
    assert bytes(seen) == bytes(len(buffer))


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_a_secret_is_gone_after_an_exception(error: type[BaseException]) -> None:
    def use() -> Iterator[object]:
        with secret(32) as buffer:
            ffi.memmove(buffer, b"\xa5" * 32, 32)
            yield ffi.buffer(buffer)
            raise error

    users = use()
    seen = next(users)
    with pytest.raises(error):
        next(users)
    assert bytes(seen) == bytes(32)  # type: ignore[call-overload]


def test_a_secret_starts_empty() -> None:
    for _ in range(100):
        with secret(64) as buffer:
            assert bytes(ffi.buffer(buffer)) == bytes(64)
            ffi.memmove(buffer, b"\xa5" * 64, 64)


@cases(WRITABLE | READ_ONLY | EMPTY)
def test_readable_is_for_c_to_read(make) -> None:  # type: ignore[no-untyped-def]
    data = make()
    source = readable(data)
    assert len(source) == memoryview(data).nbytes
    assert digest(source) == digest(borrow(data))
    assert (source is data) == (type(data) is bytes)


@pytest.mark.parametrize("data", NOT_BYTES, ids=lambda data: type(data).__name__)
def test_readable_refuses_the_rest(data: object) -> None:
    with pytest.raises(TypeError, match="the-name must be bytes-like"):
        readable(data, "the-name")


@pytest.mark.parametrize("size", [2, 3, 16, 100_000])
def test_fresh_is_filled_where_it_stays(size: int) -> None:
    data, memory = fresh(size)
    other, _ = fresh(size)
    assert type(data) is bytes
    assert len(memory) == size
    ffi.memmove(memory, b"\xa5" * size, size)
    assert data == b"\xa5" * size
    assert other == bytes(size)


def test_kept_is_a_copy_that_is_cleansed() -> None:
    source = bytearray(b"\xa5" * 64)
    secret_copy = kept(source, "key")
    source[:] = bytes(64)
    (destructor,) = filter(inspect.isfunction, gc.get_referents(secret_copy))
    seen = ffi.buffer(inspect.getclosurevars(destructor).nonlocals["buffer"])
    del destructor
    assert bytes(seen) == b"\xa5" * 64
    del secret_copy
    assert bytes(seen) == bytes(64)
    for wrong in NOT_BYTES:
        with pytest.raises(TypeError, match="key must be bytes-like"):
            kept(wrong, "key")


def test_no_second_copy_of_bytes_is_kept() -> None:
    data = bytes(DATA)
    assert kept(data, "key") is data
