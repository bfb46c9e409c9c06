"""Objects handed to and taken from ``cryptography`` and pyOpenSSL, by way of their DER.

Neither package is needed for anything else: ImportError says how to get it.
"""

from __future__ import annotations

from typing import Any


def to_cryptography(load: str, der: bytes) -> Any:
    """What this function of ``cryptography.x509`` makes of DER."""
    return getattr(_cryptography("to_cryptography()"), load)(der)


def from_cryptography(kind: str, value: Any) -> bytes:
    """The DER of an object of ``cryptography.x509``'s class ``kind``; TypeError for another."""
    module = _cryptography("from_cryptography()")
    _require(value, getattr(module, kind), f"cryptography.x509.{kind}")
    from cryptography.hazmat.primitives.serialization import Encoding

    der: bytes = value.public_bytes(Encoding.DER)
    return der


def to_pyopenssl(load: str, der: bytes) -> Any:
    """What this function of ``OpenSSL.crypto`` makes of DER."""
    crypto = _pyopenssl("to_pyopenssl()")
    return getattr(crypto, load)(crypto.FILETYPE_ASN1, der)


def from_pyopenssl(kind: str, dump: str, value: Any) -> bytes:
    """The DER of an object of ``OpenSSL.crypto``'s class ``kind``; TypeError for another."""
    crypto = _pyopenssl("from_pyopenssl()")
    _require(value, getattr(crypto, kind), f"OpenSSL.crypto.{kind}")
    der: bytes = getattr(crypto, dump)(crypto.FILETYPE_ASN1, value)
    return der


def no_pyopenssl(what: str) -> NotImplementedError:
    """The error for what pyOpenSSL has no class for."""
    return NotImplementedError(
        f"pyOpenSSL has no class for a {what} any more: use to_cryptography() and "
        "from_cryptography(), or DER"
    )


def no_cryptography_key() -> NotImplementedError:
    """The error for an SM2 key, which ``cryptography`` has no class for."""
    return NotImplementedError(
        "the package cryptography has no SM2 keys: use to_pyopenssl(), or to_der()"
    )


def _require(value: Any, kind: type, name: str) -> None:
    if not isinstance(value, kind):
        raise TypeError(f"a {name} is needed, not {type(value).__name__}")


def _cryptography(what: str) -> Any:
    try:
        import cryptography.x509
    except ImportError as error:
        raise _not_installed(what, "cryptography") from error
    return cryptography.x509


def _pyopenssl(what: str) -> Any:
    try:
        import OpenSSL.crypto
    except ImportError as error:
        raise _not_installed(what, "pyOpenSSL") from error
    return OpenSSL.crypto


def _not_installed(what: str, package: str) -> ImportError:
    return ImportError(f"{what} needs the package {package}: pip install {package}")
