"""SM2 signatures (GB/T 32918.2-2016): what is hashed, how it is signed and verified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._binding.pkey import DEFAULT_ID as DEFAULT_ID
from tongsuo_py._binding.pkey import Pair, prepared
from tongsuo_py._binding.pool import Pool
from tongsuo_py.exceptions import FormatError, InvalidSignature
from tongsuo_py.sm2 import curve, nonces
from tongsuo_py.sm2 import signature_formats as formats
from tongsuo_py.sm3.hashing import DIGEST_SIZE, joined_digest

#: Bytes. The standard writes the length in bits, in 16 bits.
LONGEST_ID = (2**16 - 1) // 8

INVALID = "the SM2 signature is not valid for this data, key and user ID"
NOT_SIGNED = "could not make an SM2 signature"

# Looked up once: a small call would feel it.
_sign, _verify = lib.EVP_PKEY_sign, lib.EVP_PKEY_verify


class Operation(NamedTuple):
    """A context that signs or verifies with one key, and where C writes a signature."""

    context: Any
    signature: Any
    length: Any


class Identity:
    """Hashes what the owner of a public key signs, keeping Z for the user ID that was used last."""

    __slots__ = ("_known", "_point")

    def __init__(self, point: bytes) -> None:
        self._point = point
        self._known: tuple[bytes, bytes] | None = None

    def z(self, user_id: object) -> bytes:
        """Z of GB/T 32918.2, 5.5; see ``identity_digest``."""
        known = self._known
        if known is not None and user_id is known[0]:
            return known[1]
        z = identity_digest(self._point, user_id)
        if type(user_id) is bytes:
            self._known = user_id, z
        return z

    def head(self, user_id: object) -> bytes:
        """What is hashed before the data: Z, or nothing where ``user_id`` is None."""
        return b"" if user_id is None else self.z(user_id)

    def digest(self, data: object, user_id: object) -> bytes:
        """The standard's e, 32 bytes: SM3 of Z and the data; without Z where there is no ID."""
        known = self._known
        if known is not None and user_id is known[0]:
            return joined_digest(known[1], data)
        return joined_digest(self.head(user_id), data)


def identity_digest(point: bytes, user_id: object) -> bytes:
    """Z of GB/T 32918.2, 5.5: the digest of a signer's identity, the curve and the public key.

    ``point`` is the public key (65 bytes). ValueError for an ID of more than 8191 bytes.
    """
    identity = given_id(user_id)
    bits = (8 * len(identity)).to_bytes(2, "big")
    return joined_digest(bits + identity + curve.A + curve.B + curve.G, point[1:])


def given_id(user_id: object) -> bytes:
    """A signer's identifier as bytes. ValueError for more than 8191 of them."""
    given = to_bytes(user_id, "user_id")
    if len(given) > LONGEST_ID:
        raise ValueError(f"user_id has at most {LONGEST_ID} bytes, not {len(given)}")
    return given


def given_digest(digest: object) -> bytes:
    """A digest that the caller made. ValueError unless it has 32 bytes."""
    given = to_bytes(digest, "digest")
    if len(given) != DIGEST_SIZE:
        raise ValueError(f"a digest of SM3 has {DIGEST_SIZE} bytes, not {len(given)}")
    return given


def signers(pair: Pair) -> Pool[Operation]:
    """Contexts that sign with a private key."""
    return _operations(pair.pkey, lib.EVP_PKEY_sign_init)


def verifiers(pkey: Any) -> Pool[Operation]:
    """Contexts that verify with a public key."""
    return _operations(lambda: pkey, lib.EVP_PKEY_verify_init)


def sign_digest(pool: Pool[Operation], digest: bytes, encoding: str, timed: bool) -> bytes:
    """The signature over e, 32 bytes, by one of the pool's contexts."""
    if encoding != "der":
        formats.check_encoding(encoding)
    operation = pool.take()
    context, signature, length = operation
    length[0] = formats.LONGEST_DER
    if timed or nonces.in_timed_block():
        nonces.mix_time()
    # Tongsuo draws k from the generator that the time was just given to.
    if _sign(context, signature, length, digest, DIGEST_SIZE) != 1:
        raise errors.failure(NOT_SIGNED)
    result: bytes = ffi.unpack(signature, length[0])
    pool.give(operation)
    return result if encoding == "der" else formats.from_der(result, encoding)


def verify_digest(pool: Pool[Operation], signature: object, digest: bytes, encoding: str) -> None:
    """Raise InvalidSignature unless ``signature`` is one over e, 32 bytes."""
    if encoding != "der":
        formats.check_encoding(encoding)
    given = given_der(signature, encoding)
    operation = pool.take()
    result = _verify(operation[0], given, len(given), digest, DIGEST_SIZE)
    if result >= 0:  # an answer, be it no
        pool.give(operation)
    if result != 1:
        raise errors.failure(INVALID, InvalidSignature)


def given_der(signature: object, encoding: str) -> bytes:
    """A signature to verify, in DER. InvalidSignature for one that cannot be valid."""
    given = signature if type(signature) is bytes else formats.as_bytes(signature, encoding)
    # Tongsuo refuses every DER but the one that it would have written itself, and numbers that are
    # out of range.
    if encoding == "raw":
        if len(given) != 2 * curve.SIZE:
            raise InvalidSignature(INVALID)
        given = formats.join(given[: curve.SIZE], given[curve.SIZE :], "der")
    elif encoding != "der":
        try:
            given = formats.join(*formats.split(given, encoding), "der")
        except FormatError:
            raise InvalidSignature(INVALID) from None
    elif len(given) > formats.LONGEST_DER:
        raise InvalidSignature(INVALID)
    return given


def _operations(pkey: Callable[[], Any], init: Callable[[Any], int]) -> Pool[Operation]:
    def make() -> Operation:
        signature = ffi.new("char[]", formats.LONGEST_DER)
        return Operation(prepared(pkey(), init), signature, ffi.new("size_t *"))

    return Pool(make)
