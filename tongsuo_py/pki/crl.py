"""Revocation lists (CRLs, RFC 5280, section 5): read, asked, checked, issued."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

from tongsuo_py import _exchange
from tongsuo_py._binding import asn1, lib, x509_crl
from tongsuo_py._binding.x509 import KeyUsage
from tongsuo_py._binding.x509_forms import CRL as FORM
from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import InvalidSignature
from tongsuo_py.pki import validity
from tongsuo_py.pki.certificate import Certificate, require_certificate
from tongsuo_py.pki.encoded import Encoded, all_from_pem, load_all, wrap
from tongsuo_py.sm2 import PrivateKey

if TYPE_CHECKING:
    import cryptography.x509

_DEFAULT = timedelta(days=validity.CRL_DAYS)
_LARGEST_NUMBER = 2**159 - 1  # of a list, and of a serial number: 20 octets (RFC 5280, 5.2.3)


class RevocationReason(enum.IntEnum):
    """Why a certificate was revoked (RFC 5280, 5.3.1)."""

    UNSPECIFIED = 0
    KEY_COMPROMISE = 1
    CA_COMPROMISE = 2
    AFFILIATION_CHANGED = 3
    SUPERSEDED = 4
    CESSATION_OF_OPERATION = 5
    CERTIFICATE_HOLD = 6
    REMOVE_FROM_CRL = 8
    PRIVILEGE_WITHDRAWN = 9
    AA_COMPROMISE = 10


@dataclass(frozen=True)
class RevokedCertificate:
    """One entry of a list: which certificate, since when (UTC), why.

    ``reason`` is None where none is given, or one that RFC 5280 does not have.
    """

    serial_number: int
    date: datetime
    reason: RevocationReason | None = None


class CRL(Encoded):
    """A list of revoked certificates, signed by their issuer; it does not change.

    Made by ``from_pem``, ``from_der``, ``load_crl`` or ``CA.issue_crl``. Two are equal if their DER
    is. A context uses one that ``load_verify_locations`` read, if ``verify_flags`` say so.
    """

    __slots__ = ()

    _FORM = FORM

    @classmethod
    def from_pem(cls, data: object) -> CRL:
        """The first list in PEM text (str, or bytes-like). Raises FormatError."""
        return all_from_pem(CRL, data)[0]

    @classmethod
    def from_der(cls, data: object) -> CRL:
        """A list from DER (bytes-like); bytes after it are refused. Raises FormatError."""
        return wrap(CRL, FORM.from_der(data))

    @classmethod
    def from_cryptography(cls, crl: cryptography.x509.CertificateRevocationList) -> CRL:
        """The same as an object of the package ``cryptography``; TypeError for another."""
        return cls.from_der(_exchange.from_cryptography("CertificateRevocationList", crl))

    @classmethod
    def from_pyopenssl(cls, crl: object) -> NoReturn:
        """NotImplementedError: pyOpenSSL has no revocation lists any more."""
        raise _exchange.no_pyopenssl("revocation list")

    @property
    def issuer(self) -> str:
        """Who issued it, as RFC 4514 writes names."""
        return x509_crl.issuer_text(self._x509)

    @property
    def this_update(self) -> datetime:
        """When it was issued, in UTC. Raises FormatError for a time that is none."""
        return x509_crl.this_update(self._x509)

    @property
    def next_update(self) -> datetime | None:
        """When the next one is due, in UTC, and this one out of date; None if it does not say."""
        return x509_crl.next_update(self._x509)

    @property
    def number(self) -> int | None:
        """Its number among its issuer's, each larger than the one before; None if it has none."""
        return x509_crl.number(self._x509)

    @property
    def signature_algorithm(self) -> str:
        """How it was signed: "SM2-with-SM3", "sha256WithRSAEncryption", ..."""
        return x509_crl.signature_algorithm(self._x509)

    @property
    def revoked(self) -> tuple[RevokedCertificate, ...]:
        """All its entries."""
        return tuple(_entry(entry) for entry in x509_crl.entries(self._x509))

    def find(self, certificate: Certificate | int) -> RevokedCertificate | None:
        """The entry of a certificate, or of a serial number of this issuer; None if there is none.

        An entry that takes a revocation back (REMOVE_FROM_CRL) is none either.
        Raises ValueError for a certificate of another issuer, of which the list says nothing, and
        for a negative number.
        """
        if isinstance(certificate, int):
            if certificate < 0:
                raise ValueError(f"a serial number is not negative: {certificate}")
            serial = asn1.new_integer(certificate)
        else:
            require_certificate(certificate)
            if not x509_crl.is_of(self._x509, certificate._x509):
                raise ValueError(
                    f"this list is of {self.issuer!r} and says nothing of the certificates of "
                    f"{certificate.issuer!r}"
                )
            serial = lib.X509_get_serialNumber(certificate._x509)
        entry = x509_crl.find(self._x509, serial)
        return None if entry is None else _entry(entry)

    def is_revoked(self, certificate: Certificate | int) -> bool:
        """Whether it lists a certificate, or a serial number of this issuer; as ``find``.

        This takes the list at its word: ``verify`` tells whether that is its issuer's.
        """
        return self.find(certificate) is not None

    def verify(self, issuer: Certificate) -> None:
        """Return if ``issuer`` bears the issuer's name and its key signed the list.

        Raises InvalidSignature if not. Whether the issuer is to be trusted, and times, are not
        looked at: ``verify_chain`` does all that.
        """
        require_certificate(issuer)
        if not x509_crl.verifies(self._x509, issuer._x509):
            raise InvalidSignature(f"this revocation list was not signed by {issuer.subject!r}")

    def to_text(self) -> str:
        """The whole list in words, as ``openssl crl -text`` prints it."""
        return x509_crl.text(self._x509)

    def to_cryptography(self) -> cryptography.x509.CertificateRevocationList:
        """The same as an object of the package ``cryptography``; ImportError without it."""
        made: cryptography.x509.CertificateRevocationList = _exchange.to_cryptography(
            "load_der_x509_crl", self._der
        )
        return made

    def to_pyopenssl(self) -> NoReturn:
        """NotImplementedError: pyOpenSSL has no revocation lists any more."""
        raise _exchange.no_pyopenssl("revocation list")

    def __reduce__(self) -> tuple[Callable[[bytes], CRL], tuple[bytes]]:
        return CRL.from_der, (self._der,)

    def __repr__(self) -> str:
        return f"<pki.CRL of {self.issuer!r}, number {self.number}>"


