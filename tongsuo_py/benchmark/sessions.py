"""The sessions that are measured: protocol, suite, certificates, and who shows one.

A program for the names of ``ssl``, the standard library's or ours. What one of them does not speak
it does not have.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from tongsuo_py.benchmark.timing import Call
from tongsuo_py.benchmark.tls import TlsSide

AES = "TLS_AES_128_GCM_SHA256"
_SM4 = "TLS_SM4_GCM_SM3"

#: What makes the OpenSSL of a program offer this suite only: the standard library's ``ssl`` has no
#: function that chooses suites of TLS 1.3. (Ours reads no configuration, and is told.)
CONFIGURATION = f"""\
openssl_conf = settings
[settings]
ssl_conf = modules
[modules]
system_default = suites
[suites]
Ciphersuites = {AES}
"""


@dataclass(frozen=True)
class Session:
    """How two ends speak to each other.

    ``keys`` says whose certificates they have: folders of ``certificates.make``. Without ``mutual``
    only the server shows one. ``group`` is for TLS 1.3; None for what each library has by itself.
    """

    protocol: Literal["TLCP", "TLS 1.2", "TLS 1.3"]
    suite: str
    keys: Literal["sm2", "p256", "rsa2048"]
    mutual: bool = False
    group: str | None = None

    @property
    def agreed(self) -> tuple[str, str]:
        """What ``version()`` and ``cipher()`` say of it."""
        versions = {"TLCP": "NTLSv1.1", "TLS 1.2": "TLSv1.2", "TLS 1.3": "TLSv1.3"}
        return versions[self.protocol], self.suite


#: By the first part of an operation's name. ECDHE in TLCP needs the keys of both sides.
SESSIONS = {
    "tlcp-ecc": Session("TLCP", "ECC-SM2-SM4-GCM-SM3", "sm2"),
    "tlcp-ecc-mutual": Session("TLCP", "ECC-SM2-SM4-GCM-SM3", "sm2", mutual=True),
    "tlcp-ecdhe": Session("TLCP", "ECDHE-SM2-SM4-GCM-SM3", "sm2", mutual=True),
    "tlcp-cbc": Session("TLCP", "ECC-SM2-SM4-CBC-SM3", "sm2"),
    "tls13-sm": Session("TLS 1.3", _SM4, "sm2", group="curveSM2"),
    "tls13-sm-mutual": Session("TLS 1.3", _SM4, "sm2", mutual=True, group="curveSM2"),
    "tls13-p256": Session("TLS 1.3", AES, "p256", group="prime256v1"),
    "tls13-p256-mutual": Session("TLS 1.3", AES, "p256", mutual=True, group="prime256v1"),
    "tls13-defaults": Session("TLS 1.3", AES, "p256"),
}


class Sessions:
    """Operations named ``SESSION/ACTION`` (see ``TlsSide``) through a module like ``ssl``."""

    def __init__(self, module: ModuleType, trust: Path) -> None:
        self._module = module
        self._trust = trust
        self._side: TlsSide | None = None

    def find(self, operation: str, size: int) -> Call | None:
        """The operation, or None if this module does not speak that."""
        self.close()
        name, _, action = operation.partition("/")
        session = SESSIONS[name]
        if session.keys == "sm2" and self._module is ssl:
            return None
        if not (self._trust / session.keys).exists():  # for lack of what makes certificates
            return None
        self._side = TlsSide(*contexts(self._module, session, self._trust), session.agreed)
        return self._side.call(action, size)

    def close(self) -> None:
        """Close what the last operation opened."""
        side, self._side = self._side, None
        if side is not None:
            side.close()


def contexts(module: Any, session: Session, trust: Path) -> tuple[Any, Any]:
    """The contexts of a server and a client, which verify as the session says."""
    tlcp, keys = session.protocol == "TLCP", trust / session.keys
    made = []
    for who in ("server", "client"):
        protocol = f"PROTOCOL_{'NTLS' if tlcp else 'TLS'}_{who.upper()}"
        context = module.SSLContext(getattr(module, protocol))
        if who == "server" or session.mutual:
            _show(context, tlcp, keys / who)
        if who == "client" or session.mutual:
            context.load_verify_locations(keys / "ca.pem")
            context.verify_mode = ssl.CERT_REQUIRED
        if tlcp:
            context.set_ciphers(session.suite)
        elif session.protocol == "TLS 1.2":
            context.maximum_version = module.TLSVersion.TLSv1_2
            context.set_ciphers(session.suite)
        else:
            context.minimum_version = module.TLSVersion.TLSv1_3
            if module is not ssl:
                context.set_ciphersuites(session.suite)
            if session.group is not None:
                _choose(context, session.group)
        made.append(context)
    return made[0], made[1]


def _show(context: Any, tlcp: bool, own: Path) -> None:
    if tlcp:
        context.load_ntls_cert_pair(
            own / "sign.pem", own / "sign.key", own / "enc.pem", own / "enc.key"
        )
    else:
        context.load_cert_chain(own / "sign.pem", own / "sign.key")


def _choose(context: Any, group: str) -> None:
    if hasattr(context, "set_groups"):
        context.set_groups(group)
    else:
        context.set_ecdh_curve(group)
