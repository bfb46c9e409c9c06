"""Private keys out: PKCS#8, plain and encrypted (RFC 5958, RFC 8018), and SEC1 (RFC 5915)."""

from __future__ import annotations

from typing import Any

from tongsuo_py._binding import pbe, pbes
from tongsuo_py._binding.bio import written
from tongsuo_py._binding.buffers import secret
from tongsuo_py._binding.handles import own_encrypted_pkcs8, own_pkcs8
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._binding.pem import to_der
from tongsuo_py._pem import armour

#: The names of the ways to encrypt a key.
ENCRYPTIONS = ("aes-256-cbc", "sm4-cbc", "gmssl")

# What GmSSL has before the ECPrivateKey (121 bytes, with the curve's name in it) of a PKCS#8 key.
_GMSSL_PREFIX = bytes.fromhex("308193020100301306072A8648CE3D020106082A811CCF5501822D0479")
_SEC1_SIZE = 121


def plain_der(pkey: Any) -> bytes:
    """The DER of a PrivateKeyInfo."""
    return to_der(lib.i2d_PKCS8_PRIV_KEY_INFO, _info(pkey), "could not write the private key")


def plain_pem(pkey: Any) -> bytes:
    """The same as PEM (``PRIVATE KEY``)."""
    null = ffi.NULL
    return written(
        lambda bio: lib.PEM_write_bio_PKCS8PrivateKey(bio, pkey, null, null, 0, null, null),
        "could not write the private key",
    )


def sec1_der(pkey: Any) -> bytes:
    """The DER of an ECPrivateKey."""
    return to_der(lib.i2d_PrivateKey, pkey, "could not write the private key")


def sec1_pem(pkey: Any) -> bytes:
    """The same as PEM (``EC PRIVATE KEY``)."""
    null = ffi.NULL
    return written(
        lambda bio: lib.PEM_write_bio_PrivateKey_traditional(bio, pkey, null, null, 0, null, null),
        "could not write the private key",
    )


def encrypted_der(
    pkey: Any,
    password: str | bytes | bytearray,
    encryption: str = "aes-256-cbc",
    iterations: int = pbe.ITERATIONS,
) -> bytes:
    """The DER of an EncryptedPrivateKeyInfo: PBES2 with PBKDF2.

    ``encryption``: ``"aes-256-cbc"`` with HMAC-SHA-256, ``"sm4-cbc"`` with HMAC-SM3, or
    ``"gmssl"``, which is the latter in the one form that GmSSL 3.1 reads (SM2 keys only).
    """
    secret_bytes = pbe.password_bytes(password)
    message = "could not encrypt the private key"
    gmssl = encryption == "gmssl"
    info = (_gmssl_info if gmssl else _info)(pkey)
    algorithm = pbe.pbes2("sm4-cbc" if gmssl else encryption, iterations)
    encrypted = own_encrypted_pkcs8(
        lib.PKCS8_set0_pbe(secret_bytes, len(secret_bytes), info, algorithm), message
    )
    ffi.gc(algorithm, None)  # it is part of the other one now
    der = to_der(lib.i2d_X509_SIG, encrypted, message)
    return pbes.encrypted_key_for_gmssl(der) if gmssl else der


def encrypted_pem(
    pkey: Any, password: str | bytes | bytearray, encryption: str = "aes-256-cbc"
) -> bytes:
    """The same as PEM (``ENCRYPTED PRIVATE KEY``)."""
    return armour(encrypted_der(pkey, password, encryption), "ENCRYPTED PRIVATE KEY")


def _gmssl_info(pkey: Any) -> Any:
    """A PrivateKeyInfo that names the curve twice, as GmSSL wants it."""
    size = len(_GMSSL_PREFIX)
    assert lib.i2d_PrivateKey(pkey, ffi.NULL) == _SEC1_SIZE
    with secret(size + _SEC1_SIZE) as info:
        ffi.memmove(info, _GMSSL_PREFIX, size)
        lib.i2d_PrivateKey(pkey, ffi.new("unsigned char **", info + size))
        position = ffi.new("unsigned char const **", info)
        pointer = lib.d2i_PKCS8_PRIV_KEY_INFO(ffi.NULL, position, len(info))
    return own_pkcs8(pointer, "could not encode the private key")


def _info(pkey: Any) -> Any:
    return own_pkcs8(lib.EVP_PKEY2PKCS8(pkey), "could not encode the private key")
