"""Private keys out: PKCS#8, plain and encrypted (RFC 5958, RFC 8018), and SEC1 (RFC 5915)."""

from __future__ import annotations

import base64
from typing import Any

from tongsuo_py._binding.algorithms import cipher
from tongsuo_py._binding.bio import written
from tongsuo_py._binding.buffers import readable
from tongsuo_py._binding.handles import own_algorithm, own_encrypted_pkcs8, own_pkcs8
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._binding.pem import to_der

#: What one guess of a password costs; 600,000 is OWASP's advice for PBKDF2 with HMAC-SHA-256.
ITERATIONS = 600_000

#: OpenSSL reads a password into a buffer of this many bytes.
LONGEST_PASSWORD = 1024

_SALT = 16
_AES = cipher("AES-256-CBC")


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
    pkey: Any, password: str | bytes | bytearray, iterations: int = ITERATIONS
) -> bytes:
    """The DER of an EncryptedPrivateKeyInfo: PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC."""
    secret = readable(password.encode("utf-8") if isinstance(password, str) else password)
    if not 1 <= len(secret) <= LONGEST_PASSWORD:
        raise ValueError(f"a password has 1 to {LONGEST_PASSWORD} bytes, not {len(secret)}")
    message = "could not encrypt the private key"
    scheme = own_algorithm(
        # Salt and IV are made by Tongsuo.
        lib.PKCS5_pbe2_set_iv(_AES, iterations, ffi.NULL, _SALT, ffi.NULL, lib.NID_hmacWithSHA256),
        message,
    )
    encrypted = own_encrypted_pkcs8(
        lib.PKCS8_set0_pbe(secret, len(secret), _info(pkey), scheme), message
    )
    ffi.gc(scheme, None)  # it is part of the other one now
    return to_der(lib.i2d_X509_SIG, encrypted, message)


def encrypted_pem(pkey: Any, password: str | bytes | bytearray) -> bytes:
    """The same as PEM (``ENCRYPTED PRIVATE KEY``)."""
    return armour(encrypted_der(pkey, password), "ENCRYPTED PRIVATE KEY")


def armour(der: bytes, label: str) -> bytes:
    """PEM (RFC 7468) of DER that is no secret."""
    text = base64.b64encode(der).decode("ascii")
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def _info(pkey: Any) -> Any:
    return own_pkcs8(lib.EVP_PKEY2PKCS8(pkey), "could not encode the private key")
