"""What every library is met with: contexts for each protocol, and our own end of HTTP.

The HTTP is as small as it can be: a POST is answered with its own body, and headers that tell what
the server saw. So libraries that know nothing of HTTP can speak it as well, in a line or two.
"""

from __future__ import annotations

import asyncio
import http.client
import itertools
import queue
import random
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, closing, contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from tongsuo_py import ssl

HOST = "127.0.0.1"
TIMEOUT = 20  # seconds: what a test waits for something that should have come long ago
BODIES = [random.Random(size).randbytes(size) for size in (100_000, 50_001)]  # several records each
START_TLS = b"STARTTLS\r\n"
PART = 40_000  # what is sent of a body that is cut off

T = TypeVar("T")


class Tls:
    """Contexts for TLS 1.3, with P-256 certificates."""

    name, version, client_name = "TLS 1.3", "TLSv1.3", "client"

    def __init__(self, trust: SimpleNamespace, tls: SimpleNamespace) -> None:
        self.ca, self.other_ca = tls.ca, trust.dir / "ca" / "ca.pem"
        self.certificates = {"server": tls.ec, "client": tls.client, "stranger": tls.stranger}

    def server(self, *, mutual: bool = False) -> ssl.SSLContext:
        """A server's context; ``mutual``: it wants a certificate of its client."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._load(context, "server")
        return _verifying(context, self.ca) if mutual else context

    def client(self, identity: str | None = None, *, trusting: bool = True) -> ssl.SSLContext:
        """A client's, as "client" or "stranger" or nobody; ``trusting`` the server's CA or not."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if identity is not None:
            self._load(context, identity)
        return _verifying(context, self.ca if trusting else self.other_ca)

    def _load(self, context: ssl.SSLContext, name: str) -> None:
        context.load_cert_chain(self.certificates[name])


class Tls12(Tls):
    """The same for TLS 1.2."""

    name, version = "TLS 1.2", "TLSv1.2"

    def server(self, *, mutual: bool = False) -> ssl.SSLContext:
        context = super().server(mutual=mutual)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context

    def client(self, identity: str | None = None, *, trusting: bool = True) -> ssl.SSLContext:
        context = super().client(identity, trusting=trusting)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context


class Tlcp:
    """Contexts for TLCP, with the pairs of the session's CAs; as those for TLS."""

    name, version, client_name = "TLCP", "NTLSv1.1", "client.example"

    def __init__(self, trust: SimpleNamespace) -> None:
        self._trust = trust
        self.ca, self.other_ca = (trust.dir / name / "ca.pem" for name in ("ca", "other_ca"))

    def server(self, *, mutual: bool = False) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
        self._trust.server.configure(context)
        return _verifying(context, self.ca) if mutual else context

    def client(self, identity: str | None = None, *, trusting: bool = True) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
        if identity is not None:
            getattr(self._trust, identity).configure(context)
        return _verifying(context, self.ca if trusting else self.other_ca)


Protocol = Tls | Tlcp


