"""What the tests of a spoilt wire share: pairs of contexts for each protocol."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from material import make_material
from peers import MemoryPair, leaving_nothing

from tongsuo_py import ssl

#: Set it to try every fault at every offset, and each bit: some ten minutes.
EXHAUSTIVE = "TONGSUO_PY_EXHAUSTIVE"


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No test leaves an error in OpenSSL's queue, or a thread."""
    with leaving_nothing():
        yield


@pytest.fixture(scope="session")
def exhaustive() -> bool:
    """Whether to try everything, and not only what fits into a minute and a half."""
    return bool(os.environ.get(EXHAUSTIVE))


@pytest.fixture(scope="session")
def tls_material(openssl: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A certificate for ordinary TLS (P-256, for localhost): the paths ``cert`` and ``key``."""
    folder = make_material(openssl, tmp_path_factory.mktemp("tls"))
    return SimpleNamespace(cert=folder / "tls.pem", key=folder / "tls.key")


class Resuming:
    """A client's context whose connections resume what ``first`` was."""

    def __init__(self, context: ssl.SSLContext, first: MemoryPair) -> None:
        first.handshake()
        self.context, self.session = context, first.client.session
        assert self.session.has_ticket

    def wrap_bio(self, *args: Any, **kwargs: Any) -> Any:
        return self.context.wrap_bio(*args, session=self.session, **kwargs)


class Contexts:
    """Makes pairs of contexts, a server's and a client's, for each kind of connection."""

    TLCP = ("TLCP", "TLCP mutual", "TLCP beside TLS")
    TLS = ("TLS 1.2", "TLS 1.3")

    def __init__(self, trust: SimpleNamespace, tls: SimpleNamespace) -> None:
        self.trust, self.tls = trust, tls

    def __getitem__(self, kind: str) -> tuple[Any, Any]:
        """``TLCP`` has CBC and no client certificates, ``TLCP mutual`` GCM and certificates.

        With `` resumed`` the client's connections all resume the same session.
        """
        if kind.endswith(" resumed"):
            server, client = self[kind.removesuffix(" resumed")]
            return server, Resuming(client, MemoryPair(server, client))
        if kind in self.TLS:
            return self._tls(ssl.TLSVersion[kind.replace(" ", "v").replace(".", "_")])
        server, client = self.tlcp_server(dual="beside" in kind), self.tlcp_client()
        suite = "ECC-SM2-SM4-CBC-SM3"
        if "mutual" in kind:
            suite = "ECDHE-SM2-SM4-GCM-SM3"
            server.verify_mode = ssl.CERT_REQUIRED
            self.trust.client.configure(client)
        for context in (server, client):
            context.set_ciphers(suite)
        return server, client

    def tlcp_server(self, *, dual: bool = False) -> ssl.SSLContext:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if dual else ssl.PROTOCOL_NTLS_SERVER)
        if dual:
            server.enable_ntls()
        self.trust.server.configure(server)
        self.trust.ca.configure_trust(server)
        if not dual:
            server.verify_mode = ssl.CERT_NONE
        return server

    def tlcp_client(self) -> ssl.SSLContext:
        client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
        self.trust.ca.configure_trust(client)
        return client

    def _tls(self, version: Any) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        server.load_cert_chain(self.tls.cert, self.tls.key)
        client.load_verify_locations(self.tls.cert)
        client.minimum_version = client.maximum_version = version
        return server, client


@pytest.fixture(scope="session")
def contexts(trust: SimpleNamespace, tls_material: SimpleNamespace) -> Contexts:
    return Contexts(trust, tls_material)
