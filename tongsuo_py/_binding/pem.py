"""Keys and certificates from PEM and DER, of any algorithm that Tongsuo knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tongsuo_py import _pem
from tongsuo_py._binding import asn1, errors, key_structure, pbes
from tongsuo_py._binding.bio import Reader
from tongsuo_py._binding.buffers import take, to_bytes
from tongsuo_py._binding.callbacks import Password, PasswordSource
from tongsuo_py._binding.handles import own_pkcs8, own_pkey, own_x509
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import FormatError, PasswordError


def _unlock(
    read: Callable[[Any, Any], Any], password: Password, what: str, check: Callable[[], None]
) -> Any:
    """``read(callback, userdata)`` with the password at hand, its failure told apart in words.

    ``check`` raises FormatError if it finds what is wrong with the structure.
    """
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
    check()
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

    The encrypted ones of GmSSL as well. Raises PasswordError where the password is missing or
    wrong, FormatError where there is no key, or one whose encryption would take too long to undo.
    """
    text = Reader(data).borrowed
    block = _first(text, "PRIVATE KEY")
    if block.label == "ENCRYPTED PRIVATE KEY":
        return _decrypted(block.decode(), password, "the PEM private key")
    # This block alone: Tongsuo would go on to the next one, of any kind.
    reader = Reader(memoryview(ffi.buffer(text))[block.start : block.end])
    return _unlock(
        lambda callback, user: lib.PEM_read_bio_PrivateKey(reader.bio, ffi.NULL, callback, user),
        password,
        "the PEM private key",
        lambda: key_structure.check_private(block.decode(), f"PEM {block.label}"),
    )


def private_key_from_der(data: object, password: Password = None) -> Any:
    """A private key from DER: PKCS#8, plain or encrypted, or SEC1.

    Raises PasswordError and FormatError as ``private_key_from_pem`` does.
    """
    borrowed = Reader(data).borrowed
    content = to_bytes(data)
    if key_structure.is_encrypted(content):
        return _decrypted(content, password, "the DER private key")
    PasswordSource(password)  # of a wrong type it is refused, needed or not
    pointer, used = asn1.from_der(lib.d2i_AutoPrivateKey, borrowed)
    if pointer == ffi.NULL:
        entries = errors.drain()
        key_structure.check_private(content, "the DER private key")
        raise FormatError("the DER private key could not be read", entries)
    key = own_pkey(pointer, "the DER private key")
    errors.clear()
    _refuse_rest(borrowed, used, "the DER private key")
    return key


def _decrypted(content: bytes, password: Password, what: str) -> Any:
    """The key in an EncryptedPrivateKeyInfo."""
    reader = Reader(pbes.encrypted_key(content, what))
    null = ffi.NULL
    return _unlock(
        lambda callback, user: lib.d2i_PKCS8PrivateKey_bio(reader.bio, null, callback, user),
        password,
        what,
        lambda: None,
    )


def _first(text: Any, kind: str) -> _pem.Block:
    """The first block of this kind. Raises FormatError, which says what there is instead."""
    found = []
    for block in _pem.blocks(memoryview(ffi.buffer(text))):
        if block.label == kind or (
            block.label.endswith(f" {kind}") and block.label != "OPENSSH PRIVATE KEY"
        ):
            return block
        found.append(f"{block.label} at byte {block.start}")
    what = ", ".join(found) or "no PEM at all"
    raise FormatError(f"PEM: expected {kind}, found {what}")


def public_key_from_pem(data: object) -> Any:
    """The first public key (SubjectPublicKeyInfo, RFC 5280) in PEM text. Raises FormatError."""
    text = Reader(data).borrowed
    return public_key_from_der(_first(text, "PUBLIC KEY").decode(), "the PEM public key")


def public_key_from_der(data: object, what: str = "the DER public key") -> Any:
    """A public key from the DER of a SubjectPublicKeyInfo (RFC 5280). Raises FormatError."""
    borrowed = Reader(data).borrowed
    pointer, used = asn1.from_der(lib.d2i_PUBKEY, borrowed)
    if pointer == ffi.NULL:
        entries = errors.drain()
        key_structure.check_public(take(borrowed), what)
        raise FormatError(f"{what} could not be read", entries)
    key = own_pkey(pointer, what)
    errors.clear()
    _refuse_rest(borrowed, used, what)
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


def _refuse_rest(borrowed: Any, used: int, what: str) -> None:
    if used != len(borrowed):
        raise FormatError(f"{what} ends after {used} bytes, but there are {len(borrowed)}")
