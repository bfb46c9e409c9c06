"""A certificate of a chain, as the standard library has it privately (``_ssl.Certificate``)."""

from __future__ import annotations

import ssl as _stdlib
from typing import Any

from tongsuo_py._binding import x509
from tongsuo_py.exceptions import FormatError
from tongsuo_py.ssl._errors import ssl_error

# As in the private module _ssl, whose numbers programs pass; they are OpenSSL's X509_FILETYPE_*.
ENCODING_PEM = 1
ENCODING_DER = 2


class Certificate:
    """What a connection's chains consist of: programs reach them by ``SSLSocket._sslobj``.

    CPython 3.13 has methods of SSLSocket for it; before that, truststore and others go this way.
    """

    __slots__ = ("_handle",)

    def __init__(self, handle: Any) -> None:
        self._handle = handle

    def public_bytes(self, format: int = ENCODING_PEM) -> str | bytes:
        """The certificate as PEM, which is text, or DER. Raises ValueError for another format."""
        der = x509.certificate_der(self._handle)
        if format == ENCODING_DER:
            return der
        if format == ENCODING_PEM:
            return _stdlib.DER_cert_to_PEM_cert(der)
        raise ValueError("Unsupported format")

    def get_info(self) -> dict[str, Any]:
        """The certificate's content, in the form of ``getpeercert()``."""
        return decoded(self._handle)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Certificate):
            return NotImplemented
        return x509.certificate_der(self._handle) == x509.certificate_der(other._handle)

    def __hash__(self) -> int:
        return hash(x509.certificate_der(self._handle))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {x509.subject_text(self._handle)!r}>"


def decoded(certificate: Any) -> dict[str, Any]:
    """A certificate's content, in the form of ``getpeercert()``.

    Raises SSLError for a name that is no valid ASN.1 string, UnicodeDecodeError for a general name
    that is no UTF-8, as the standard library does.
    """
    try:
        return x509.decode(certificate)
    except FormatError as error:
        raise ssl_error(str(error.args[0]), error.errors) from error


def as_der(chain: list[Certificate]) -> list[bytes]:
    """A chain as ``SSLSocket.get_verified_chain()`` and its twin return it."""
    return [x509.certificate_der(certificate._handle) for certificate in chain]
