"""What each kind of certificate says that its key is for (RFC 5280, GB/T 20518, GM/T 0015)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tongsuo_py import _der
from tongsuo_py._arguments import check_choice
from tongsuo_py._binding import lib
from tongsuo_py.pki.names import Address, subject_alternative_name

#: The kinds of a leaf: one certificate for TLS 1.3, or one of TLCP's two.
LeafProfile = Literal["single", "sign", "enc"]

#: On which side of a connection a leaf may stand.
Side = Literal["both", "server", "client"]

_PURPOSES = {"both": "serverAuth,clientAuth", "server": "serverAuth", "client": "clientAuth"}

# Printable ASCII but for what RFC 3986 has no place for.
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[!#-;=?-\[\]_a-z~]+", re.IGNORECASE)


@dataclass(frozen=True)
class Profile:
    """Key usage and extended key usage, in the words of OpenSSL's x509v3_config.

    A leaf has no basic constraints: without them it is no CA (RFC 5280, 4.2.1.9), and GmSSL
    refuses the empty sequence that says the same.
    """

    key_usage: str
    extended_key_usage: str | None = None
    is_ca: bool = False

    def extensions(
        self,
        hosts: tuple[str | Address, ...],
        *,
        subject_is_empty: bool,
        issuer_has_identifier: bool,
        path_length: int | None = None,
        crl_urls: Sequence[str] = (),
    ) -> list[tuple[int, str]]:
        """The extensions (NID and text) of a certificate of this kind."""
        extensions = []
        if self.is_ca:
            limit = "" if path_length is None else f",pathlen:{path_length}"
            extensions.append((lib.NID_basic_constraints, f"critical,CA:TRUE{limit}"))
        extensions.append((lib.NID_key_usage, f"critical,{self.key_usage}"))
        if self.extended_key_usage is not None:
            extensions.append((lib.NID_ext_key_usage, self.extended_key_usage))
        if hosts:
            critical = "critical," if subject_is_empty else ""  # RFC 5280, 4.2.1.6
            value = critical + subject_alternative_name(hosts)
            extensions.append((lib.NID_subject_alt_name, value))
        extensions.append((lib.NID_subject_key_identifier, "hash"))
        if issuer_has_identifier:
            extensions.append((lib.NID_authority_key_identifier, "keyid:always"))
        if crl_urls:
            points = _distribution_points(crl_urls).hex()
            extensions.append((lib.NID_crl_distribution_points, f"DER:{points}"))
        return extensions


#: Roots and intermediates; what sets them apart is the path length.
AUTHORITY = Profile("keyCertSign,cRLSign", is_ca=True)

# Both of TLCP's two (GB/T 38636) name the purposes, since peers check both as server's or client's.
_LEAVES: dict[LeafProfile, Profile] = {
    # For TLS 1.3, where the key signs the handshake (RFC 8998), and for devices by themselves.
    "single": Profile("digitalSignature"),
    "sign": Profile("digitalSignature,nonRepudiation"),
    "enc": Profile("keyEncipherment,dataEncipherment,keyAgreement"),
}


def leaf(name: LeafProfile, side: Side) -> Profile:
    """The profile of a leaf by its name. Raises ValueError for a name that is none."""
    check_choice("profile", name, _LEAVES)
    check_choice("side", side, _PURPOSES)
    return replace(_LEAVES[name], extended_key_usage=_PURPOSES[side])


def _distribution_points(urls: Sequence[str]) -> bytes:
    """The DER of CRLDistributionPoints (RFC 5280, 4.2.1.13), one point with all the URLs.

    Not as text: OpenSSL's would take a comma in a URL for the beginning of another.
    """
    if isinstance(urls, str):
        raise TypeError("crl_urls must be a sequence of URLs, not one string")
    names = []
    for url in urls:
        if not isinstance(url, str) or not _URL.fullmatch(url):
            raise ValueError(f"a CRL's URL must be one in ASCII (http://...), not {url!r}")
        names.append(_der.wrap(_der.context(6, constructed=False), url.encode("ascii")))
    full_name = _der.wrap(_der.context(0), _der.wrap(_der.context(0), *names))
    return _der.sequence(_der.sequence(full_name))