def _verifying(context: ssl.SSLContext, ca: Any) -> ssl.SSLContext:
    context.load_verify_locations(ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


# ---- what is said ----


@dataclass
class Answer:
    """A response: what the server says that it saw, and the version that the client sees."""

    body: bytes
    version: str | None
    server_version: str
    peer: str
    connection: str

    @classmethod
    def of(cls, headers: Any, body: bytes, version: str | None) -> Answer:
        """From the headers, whose names are looked up in lower case, and the client's version."""
        names = ("x-version", "x-peer", "x-connection")
        return cls(body, version, *(headers[name] for name in names))


def request(body: bytes) -> bytes:
    """A request as it goes over the wire."""
    return b"POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-length: %d\r\n\r\n%s" % (
        len(body),
        body,
    )


_numbers: MutableMapping[Any, int] = WeakKeyDictionary()
_counter = itertools.count(1)


def headers_of(tls: Any) -> dict[str, str]:
    """What a server tells: ``tls`` is its SSLSocket or SSLObject."""
    subject = dict(pair for rdn in (tls.getpeercert() or {}).get("subject", ()) for pair in rdn)
    return {
        "x-version": str(tls.version()),
        "x-peer": subject.get("commonName", "-"),
        "x-connection": str(_numbers.setdefault(tls, next(_counter))),
    }


def response(body: bytes, tls: Any) -> bytes:
    """A response as it goes over the wire."""
    headers = headers_of(tls) | {"content-length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return b"HTTP/1.1 200 OK\r\n%s\r\n%s" % (lines.encode(), body)


def parse(head: bytes) -> dict[str, str]:
    """The headers that stand before an empty line; "content-length" is among them."""
    lines = head.decode().split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


class Stream:
    """``receive(size)`` and ``send(data)`` of a library, with the methods that ``Http`` wants."""

    def __init__(
        self, receive: Callable[[int], Awaitable[bytes]], send: Callable[[bytes], Awaitable[None]]
    ) -> None:
        self.send = send
        self._receive, self._data = receive, bytearray()

    @property
    def has_a_part(self) -> bool:
        """Whether there is a message, the rest of which has not come."""
        return bool(self._data)

    async def _more(self) -> None:
        data = await self._receive(65536)
        if not data:
            raise EOFError
        self._data += data

    async def readuntil(self, end: bytes) -> bytes:
        while end not in self._data:
            await self._more()
        return await self.readexactly(self._data.index(end) + len(end))

    async def readexactly(self, size: int) -> bytes:
        while len(self._data) < size:
            await self._more()
        data = bytes(self._data[:size])
        del self._data[:size]
        return data


class Http:
    """HTTP over what has ``readuntil``, ``readexactly`` and ``send``: both ends of it."""

    def __init__(self, stream: Any, tls: Any) -> None:
        self.stream, self.tls = stream, tls

    async def _message(self) -> tuple[dict[str, str], bytes]:
        headers = parse(await self.stream.readuntil(b"\r\n\r\n"))
        return headers, await self.stream.readexactly(int(headers["content-length"]))

    async def post(self, body: bytes) -> Answer:
        """What a client does."""
        await self.stream.send(request(body))
        headers, received = await self._message()
        return Answer.of(headers, received, self.tls.version())

    async def answer(self) -> None:
        """What a server does."""
        _, body = await self._message()
        await self.stream.send(response(body, self.tls))


# ---- our client ----


@dataclass
class Client:
    """A connection of ours to a library's server."""

    tls: ssl.SSLSocket
    connection: http.client.HTTPConnection

    def post(self, body: bytes) -> Answer:
        """Say it to the server."""
        self.connection.request("POST", "/echo", body)
        answered = self.connection.getresponse()
        return Answer.of(answered.headers, answered.read(), self.tls.version())


def connect(
    port: int, context: ssl.SSLContext, session: Any = None, start_tls: bool = False
) -> ssl.SSLSocket:
    """An SSLSocket of ours; ``start_tls``: after both sides have said a word in the clear."""
    raw = socket.create_connection((HOST, port), TIMEOUT)
    try:
        if start_tls:
            raw.sendall(START_TLS)
            assert raw.recv(len(START_TLS), socket.MSG_WAITALL) == START_TLS
        return context.wrap_socket(raw, server_hostname="localhost", session=session)
    except BaseException:
        raw.close()
        raise


@contextmanager
def connected(
    port: int, context: ssl.SSLContext, session: Any = None, start_tls: bool = False
) -> Iterator[Client]:
    """A connection of ours, as ``connect`` makes it."""
    with closing(http.client.HTTPConnection(HOST, port)) as connection:
        connection.sock = tls = connect(port, context, session, start_tls)
        yield Client(tls, connection)


# ---- our server ----


@contextmanager
def serving(
    context: ssl.SSLContext,
    handle: Callable[[ssl.SSLSocket], None],
    raises: Any = (),
    start_tls: bool = False,
) -> Iterator[int]:
    """The port where each connection has a thread of its own, that handles it over our SSLSocket.

    What a handshake or a handler fails with is raised at the end, unless it is of ``raises``.
    """
    problems: list[BaseException] = []
    threads: list[threading.Thread] = []

    def attend(raw: socket.socket) -> None:
        try:
            with raw:
                raw.settimeout(TIMEOUT)
                if start_tls:
                    assert raw.recv(len(START_TLS), socket.MSG_WAITALL) == START_TLS
                    raw.sendall(START_TLS)
                with context.wrap_socket(raw, server_side=True) as tls:
                    handle(tls)
        except raises:
            pass
        except BaseException as error:
            problems.append(error)

    def listen() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:  # shut down: that is the end
                return
            threads.append(threading.Thread(target=attend, args=[raw]))
            threads[-1].start()

    with socket.create_server((HOST, 0)) as listener:
        threads.append(threading.Thread(target=listen))
        threads[0].start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(TIMEOUT)
                assert not thread.is_alive()
    if problems:
        raise problems[0]


def _body(lines: Any) -> bytes | None:
    """That of the next request; None at the end of the connection."""
    head = b""
    while line := lines.readline():
        head += line
        if line == b"\r\n":
            body: bytes = lines.read(int(parse(head)["content-length"]))
            return body
    return None


def answering(tls: ssl.SSLSocket) -> None:
    """An HTTP server's end of a connection, until the client ends it."""
    with tls.makefile("rb") as lines:
        while (body := _body(lines)) is not None:
            tls.sendall(response(body, tls))


def cutting_off(tls: ssl.SSLSocket) -> None:
    """One that ends in the middle of its first response, without a close_notify."""
    with tls.makefile("rb") as lines:
        body = _body(lines)
    assert body is not None
    tls.sendall(response(body, tls)[:-PART])


# ---- a library's server ----


@dataclass
class Serving:
    """A library's server: where it listens, and what its handlers failed with."""

    port: int = 0
    failures: queue.Queue[BaseException] = field(default_factory=queue.Queue)


@contextmanager
def in_a_loop(server: AbstractAsyncContextManager[T], run: Any = asyncio.run) -> Iterator[T]:
    """What an asynchronous context manager gives, while an event loop runs in another thread."""
    ready: Future[T] = Future()
    stop: Future[None] = Future()

    async def main() -> None:
        async with server as value:
            ready.set_result(value)
            await asyncio.wrap_future(stop)

    def whole() -> None:
        try:
            run(main())
        except BaseException as error:
            if ready.done():
                raise
            ready.set_exception(error)

    thread = threading.Thread(target=whole)
    thread.start()
    try:
        yield ready.result(TIMEOUT)
    finally:
        stop.set_result(None)
        thread.join(TIMEOUT)
        assert not thread.is_alive()
