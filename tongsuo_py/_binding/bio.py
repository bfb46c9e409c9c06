"""Memory BIOs: bytes into the functions that parse, and out of those that print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tongsuo_py._binding.buffers import INT_MAX, borrow
from tongsuo_py._binding.errors import check, check_pointer
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import FormatError, TongsuoError


class Reader:
    """A read-only BIO (``bio``) over bytes (``borrowed``), which live as long as it does."""

    def __init__(self, data: object) -> None:
        self.borrowed = borrow(data)
        if len(self.borrowed) > INT_MAX:
            raise FormatError(f"the input is too large: {len(self.borrowed)} bytes")
        pointer = lib.BIO_new_mem_buf(self.borrowed, len(self.borrowed))
        self.bio = ffi.gc(check_pointer(pointer, "no memory for a BIO"), lib.BIO_free)


def written(write: Callable[[Any], int], message: str) -> bytes:
    """What ``write(bio)`` writes to a memory BIO; TongsuoError with ``message`` if it fails."""
    pointer = lib.BIO_new(lib.BIO_s_mem())
    bio = ffi.gc(check_pointer(pointer, "no memory for a BIO"), lib.BIO_free)
    check(write(bio), message, TongsuoError)
    data = ffi.new("char **")
    length = lib.BIO_get_mem_data(bio, data)
    content = bytes(ffi.buffer(data[0], length)) if length else b""
    # It may have been a private key.
    if length:
        lib.OPENSSL_cleanse(data[0], length)
    return content
