"""SM2 private keys out: PKCS#8, plain and encrypted (RFC 5958, RFC 8018), and SEC1 (RFC 5915)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tongsuo_py._binding import asn1, pbe, pbes
from tongsuo_py._binding.bio import written
from tongsuo_py._binding.buffers import secret, take
from tongsuo_py._binding.handles import own_encrypted_pkcs8, own_pkcs8
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._binding.pkey import number_of, point_of
from tongsuo_py._pem import armour

_NUMBER_SIZE = 32

# Each form is the number, and the point after it, between constant bytes: PrivateKeyInfo around
# ECPrivateKey, the latter alone with the curve's name in it, and GmSSL's, which has the name twice.
# Tongsuo's encoders would make the same, but for a moment they change the key that they are given:
# two threads at once could leave it so that the curve is missing ever after.
_PUBLIC = "A144034200"
_CURVE = "06082A811CCF5501822D"
_ALGORITHM = f"301306072A8648CE3D0201{_CURVE}"
_NAMED = "30770201010420", f"A00A{_CURVE}{_PUBLIC}"
_FORMS = {
    "pkcs8": (f"308187020100{_ALGORITHM}046D306B0201010420", _PUBLIC),
    "sec1": _NAMED,
    "gmssl": (f"308193020100{_ALGORITHM}0479{_NAMED[0]}", _NAMED[1]),
}
_LAYOUTS = {name: tuple(map(bytes.fromhex, parts)) for name, parts in _FORMS.items()}


def plain_der(pkey: Any) -> bytes:
    """The DER of a PrivateKeyInfo."""
    with _encoded(pkey, "pkcs8") as der:
        return take(der)


def plain_pem(pkey: Any) -> bytes:
    """The same as PEM (``PRIVATE KEY``)."""
    return _pem(pkey, "pkcs8", b"PRIVATE KEY")


def sec1_der(pkey: Any) -> bytes:
    """The DER of an ECPrivateKey."""
    with _encoded(pkey, "sec1") as der:
        return take(der)


def sec1_pem(pkey: Any) -> bytes:
    """The same as PEM (``EC PRIVATE KEY``)."""
    return _pem(pkey, "sec1", b"EC PRIVATE KEY")


def encrypted_der(
    pkey: Any,
    password: str | bytes | bytearray,
    encryption: str = "aes-256-cbc",
    iterations: int = pbe.ITERATIONS,
) -> bytes:
    """The DER of an EncryptedPrivateKeyInfo: PBES2 with PBKDF2.

    ``encryption``: ``"aes-256-cbc"`` with HMAC-SHA-256, ``"sm4-cbc"`` with HMAC-SM3, or
    ``"gmssl"``, which is the latter in the one form that GmSSL 3.1 reads.
    """
    secret_bytes = pbe.password_bytes(password)
    message = "could not encrypt the private key"
    gmssl = encryption == "gmssl"
    info = _info(pkey, "gmssl" if gmssl else "pkcs8")
    algorithm = pbe.pbes2("sm4-cbc" if gmssl else encryption, iterations)
    encrypted = own_encrypted_pkcs8(
        lib.PKCS8_set0_pbe(secret_bytes, len(secret_bytes), info, algorithm), message
    )
    ffi.gc(algorithm, None)  # it is part of the other one now
    der = asn1.to_der(lib.i2d_X509_SIG, encrypted, message)
    return pbes.encrypted_key_for_gmssl(der) if gmssl else der


def encrypted_pem(
    pkey: Any, password: str | bytes | bytearray, encryption: str = "aes-256-cbc"
) -> bytes:
    """The same as PEM (``ENCRYPTED PRIVATE KEY``)."""
    return armour(encrypted_der(pkey, password, encryption), "ENCRYPTED PRIVATE KEY")


@contextmanager
def _encoded(pkey: Any, form: str) -> Iterator[Any]:
    """The key in DER in C, cleansed when the block ends."""
    head, middle = _LAYOUTS[form]
    point = point_of(pkey)
    start = len(head) + _NUMBER_SIZE
    with number_of(pkey) as number, secret(start + len(middle) + len(point)) as der:
        ffi.memmove(der, head, len(head))
        ffi.memmove(der + len(head), number, _NUMBER_SIZE)
        ffi.memmove(der + start, middle + point, len(middle) + len(point))
        yield der


def _pem(pkey: Any, form: str, label: bytes) -> bytes:
    with _encoded(pkey, form) as der:
        return written(
            lambda bio: lib.PEM_write_bio(bio, label, b"", der, len(der)),
            "could not write the private key",
        )


def _info(pkey: Any, form: str) -> Any:
    """A PKCS8_PRIV_KEY_INFO."""
    with _encoded(pkey, form) as der:
        pointer, _ = asn1.from_der(lib.d2i_PKCS8_PRIV_KEY_INFO, der)
    return own_pkcs8(pointer, "could not encode the private key")
