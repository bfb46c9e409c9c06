"""SM2 encryption (GB/T 32918.4-2016) and the forms that its ciphertexts have.

A ciphertext consists of C1, a point; C2, as long as the plaintext; and C3, a digest of 32 bytes.
Tongsuo reads and writes the ASN.1 form of GM/T 0009-2012, SEQUENCE { x, y, C3, C2 }; the others
are rearranged here.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.buffers import borrow, fresh, readable, take
from tongsuo_py._binding.handles import own_pkey_ctx
from tongsuo_py._binding.pool import Pool
from tongsuo_py.exceptions import DecryptionError
from tongsuo_py.sm2 import curve
from tongsuo_py.sm2.der import (
    OCTET_STRING,
    SEQUENCE,
    Malformed,
    element,
    header,
    integer,
    length_size,
    read_integer,
)

#: ``"der"``: the ASN.1 form. ``"c1c3c2"``: the order of GB/T 32918.4-2016, C1 being 04 || x || y.
#: ``"c1c2c3"``: the order of the first drafts, which is still met. ``"-bare"``: without the 04.
CiphertextEncoding = Literal["der", "c1c3c2", "c1c2c3", "c1c3c2-bare", "c1c2c3-bare"]

#: Bytes; more than anybody should encrypt with a public key, and what Tongsuo's KDF can do.
LONGEST_PLAINTEXT = 2**30

_ENCODINGS = ("der", "c1c3c2", "c1c2c3", "c1c3c2-bare", "c1c2c3-bare")
_C3_SIZE = 32
_FAILED = "the SM2 ciphertext could not be decrypted"


class Parts(NamedTuple):
    """A ciphertext taken apart: the coordinates of C1 (32 bytes each), C3 and C2."""

    x: bytes
    y: bytes
    c3: bytes
    c2: bytes


class Operation(NamedTuple):
    """A context that encrypts or decrypts with one key, and where C writes how much it made."""

    context: Any
    length: Any


def encryptors(pkey: Any) -> Pool[Operation]:
    """Contexts that encrypt for a public key."""
    return _operations(pkey, lib.EVP_PKEY_encrypt_init)


def decryptors(pkey: Any) -> Pool[Operation]:
    """Contexts that decrypt with a private key."""
    return _operations(pkey, lib.EVP_PKEY_decrypt_init)


def encrypt(pool: Pool[Operation], data: object, encoding: str) -> bytes:
    """The ciphertext of ``data`` in this encoding, by one of the pool's contexts."""
    _check_encoding(encoding)
    plaintext = borrow(data)
    size = len(plaintext)
    if not 1 <= size <= LONGEST_PLAINTEXT:
        raise ValueError(f"SM2 encrypts 1 to {LONGEST_PLAINTEXT} bytes, not {size}")
    body = 2 * (2 + 1 + curve.SIZE) + (2 + _C3_SIZE) + length_size(size) + 1 + size
    longest = 1 + length_size(body) + body
    buffer = ffi.new("unsigned char[]", longest)
    while True:
        operation = pool.take()
        context, length = operation
        length[0] = longest
        errors.check(
            lib.EVP_PKEY_encrypt(context, buffer, length, plaintext, size),
            "could not encrypt with SM2",
        )
        pool.give(operation)
        der = take(buffer, length[0])
        # The standard wants another k where the mask is all zero, which happens to short ones: of
        # plaintexts of one byte every 256th would be sent in the clear. 8.4 does not look.
        if size >= _C3_SIZE or der[-size:] != bytes(ffi.buffer(plaintext)):
            return der if encoding == "der" else join(split(der, "der"), encoding)


