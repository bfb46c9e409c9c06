"""pyOpenSSL as the peer of our clients and servers: another OpenSSL, in TLS 1.3 and 1.2."""

from __future__ import annotations

import socket
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from library_peers import (
    HOST,
    Answer,
    Http,
    Protocol,
    Serving,
    Stream,
    Tls,
    Tls12,
    serving,
)
from library_tests import ClientTests, ServerTests
from OpenSSL import SSL
from pyopenssl_view import View

T = TypeVar("T")


@pytest.fixture(params=[Tls, Tls12], ids=["TLS 1.3", "TLS 1.2"])
def protocol(request: pytest.FixtureRequest, trust: Any, tls: Any) -> Protocol:
    return request.param(trust, tls)


class Peer:
    """A connection of pyOpenSSL's over a socket."""

    def __init__(self, context: SSL.Context, sock: socket.socket, server_side: bool) -> None:
        sock.settimeout(None)  # pyOpenSSL does not know about timeouts
        self._sock, self._tls = sock, SSL.Connection(context, sock)
        if server_side:
            self._tls.set_accept_state()
        else:
            self._tls.set_connect_state()
        self._tls.do_handshake()
        self.http = Http(Stream(self._receive, self._send), View(self._tls))

    async def _receive(self, size: int) -> bytes:
        try:
            return self._tls.recv(size)
        except SSL.ZeroReturnError:
            return b""

    async def _send(self, data: bytes) -> None:
        self._tls.sendall(data)

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()


class PeerContext:
    """A context of pyOpenSSL's, as far as our helpers know a context."""

    def __init__(self, identity: Any, ca: Any) -> None:
        self.context = SSL.Context(SSL.TLS_METHOD)
        self.context.set_session_id(b"tests")
        if identity is not None:
            self.context.use_certificate_chain_file(str(identity))
            self.context.use_privatekey_file(str(identity))
        if ca is not None:
            self.context.load_verify_locations(str(ca))
            self.context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)

    def wrap_socket(self, sock: socket.socket, server_side: bool) -> Peer:
        return Peer(self.context, sock, server_side)


def at_once(main: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits in its calls, not between them."""
    try:
        main.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError


class TestPyOpenSSLClient(ClientTests):
    library = "pyOpenSSL, with its own OpenSSL"
    untrusted = SSL.Error
    untrusted_text = "certificate verify failed"
    cut_off = SSL.Error

    def context(self, identity: str | None = None, *, trusting: bool = True) -> PeerContext:
        certificate = identity and self._protocol.certificates[identity]
        return PeerContext(certificate, self._protocol.ca if trusting else self._protocol.other_ca)

    def ask(self, port: int, context: PeerContext, bodies: list[bytes]) -> Iterator[Answer]:
        with (
            socket.create_connection((HOST, port)) as sock,
            context.wrap_socket(sock, server_side=False) as peer,
        ):
            for body in bodies:
                yield at_once(peer.http.post(body))


class TestPyOpenSSLServer(ServerTests):
    library = "pyOpenSSL, with its own OpenSSL"
    cut_off = SSL.Error

    def context(self, *, mutual: bool = False) -> PeerContext:
        protocol = self._protocol
        return PeerContext(protocol.certificates["server"], protocol.ca if mutual else None)

    @contextmanager
    def serve(self, context: PeerContext) -> Iterator[Serving]:
        served = Serving()

        def handle(peer: Any) -> None:
            try:
                while True:
                    at_once(peer.http.answer())
            except (EOFError, SSL.Error) as error:
                if peer.http.stream.has_a_part:
                    served.failures.put(error)

        with serving(context, handle, raises=SSL.Error) as served.port:
            yield served
