"""Two ends of a connection in one process: over real sockets, or over memory BIOs."""

from __future__ import annotations

import gc
import socket
import ssl as stdlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any

from tongsuo_py._binding import lib

TIMEOUT = 20  # seconds: what a test waits for a peer that should have answered long ago


def tcp_pair(timeout: float | None = TIMEOUT) -> tuple[socket.socket, socket.socket]:
    """The accepted and the connecting end of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    for sock in (server, client):
        sock.settimeout(timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return server, client


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each of the calls returned or raised, each in a thread of its own."""
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(call) for call in calls]
        return [future.exception() or future.result() for future in futures]


def handshake(
    server: Any,
    client: Any,
    hostname: str | None = "localhost",
    *,
    timeout: float | None = TIMEOUT,
    finish: Callable[[Any, Any], None] | None = None,
) -> tuple[Any, Any]:
    """Wrap both ends of a new TCP connection; returns what each came to: a socket, or an exception.

    The client says a byte and the server answers it, since a TLS 1.3 client takes its handshake for
    done before the server has looked at its certificate.
    """
    raw_server, raw_client = tcp_pair(timeout)

    def serve() -> Any:
        try:
            sock = server.wrap_socket(raw_server, server_side=True)
        except BaseException:
            raw_server.close()
            raise
        try:
            sock.sendall(sock.recv(1))
        except BaseException:
            sock.close()
            raise
        return sock

    def connect() -> Any:
        try:
            sock = client.wrap_socket(raw_client, server_hostname=hostname)
        except BaseException:
            raw_client.close()
            raise
        try:
            sock.sendall(b"?")
            if sock.recv(1) != b"?":
                raise EOFError("the server closed instead of answering")
        except BaseException:
            sock.close()
            raise
        return sock

    accepted, connected = at_once(serve, connect)
    return accepted, connected


@contextmanager
def session(
    server: Any, client: Any, hostname: str | None = "localhost", **kwargs: Any
) -> Iterator[tuple[Any, Any]]:
    """A connection over TCP that stands: the server's and the client's SSLSocket."""
    accepted, connected = handshake(server, client, hostname, **kwargs)
    try:
        for end in (accepted, connected):
            if isinstance(end, BaseException):
                raise end
        yield accepted, connected
    finally:
        for end in (accepted, connected):
            if not isinstance(end, BaseException):
                end.close()


def failure(server: Any, client: Any, hostname: str | None = "localhost") -> tuple[Any, Any]:
    """The exceptions of both ends of a handshake that must fail."""
    ends = handshake(server, client, hostname)
    for end in ends:
        if not isinstance(end, BaseException):
            end.close()
    assert any(isinstance(end, BaseException) for end in ends), f"it succeeded: {ends}"
    return ends


def exchange(one: Any, other: Any, data: bytes) -> None:
    """Send data both ways at once and check that it arrives."""

    def run(end: Any) -> bytes:
        with ThreadPoolExecutor(1) as pool:
            sent = pool.submit(end.sendall, data)
            received = receive(end, len(data))
            sent.result()
        return received

    assert at_once(lambda: run(one), lambda: run(other)) == [data, data]


def receive(sock: Any, size: int) -> bytes:
    """Exactly ``size`` bytes."""
    data = bytearray()
    while len(data) < size:
        chunk = sock.recv(size - len(data))
        assert chunk, f"the peer closed after {len(data)} of {size} bytes"
        data += chunk
    return bytes(data)


def move(source: Any, target: Any, size: int = -1) -> int:
    """Carry bytes (at most ``size``) from one MemoryBIO to another; how many they were."""
    data: bytes = source.read(size)
    return target.write(data) if data else 0


class MemoryPair:
    """A server and a client over memory BIOs; ``step`` limits how many bytes travel at a time."""

    def __init__(
        self,
        server: Any,
        client: Any,
        hostname: str | None = "localhost",
        *,
        step: int = -1,
        bio: Callable[[], Any] = stdlib.MemoryBIO,
        session: Any = None,
    ) -> None:
        self.step = step
        self.server_in, self.server_out = bio(), bio()
        self.client_in, self.client_out = bio(), bio()
        self.server = server.wrap_bio(self.server_in, self.server_out, server_side=True)
        self.client = client.wrap_bio(
            self.client_in, self.client_out, server_hostname=hostname, session=session
        )

    def carry(self) -> int:
        """Let one step of bytes travel each way."""
        return move(self.client_out, self.server_in, self.step) + move(
            self.server_out, self.client_in, self.step
        )

    def run(self, *calls: Callable[[], Any]) -> list[Any]:
        """Call each in turn until it returns, carrying bytes in between; what they returned."""
        results: dict[int, Any] = {}
        while len(results) < len(calls):
            for index, call in enumerate(calls):
                if index not in results:
                    with suppress(stdlib.SSLWantReadError):
                        results[index] = call()
            if not self.carry() and len(results) < len(calls) and not self._can_go_on():
                raise EOFError(f"no byte moves any more; done so far: {results}")
        return [results[index] for index in range(len(calls))]

    def _can_go_on(self) -> bool:
        return any(bio.pending for bio in (self.server_in, self.client_in))

    def handshake(self) -> None:
        """Do it on both sides, and let what is under way arrive (session tickets, say)."""
        self.run(self.server.do_handshake, self.client.do_handshake)
        while self.carry():
            pass

    def send(self, sender: Any, receiver: Any, data: bytes) -> None:
        """Send data and check what arrives."""
        assert sender.write(data) == len(data) or not data
        received = bytearray()
        while len(received) < len(data):
            self.carry()
            with suppress(stdlib.SSLWantReadError):
                received += receiver.read(len(data) - len(received))
        assert bytes(received) == data


class Raised:
    """``with Raised() as caught:`` takes the exception, whatever it is, into ``caught.error``."""

    error: BaseException | None = None

    def __enter__(self) -> Raised:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        self.error = error
        return isinstance(error, Exception)


def queue_is_empty() -> bool:
    """Whether nothing was left behind in this thread's OpenSSL error queue."""
    return int(lib.ERR_peek_error()) == 0


@contextmanager
def leaving_nothing() -> Iterator[None]:
    """What runs meanwhile leaves no error in OpenSSL's queue, and no thread."""
    assert queue_is_empty()
    before = set(threading.enumerate())
    yield
    assert queue_is_empty()
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive(), thread
    gc.collect(0)  # what was not closed says so now, in the test that forgot it
