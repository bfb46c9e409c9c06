"""What the tests of ``tongsuo_py.ssl`` share: contexts for TLCP, a look at what is left over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from authorities import Authority, TlcpAuthority, TlsAuthority
from peers import leaving_nothing
from resuming import PROTOCOLS, Maker

from tongsuo_py import ssl


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No test leaves an error in OpenSSL's queue, or a thread."""
    with leaving_nothing():
        yield


@pytest.fixture(scope="module", params=["TLS", "TLCP"])
def authority(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, openssl: Path
) -> Authority:
    """Authorities for each protocol in turn, with the certificates of both sides."""
    directory = tmp_path_factory.mktemp("authority")
    if request.param == "TLS":
        return TlsAuthority(directory)
    return TlcpAuthority(directory, openssl)


class Tlcp:
    """Makes contexts for TLCP from the session's certificates."""

    def __init__(self, trust: SimpleNamespace) -> None:
        self.trust = trust

    def server(
        self, ciphers: str | None = None, *, dual: bool = False, mutual: bool = False
    ) -> ssl.SSLContext:
        """A server: for TLCP alone, or with ``dual`` for TLS 1.3 with an SM2 certificate too."""
        protocol = ssl.PROTOCOL_TLS_SERVER if dual else ssl.PROTOCOL_NTLS_SERVER
        context = ssl.SSLContext(protocol)
        if dual:
            context.enable_ntls()
        self.trust.server.configure(context)
        self.trust.ca.configure_trust(context)
        if mutual:
            context.verify_mode = ssl.CERT_REQUIRED
        if ciphers is not None:
            context.set_ciphers(ciphers)
        return context

    def client(self, ciphers: str | None = None, *, pair: bool = True) -> ssl.SSLContext:
        """A client that trusts the CA, and has a pair of it unless told."""
        context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
        self.trust.ca.configure_trust(context)
        if pair:
            self.trust.client.configure(context)
        if ciphers is not None:
            context.set_ciphers(ciphers)
        return context


@pytest.fixture(scope="session")
def tlcp(trust: SimpleNamespace) -> Tlcp:
    """Contexts for TLCP."""
    return Tlcp(trust)


class Fresh:
    """New contexts for one protocol, for tests that change their settings."""

    def __init__(self, name: str, tls: SimpleNamespace, trust: SimpleNamespace) -> None:
        self.name = name
        self.ntls = name in ("TLCP", "dual")
        self.version = "NTLSv1.1" if self.ntls else name.replace(" ", "v")
        self._tls, self._trust = tls, trust
        self.ca = trust.dir / "ca" / "ca.pem" if self.ntls else tls.ca

    def server(self, module: Any = ssl) -> Any:
        """A server; ``module`` may be the standard library's ssl where the protocol is TLS."""
        protocol = ssl.PROTOCOL_NTLS_SERVER if self.name == "TLCP" else ssl.PROTOCOL_TLS_SERVER
        context = module.SSLContext(protocol)
        if self.name == "dual":
            context.enable_ntls()
        if self.ntls:
            self._trust.server.configure(context)
        if self.name != "TLCP":
            context.load_cert_chain(self._tls.ec)
        return context

    def client(self, module: Any = ssl) -> Any:
        """A client that speaks this protocol alone, and trusts the server."""
        protocol = ssl.PROTOCOL_NTLS_CLIENT if self.ntls else ssl.PROTOCOL_TLS_CLIENT
        context = module.SSLContext(protocol)
        if self.ntls:
            self._trust.ca.configure_trust(context)
        else:
            context.load_verify_locations(self._tls.ca)
            context.minimum_version = context.maximum_version = {
                "TLS 1.2": ssl.TLSVersion.TLSv1_2,
                "TLS 1.3": ssl.TLSVersion.TLSv1_3,
            }[self.name]
        return context


@pytest.fixture(params=["TLCP", "dual", "TLS 1.2", "TLS 1.3"])
def fresh(request: pytest.FixtureRequest, tls: SimpleNamespace, trust: SimpleNamespace) -> Fresh:
    """New contexts for each protocol in turn; ``dual`` is TLCP with a server that takes TLS too."""
    return Fresh(request.param, tls, trust)


@pytest.fixture(params=PROTOCOLS)
def make(request: Any, tls: SimpleNamespace, trust: SimpleNamespace) -> Maker:
    """Contexts of each protocol in turn, for sessions."""
    return Maker(request.param, tls, trust)
