"""TLS or TLCP through an ``ssl`` module, the standard library's or ours: one program for both."""

from __future__ import annotations

import queue
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tongsuo_py.benchmark.streams import Streams
from tongsuo_py.benchmark.timing import Call

#: Pieces that one call of a stream carries, unless they are so large that fewer make 4 MiB.
PIECES = 1024


def streamed(size: int) -> int:
    """Bytes that one call of a stream in pieces of ``size`` carries."""
    return size * min(PIECES, (4 << 20) // size)


class TlsSide:
    """The operations by name, between two contexts of one module; for ``localhost``.

    ``agreed`` are the protocol and the suite that they have to come to; RuntimeError if they do
    not, and nobody is measured doing something else.
    """

    def __init__(self, server: Any, client: Any, agreed: tuple[str, str]) -> None:
        self._server = server
        self._client = client
        end, _ = self._pair_in_memory()
        if (found := (end.version(), end.cipher()[0])) != agreed:
            raise RuntimeError(f"{' '.join(found)} was agreed on, not {' '.join(agreed)}")
        self._worker = Worker()
        self._streams = Streams(server, client)
        self._open: list[Any] = []

    def call(self, operation: str, size: int) -> Call:
        """A function without arguments that does the operation once."""
        data = memoryview(bytes(size))
        if operation == "handshake":
            return lambda: self._close(self._pair_in_one_thread())
        if operation == "resumed":
            session = self._session()
            return lambda: self._close(self._resumed(self._pair_in_one_thread(session)))
        if operation == "handshake-memory":
            return self._pair_in_memory
        if operation == "handshake-sockets":
            return lambda: self._close(self._pair(*socket.socketpair()))
        if operation == "handshake-asyncio":
            return self._streams.handshake
        if operation == "resumed-memory":
            session = self._session()
            return lambda: self._resumed(self._pair_in_memory(session))
        if operation == "resumed-sockets":
            session = self._session()
            return lambda: self._close(self._resumed(self._pair(*socket.socketpair(), session)))
        if operation == "records-memory":
            return self._records_in_memory(data)
        if operation == "records-socket":
            return self._records_over_a_socket(data)
        if operation == "stream-threads":
            return self._stream_between_threads(data)
        if operation == "stream-asyncio":
            return lambda: self._streams.transfer(bytes(data), streamed(size))
        if operation == "echo-asyncio":
            return lambda: self._streams.echo(bytes(data))
        if operation == "connections":
            return lambda: self._streams.connections(size)
        raise ValueError(operation)

    def close(self) -> None:
        """Close what is open, and end the other thread."""
        self._streams.close()
        for sock in self._open:
            sock.close()
        self._worker.end()

    # ---- memory BIOs, both ends driven by this thread ----

    def _pair_in_memory(self, session: Any = None) -> tuple[Any, Any]:
        """Two ends that have shaken hands; what one writes is what the other reads."""
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self._client.wrap_bio(down, up, server_hostname="localhost", session=session)
        server = self._server.wrap_bio(up, down, server_side=True)
        shake_hands(client, server)
        return client, server

    def _session(self) -> Any:
        """A session to resume; in TLS 1.3 the server tells it after the handshake."""
        client, _ = self._pair_in_memory()
        with suppress(ssl.SSLWantReadError):
            client.read()
        return client.session

    def _resumed(self, ends: tuple[Any, Any]) -> tuple[Any, Any]:
        client, _ = ends
        assert client.session_reused
        return ends

    def _records_in_memory(self, data: memoryview) -> Call:
        client, server = self._pair_in_memory()
        buffer = bytearray(len(data))

        def transfer() -> None:
            client.write(data)
            server.read(len(data), buffer)

        return transfer

    # ---- sockets that do not block, both ends driven by this thread ----

    def _pair_in_one_thread(self, session: Any = None) -> tuple[Any, Any]:
        below, above = socket.socketpair()
        below.setblocking(False)
        above.setblocking(False)
        client = self._client.wrap_socket(
            above,
            server_hostname="localhost",
            session=session,
            do_handshake_on_connect=False,
        )
        server = self._server.wrap_socket(below, server_side=True, do_handshake_on_connect=False)
        shake_hands(client, server)
        return client, server

    # ---- blocking sockets ----

    def _pair(
        self, below: socket.socket, above: socket.socket, session: Any = None
    ) -> tuple[Any, Any]:
        """The client's and the server's end; the server shakes hands in the other thread."""
        self._worker.start(lambda: self._server.wrap_socket(below, server_side=True))
        client = self._client.wrap_socket(above, server_hostname="localhost", session=session)
        return client, self._worker.result()

    def _close(self, ends: tuple[Any, Any]) -> None:
        for end in ends:
            end.close()

    def _records_over_a_socket(self, data: memoryview) -> Call:
        """Sent and received by this thread, so that none waits for another to be woken."""
        client, server = self._pair(*socket.socketpair())
        self._open += [client, server]
        buffer = bytearray(len(data))

        def transfer() -> None:
            client.send(data)
            server.recv_into(buffer)

        return transfer

    def _stream_between_threads(self, data: memoryview) -> Call:
        """Over TCP in pieces of ``data``, one thread sending while another receives."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            above = socket.create_connection(listener.getsockname())
            below, _ = listener.accept()
        client, server = self._pair(below, above)
        self._open += [client, server]
        buffer = bytearray(len(data))
        total = streamed(len(data))

        def receive() -> None:
            received = 0
            while received < total:
                received += server.recv_into(buffer)

        def transfer() -> None:
            self._worker.start(receive)
            for _ in range(total // len(data)):
                client.sendall(data)
            self._worker.result()

        return transfer


def shake_hands(*ends: Any) -> None:
    """Carry a handshake to its end, both ends of it in memory or on sockets that do not block."""
    waiting = list(ends)
    while waiting:
        for end in tuple(waiting):
            with suppress(ssl.SSLWantReadError):
                end.do_handshake()
                waiting.remove(end)


class Worker:
    """A second thread, which stays: it does one thing after the other."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        self._results: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            try:
                self._results.put((work(), None))
            except BaseException as error:
                self._results.put((None, error))

    def start(self, work: Callable[[], Any]) -> None:
        """Let it do this next."""
        self._work.put(work)

    def result(self) -> Any:
        """What it returned; or raise what it raised."""
        value, error = self._results.get()
        if error is not None:
            raise error
        return value

    def end(self) -> None:
        """Wait for its end."""
        self._work.put(None)
        self._thread.join()
