"""What every certificate is made by: subject, names, validity and profile put together."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from tongsuo_py._binding import x509_build, x509_names
from tongsuo_py.pki import names, profiles, validity
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.encoded import wrap
from tongsuo_py.pki.keyed import KeyedCertificate
from tongsuo_py.pki.names import Address
from tongsuo_py.pki.profiles import Profile, Side
from tongsuo_py.pki.validity import Validity
from tongsuo_py.sm2 import PrivateKey, PublicKey

Host = str | Address


def make(
    profile: Profile,
    subject: Any,
    hosts: tuple[Host, ...],
    times: Validity,
    public_key: PublicKey,
    issuer: Certificate | None,
    issuer_key: PrivateKey,
    *,
    path_length: int | None = None,
    crl_urls: Sequence[str] = (),
) -> Certificate:
    """A new certificate; ``subject`` is attributes, or an X509_NAME. ``issuer`` None: itself."""
    if isinstance(subject, tuple):
        subject = x509_names.new(subject)
    handle = x509_build.build(
        subject=subject,
        serial=_serial_number(),
        not_before=times.not_before,
        not_after=times.not_after,
        public_key=public_key._pkey,
        extensions=profile.extensions(
            hosts,
            subject_is_empty=x509_names.is_empty(subject),
            issuer_has_identifier=(
                issuer is not None and issuer.subject_key_identifier is not None
            ),
            path_length=path_length,
            crl_urls=crl_urls,
        ),
        issuer=None if issuer is None else issuer._x509,
        issuer_key=issuer_key._pkey,
    )
    return wrap(Certificate, handle)


def make_authority(
    name: str,
    organization: str | None,
    country: str | None,
    times: Validity,
    path_length: int | None,
    *,
    issuer: Certificate | None = None,
    issuer_key: PrivateKey | None = None,
    crl_urls: Sequence[str] = (),
) -> tuple[Certificate, PrivateKey]:
    """A CA's certificate and its new key, which signs it itself where there is no issuer."""
    if path_length is not None and path_length < 0:
        raise ValueError(f"path_length must be 0 or more, not {path_length}")
    subject = names.subject(common_name=name, role=None, organization=organization, country=country)
    key = PrivateKey.generate()
    certificate = make(
        profiles.AUTHORITY,
        subject,
        (),
        times,
        key.public_key(),
        issuer,
        key if issuer_key is None else issuer_key,
        path_length=path_length,
        crl_urls=crl_urls,
    )
    return certificate, key


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
    side: Side = "both",
) -> KeyedCertificate:
    """A certificate that no CA stands for, valid for five years by default.

    The arguments and errors are those of ``CA.issue``; it is its own root.
    """
    subject, parsed = leaf_subject(hosts, common_name, role, organization, country)
    times = validity.choose(
        days=days,
        not_before=not_before,
        not_after=not_after,
        default=validity.SELF_SIGNED_YEARS,
    )
    key = PrivateKey.generate() if key is None else key
    profile = profiles.leaf("single", side)
    certificate = make(profile, subject, parsed, times, key.public_key(), None, key)
    return KeyedCertificate._join(certificate, key, (), certificate)


def leaf_subject(
    hosts: Sequence[Host],
    common_name: str | None,
    role: str | None,
    organization: str | None,
    country: str | None,
) -> tuple[tuple[tuple[str, str], ...], tuple[Host, ...]]:
    """The subject's attributes and the parsed names of a leaf, which needs one or the other."""
    if not hosts and common_name is None:
        raise ValueError("a certificate needs a name: a host name, an IP address, or common_name=")
    parsed = names.parse_hosts(hosts)
    if common_name is None:
        common_name = names.default_common_name(parsed)
    subject = names.subject(
        common_name=common_name, role=role, organization=organization, country=country
    )
    return subject, parsed


def _serial_number() -> int:
    """Positive, in at most 20 octets (RFC 5280, 4.1.2.2), and nobody can foretell it."""
    return 1 + secrets.randbelow(2**159 - 1)
