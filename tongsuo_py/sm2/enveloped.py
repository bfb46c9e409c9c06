"""Enveloped keys: a private key for the owner of another one (GM/T 0009-2012, 7.4; GB/T 35276).

The number is encrypted with SM4 under a key of its own, and that by SM2 for the recipient::

    SM2EnvelopedKey ::= SEQUENCE {
        symAlgID                AlgorithmIdentifier,
        symEncryptedKey         SM2Cipher,
        sm2PublicKey            BIT STRING,
        sm2EncryptedPrivateKey  BIT STRING }

The standards leave open how the number is laid out before it is encrypted. Its 32 bytes alone are
what most write, and we do; read are also 32 zeros before it (as a device's blobs of 64 bytes have)
and a block of padding behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from tongsuo_py import _der, sm4
from tongsuo_py._binding import ffi, pkey
from tongsuo_py._binding.buffers import secret, to_bytes
from tongsuo_py._der import Reader, bits, null, sequence
from tongsuo_py._oids import SM4, SM4_CBC, SM4_ECB
from tongsuo_py.exceptions import DecryptionError, FormatError
from tongsuo_py.sm2 import curve, point_forms

_NAME = "the SM2EnvelopedKey"
_FAILED = "the enveloped SM2 key could not be decrypted"
_PADDING = bytes((sm4.BLOCK_SIZE,)) * sm4.BLOCK_SIZE


class _Parts(NamedTuple):
    """What it consists of: the mode of SM4, its key as SM2Cipher, the point, the number."""

    mode: sm4.Mode
    encrypted_key: bytes
    point: bytes
    encrypted_number: bytes


def made(key: Any, point: bytes, encrypt: Callable[[bytes], bytes]) -> bytes:
    """The DER of an EVP_PKEY's private key, whose ``point`` this is, for whom ``encrypt`` does."""
    symmetric_key = sm4.generate_key()
    stream = sm4.encryptor(symmetric_key, sm4.ECB(), padding=False)
    with pkey.number_of(key) as number:
        encrypted_number = stream.update(ffi.buffer(number))
    algorithm = _der.algorithm_identifier(SM4_ECB, null())
    return sequence(algorithm, encrypt(symmetric_key), bits(point), bits(encrypted_number))


def opened(data: object, decrypt: Callable[[bytes], bytes]) -> Any:
    """The EVP_PKEY in the DER, for whom ``decrypt`` decrypts.

    Raises FormatError for another structure, and one and the same DecryptionError whatever else is
    wrong, so that nobody learns anything about the plaintext.
    """
    parts = _split(to_bytes(data, "the enveloped key"))
    with secret(len(parts.encrypted_number)) as plaintext:
        try:
            stream = sm4.decryptor(decrypt(parts.encrypted_key), parts.mode, padding=False)
            stream.update_into(parts.encrypted_number, ffi.buffer(plaintext))
            key = pkey.private(_number(plaintext))
        except ValueError:  # the length of the key, the layout, the range of the number
            raise DecryptionError(_FAILED) from None
    if pkey.point_of(key) != parts.point:
        raise DecryptionError(_FAILED)
    return key


def check_cipher(reader: Reader) -> None:
    """FormatError unless this is inside of an SM2Cipher around a key of SM4."""
    for _ in "xy":
        reader.unsigned(curve.SIZE)
    for size in (32, sm4.KEY_SIZE):  # C3 and C2
        reader.octets(size)
    reader.finish()


def _number(plaintext: Any) -> Any:
    """Where the number's 32 bytes are; ValueError if the bytes beside it are not as they should."""
    size = len(plaintext)
    if size == 2 * curve.SIZE:
        start, rest, expected = curve.SIZE, ffi.buffer(plaintext, curve.SIZE), bytes(curve.SIZE)
    else:
        start, rest = 0, ffi.buffer(plaintext)[curve.SIZE :]
        expected = _PADDING[: len(rest)]
    if bytes(rest) != expected:
        raise ValueError
    return plaintext[start : start + curve.SIZE]


def _split(data: bytes) -> _Parts:
    outer = Reader(data, _NAME).only()
    mode = _mode(outer.enter())
    begin = outer.position
    check_cipher(outer.enter())
    encrypted_key = data[begin : outer.position]
    begin = outer.position
    try:
        point = point_forms.uncompressed(outer.bits())
    except FormatError as error:
        outer.fail("a public key", str(error), begin)
    begin = outer.position
    encrypted_number = outer.bits()
    sizes = (curve.SIZE, curve.SIZE + sm4.BLOCK_SIZE, 2 * curve.SIZE)
    if len(encrypted_number) not in sizes:
        found = f"{len(encrypted_number)}"
        outer.fail("a BIT STRING of 32, 48 or 64 bytes", f"one of {found}", begin)
    outer.finish()
    return _Parts(mode, encrypted_key, point, encrypted_number)


def _mode(algorithm: Reader) -> sm4.Mode:
    begin = algorithm.position
    name = algorithm.oid()
    if name == SM4_CBC:
        iv = algorithm.octets(sm4.BLOCK_SIZE)
        algorithm.finish()
        return sm4.CBC(iv)
    if name not in (SM4, SM4_ECB):
        algorithm.fail(f"SM4 in ECB ({SM4_ECB}) or CBC ({SM4_CBC}) mode", name, begin)
    algorithm.no_parameters()
    return sm4.ECB()
