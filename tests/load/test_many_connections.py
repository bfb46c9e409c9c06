"""Ten thousand connections, one after the other, and a thousand at once: all is given back."""

from __future__ import annotations

import asyncio
import resource
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from amounts import amount
from peers import TIMEOUT, receive
from resources import growth, open_files

PARTS = 5  # each measured by itself
LOST = 100  # bytes for each connection; an SSL object alone would be some 10,000
SERIES = {"TLS": amount(2_000, 10_000), "TLCP": 10_000}
CROWD = 1_000


def quick(sock: socket.socket) -> socket.socket:
    """Without TCP's delay of 40 ms for a small packet behind another, which is all of these."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.settimeout(TIMEOUT)
    return sock


class EchoServer:
    """In a thread: one connection after the other, each with one message that comes back."""

    def __init__(self, context: Any) -> None:
        self.failures: list[BaseException] = []
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TIMEOUT)
        self.address = self._listener.getsockname()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> EchoServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        socket.create_connection(self.address).close()  # ends the loop
        self._thread.join(TIMEOUT)
        self._listener.close()

    def _run(self) -> None:
        try:
            while True:
                raw, _ = self._listener.accept()
                quick(raw)
                with raw:
                    if not raw.recv(1, socket.MSG_PEEK):
                        return
                    with self._context.wrap_socket(raw, server_side=True) as sock:
                        sock.sendall(receive(sock, 4))
                        assert sock.recv(1) == b""
        except BaseException as error:
            self.failures.append(error)


def test_one_after_the_other(contexts: Any) -> None:
    number = 0

    def connect(count: int) -> None:
        nonlocal number
        for _ in range(count):
            number += 1
            raw = quick(socket.create_connection(server.address))
            with client.wrap_socket(raw, server_hostname="localhost") as sock:
                message = number.to_bytes(4, "big")
                sock.sendall(message)
                assert receive(sock, 4) == message
                sock.send_close_notify()

    client = contexts.client()
    part = SERIES[contexts.protocol] // PARTS
    with EchoServer(contexts.server()) as server:
        files = open_files()
        grown = growth(lambda: connect(part), PARTS)
        assert number == SERIES[contexts.protocol]
        # The server may not have closed the last one yet.
        assert open_files() - files in (0, 1)
    assert server.failures == []
    assert min(grown) < LOST * part, grown


@pytest.fixture
def room_for_files() -> Iterator[None]:
    """Two descriptors for each connection, since both ends are in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * CROWD + 200
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def crowd(server: Any, client: Any) -> int:
    """A thousand connections that all stand at the same time; how many there were at the most."""
    standing = most = 0
    everybody = asyncio.Event()
    handlers = []

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal standing, most
        handlers.append(asyncio.current_task())
        standing += 1
        most = max(most, standing)
        if standing == CROWD:
            everybody.set()
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        standing -= 1
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def connect(number: int) -> None:
        reader, writer = await asyncio.open_connection(
            *address, ssl=client, server_hostname="localhost", ssl_handshake_timeout=120
        )
        await everybody.wait()
        data = b"%d," % number * 200
        writer.write(data)
        assert await reader.readexactly(len(data)) == data
        writer.close()
        await writer.wait_closed()

    listener = await asyncio.start_server(
        echo, "127.0.0.1", 0, ssl=server, backlog=CROWD, ssl_handshake_timeout=120
    )
    async with listener:
        address = listener.sockets[0].getsockname()
        await asyncio.wait_for(asyncio.gather(*map(connect, range(CROWD))), 200)
        await asyncio.gather(*handlers)
    assert standing == 0
    return most


@pytest.mark.usefixtures("room_for_files")
def test_at_once(contexts: Any) -> None:
    server, client = contexts.server(), contexts.client()

    def run() -> None:
        assert asyncio.run(crowd(server, client)) == CROWD
        assert open_files() == files

    files = open_files()
    run()  # what asyncio and the allocator keep for good; they take some rounds to have it
    grown = growth(run, amount(3, 5))
    assert min(grown) < LOST * CROWD * 5, grown
