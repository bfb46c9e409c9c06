"""Contexts of each protocol for the tests of sessions, and connections that resume them."""

from __future__ import annotations

from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from peers import MemoryPair

from tongsuo_py import ssl

PROTOCOLS = ("TLS 1.2", "TLS 1.3", "TLCP")
VERSIONS = {"TLS 1.2": "TLSv1.2", "TLS 1.3": "TLSv1.3", "TLCP": "NTLSv1.1"}


class Maker:
    """Makes contexts that speak one protocol, from the certificates of ``tls`` and ``trust``."""

    def __init__(self, protocol: str, tls: SimpleNamespace, trust: SimpleNamespace) -> None:
        self.protocol = protocol
        self._tls, self._trust = tls, trust

    def server(self, *, mutual: bool = False, tickets: bool = True) -> Any:
        """A server; ``mutual`` makes it want the client's certificates."""
        if self.protocol == "TLCP":
            context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
            self._trust.server.configure(context)
        else:
            context = self._of_version(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._tls.ec)
        if mutual:
            self.trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        if not tickets:
            context.options |= ssl.OP_NO_TICKET
        return context

    def client(self, *, certificate: bool = True, tickets: bool = True) -> Any:
        """A client that trusts the CA, with a certificate (a pair) unless told."""
        if self.protocol == "TLCP":
            context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
            if certificate:
                self._trust.client.configure(context)
        else:
            context = self._of_version(ssl.PROTOCOL_TLS_CLIENT)
            if certificate:
                context.load_cert_chain(self._tls.client)
        self.trust(context)
        if not tickets:
            context.options |= ssl.OP_NO_TICKET
        return context

    def trust(self, context: Any) -> None:
        """Trust the CA of both sides' certificates."""
        if self.protocol == "TLCP":
            self._trust.ca.configure_trust(context)
        else:
            context.load_verify_locations(self._tls.ca)

    def _of_version(self, method: int) -> Any:
        context = ssl.SSLContext(method)
        version = ssl.TLSVersion.TLSv1_2 if self.protocol == "TLS 1.2" else ssl.TLSVersion.TLSv1_3
        context.minimum_version = context.maximum_version = version
        return context


class Connected(MemoryPair):
    """A connection that stands, whose client has got the tickets, if any; ``reused`` says how."""

    def __init__(self, server: Any, client: Any, session: Any = None, **kwargs: Any) -> None:
        super().__init__(server, client, session=session, **kwargs)
        self.handshake()
        with suppress(ssl.SSLWantReadError):
            self.client.read(1)  # what came after the handshake, in TLS 1.3
        assert self.client.session_reused == self.server.session_reused

    @property
    def reused(self) -> bool:
        return bool(self.client.session_reused)

    @property
    def session(self) -> Any:
        return self.client.session


def new_session(server: Any, client: Any, **kwargs: Any) -> Any:
    """The session of a full handshake."""
    pair = Connected(server, client, **kwargs)
    assert not pair.reused
    return pair.session


def resumes(server: Any, client: Any, session: Any, **kwargs: Any) -> bool:
    """Whether a connection with ``session`` resumes it; it has to stand either way."""
    pair = Connected(server, client, session, **kwargs)
    pair.send(pair.client, pair.server, b"to the server")
    pair.send(pair.server, pair.client, b"to the client")
    return pair.reused