def decrypt(pool: Pool[Operation], data: object, encoding: str) -> bytes:
    """The plaintext of a ciphertext in this encoding, or DecryptionError, whatever the reason."""
    _check_encoding(encoding)
    given = readable(data, "ciphertext")
    ciphertext = given if type(given) is bytes else take(given)
    try:
        parts = split(ciphertext, encoding)
    except Malformed:
        raise DecryptionError(_FAILED) from None
    der = ciphertext if encoding == "der" else join(parts, "der")
    size = len(parts.c2)
    plaintext, memory = fresh(max(size, 2))
    operation = pool.take()
    context, length = operation
    length[0] = size
    done = lib.EVP_PKEY_decrypt(context, memory, length, der, len(der)) == 1 and length[0] == size
    if size < 2:
        plaintext = plaintext[:size]
    # A mask of zeros, which only a short one can be, is an error in the standard. 8.4 lets it pass.
    if not done or (size < _C3_SIZE and hmac.compare_digest(plaintext, parts.c2)):
        lib.OPENSSL_cleanse(memory, len(memory))
        errors.clear()
        raise DecryptionError(_FAILED)
    pool.give(operation)
    return plaintext


def split(ciphertext: bytes, encoding: str) -> Parts:
    """Take a ciphertext apart, strictly; der.Malformed where it cannot be."""
    if encoding == "der":
        return _split_der(ciphertext)
    start = 0 if encoding.endswith("-bare") else 1
    middle = start + 2 * curve.SIZE
    if len(ciphertext) <= middle + _C3_SIZE or (start and ciphertext[0] != 4):
        raise Malformed
    x, y = ciphertext[start : start + curve.SIZE], ciphertext[start + curve.SIZE : middle]
    if encoding.startswith("c1c3c2"):
        c3, c2 = ciphertext[middle : middle + _C3_SIZE], ciphertext[middle + _C3_SIZE :]
    else:
        c2, c3 = ciphertext[middle:-_C3_SIZE], ciphertext[-_C3_SIZE:]
    return _in_field(Parts(x, y, c3, c2))


def join(parts: Parts, encoding: str) -> bytes:
    """The ciphertext that consists of these parts."""
    x, y, c3, c2 = parts
    if encoding == "der":
        point = integer(x) + integer(y)
        start_c3, start_c2 = header(OCTET_STRING, len(c3)), header(OCTET_STRING, len(c2))
        body = b"".join((point, start_c3, c3, start_c2, c2))
        return header(SEQUENCE, len(body)) + body
    start = b"" if encoding.endswith("-bare") else b"\4"
    last = (c3, c2) if encoding.startswith("c1c3c2") else (c2, c3)
    return b"".join((start, x, y, *last))


def _check_encoding(encoding: str) -> None:
    if encoding not in _ENCODINGS:
        names = ", ".join(f'"{name}"' for name in _ENCODINGS)
        raise ValueError(f"encoding must be one of {names}, not {encoding!r}")


def _operations(pkey: Any, init: Callable[[Any], int]) -> Pool[Operation]:
    def make() -> Operation:
        message = "could not prepare SM2 encryption"
        pointer = lib.EVP_PKEY_CTX_new_from_pkey(ffi.NULL, pkey, ffi.NULL)
        context = own_pkey_ctx(pointer, message)
        errors.check(init(context), message)
        return Operation(context, ffi.new("size_t *"))

    return Pool(make)


def _in_field(parts: Parts) -> Parts:
    """Tongsuo takes coordinates modulo p: the same ciphertext could be written in two ways."""
    if parts.x >= curve.P or parts.y >= curve.P:
        raise Malformed
    return parts


def _split_der(data: bytes) -> Parts:
    start, end = element(data, 0, len(data), SEQUENCE)
    if end != len(data):
        raise Malformed
    x, start = read_integer(data, start, end, curve.SIZE)
    y, start = read_integer(data, start, end, curve.SIZE)
    c3_start, c3_end = element(data, start, end, OCTET_STRING)
    c2_start, c2_end = element(data, c3_end, end, OCTET_STRING)
    if c3_end - c3_start != _C3_SIZE or c2_end != end or c2_start == c2_end:
        raise Malformed
    return _in_field(Parts(x, y, data[c3_start:c3_end], data[c2_start:c2_end]))
