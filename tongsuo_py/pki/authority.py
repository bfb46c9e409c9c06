"""A certificate authority: made, kept in a directory, and issuing."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from tongsuo_py._binding import x509_build
from tongsuo_py._binding.callbacks import Password
from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import FormatError
from tongsuo_py.pki import names, profiles, validity
from tongsuo_py.pki.certificate import Certificate, adopt, in_file, load_certificates
from tongsuo_py.pki.files import File, write_all
from tongsuo_py.pki.keyed import ROOT_FILE, KeyedCertificate, check_key, require_our_context
from tongsuo_py.pki.names import Address
from tongsuo_py.pki.pair import CertificatePair
from tongsuo_py.pki.profiles import Profile
from tongsuo_py.pki.validity import Validity
from tongsuo_py.sm2 import PrivateKey, PublicKey

_KEY_FILE = "ca.key"
_LEAF = timedelta(days=validity.LEAF_DAYS)

Host = str | Address


class CA:
    """A certificate authority with its SM2 key: a root, or an intermediate below one.

    Made by ``create``, ``load``, or another's ``issue_ca``; it does not change, and keeps no record
    of what it issued. Safe to use from any number of threads at once.

    The names that a certificate is issued for are host names and IP addresses, found out by
    parsing; names with letters beyond ASCII become A-labels. Its subject is made of ``country``
    (C), ``organization`` (O), ``role`` (OU) and ``common_name`` (CN; the first name by default,
    unless it is longer than the 64 characters that RFC 5280 allows). Validity is ``days`` (from 1)
    or ends at ``not_after``, and begins at ``not_before``, by default an hour ago for the sake of
    slow clocks; both are datetimes with a time zone. Serial numbers are random, of 159 bits.
    """

    __slots__ = ("_certificate", "_issuers", "_private_key")

    _certificate: Certificate
    _private_key: PrivateKey
    _issuers: tuple[Certificate, ...]

    def __init__(self) -> None:
        raise TypeError("make it with CA.create(), or read it with CA.load()")

    @classmethod
    def create(
        cls,
        name: str,
        *,
        organization: str | None = None,
        country: str | None = None,
        days: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        path_length: int | None = None,
    ) -> CA:
        """A new root CA with a new key, valid for ten years by default.

        ``name`` is its common name (1 to 64 characters); ``path_length`` limits how many CAs may
        stand below each other under it. Raises ValueError for attributes or times that cannot be.
        """
        subject = names.subject(
            common_name=name, role=None, organization=organization, country=country
        )
        times = validity.choose(
            days=days,
            not_before=not_before,
            not_after=not_after,
            default=validity.AUTHORITY_YEARS,
        )
        key = PrivateKey.generate()
        certificate = _make(
            profiles.AUTHORITY,
            subject,
            (),
            times,
            key.public_key(),
            None,
            key,
            path_length=_checked_path_length(path_length),
        )
        return cls._of(certificate, key, ())

    @classmethod
    def load(cls, directory: StrPath, password: Password = None) -> CA:
        """The CA that ``save`` wrote.

        ``password`` is text, bytes, or a callable that gives either when the key is encrypted.
        Raises FileNotFoundError; PasswordError where the password is missing or wrong; FormatError
        where something cannot be read, is no SM2 CA's, or does not belong together.
        """
        place = Path(directory)
        certificate_file, key_file = place / ROOT_FILE, place / _KEY_FILE
        certificate, *issuers = load_certificates(certificate_file)
        key = in_file(key_file, lambda: PrivateKey.from_pem(key_file.read_bytes(), password))
        return in_file(certificate_file, lambda: cls._checked(certificate, key, issuers))

    @classmethod
    def _checked(
        cls, certificate: Certificate, key: PrivateKey, issuers: Sequence[Certificate]
    ) -> CA:
        check_key(certificate, key)
        if not certificate.is_ca:
            raise FormatError(f"this certificate is not a CA's: {certificate}")
        for below, above in zip([certificate, *issuers], issuers, strict=False):
            if not below.is_issued_by(above):
                raise FormatError(f"{above} did not issue what stands before it: {below}")
        return cls._of(certificate, key, issuers)

    @classmethod
    def _of(cls, certificate: Certificate, key: PrivateKey, issuers: Sequence[Certificate]) -> CA:
        self = cls.__new__(cls)
        self._certificate = certificate
        self._private_key = key
        self._issuers = tuple(issuers)
        return self

    @property
    def certificate(self) -> Certificate:
        """Its own certificate."""
        return self._certificate

    @property
    def private_key(self) -> PrivateKey:
        """The key that it signs with."""
        return self._private_key

    @property
    def root(self) -> Certificate:
        """The certificate at the top, the one to trust: its own, unless it is an intermediate."""
        return self._issuers[-1] if self._issuers else self._certificate

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The intermediate certificates from its own upwards; empty for a root."""
        return (self._certificate, *self._issuers)[:-1]

    def save(
        self,
        directory: StrPath,
        password: str | bytes | bytearray | None = None,
        *,
        overwrite: bool = False,
    ) -> None:
        """Write ``ca.pem`` (its certificate, then those above it) and ``ca.key`` (mode 0600).

        ``password`` encrypts the key. The directory is made if it is missing. Raises
        FileExistsError, with nothing written, if a CA is there and ``overwrite`` is false.
        """
        certificates = (self._certificate, *self._issuers)
        content = b"".join(certificate.to_pem() for certificate in certificates)
        files = [
            File(_KEY_FILE, self._private_key.to_pem(password), private=True),
            File(ROOT_FILE, content, private=False),
        ]
        write_all(directory, files, overwrite=overwrite)

    def issue(
        self,
        *hosts: Host,
        role: str | None = None,
        common_name: str | None = None,
        organization: str | None = None,
        country: str | None = None,
        days: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        key: PrivateKey | None = None,
    ) -> KeyedCertificate:
        """One certificate, for TLS 1.3 with SM2 (RFC 8998): digitalSignature, server and client.

        Valid for 398 days by default, but not longer than the CA. ``key`` is one that exists
        already, otherwise a new one is made. Raises ValueError for names, attributes or times that
        cannot be, and where there is neither a name nor a common name.
        """
        return self._issue(
            profiles.SINGLE,
            *_leaf_subject(hosts, common_name, role, organization, country),
            self._leaf_validity(days, not_before, not_after),
            key,
        )

    def issue_pair(
        self,
        *hosts: Host,
        role: str | None = None,
        common_name: str | None = None,
        organization: str | None = None,
        country: str | None = None,
        days: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        sign_key: PrivateKey | None = None,
        enc_key: PrivateKey | None = None,
    ) -> CertificatePair:
        """TLCP's two certificates, alike but for key, key usage and serial number.

        The signing one has digitalSignature and nonRepudiation, the encryption one keyEncipherment,
        dataEncipherment and keyAgreement; both are for servers and for clients. Validity, keys and
        errors are as with ``issue``.
        """
        subject, parsed = _leaf_subject(hosts, common_name, role, organization, country)
        times = self._leaf_validity(days, not_before, not_after)
        return CertificatePair(
            self._issue(profiles.PAIR_SIGN, subject, parsed, times, sign_key),
            self._issue(profiles.PAIR_ENC, subject, parsed, times, enc_key),
        )

    def issue_ca(
        self,
        name: str,
        *,
        organization: str | None = None,
        country: str | None = None,
        days: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        path_length: int | None = 0,
    ) -> CA:
        """An intermediate CA below this one, valid for ten years but not longer than this one.

        ``path_length`` limits how many CAs may stand below it, by default none. Raises ValueError
        for attributes or times that cannot be, and where this CA may have none below it.
        """
        own = self._certificate.path_length
        if own is not None and (own == 0 or path_length is None or path_length >= own):
            raise ValueError(
                f"{self} may have {own} CAs below it, so one below it must have fewer: "
                + ("none may be issued" if own == 0 else f"path_length must be below {own}")
            )
        times = validity.choose(
            days=days,
            not_before=not_before,
            not_after=not_after,
            default=validity.AUTHORITY_YEARS,
            limit=self._certificate.not_after,
        )
        subject = names.subject(
            common_name=name, role=None, organization=organization, country=country
        )
        key = PrivateKey.generate()
        certificate = _make(
            profiles.AUTHORITY,
            subject,
            (),
            times,
            key.public_key(),
            self._certificate,
            self._private_key,
            path_length=_checked_path_length(path_length),
        )
        return CA._of(certificate, key, (self._certificate, *self._issuers))

    def configure_trust(self, context: Any) -> None:
        """Make a ``tongsuo_py.ssl.SSLContext`` trust what this CA's root stands for.

        Raises TypeError for the standard library's context, whose OpenSSL knows no TLCP.
        """
        require_our_context(context)
        context.load_verify_locations(cadata=self.root.to_der())

    def _leaf_validity(
        self, days: int | None, not_before: datetime | None, not_after: datetime | None
    ) -> Validity:
        return validity.choose(
            days=days,
            not_before=not_before,
            not_after=not_after,
            default=_LEAF,
            limit=self._certificate.not_after,
        )

    def _issue(
        self,
        profile: Profile,
        subject: Sequence[tuple[str, str]],
        hosts: tuple[Host, ...],
        times: Validity,
        key: PrivateKey | None,
    ) -> KeyedCertificate:
        key = PrivateKey.generate() if key is None else key
        certificate = _make(
            profile,
            subject,
            hosts,
            times,
            key.public_key(),
            self._certificate,
            self._private_key,
        )
        return KeyedCertificate._join(certificate, key, self.chain, self.root)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled or copied: use save() and load()")

    def __repr__(self) -> str:
        return f"<pki.CA {self._certificate.subject!r}>"


