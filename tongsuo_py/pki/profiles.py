"""What each kind of certificate says that its key is for."""

from __future__ import annotations

from dataclasses import dataclass

from tongsuo_py._binding import lib
from tongsuo_py.pki.names import Address, subject_alternative_name

_BOTH_SIDES = "serverAuth,clientAuth"


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
        return extensions


AUTHORITY = Profile("keyCertSign,cRLSign", is_ca=True)

#: For TLS 1.3, where the key signs the handshake (RFC 8998), and for devices by themselves.
SINGLE = Profile("digitalSignature", _BOTH_SIDES)

#: TLCP's two (GB/T 38636). Both name the purposes, since peers check both as server's or client's.
PAIR_SIGN = Profile("digitalSignature,nonRepudiation", _BOTH_SIDES)
PAIR_ENC = Profile("keyEncipherment,dataEncipherment,keyAgreement", _BOTH_SIDES)
