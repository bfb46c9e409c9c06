"""Objects handed to and taken from ``cryptography`` and pyOpenSSL, by way of their DER.

Neither package is needed for anything else: ImportError says how to get it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import OpenSSL.crypto


def to_cryptography(kind: str, load: str, der: bytes) -> Any:
    """The object of ``cryptography.x509``'s class ``kind``, by its function ``load``."""
    return getattr(_cryptography("to_cryptography()"), load)(der)


def from_cryptography(kind: str, value: Any) -> bytes:
    """The DER of an object of ``cryptography.x509``'s class ``kind``; TypeError for another."""
    module = _cryptography("from_cryptography()")
    if not isinstance(value, getattr(module, kind)):
        raise TypeError(f"a cryptography.x509.{kind} is needed, not {type(value).__name__}")
    from cryptography.hazmat.primitives.serialization import Encoding

    der: bytes = value.public_bytes(Encoding.DER)
    return der


def to_pyopenssl(der: bytes) -> OpenSSL.crypto.X509:
    """A certificate as an object of pyOpenSSL."""
    crypto = _pyopenssl("to_pyopenssl()")
    certificate: OpenSSL.crypto.X509 = crypto.load_certificate(crypto.FILETYPE_ASN1, der)
    return certificate


def from_pyopenssl(value: Any) -> bytes:
    """The DER of a certificate of pyOpenSSL; TypeError for another object."""
    crypto = _pyopenssl("from_pyopenssl()")
    if not isinstance(value, crypto.X509):
        raise TypeError(f"an OpenSSL.crypto.X509 is needed, not {type(value).__name__}")
    der: bytes = crypto.dump_certificate(crypto.FILETYPE_ASN1, value)
    return der


def no_pyopenssl(what: str) -> NotImplementedError:
    """The error for what pyOpenSSL has no class for."""
    return NotImplementedError(
        f"pyOpenSSL has no class for a {what} any more: use to_cryptography() and "
        "from_cryptography(), or DER"
    )


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