def load_crl(source: StrPath | bytes) -> CRL:
    """The list in a file (path) or in bytes, PEM or DER; of several the first.

    Raises FileNotFoundError, and FormatError where there is no revocation list.
    """
    return load_all(CRL, source)[0]


def issue(
    issuer: Certificate,
    issuer_key: PrivateKey,
    revoked: Iterable[RevokedCertificate | Certificate],
    *,
    number: int,
    days: int,
) -> CRL:
    """A new list of this issuer's; see ``CA.issue_crl``."""
    usage = issuer.key_usage
    if usage is not None and not usage & KeyUsage.CRL_SIGN:
        raise ValueError(f"{issuer} may not sign revocation lists: its key usage has no cRLSign")
    if not 0 <= number <= _LARGEST_NUMBER:
        raise ValueError(f"a list's number must be from 0 to 2**159 - 1, not {number}")
    now = datetime.now(UTC)
    # As with certificates it begins an hour ago: to a slow clock a new list is none.
    times = validity.choose(days=days, not_before=None, not_after=None, default=_DEFAULT)
    entries: dict[int, x509_crl.Entry] = {}
    for item in revoked:
        entry = _checked(item, issuer, now)
        if entry[0] in entries:
            raise ValueError(f"the serial number {entry[0]:x} is listed twice")
        entries[entry[0]] = entry
    handle = x509_crl.build(
        issuer=issuer._x509,
        issuer_key=issuer_key._pkey,
        number=number,
        this_update=times.not_before,
        next_update=times.not_after,
        revoked=entries.values(),
    )
    return wrap(CRL, handle)


def check_reason(reason: RevocationReason) -> RevocationReason:
    """The reason, if a whole list can give it; ValueError otherwise."""
    if reason is RevocationReason.REMOVE_FROM_CRL:
        raise ValueError("REMOVE_FROM_CRL is for delta lists: leave the certificate out instead")
    return reason


def _checked(
    item: RevokedCertificate | Certificate, issuer: Certificate, now: datetime
) -> x509_crl.Entry:
    if isinstance(item, Certificate):
        if not item.is_issued_by(issuer):
            raise ValueError(f"{item} was not issued by {issuer.subject!r}")
        item = RevokedCertificate(item.serial_number, now)
    if not isinstance(item, RevokedCertificate):
        raise TypeError(
            f"a pki.RevokedCertificate or a pki.Certificate is needed, not {type(item).__name__}"
        )
    if not 0 <= item.serial_number <= _LARGEST_NUMBER:
        raise ValueError(f"a serial number has at most 20 octets, not {item.serial_number:x}")
    # RFC 5280, 5.3.1: "unspecified" is said by saying nothing.
    reason = int(check_reason(item.reason)) if item.reason else None
    return item.serial_number, validity.in_utc("date", item.date), reason


def _entry(entry: x509_crl.Entry) -> RevokedCertificate:
    serial, date, reason = entry
    known = next((item for item in RevocationReason if item == reason), None)
    return RevokedCertificate(serial, date, known)
