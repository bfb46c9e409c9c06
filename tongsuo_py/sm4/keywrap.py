"""Keys encrypted under another key: RFC 3394 and RFC 5649 with SM4 for AES."""

from __future__ import annotations

from typing import Any

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.algorithms import cipher
from tongsuo_py._binding.buffers import borrow, readable, secret, take
from tongsuo_py._binding.handles import own_cipher_ctx
from tongsuo_py.exceptions import InvalidTag
from tongsuo_py.sm4.key import key_view

_ECB = cipher("SM4-ECB")
_LARGEST = 2**24  # bytes; it is for keys, and takes six times the time of encrypting
_FAILED = "SM4 failed"


def wrap_key(wrapping_key: object, key: object, *, padding: bool = False) -> bytes:
    """``key`` encrypted and authenticated under ``wrapping_key`` (16 bytes), 8 bytes longer.

    Without ``padding`` this is RFC 3394, and the key has 16 bytes or more, in steps of 8; with it
    RFC 5649, for any length, filled up to whole steps. Nothing random is needed: the same key
    always gives the same result.
    """
    source = readable(key, "key")
    size = len(source)
    if not 1 <= size <= _LARGEST:
        raise ValueError(f"a key to be wrapped has 1 to {_LARGEST} bytes, not {size}")
    if not padding and (size < 16 or size % 8):
        raise ValueError(
            f"without padding, a key to be wrapped has 16, 24, 32, ... bytes, not {size}"
        )
    context = _context(wrapping_key, 1)
    wrapped = ffi.new("unsigned char[]", size + 16)
    length = lib.tspy_wrap_key(context, padding, wrapped, source, size)
    return take(wrapped, errors.check(length, _FAILED))


def unwrap_key(wrapping_key: object, wrapped: object, *, padding: bool = False) -> bytes:
    """The key that ``wrap_key`` wrapped with the same ``padding``.

    Raises InvalidTag if the wrapping key is another one or anything was altered.
    """
    source = borrow(wrapped, "wrapped")
    context = _context(wrapping_key, 0)
    if len(source) <= _LARGEST + 16:
        with secret(len(source)) as key:
            length = lib.tspy_unwrap_key(context, bool(padding), key, source, len(source))
            errors.clear()
            if length:
                return take(key, length)
    raise InvalidTag("the wrapped key or the wrapping key is not the right one")


def _context(key: object, encrypt: int) -> Any:
    view = key_view(key)
    context = own_cipher_ctx(lib.EVP_CIPHER_CTX_new(), "no memory for SM4")
    errors.check(
        lib.EVP_CipherInit_ex(context, _ECB, ffi.NULL, view, ffi.NULL, encrypt)
        and lib.EVP_CIPHER_CTX_set_padding(context, 0),
        _FAILED,
    )
    return context
