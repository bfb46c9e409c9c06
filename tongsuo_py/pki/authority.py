"""A certificate authority: made, kept in a directory, and issuing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from tongsuo_py._binding.callbacks import Password
from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import FormatError, InvalidSignature
from tongsuo_py.pki import names, profiles, validity
from tongsuo_py.pki.certificate import Certificate, load_certificates
from tongsuo_py.pki.crl import CRL, RevokedCertificate, issue
from tongsuo_py.pki.encoded import in_file, require
from tongsuo_py.pki.files import File, write_all
from tongsuo_py.pki.issued import IssuedPair
from tongsuo_py.pki.issuing import Host, leaf_subject, make, make_authority
from tongsuo_py.pki.keyed import ROOT_FILE, KeyedCertificate, check_key, require_our_context
from tongsuo_py.pki.pair import CertificatePair
from tongsuo_py.pki.profiles import LeafProfile, Profile, Side
from tongsuo_py.pki.request import Request
from tongsuo_py.pki.validity import Validity
from tongsuo_py.sm2 import PrivateKey, PublicKey

_KEY_FILE = "ca.key"
_LEAF = timedelta(days=validity.LEAF_DAYS)

_K = TypeVar("_K")


class CA:
    """A certificate authority with its SM2 key: a root, or an intermediate below one.

    Made by ``create``, ``load``, or another's ``issue_ca``; it does not change, and keeps no record
    of what it issued (``Register`` does). Safe to use from any number of threads at once.

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
        times = validity.choose(
            days=days,
            not_before=not_before,
            not_after=not_after,
            default=validity.AUTHORITY_YEARS,
        )
        certificate, key = make_authority(name, organization, country, times, path_length)
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
        profile: LeafProfile = "single",
        side: Side = "both",
        crl_urls: Sequence[str] = (),
    ) -> KeyedCertificate:
        """One certificate, for TLS 1.3 with SM2 (RFC 8998): digitalSignature, server and client.

        Valid for 398 days by default, but not longer than the CA. ``key`` is one that exists
        already, otherwise a new one is made. ``profile`` ``"sign"`` or ``"enc"`` makes one half of
        a TLCP pair instead, and ``side`` ``"server"`` or ``"client"`` restricts it to that side.
        ``crl_urls`` say where this CA's revocation lists are to be had. Raises ValueError for
        names, attributes or times that cannot be, and where there is neither a name nor a common
        name.
        """
        subject, parsed = leaf_subject(hosts, common_name, role, organization, country)
        times = self._leaf_validity(days, not_before, not_after)
        return self._issue(profiles.leaf(profile, side), subject, parsed, times, key, crl_urls)

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
        side: Side = "both",
        crl_urls: Sequence[str] = (),
    ) -> CertificatePair:
        """TLCP's two certificates, alike but for key, key usage and serial number.

        The signing one has digitalSignature and nonRepudiation, the encryption one keyEncipherment,
        dataEncipherment and keyAgreement; both are for servers and for clients, unless ``side``
        says otherwise. Validity, keys and errors are as with ``issue``.
        """
        subject, parsed = leaf_subject(hosts, common_name, role, organization, country)
        times = self._leaf_validity(days, not_before, not_after)
        sign, enc = (
            self._issue(profiles.leaf(profile, side), subject, parsed, times, key, crl_urls)
            for profile, key in _halves(sign_key, enc_key)
        )
        return CertificatePair(sign, enc)

    def answer(
        self,
        request: Request,
        *,
        hosts: Iterable[Host] | None = None,
        profile: LeafProfile = "single",
        side: Side = "both",
        days: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        crl_urls: Sequence[str] = (),
    ) -> Certificate:
        """A certificate for the key of a request, whose private half the CA never sees.

        The subject is the request's, taken over as it is, and so are the host names and IP
        addresses that it asks for, unless ``hosts`` gives others (perhaps none): look at them
        first, the CA vouches for them. Nothing else of the request is taken: key usage, purposes
        and validity are the CA's to say, by the other arguments, which are those of ``issue``.

        Raises InvalidSignature if the request is not signed by its own key; FormatError if that is
        not an SM2 key; ValueError for names that this CA does not issue, and where there is neither
        a subject nor a name.
        """
        names_wanted = self._accept(request, hosts)
        times = self._leaf_validity(days, not_before, not_after)
        kind = profiles.leaf(profile, side)
        subject, key = request._subject(), request.public_key()
        return self._certify(kind, subject, names_wanted, times, key, crl_urls)

    def answer_pair(
        self,
        request: Request,
        *,
        hosts: Iterable[Host] | None = None,
        side: Side = "both",
        days: int | None = None,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        crl_urls: Sequence[str] = (),
    ) -> IssuedPair:
        """A TLCP pair, the GM way: one certificate for the request's key, one for a key of the CA.

        The device's key signs. The encryption key is made here and handed over as an enveloped key
        (GM/T 0009), encrypted to the request's key, so that only the device can open it; no copy of
        it is kept. Arguments and errors are those of ``answer``.
        """
        names_wanted = self._accept(request, hosts)
        times = self._leaf_validity(days, not_before, not_after)
        enc_key = PrivateKey.generate()
        sign, enc = (
            self._certify(
                profiles.leaf(profile, side),
                request._subject(),
                names_wanted,
                times,
                key,
                crl_urls,
            )
            for profile, key in _halves(request.public_key(), enc_key.public_key())
        )
        enveloped = enc_key.to_enveloped(request.public_key())
        return IssuedPair(sign, enc, enveloped, self.chain, self.root)

    def issue_crl(
        self,
        revoked: Iterable[RevokedCertificate | Certificate],
        *,
        number: int,
        days: int = validity.CRL_DAYS,
    ) -> CRL:
        """A list of certificates of this CA that are valid no more (RFC 5280, section 5).

        It takes the place of all earlier ones, so it has to name every certificate that is still
        revoked, and its ``number`` (0 or more) must be larger than theirs: ``Register`` keeps count
        of both. A bare certificate is revoked now, for no given reason. The list is good for
        ``days``, from an hour ago on for the sake of slow clocks; then the next is due, and
        verifiers refuse this one. Raises ValueError for a certificate of another issuer, one that
        is named twice, or a number that cannot be.
        """
        return issue(self._certificate, self._private_key, revoked, number=number, days=days)

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
        crl_urls: Sequence[str] = (),
    ) -> CA:
        """An intermediate CA below this one, valid for ten years but not longer than this one.

        ``path_length`` limits how many CAs may stand below it, by default none; ``crl_urls`` are as
        with ``issue``. Raises ValueError for attributes or times that cannot be, and where this CA
        may have none below it.
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
        certificate, key = make_authority(
            name,
            organization,
            country,
            times,
            path_length,
            issuer=self._certificate,
            issuer_key=self._private_key,
            crl_urls=crl_urls,
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

    def _accept(self, request: Request, hosts: Iterable[Host] | None) -> tuple[Host, ...]:
        """The names to put into the certificate; raises where the request cannot be answered."""
        require(request, Request)
        if not request.is_signed():
            raise InvalidSignature(
                "this request is not signed by its own key: it was altered, or whoever sent it "
                "does not have the key"
            )
        if isinstance(hosts, str):
            raise TypeError("hosts must be a sequence of names, not one string")
        wanted = names.parse_hosts(request._hosts() if hosts is None else hosts)
        if not wanted and not request.subject:
            raise ValueError("the request has neither a subject nor a name: give hosts=")
        return wanted

    def _issue(
        self,
        profile: Profile,
        subject: tuple[tuple[str, str], ...],
        hosts: tuple[Host, ...],
        times: Validity,
        key: PrivateKey | None,
        crl_urls: Sequence[str],
    ) -> KeyedCertificate:
        key = PrivateKey.generate() if key is None else key
        certificate = self._certify(profile, subject, hosts, times, key.public_key(), crl_urls)
        return KeyedCertificate._join(certificate, key, self.chain, self.root)

    def _certify(
        self,
        profile: Profile,
        subject: Any,
        hosts: tuple[Host, ...],
        times: Validity,
        key: PublicKey,
        crl_urls: Sequence[str],
    ) -> Certificate:
        issuer, issuer_key = self._certificate, self._private_key
        return make(profile, subject, hosts, times, key, issuer, issuer_key, crl_urls=crl_urls)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled or copied: use save() and load()")

    def __repr__(self) -> str:
        return f"<pki.CA {self._certificate.subject!r}>"


def _halves(sign_key: _K, enc_key: _K) -> tuple[tuple[LeafProfile, _K], tuple[LeafProfile, _K]]:
    return ("sign", sign_key), ("enc", enc_key)
