"""The tests that each library goes through; a test file derives classes from those here.

What they saw goes into the table of docs/libraries.md.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import Any, ClassVar

import pytest
from library_peers import (
    BODIES,
    PART,
    TIMEOUT,
    Answer,
    Client,
    Protocol,
    Serving,
    answering,
    connect,
    connected,
    cutting_off,
    request,
    serving,
)
from tables import Table

from tongsuo_py import ssl

DISTRIBUTIONS = (
    "aiohttp httpx paho-mqtt pyOpenSSL requests trio Twisted urllib3 uvicorn uvloop websockets"
)
TABLE = Table(
    "docs/libraries.md",
    "libraries",
    ("library", "its side", "protocol"),
    (
        "version, on both sides",
        "second request",
        "resumed session",
        "client certificate",
        "peer not trusted",
        "cut off",
    ),
    "Last made with "
    + ", ".join(f"{name} {version(name)}" for name in DISTRIBUTIONS.split())
    + "; the others are the standard library's.",
)
VERSION, SECOND, RESUMED, CERTIFICATE, UNTRUSTED, CUT_OFF = TABLE.columns


def name_of(error: BaseException) -> str:
    """An exception's class as a program names it."""
    kind = type(error)
    return (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )


def told_by(error: BaseException | None) -> str:
    """The texts of an exception and of what caused it."""
    texts = []
    while error is not None:
        texts.append(str(error))
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


class LibraryTests:
    """``library`` and ``side`` are the row's beginning in the table."""

    library: ClassVar[str]
    side: ClassVar[str]
    start_tls: ClassVar[bool] = False  # only after a word in the clear

    @pytest.fixture(autouse=True)
    def _row(self, request: pytest.FixtureRequest, protocol: Protocol) -> None:
        self._node, self._protocol = request.node, protocol

    def saw(self, column: str, value: str) -> None:
        """Put it into the table."""
        row = (self.library, self.side, self._protocol.name)
        TABLE.record(self._node, row, column, value)

    def name(self, error: BaseException) -> str:
        """What the table says of an exception."""
        return name_of(error)

    def check(self, answer: Answer, body: bytes, peer: str = "-") -> None:
        """Whether an answer is the right one, over the right protocol."""
        assert answer.body == body
        assert answer.version == self._protocol.version
        assert answer.server_version == self._protocol.version
        assert answer.peer == peer


class ClientTests(LibraryTests):
    """A library's client with our context, and our server."""

    side = "client"
    untrusted: ClassVar[type[Exception]]
    untrusted_text: ClassVar[str] = "CERTIFICATE_VERIFY_FAILED"
    cut_off: ClassVar[type[Exception]]

    def ask(self, port: int, context: Any, bodies: list[bytes]) -> Iterator[Answer]:
        """Post each of the bodies to https://localhost:port/echo, as a user would."""
        raise NotImplementedError

    def context(self, identity: str | None = None, *, trusting: bool = True) -> Any:
        """What ``ask`` is given."""
        return self._protocol.client(identity, trusting=trusting)

    def peer(
        self, context: ssl.SSLContext, *, cut_off: bool = False, raises: Any = ()
    ) -> AbstractContextManager[int]:
        """The port of our server."""
        return serving(context, cutting_off if cut_off else answering, raises, self.start_tls)

    def test_answers(self, protocol: Protocol) -> None:
        with self.peer(protocol.server()) as port:
            answers = list(self.ask(port, self.context(), BODIES))
        for answer, body in zip(answers, BODIES, strict=True):
            self.check(answer, body)
        same = answers[0].connection == answers[1].connection
        self.saw(SECOND, "same connection" if same else "new connection")

    def test_version(self, protocol: Protocol) -> None:
        with self.peer(protocol.server()) as port:
            (answer,) = self.ask(port, self.context(), BODIES[:1])
        self.check(answer, BODIES[0])
        self.saw(VERSION, answer.server_version)

    def test_client_certificate(self, protocol: Protocol) -> None:
        with self.peer(protocol.server(mutual=True)) as port:
            (answer,) = self.ask(port, self.context("client"), BODIES[:1])
        self.check(answer, BODIES[0], protocol.client_name)
        self.saw(CERTIFICATE, "yes")

    def test_server_that_is_not_trusted(self, protocol: Protocol) -> None:
        # What the server has to say is not of interest here.
        with (
            self.peer(protocol.server(), raises=OSError) as port,
            pytest.raises(self.untrusted) as caught,
        ):
            list(self.ask(port, self.context(trusting=False), BODIES[:1]))
        assert self.untrusted_text in told_by(caught.value)
        self.saw(UNTRUSTED, self.name(caught.value))

    def test_server_that_cuts_off(self, protocol: Protocol) -> None:
        with (
            self.peer(protocol.server(), cut_off=True) as port,
            pytest.raises(self.cut_off) as caught,
        ):
            list(self.ask(port, self.context(), BODIES[:1]))
        self.saw(CUT_OFF, self.name(caught.value))


