"""The cipher suites that the interoperability tests go through, and our side set up for one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from identities import Identity
from native_peer import TLCP

from tongsuo_py import ssl

VERSIONS = {"TLCP": "NTLSv1.1", "TLS 1.2": "TLSv1.2", "TLS 1.3": "TLSv1.3"}
_TLS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}
_OPTIONS: dict[str, tuple[str | Path, ...]] = {
    "TLCP": TLCP,
    "TLS 1.2": ("-tls1_2",),
    "TLS 1.3": ("-tls1_3",),
}
OUR_VERSION = ssl.TONGSUO_VERSION.removeprefix("Tongsuo ")
HYBRID = "curveSM2MLKEM768"
# Tongsuo 8.4 takes the one by another name, and the other not at all.
_GROUPS = {("8.4.0", "curveSM2"): "SM2", ("8.4.0", HYBRID): ""}


@dataclass(frozen=True)
class Suite:
    """A suite, its protocol, and the kind of certificates that it is tried with.

    ``group`` and ``signature`` are the only ones that both sides may use then, if they are named.
    """

    protocol: str
    name: str
    certificates: str
    group: str = ""
    signature: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.protocol, self.name, self.group)))

    @property
    def version(self) -> str:
        """The protocol's name in OpenSSL."""
        return VERSIONS[self.protocol]

    @property
    def takes_both_pairs(self) -> bool:
        """Whether it cannot do without the client's certificates: TLCP's ECDHE."""
        return self.protocol == "TLCP" and self.name.startswith("ECDHE-")

    def context(self, side: str, identity: Identity, *, mutual: bool = False) -> Any:
        """A context of our ``client`` or ``server``, that can use nothing but this suite."""
        tlcp = self.protocol == "TLCP"
        context = ssl.SSLContext(getattr(ssl, f"PROTOCOL_{'N' * tlcp}TLS_{side.upper()}"))
        if not tlcp:
            context.minimum_version = context.maximum_version = _TLS[self.protocol]
        if self.protocol == "TLS 1.3":
            context.set_ciphersuites(self.name)
        else:
            context.set_ciphers(self.name)
        if self.group:
            context.set_groups(_GROUPS.get((OUR_VERSION, self.group)) or self.group)
        if self.signature:
            context.set_server_sigalgs(self.signature)
            context.set_client_sigalgs(self.signature)
        if side == "client" or mutual:
            context.load_verify_locations(identity.ca)
            context.verify_mode = ssl.CERT_REQUIRED
        if side == "server" or mutual:
            identity.load(context, side)
        return context

    def options(
        self, side: str, identity: Identity, *, mutual: bool = False, version: str = "8.5.0"
    ) -> list[str | Path]:
        """The same for the native program of a version of Tongsuo."""
        ciphers = "-ciphersuites" if self.protocol == "TLS 1.3" else "-cipher"
        options = [*_OPTIONS[self.protocol], ciphers, self.name]
        if group := _GROUPS.get((version, self.group), self.group):
            options += ["-groups", group]
        if self.signature:
            options += ["-sigalgs", self.signature]
        if side == "client" or mutual:
            options += ["-CAfile", identity.ca, "-verify_return_error"]
            options += ["-Verify" if side == "server" else "-verify", "2"]
        if side == "server" or mutual:
            options += identity.options(side)
        return options


#: What the matrix goes through.
SUITES = (
    *(
        Suite("TLCP", f"{exchange}-SM2-SM4-{mode}-SM3", "SM2 pair")
        for exchange in ("ECC", "ECDHE")
        for mode in ("GCM", "CBC")
    ),
    *(
        Suite("TLCP", f"RSA-SM4-{mode}-{digest}", "RSA pair")
        for mode in ("GCM", "CBC")
        for digest in ("SM3", "SHA256")
    ),
    Suite("TLS 1.2", "ECDHE-ECDSA-AES128-GCM-SHA256", "P-256"),
    Suite("TLS 1.2", "ECDHE-RSA-AES256-GCM-SHA384", "RSA"),
    *(
        Suite("TLS 1.3", f"TLS_SM4_{mode}_SM3", "SM2", group, "sm2sig_sm3")
        for mode in ("GCM", "CCM")
        for group in ("curveSM2", "curveSM2MLKEM768")
    ),
    Suite("TLS 1.3", "TLS_AES_128_GCM_SHA256", "P-256", "x25519"),
)

#: One of each protocol, where the suite does not matter.
PROTOCOLS = (
    Suite("TLCP", "ECC-SM2-SM4-GCM-SM3", "SM2 pair"),
    Suite("TLS 1.2", "ECDHE-ECDSA-AES128-GCM-SHA256", "P-256"),
    Suite("TLS 1.3", "TLS_AES_128_GCM_SHA256", "P-256"),
)
