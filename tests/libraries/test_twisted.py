"""Twisted as the peer of our clients and servers: pyOpenSSL over memory BIOs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from library_peers import HOST, TIMEOUT, Answer, Http, Protocol, Serving, Stream, Tls, Tls12
from library_tests import ClientTests, ServerTests
from OpenSSL import SSL
from pyopenssl_view import View
from twisted.internet import defer, endpoints, error, reactor, ssl, threads
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure

# What Twisted does with pyOpenSSL is its own matter.
pytestmark = pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")


@pytest.fixture(params=[Tls, Tls12], ids=["TLS 1.3", "TLS 1.2"])
def protocol(request: pytest.FixtureRequest, trust: Any, tls: Any) -> Protocol:
    return request.param(trust, tls)


@pytest.fixture(scope="session", autouse=True)
def running_reactor() -> Iterator[None]:
    """Twisted's event loop; a process can run it once."""
    thread = threading.Thread(target=reactor.run, kwargs={"installSignalHandlers": False})
    thread.start()
    yield
    reactor.callFromThread(reactor.stop)
    thread.join(TIMEOUT)
    assert not thread.is_alive()


def in_reactor(call: Any, *arguments: Any) -> Any:
    """The result of a call, or of the Deferred that it returns."""
    return threads.blockingCallFromThread(reactor, call, *arguments)


class Connection(TwistedProtocol):
    """What comes is put into a queue: bytes, none of them at the end, or why it broke."""

    def __init__(self) -> None:
        self.received = defer.DeferredQueue()

    def dataReceived(self, data: bytes) -> None:
        self.received.put(data)

    def connectionLost(self, reason: Failure) -> None:
        self.received.put(b"" if reason.check(error.ConnectionDone) else reason)

    async def receive(self, size: int) -> bytes:
        data: bytes = await self.received.get()
        return data

    async def send(self, data: bytes) -> None:
        self.transport.write(data)

    def http(self) -> Http:
        return Http(Stream(self.receive, self.send), View(self.transport.getHandle()))


def certificate(path: Any) -> ssl.PrivateCertificate:
    return ssl.PrivateCertificate.loadPEM(path.read_bytes())


def roots(ca: Any) -> Any:
    return ssl.trustRootFromCertificates([ssl.Certificate.loadPEM(ca.read_bytes())])


class TestTwistedClient(ClientTests):
    library = "Twisted, with pyOpenSSL"
    untrusted = SSL.Error
    untrusted_text = "certificate verify failed"
    cut_off = error.ConnectionLost

    def context(self, identity: str | None = None, *, trusting: bool = True) -> Any:
        ca = self._protocol.ca if trusting else self._protocol.other_ca
        return ssl.optionsForClientTLS(
            "localhost",
            trustRoot=roots(ca),
            clientCertificate=identity and certificate(self._protocol.certificates[identity]),
        )

    def ask(self, port: int, context: Any, bodies: list[bytes]) -> Iterator[Answer]:
        async def main() -> list[Answer]:
            endpoint = endpoints.TCP4ClientEndpoint(reactor, HOST, port)
            connection = await endpoints.wrapClientTLS(context, endpoint).connect(
                Factory.forProtocol(Connection)
            )
            try:
                http = connection.http()
                return [await http.post(body) for body in bodies]
            finally:
                connection.transport.loseConnection()

        yield from in_reactor(defer.ensureDeferred, main())


class TestTwistedServer(ServerTests):
    library = "Twisted, with pyOpenSSL"
    cut_off = error.ConnectionLost

    def context(self, *, mutual: bool = False) -> Any:
        own = certificate(self._protocol.certificates["server"])
        return ssl.CertificateOptions(
            own.privateKey.original,
            own.original,
            trustRoot=roots(self._protocol.ca) if mutual else None,
            enableSessions=True,
            enableSessionTickets=True,
        )

    @contextmanager
    def serve(self, context: Any) -> Iterator[Serving]:
        serving = Serving()

        async def answer(connection: Connection) -> None:
            http = connection.http()
            try:
                while True:
                    await http.answer()
            except (EOFError, SSL.Error, error.ConnectionLost) as lost:
                if http.stream.has_a_part:
                    serving.failures.put(lost)

        class Answering(Connection):
            def connectionMade(self) -> None:
                defer.ensureDeferred(answer(self))

        endpoint = endpoints.SSL4ServerEndpoint(reactor, 0, context, interface=HOST)
        port = in_reactor(endpoint.listen, Factory.forProtocol(Answering))
        serving.port = port.getHost().port
        try:
            yield serving
        finally:
            in_reactor(port.stopListening)