class ServerTests(LibraryTests):
    """A library's server with our context, and our client."""

    side = "server"
    cut_off: ClassVar[type[Exception]]
    # asyncio and trio drop the alert that a failed handshake has for the peer, with any ssl.
    alerts: ClassVar[bool] = True

    def serve(self, context: Any) -> AbstractContextManager[Serving]:
        """A server that answers as ``library_peers.answering`` does."""
        raise NotImplementedError

    def context(self, *, mutual: bool = False) -> Any:
        """What ``serve`` is given."""
        return self._protocol.server(mutual=mutual)

    def peer(
        self, port: int, context: ssl.SSLContext, session: Any = None
    ) -> AbstractContextManager[Client]:
        """Our client."""
        return connected(port, context, session, self.start_tls)

    def test_answers(self, protocol: Protocol) -> None:
        with self.serve(self.context()) as server:
            with self.peer(server.port, protocol.client()) as client:
                answers = [client.post(body) for body in BODIES]
            assert server.failures.empty()
        for answer, body in zip(answers, BODIES, strict=True):
            self.check(answer, body)
        assert answers[0].connection == answers[1].connection
        self.saw(SECOND, "same connection")

    def test_version(self, protocol: Protocol) -> None:
        with (
            self.serve(self.context()) as server,
            self.peer(server.port, protocol.client()) as client,
        ):
            answer = client.post(BODIES[0])
        self.check(answer, BODIES[0])
        self.saw(VERSION, answer.server_version)

    def test_resumed_session(self, protocol: Protocol) -> None:
        context = protocol.client()
        with self.serve(self.context()) as server:
            with self.peer(server.port, context) as client:
                self.check(client.post(BODIES[0]), BODIES[0])
                assert not client.tls.session_reused
                session = client.tls.session
            with self.peer(server.port, context, session) as client:
                self.check(client.post(BODIES[0]), BODIES[0])
                assert client.tls.session_reused
        self.saw(RESUMED, "yes")

    def test_client_certificate(self, protocol: Protocol) -> None:
        with (
            self.serve(self.context(mutual=True)) as server,
            self.peer(server.port, protocol.client("client")) as client,
        ):
            answer = client.post(BODIES[0])
        self.check(answer, BODIES[0], protocol.client_name)
        self.saw(CERTIFICATE, "yes")

    def test_client_that_is_not_trusted(self, protocol: Protocol) -> None:
        with self.serve(self.context(mutual=True)) as server:
            refusal = self.refusal(server.port, protocol.client("stranger"))
            # It goes on for others.
            with self.peer(server.port, protocol.client("client")) as client:
                self.check(client.post(BODIES[0]), BODIES[0], protocol.client_name)
        assert refusal.startswith("alert ") == self.alerts
        self.saw(UNTRUSTED, refusal)

    def refusal(self, port: int, context: ssl.SSLContext) -> str:
        """What our client is told in a handshake that must fail; the server's words come first."""
        try:
            with connect(port, context, start_tls=self.start_tls) as sock:
                assert sock.recv(1) == b""
        except (ssl.SSLEOFError, ConnectionError):
            pass
        except ssl.SSLError as error:
            return error.reason.replace("TLSV1_ALERT_", "alert ").replace("SSLV3_ALERT_", "alert ")
        return "closed without an alert"

    def test_client_that_cuts_off(self, protocol: Protocol) -> None:
        with self.serve(self.context()) as server:
            with self.peer(server.port, protocol.client()) as client:
                client.tls.sendall(self.part_of_a_request(BODIES[0]))
                socket.socket.shutdown(client.tls, socket.SHUT_WR)  # no close_notify
                error = server.failures.get(timeout=TIMEOUT)
            with self.peer(server.port, protocol.client()) as client:
                self.check(client.post(BODIES[0]), BODIES[0])
        assert isinstance(error, self.cut_off)
        self.saw(CUT_OFF, self.name(error))

    def part_of_a_request(self, body: bytes) -> bytes:
        """What the client that cuts off has said until then."""
        return request(body)[:-PART]
