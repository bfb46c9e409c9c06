"""128-EEA3 and 128-EIA3, what 3GPP makes of the stream cipher ZUC (GB/T 33133).

They encrypt and authenticate what goes between a mobile phone and its network (TS 35.221)::

    ciphertext = zuc.eea3(key, count, bearer, direction, data)
    code = zuc.eia3(key, count, bearer, direction, data)

``key`` has 16 bytes, ``count`` 32 bits, ``bearer`` 5 bits, ``direction`` is 0 or 1. No two messages
under one key may have the same count, bearer and direction. ``data`` is bytes-like, and its first
``bits`` bits are the message (all of it if None), the highest bit of each byte first.
"""

from __future__ import annotations

from typing import Any

from tongsuo_py._arguments import checked_number
from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.algorithms import cipher, mac
from tongsuo_py._binding.buffers import borrow, fresh, readable, take
from tongsuo_py._binding.handles import own_cipher_ctx, own_mac_ctx
from tongsuo_py._binding.parameters import Parameters

__all__ = ["CODE_SIZE", "KEY_SIZE", "eea3", "eia3"]

#: Bytes of a key, and of a code.
KEY_SIZE = 16
CODE_SIZE = 4

_EEA3, _EIA3 = cipher("ZUC-128-EEA3"), mac("EIA3")
_MOST_ENCRYPTED = 2**32 - 1  # bits: the length in TS 35.221 has 32
_MOST_AUTHENTICATED = 2**31 - 1  # bits: Tongsuo counts them in a C int
_STEP = 8  # bytes; Tongsuo's EIA3 goes on rightly only after whole steps
_FAILED = "ZUC failed"


def eea3(
    key: object, count: int, bearer: int, direction: int, data: object, bits: int | None = None
) -> bytes:
    """The message encrypted, or decrypted again, by 128-EEA3. NOT AUTHENTICATED.

    At most 2³² - 1 bits. What is left of the last byte is zero.
    """
    secret, iv = _key(key), _initial(count, bearer, direction)
    source = borrow(data)
    bits = _length(source, bits, _MOST_ENCRYPTED)
    size = -(-bits // 8)
    context = own_cipher_ctx(lib.EVP_CIPHER_CTX_new(), "no memory for ZUC")
    result, memory = fresh(max(size, 2))
    errors.check(
        lib.EVP_CipherInit_ex(context, _EEA3, ffi.NULL, secret, iv, 1)
        and (not size or lib.EVP_CipherUpdate(context, memory, ffi.new("int *"), source, size)),
        _FAILED,
    )
    if bits % 8:
        memory[size - 1] = bytes((memory[size - 1][0] & _mask(bits),))
    return result if size >= 2 else result[:size]


def eia3(
    key: object, count: int, bearer: int, direction: int, data: object, bits: int | None = None
) -> bytes:
    """The code of the message by 128-EIA3, 4 bytes; for at most 2³¹ - 1 bits.

    A guess passes once in 2³². Compare codes by ``hmac.compare_digest``, never by ``==``.
    """
    secret, settings = _key(key), Parameters(iv=_initial(count, bearer, direction))
    source = borrow(data)
    bits = _length(source, bits, _MOST_AUTHENTICATED)
    context = own_mac_ctx(lib.EVP_MAC_CTX_new(_EIA3), "no memory for ZUC")
    start = bits // 8 // _STEP * _STEP
    errors.check(
        lib.EVP_MAC_init(context, secret, KEY_SIZE, settings.list)
        and (not start or lib.EVP_MAC_update(context, source, start)),
        _FAILED,
    )
    end = bytearray(ffi.buffer(source)[start : -(-bits // 8)])
    try:
        if bits % 8 == 0:
            return _code(context, end)
        # Tongsuo takes whole bytes. A code is the sum of the keystream's words at the message's
        # one bits, at its length, and at the end. So one more bit, a one, adds what belongs at
        # the length; and two messages that differ only in the bit after the last byte tell what
        # was added at the length of that byte.
        end[-1] = end[-1] & _mask(bits) | 0x80 >> bits % 8
        codes = (_code(context, end + more) for more in (b"", b"\x00", b"\x80"))
        first, second, third = (int.from_bytes(code, "big") for code in codes)
        return (first ^ second ^ third).to_bytes(CODE_SIZE, "big")
    finally:
        _forget(context)


def _code(context: Any, end: bytearray) -> bytes:
    """The code of what the context has, with this after it; the context stays as it is."""
    branch = own_mac_ctx(lib.EVP_MAC_CTX_dup(context), _FAILED)
    output = ffi.new("char[]", CODE_SIZE)
    try:
        errors.check(
            lib.EVP_MAC_update(branch, ffi.from_buffer(end), len(end))
            and lib.EVP_MAC_final(branch, output, ffi.new("size_t *"), CODE_SIZE),
            _FAILED,
        )
        return take(output)
    finally:
        _forget(branch)


def _forget(context: Any) -> None:
    """Tongsuo frees a context with the key still in it: put another one in its place."""
    errors.check(lib.EVP_MAC_init(context, bytes(KEY_SIZE), KEY_SIZE, ffi.NULL), _FAILED)


def _key(key: object) -> Any:
    view = readable(key, "key")
    if len(view) != KEY_SIZE:
        raise ValueError(f"a ZUC key has {KEY_SIZE} bytes, not {len(view)}")
    return view


def _initial(count: int, bearer: int, direction: int) -> bytes:
    """The three numbers as Tongsuo takes them: 32, 5 and 1 bits, and two that are zero."""
    count = checked_number("count", count, 0, 2**32 - 1)
    bearer = checked_number("bearer", bearer, 0, 2**5 - 1)
    direction = checked_number("direction", direction, 0, 1)
    return count.to_bytes(4, "big") + bytes((bearer << 3 | direction << 2,))


def _length(data: Any, bits: int | None, most: int) -> int:
    available = 8 * len(data)
    if bits is None:
        bits = available
    elif not isinstance(bits, int):
        raise TypeError(f"bits must be int, not {type(bits).__name__}")
    if not 0 <= bits <= available:
        raise ValueError(f"bits is 0 to {available}, what data has, not {bits}")
    if bits > most:
        raise ValueError(f"a message has at most {most} bits, not {bits}")
    return bits


def _mask(bits: int) -> int:
    """The bits of the last byte that are part of a message which does not fill it."""
    return 0xFF00 >> bits % 8 & 0xFF
