"""Encryption and authentication under a password (RFC 8018, RFC 7292), done by Tongsuo.

To decrypt and to authenticate, a password is bytes, or None for none at all, which PKCS #12 tells
from an empty one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tongsuo_py._binding import asn1, errors
from tongsuo_py._binding.algorithms import cipher
from tongsuo_py._binding.buffers import borrow, readable, secret, take
from tongsuo_py._binding.handles import own_algorithm
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import FormatError, PasswordError

#: What one guess of a password costs; 600,000 is OWASP's advice for PBKDF2 with HMAC-SHA-256.
ITERATIONS = 600_000

#: OpenSSL reads a password into a buffer of this many bytes.
LONGEST_PASSWORD = 1024

_SALT = 16


class _Scheme(NamedTuple):
    """PBES2's parts: the cipher, and the NID of the HMAC that PBKDF2 uses."""

    cipher: Any
    prf: int


_SCHEMES = {
    "aes-256-cbc": _Scheme(cipher("AES-256-CBC"), lib.NID_hmacWithSHA256),
    "sm4-cbc": _Scheme(cipher("SM4-CBC"), lib.NID_hmacWithSM3),
}


class Encrypted(NamedTuple):
    """A ciphertext, and the DER of the AlgorithmIdentifier that says how it was made."""

    algorithm: bytes
    ciphertext: bytes


def pbes2(encryption: str, iterations: int) -> Any:
    """An X509_ALGOR of PBES2 with PBKDF2: the scheme of this name, with a new salt and IV."""
    scheme = _SCHEMES[encryption]
    return own_algorithm(
        # Salt and IV are made by Tongsuo.
        lib.PKCS5_pbe2_set_iv(scheme.cipher, iterations, ffi.NULL, _SALT, ffi.NULL, scheme.prf),
        "could not prepare the encryption under a password",
    )


def password_bytes(password: str | bytes | bytearray) -> Any:
    """A password for C to read; ValueError for an empty one, and one that is too long."""
    secret = readable(password.encode("utf-8") if isinstance(password, str) else password)
    if not 1 <= len(secret) <= LONGEST_PASSWORD:
        raise ValueError(f"a password has 1 to {LONGEST_PASSWORD} bytes, not {len(secret)}")
    return secret


def encrypt(data: bytes, password: Any, encryption: str, iterations: int) -> Encrypted:
    """``data`` under the scheme of this name, with a password from ``password_bytes``."""
    scheme = pbes2(encryption, iterations)
    algorithm = asn1.to_der(lib.i2d_X509_ALGOR, scheme, "could not write how it is encrypted")
    ciphertext = _crypt(scheme, password, data, encrypts=True)
    if ciphertext is None:
        raise errors.failure("could not encrypt under a password")
    return Encrypted(algorithm, ciphertext)


def decrypt(encrypted: Encrypted, password: bytes | None, what: str) -> bytes:
    """The plaintext, by any scheme that Tongsuo has.

    Raises PasswordError where the password is wrong, FormatError where there is no such scheme.
    """
    pointer, _ = asn1.from_der(lib.d2i_X509_ALGOR, borrow(encrypted.algorithm))
    scheme = own_algorithm(pointer, f"{what}: how it is encrypted could not be read", FormatError)
    plaintext = _crypt(scheme, password, encrypted.ciphertext, encrypts=False)
    if plaintext is not None:
        return plaintext
    entries = errors.drain()
    if entries and (entries[-1].library_code, entries[-1].reason_code) == (
        lib.ERR_LIB_PKCS12,
        lib.PKCS12_R_PKCS12_CIPHERFINAL_ERROR,
    ):
        raise PasswordError(f"{what} could not be decrypted: is the password right?", entries)
    raise FormatError(
        f"{what} is encrypted in a way that this Tongsuo does not have: have it written with AES",
        entries,
    )


def _crypt(scheme: Any, password: bytes | None, data: bytes, *, encrypts: bool) -> bytes | None:
    output, length = ffi.new("unsigned char **"), ffi.new("int *")
    result = lib.PKCS12_pbe_crypt(
        scheme, *_password(password), data, len(data), output, length, encrypts
    )
    if result == ffi.NULL:
        return None
    try:
        return take(output[0], length[0])
    finally:
        lib.OPENSSL_cleanse(output[0], length[0])
        lib.OPENSSL_free(output[0])


def pkcs12_mac(
    data: bytes, password: bytes | None, digest: str, salt: bytes, iterations: int
) -> bytes:
    """The HMAC of ``data`` under a key that RFC 7292, appendix B, makes of the password."""
    md = _digest(digest)
    size = lib.EVP_MD_get_size(md)
    with secret(size) as key:
        done = lib.PKCS12_key_gen_utf8(
            *_password(password), salt, len(salt), lib.PKCS12_MAC_ID, iterations, size, key, md
        )
        errors.check(done, "could not derive the key of a MAC from the password", FormatError)
        return _hmac(digest, key, data)


def pbmac1(
    data: bytes,
    password: bytes | None,
    digest: str,
    kdf_digest: str,
    salt: bytes,
    iterations: int,
    key_size: int,
) -> bytes:
    """The HMAC of ``data`` under a key that PBKDF2 makes of the password (RFC 9579)."""
    md = _digest(kdf_digest)
    with secret(key_size) as key:
        done = lib.PKCS5_PBKDF2_HMAC(
            *_password(password), salt, len(salt), iterations, md, key_size, key
        )
        errors.check(done, "could not derive the key of a MAC from the password")
        return _hmac(digest, key, data)


def _password(password: bytes | None) -> tuple[Any, int]:
    return (ffi.NULL, 0) if password is None else (password, len(password))


def _digest(name: str) -> Any:
    return errors.check_pointer(
        lib.EVP_get_digestbyname(name.encode("ascii")), f"this Tongsuo has no {name}"
    )


def _hmac(digest: str, key: Any, data: bytes) -> bytes:
    output, length = ffi.new("unsigned char[]", lib.EVP_MAX_MD_SIZE), ffi.new("size_t *")
    result = lib.EVP_Q_mac(
        ffi.NULL,
        b"HMAC",
        ffi.NULL,
        digest.encode("ascii"),
        ffi.NULL,
        key,
        len(key),
        data,
        len(data),
        output,
        len(output),
        length,
    )
    errors.check_pointer(result, f"could not compute an HMAC with {digest}")
    return take(output, length[0])
