"""SM2 signatures (GB/T 32918.2-2016): what is hashed, and the two forms that signatures have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.algorithms import SM3
from tongsuo_py._binding.buffers import readable, take
from tongsuo_py._binding.handles import own_md_ctx, own_pkey_ctx
from tongsuo_py._binding.pool import Pool
from tongsuo_py.exceptions import InvalidSignature
from tongsuo_py.sm2 import curve
from tongsuo_py.sm2.der import SEQUENCE, header, integer

#: The identity that GM/T 0009-2012 gives to whoever has no other; certificates and TLCP use it.
DEFAULT_ID = b"1234567812345678"

#: Bytes. The standard writes the length in bits, in 16 bits.
LONGEST_ID = (2**16 - 1) // 8

#: ``"der"``: SEQUENCE { r, s } as in GM/T 0009-2012. ``"raw"``: r || s, 64 bytes.
SignatureEncoding = Literal["der", "raw"]

_DIGEST_SIZE = 32
_LONGEST_DER = 2 + 2 * (2 + 1 + curve.SIZE)
_INVALID = "the SM2 signature is not valid for this data, key and user ID"


class _Hasher(NamedTuple):
    context: Any
    digest: Any


class Operation(NamedTuple):
    """A context that signs or verifies with one key, and where C writes a signature."""

    context: Any
    signature: Any
    length: Any


_hashers: Pool[_Hasher] = Pool(
    lambda: _Hasher(
        own_md_ctx(lib.EVP_MD_CTX_new(), "no memory for a digest"),
        ffi.new("char[]", _DIGEST_SIZE),
    )
)


def identity_digest(point: bytes, user_id: object) -> bytes:
    """Z of GB/T 32918.2, 5.5: the digest of a signer's identity, the curve and the public key.

    ``point`` is the public key (65 bytes). ValueError for an ID of more than 8191 bytes.
    """
    identity = take(readable(user_id, "user_id")) if type(user_id) is not bytes else user_id
    if len(identity) > LONGEST_ID:
        raise ValueError(f"user_id has at most {LONGEST_ID} bytes, not {len(identity)}")
    bits = (8 * len(identity)).to_bytes(2, "big")
    return message_digest(bits + identity + curve.A + curve.B + curve.G, point[1:])


def message_digest(head: bytes, data: object) -> bytes:
    """SM3 of ``head`` and ``data`` one after the other; with Z as the head, the standard's e."""
    source = readable(data)
    hasher = _hashers.take()
    context, digest = hasher
    errors.check(
        lib.EVP_DigestInit_ex(context, SM3, ffi.NULL)
        and lib.EVP_DigestUpdate(context, head, len(head))
        and lib.EVP_DigestUpdate(context, source, len(source))
        and lib.EVP_DigestFinal_ex(context, digest, ffi.NULL),
        "SM3 failed",
    )
    result: bytes = ffi.unpack(digest, _DIGEST_SIZE)
    _hashers.give(hasher)
    return result


def signers(pkey: Any) -> Pool[Operation]:
    """Contexts that sign with a private key."""
    return _operations(pkey, lib.EVP_PKEY_sign_init)


def verifiers(pkey: Any) -> Pool[Operation]:
    """Contexts that verify with a public key."""
    return _operations(pkey, lib.EVP_PKEY_verify_init)


def sign_digest(pool: Pool[Operation], digest: bytes, encoding: str) -> bytes:
    """The signature over e, 32 bytes, by one of the pool's contexts."""
    _check_encoding(encoding)
    operation = pool.take()
    context, signature, length = operation
    length[0] = _LONGEST_DER
    errors.check(
        lib.EVP_PKEY_sign(context, signature, length, digest, _DIGEST_SIZE),
        "could not make an SM2 signature",
    )
    result: bytes = ffi.unpack(signature, length[0])
    pool.give(operation)
    return result if encoding == "der" else _raw(result)


def verify_digest(pool: Pool[Operation], signature: object, digest: bytes, encoding: str) -> None:
    """Raise InvalidSignature unless ``signature`` is one over e, 32 bytes."""
    _check_encoding(encoding)
    given = readable(signature, "signature")
    if encoding == "raw":
        if len(given) != 2 * curve.SIZE:
            raise InvalidSignature(_INVALID)
        given = _der(take(given) if type(given) is not bytes else given)
    # Tongsuo refuses every DER but the one that it would have written itself.
    elif len(given) > _LONGEST_DER:
        raise InvalidSignature(_INVALID)
    operation = pool.take()
    result = lib.EVP_PKEY_verify(operation.context, given, len(given), digest, _DIGEST_SIZE)
    if result != 1:
        raise errors.failure(_INVALID, InvalidSignature)
    pool.give(operation)


def _check_encoding(encoding: str) -> None:
    if encoding not in ("der", "raw"):
        raise ValueError(f'encoding must be "der" or "raw", not {encoding!r}')


def _operations(pkey: Any, init: Callable[[Any], int]) -> Pool[Operation]:
    def make() -> Operation:
        message = "could not prepare an SM2 signature"
        pointer = lib.EVP_PKEY_CTX_new_from_pkey(ffi.NULL, pkey, ffi.NULL)
        context = own_pkey_ctx(pointer, message)
        errors.check(init(context), message)
        return Operation(context, ffi.new("char[]", _LONGEST_DER), ffi.new("size_t *"))

    return Pool(make)


def _raw(der: bytes) -> bytes:
    """r || s from DER that Tongsuo made: tag, length, then tag, length and value of each."""
    end = 4 + der[3]
    r, s = der[4:end], der[end + 2 :]
    return r[-curve.SIZE :].rjust(curve.SIZE, b"\0") + s[-curve.SIZE :].rjust(curve.SIZE, b"\0")


def _der(raw: bytes) -> bytes:
    body = integer(raw[: curve.SIZE]) + integer(raw[curve.SIZE :])
    return header(SEQUENCE, len(body)) + body
