"""A certificate, read from PEM or DER: what it says, and its other forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tongsuo_py import _exchange
from tongsuo_py._binding import x509
from tongsuo_py._binding.x509 import KeyUsage
from tongsuo_py._binding.x509_forms import CERTIFICATE
from tongsuo_py._files import StrPath
from tongsuo_py.pki.encoded import Encoded, all_from_pem, load_all, require, wrap
from tongsuo_py.sm2 import PublicKey

if TYPE_CHECKING:
    import cryptography.x509
    import OpenSSL.crypto


class Certificate(Encoded):
    """An X.509 certificate of any algorithm; it does not change.

    Made by ``from_pem``, ``from_der`` or ``load_certificate``. Two are equal if their DER is.
    """

    __slots__ = ()

    _FORM = CERTIFICATE

    @classmethod
    def from_pem(cls, data: object) -> Certificate:
        """The first certificate in PEM text (str, or bytes-like). Raises FormatError."""
        return all_from_pem(Certificate, data)[0]

    @classmethod
    def from_der(cls, data: object) -> Certificate:
        """A certificate from DER (bytes-like); bytes after it are refused. Raises FormatError."""
        return wrap(Certificate, CERTIFICATE.from_der(data))

    @classmethod
    def from_cryptography(cls, certificate: cryptography.x509.Certificate) -> Certificate:
        """The same as an object of the package ``cryptography``; TypeError for another."""
        return cls.from_der(_exchange.from_cryptography("Certificate", certificate))

    @classmethod
    def from_pyopenssl(cls, certificate: OpenSSL.crypto.X509) -> Certificate:
        """The same as an object of the package ``pyOpenSSL``; TypeError for another."""
        return cls.from_der(_exchange.from_pyopenssl("X509", "dump_certificate", certificate))

    @property
    def subject(self) -> str:
        """Whose certificate it is, as RFC 4514 writes names: ``CN=www.example,OU=platform``."""
        return x509.subject_text(self._x509)

    @property
    def issuer(self) -> str:
        """Who issued it, as RFC 4514 writes names."""
        return x509.issuer_text(self._x509)

    @property
    def version(self) -> int:
        """The version of its format: 3 for all but old ones."""
        version: int = self.decode()["version"]
        return version

    @property
    def serial_number(self) -> int:
        """The serial number; at most 20 octets by RFC 5280, which some issuers exceed."""
        return x509.serial_number(self._x509)

    @property
    def not_before(self) -> datetime:
        """When its validity begins, in UTC. Raises FormatError for a time that is none."""
        return x509.not_before(self._x509)

    @property
    def not_after(self) -> datetime:
        """When its validity ends, in UTC. Raises FormatError for a time that is none."""
        return x509.not_after(self._x509)

    @property
    def san(self) -> tuple[tuple[str, Any], ...]:
        """The subject alternative names, as the standard library's getpeercert() has them.

        Pairs such as ``("DNS", "www.example")`` and ``("IP Address", "192.0.2.1")``.
        """
        return x509.subject_alternative_names(self._x509) or ()

    @property
    def crl_urls(self) -> tuple[str, ...]:
        """Where its issuer's revocation lists are to be had (RFC 5280, 4.2.1.13)."""
        return x509.crl_uris(self._x509)

    @property
    def key_usage(self) -> KeyUsage | None:
        """What its key may be used for; None if it does not say, so for everything."""
        return x509.key_usage(self._x509)

    @property
    def extended_key_usage(self) -> tuple[str, ...] | None:
        """The purposes that it is restricted to, such as "serverAuth"; None if there is no word."""
        return x509.extended_key_usage(self._x509)

    @property
    def is_ca(self) -> bool:
        """Whether it may issue certificates, by its basic constraints and key usage."""
        return x509.is_ca(self._x509)

    @property
    def path_length(self) -> int | None:
        """How many CAs may stand between this one and a leaf; None for any number."""
        return x509.path_length(self._x509)

    @property
    def subject_key_identifier(self) -> bytes | None:
        """The identifier of its key (RFC 5280, 4.2.1.2), if it has one."""
        return x509.subject_key_identifier(self._x509)

    @property
    def authority_key_identifier(self) -> bytes | None:
        """The identifier of its issuer's key (RFC 5280, 4.2.1.1), if it has one."""
        return x509.authority_key_identifier(self._x509)

    @property
    def signature_algorithm(self) -> str:
        """How it was signed: "SM2-with-SM3", "sha256WithRSAEncryption", ..."""
        return x509.signature_algorithm(self._x509)

    @property
    def public_key_algorithm(self) -> str:
        """What its key is for: "SM2", "RSA", "EC", ...; "unknown" for what Tongsuo cannot read."""
        return x509.public_key_type(self._x509)

    def public_key(self) -> PublicKey:
        """Its public key. Raises FormatError if that is not an SM2 key."""
        return PublicKey._from_pkey(x509.public_key(self._x509))

    def fingerprint(self, algorithm: str = "sm3") -> bytes:
        """The digest of its DER form: by SM3, "sha256" or another that Tongsuo has.

        Raises ValueError for an algorithm that it has not.
        """
        return x509.digest(self._x509, algorithm)

    def is_issued_by(self, issuer: Certificate) -> bool:
        """Whether ``issuer`` signed it and was allowed to; times are not looked at."""
        require_certificate(issuer)
        return x509.issued_by(self._x509, issuer._x509)

    def decode(self) -> dict[str, Any]:
        """The dictionary that the standard library's ``SSLSocket.getpeercert()`` makes of it.

        Raises ValueError where a name is no text: FormatError in subject or issuer,
        UnicodeDecodeError in the alternative names.
        """
        return x509.decode(self._x509)

    def to_text(self) -> str:
        """The whole certificate in words, as ``openssl x509 -text`` prints it."""
        return x509.text(self._x509)

    def to_cryptography(self) -> cryptography.x509.Certificate:
        """The same as an object of the package ``cryptography``; ImportError without it."""
        made: cryptography.x509.Certificate = _exchange.to_cryptography(
            "load_der_x509_certificate", self._der
        )
        return made

    def to_pyopenssl(self) -> OpenSSL.crypto.X509:
        """The same as an object of the package ``pyOpenSSL``; ImportError without it."""
        made: OpenSSL.crypto.X509 = _exchange.to_pyopenssl("load_certificate", self._der)
        return made

    def __reduce__(self) -> tuple[Callable[[bytes], Certificate], tuple[bytes]]:
        return Certificate.from_der, (self._der,)

    def __repr__(self) -> str:
        return f"<pki.{type(self).__name__} {self.subject!r} issued by {self.issuer!r}>"


def load_certificate(source: StrPath | bytes) -> Certificate:
    """The certificate in a file (path) or in bytes, PEM or DER; of several the first.

    Raises FileNotFoundError, and FormatError where there is no certificate.
    """
    return load_certificates(source)[0]


def load_certificates(source: StrPath | bytes) -> list[Certificate]:
    """All certificates in a file (path) or in bytes, at least one: PEM in its order, or one as DER.

    Raises FileNotFoundError, and FormatError where there is none or one cannot be read.
    """
    return load_all(Certificate, source)


def require_certificate(value: object) -> None:
    """TypeError unless it is a certificate."""
    require(value, Certificate)
