"""Bytes across the border: borrowed without a copy where C only reads, cleansed where secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tongsuo_py._binding.library import ffi, lib

#: What OpenSSL takes where a length is a C ``int``.
INT_MAX = 2**31 - 1

#: As ``ffi.new``, for memory that is going to be filled anyway.
unzeroed = ffi.new_allocator(should_clear_after_alloc=False)

# Looked up once: a small call would feel it.
_from_buffer, _BYTES = ffi.from_buffer, ffi.typeof("char[]")
_FREQUENT = (bytes, bytearray, memoryview)


def borrow(data: object, name: str = "data") -> Any:
    """A C view of any bytes-like object: no copy, valid as long as the result is held.

    Raises TypeError for anything else (text too), and for memory that is not contiguous.
    """
    if type(data) in _FREQUENT or isinstance(data, bytes | bytearray):
        try:
            return _from_buffer(data)
        except BufferError:  # a view that is not contiguous; the words for it are below
            pass
    if isinstance(data, str):
        raise TypeError(f"{name} must be bytes-like, not str: encode the text first")
    try:
        view = memoryview(data)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be bytes-like, not {type(data).__name__}") from None
    if not view.c_contiguous:
        raise TypeError(f"{name} must be contiguous in memory: pass bytes() of it")
    # CFFI refuses the formats that struct-like memoryviews may have; as bytes they all do.
    return ffi.from_buffer(view if view.nbytes == 0 else view.cast("B"))


def readable(data: object, name: str = "data") -> Any:
    """What C reads ``data`` from, where nothing but an argument and ``len()`` is needed.

    As ``borrow``, but ``bytes`` stay as they are: CFFI hands their memory to C without a view,
    which a small call would feel.
    """
    return data if type(data) is bytes else borrow(data, name)


def c_text(text: str, name: str) -> bytes:
    """Text as C takes it where it stops at the first zero: ValueError if there is one inside."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError("embedded null character")
    return text.encode("utf-8")


def borrow_writable(data: object, name: str = "buffer") -> Any:
    """A C view of a writable bytes-like object. Raises TypeError for a read-only one."""
    if type(data) in _FREQUENT:
        try:  # no suppress(), which a small read would feel
            return _from_buffer(_BYTES, data, True)
        except BufferError:  # not writable, or not contiguous
            pass
    view = borrow(data, name)
    if memoryview(data).readonly:  # type: ignore[arg-type]
        raise TypeError(f"{name} must be writable, not {type(data).__name__}")
    return view


def take(buffer: Any, length: int | None = None) -> bytes:
    """The first ``length`` bytes of a C buffer (all of them if None) as ``bytes``."""
    return bytes(ffi.buffer(buffer) if length is None else ffi.buffer(buffer, length))


def fresh(size: int) -> tuple[bytes, Any]:
    """A ``bytes`` object that nobody else has seen yet, and its memory for C to fill.

    The result of an operation is written where it stays: no second copy of a plaintext is left
    behind, and none has to be made. Once the object is handed out nobody may write to it any more.
    ``size`` must be at least 2, since shorter ones may be shared by the interpreter.
    """
    assert size >= 2
    data = bytes(size)
    return data, ffi.from_buffer(data)


def kept(data: object, name: str) -> Any:
    """A secret that nobody changes meanwhile: a copy in C, which is cleansed when nobody holds it
    any more, but of ``bytes`` just those, of which the caller has one already.
    """
    if type(data) is bytes:
        return data
    source = borrow(data, name)
    size = len(source)
    buffer = ffi.new("unsigned char[]", size)
    ffi.memmove(buffer, source, size)
    # The function keeps the memory until it is called, for a pointer alone would not.
    return ffi.gc(ffi.cast("unsigned char *", buffer), lambda _: lib.OPENSSL_cleanse(buffer, size))


def to_bytes(data: object, name: str = "data") -> bytes:
    """What is in a bytes-like object: ``bytes`` as they are, of anything else a copy."""
    return data if type(data) is bytes else take(borrow(data, name))


@contextmanager
def secret(size: int) -> Iterator[Any]:
    """A C buffer of ``size`` bytes (at least one) that is cleansed when the block ends."""
    buffer = ffi.new("unsigned char[]", max(size, 1))
    try:
        yield buffer
    finally:
        lib.OPENSSL_cleanse(buffer, len(buffer))