def self_signed(
    *hosts: Host,
    role: str | None = None,
    common_name: str | None = None,
    organization: str | None = None,
    country: str | None = None,
    days: int | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    key: PrivateKey | None = None,
) -> KeyedCertificate:
    """A certificate that no CA stands for, valid for five years by default.

    The arguments and errors are those of ``CA.issue``; it is its own root.
    """
    subject, parsed = _leaf_subject(hosts, common_name, role, organization, country)
    times = validity.choose(
        days=days,
        not_before=not_before,
        not_after=not_after,
        default=validity.SELF_SIGNED_YEARS,
    )
    key = PrivateKey.generate() if key is None else key
    certificate = _make(profiles.SINGLE, subject, parsed, times, key.public_key(), None, key)
    return KeyedCertificate._join(certificate, key, (), certificate)


def _make(
    profile: Profile,
    subject: Sequence[tuple[str, str]],
    hosts: tuple[Host, ...],
    times: Validity,
    public_key: PublicKey,
    issuer: Certificate | None,
    issuer_key: PrivateKey,
    path_length: int | None = None,
) -> Certificate:
    handle = x509_build.build(
        subject=subject,
        serial=_serial_number(),
        not_before=times.not_before,
        not_after=times.not_after,
        public_key=public_key._pkey,
        extensions=profile.extensions(
            hosts,
            subject_is_empty=not subject,
            issuer_has_identifier=(
                issuer is not None and issuer.subject_key_identifier is not None
            ),
            path_length=path_length,
        ),
        issuer=None if issuer is None else issuer._x509,
        issuer_key=issuer_key._pkey,
    )
    return adopt(Certificate.__new__(Certificate), handle)


def _serial_number() -> int:
    """Positive, in at most 20 octets (RFC 5280, 4.1.2.2), and nobody can foretell it."""
    return 1 + secrets.randbelow(2**159 - 1)


def _leaf_subject(
    hosts: Sequence[Host],
    common_name: str | None,
    role: str | None,
    organization: str | None,
    country: str | None,
) -> tuple[tuple[tuple[str, str], ...], tuple[Host, ...]]:
    if not hosts and common_name is None:
        raise ValueError("a certificate needs a name: a host name, an IP address, or common_name=")
    parsed = tuple(dict.fromkeys(names.parse_host(host) for host in hosts))
    if common_name is None:
        common_name = names.default_common_name(parsed)
    subject = names.subject(
        common_name=common_name, role=role, organization=organization, country=country
    )
    return subject, parsed


def _checked_path_length(value: int | None) -> int | None:
    if value is not None and value < 0:
        raise ValueError(f"path_length must be 0 or more, not {value}")
    return value
