"""Keys and certificates from PEM and DER, of any algorithm that Tongsuo knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tongsuo_py._binding import errors
from tongsuo_py._binding.bio import Reader, written
from tongsuo_py._binding.buffers import take
from tongsuo_py._binding.callbacks import Password, PasswordSource
from tongsuo_py._binding.handles import own_pkcs8, own_pkey, own_x509
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import FormatError, PasswordError, TongsuoError


def _unlock(read: Callable[[Any, Any], Any], password: Password, what: str) -> Any:
    """``read(callback, userdata)`` with the password at hand, its failure told apart in words."""
    source = PasswordSource(password)
    pointer = read(lib.tspy_password, source.handle)
    # It refers back to the source: the password would wait for the garbage collector.
    source.handle = None
    if pointer != ffi.NULL:
        key = _native(own_pkey(pointer, what))
        errors.clear()
        return key
    entries = errors.drain()
    source.reraise()
    if source.missing:
        raise PasswordError(f"{what} is encrypted: a password is needed", entries)
    if source.asked:
        raise PasswordError(f"{what} could not be decrypted: is the password right?", entries)
    raise FormatError(f"{what} could not be read", entries)


def _native(key: Any) -> Any:
    """The same key as one of a provider's, which is all that newer functions take.

    8.4 reads an encrypted PEM key with its older code, which keeps it in the older form.
    """
    if lib.EVP_PKEY_get0_provider(key) != ffi.NULL:
        return key
    what = "the private key could not be converted"
    info = own_pkcs8(lib.EVP_PKEY2PKCS8(key), what)
    return own_pkey(lib.EVP_PKCS82PKEY(info), what)


def private_key_from_pem(data: object, password: Password = None) -> Any:
    """The first private key in PEM text: PKCS#8 (RFC 5958), plain or encrypted, or SEC1 (RFC 5915).

    Raises PasswordError where the password is missing or wrong, FormatError where there is no key.
    """
    reader = Reader(data)
    return _unlock(
        lambda callback, user: lib.PEM_read_bio_PrivateKey(reader.bio, ffi.NULL, callback, user),
        password,
        "the PEM private key",
    )


def private_key_from_der(data: object, password: Password = None) -> Any:
    """A private key from DER: PKCS#8 or SEC1; with a ``password``, encrypted PKCS#8.

    Raises PasswordError and FormatError as ``private_key_from_pem`` does.
    """
    reader = Reader(data)
    borrowed = reader.borrowed
    if password is not None:
        key = _unlock(
            lambda callback, user: lib.d2i_PKCS8PrivateKey_bio(
                reader.bio, ffi.NULL, callback, user
            ),
            password,
            "the DER private key",
        )
        used = len(borrowed) - lib.BIO_ctrl_pending(reader.bio)
        _refuse_rest(borrowed, used, "the DER private key")
        return key
    position = ffi.new("unsigned char const **", borrowed)
    pointer = lib.d2i_AutoPrivateKey(ffi.NULL, position, len(borrowed))
    key = own_pkey(pointer, "the DER private key could not be read", FormatError)
    errors.clear()
    _refuse_rest(borrowed, _used(borrowed, position), "the DER private key")
    return key


def public_key_from_pem(data: object) -> Any:
    """The first public key (SubjectPublicKeyInfo, RFC 5280) in PEM text. Raises FormatError."""
    reader = Reader(data)
    pointer = lib.PEM_read_bio_PUBKEY(reader.bio, ffi.NULL, ffi.NULL, ffi.NULL)
    key = own_pkey(pointer, "the PEM public key could not be read", FormatError)
    errors.clear()
    return key


def public_key_from_der(data: object) -> Any:
    """A public key from the DER of a SubjectPublicKeyInfo (RFC 5280). Raises FormatError."""
    borrowed = Reader(data).borrowed
    position = ffi.new("unsigned char const **", borrowed)
    pointer = lib.d2i_PUBKEY(ffi.NULL, position, len(borrowed))
    key = own_pkey(pointer, "the DER public key could not be read", FormatError)
    errors.clear()
    _refuse_rest(borrowed, _used(borrowed, position), "the DER public key")
    return key


def certificates_from_pem(data: object) -> list[Any]:
    """Every certificate in PEM text, in its order; other things in the text are passed over.

    Raises FormatError where there is none, or one that cannot be read.
    """
    reader = Reader(data)
    certificates = []
    while True:
        pointer = lib.PEM_read_bio_X509(reader.bio, ffi.NULL, ffi.NULL, ffi.NULL)
        if pointer == ffi.NULL:
            break
        certificates.append(own_x509(pointer, "the PEM certificate"))
    entries = errors.drain()
    at_the_end = bool(entries) and (
        entries[-1].library_code == lib.ERR_LIB_PEM
        and entries[-1].reason_code == lib.PEM_R_NO_START_LINE
    )
    if not certificates or not at_the_end:
        number = len(certificates) + 1
        raise FormatError(
            "there is no PEM certificate here"
            if at_the_end
            else f"PEM certificate {number} could not be read",
            entries,
        )
    return certificates


def certificate_from_der(data: object) -> Any:
    """A certificate from DER (RFC 5280). Raises FormatError, for bytes after its end too."""
    borrowed = Reader(data).borrowed
    position = ffi.new("unsigned char const **", borrowed)
    pointer = lib.d2i_X509(ffi.NULL, position, len(borrowed))
    certificate = own_x509(pointer, "the DER certificate could not be read", FormatError)
    _refuse_rest(borrowed, _used(borrowed, position), "the DER certificate")
    return certificate


def certificates_from_der(data: object) -> list[Any]:
    """Every certificate in the DER of one or more, one after the other. Raises FormatError."""
    borrowed = Reader(data).borrowed
    start = ffi.cast("unsigned char const *", borrowed)
    position = ffi.new("unsigned char const **", borrowed)
    certificates: list[Any] = []
    while not certificates or position[0] != start + len(borrowed):
        left = len(borrowed) - (position[0] - start)
        pointer = lib.d2i_X509(ffi.NULL, position, left)
        message = f"DER certificate {len(certificates) + 1} could not be read"
        certificates.append(own_x509(pointer, message, FormatError))
    return certificates


def certificate_to_pem(certificate: Any) -> bytes:
    """The PEM text of a certificate."""
    return written(
        lambda bio: lib.PEM_write_bio_X509(bio, certificate), "could not write the certificate"
    )


def to_der(encode: Callable[[Any, Any], int], value: Any, message: str) -> bytes:
    """What one of OpenSSL's ``i2d`` functions makes of ``value``."""
    out = ffi.new("unsigned char **")
    length = errors.check(encode(value, out), message, TongsuoError)
    try:
        return take(out[0], length)
    finally:
        lib.OPENSSL_cleanse(out[0], length)  # a private key, perhaps
        lib.OPENSSL_free(out[0])


def _used(borrowed: Any, position: Any) -> int:
    return int(position[0] - ffi.cast("unsigned char const *", borrowed))


def _refuse_rest(borrowed: Any, used: int, what: str) -> None:
    if used != len(borrowed):
        raise FormatError(f"{what} ends after {used} bytes, but there are {len(borrowed)}")
