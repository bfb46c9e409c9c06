"""SM2 encryption and decryption (GB/T 32918.4-2016).

Tongsuo reads and writes the ASN.1 form of ciphertexts; the module ``ciphertexts`` has the others.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any, NamedTuple

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.buffers import borrow, fresh, take
from tongsuo_py._binding.pkey import Pair, prepared
from tongsuo_py._binding.pool import Pool
from tongsuo_py.exceptions import DecryptionError, FormatError
from tongsuo_py.sm2 import ciphertexts, curve

#: Bytes; more than anybody should encrypt with a public key, and what Tongsuo's KDF can do.
LONGEST_PLAINTEXT = 2**30

# What a ciphertext has besides C2 at the most: x, y, C3, and the two headers around.
_LONGEST_REST = 2 * (2 + 1 + curve.SIZE) + (2 + ciphertexts.C3_SIZE) + 2 * (2 + 4)
_FAILED = "the SM2 ciphertext could not be decrypted"


class Operation(NamedTuple):
    """A context that encrypts or decrypts with one key, and where C writes how much it made."""

    context: Any
    length: Any


def encryptors(pkey: Any) -> Pool[Operation]:
    """Contexts that encrypt for a public key."""
    return _operations(lambda: pkey, lib.EVP_PKEY_encrypt_init)


def decryptors(pair: Pair) -> Pool[Operation]:
    """Contexts that decrypt with a private key."""
    return _operations(pair.pkey, lib.EVP_PKEY_decrypt_init)


def encrypt(pool: Pool[Operation], data: object, encoding: str) -> bytes:
    """The ciphertext of ``data`` in this encoding, by one of the pool's contexts."""
    ciphertexts.check_encoding(encoding)
    plaintext = borrow(data)
    size = len(plaintext)
    if not 1 <= size <= LONGEST_PLAINTEXT:
        raise ValueError(f"SM2 encrypts 1 to {LONGEST_PLAINTEXT} bytes, not {size}")
    longest = size + _LONGEST_REST
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
        if size >= ciphertexts.C3_SIZE or der[-size:] != bytes(ffi.buffer(plaintext)):
            if encoding == "der":
                return der
            return ciphertexts.join(ciphertexts.split(der, "der"), encoding)


def decrypt(pool: Pool[Operation], data: object, encoding: str) -> bytes:
    """The plaintext of a ciphertext in this encoding, or DecryptionError, whatever the reason.

    With ``"auto"`` in every encoding that fits: C3, a digest that only the sender of this plaintext
    can make, is right for one of them or for none.
    """
    if encoding == "auto":
        encodings: tuple[str, ...] = ciphertexts.fitting(data)
    else:
        ciphertexts.check_encoding(encoding, "auto")
        encodings = (encoding,)
    for name in encodings:
        plaintext = _decrypted(pool, data, name)
        if plaintext is not None:
            return plaintext
    raise DecryptionError(_FAILED)


def _decrypted(pool: Pool[Operation], data: object, encoding: str) -> bytes | None:
    """The plaintext of a ciphertext in this encoding; None if there is none."""
    try:
        ciphertext = ciphertexts.raw(data, encoding)
        parts = ciphertexts.split(ciphertext, encoding)
    except FormatError:
        return None
    der = ciphertext if encoding == "der" else ciphertexts.join(parts, "der")
    size = len(parts.c2)
    plaintext, memory = fresh(max(size, 2))
    operation = pool.take()
    context, length = operation
    length[0] = size
    done = lib.EVP_PKEY_decrypt(context, memory, length, der, len(der)) == 1 and length[0] == size
    if size < 2:
        plaintext = plaintext[:size]
    # A mask of zeros, which only a short one can be, is an error in the standard. 8.4 lets it pass.
    if not done or (size < ciphertexts.C3_SIZE and hmac.compare_digest(plaintext, parts.c2)):
        lib.OPENSSL_cleanse(memory, len(memory))
        errors.clear()
        return None
    pool.give(operation)
    return plaintext


def _operations(pkey: Callable[[], Any], init: Callable[[Any], int]) -> Pool[Operation]:
    return Pool(lambda: Operation(prepared(pkey(), init), ffi.new("size_t *")))
