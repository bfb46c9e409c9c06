"""One server context and one client context, used by 64 threads at the same time."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

import pytest
from peers import TIMEOUT, MemoryPair, Raised, at_once, queue_is_empty, receive

from tongsuo_py import ssl

THREADS = 64
ROUNDS = 4


def line_up(work: Any) -> list[Any]:
    """``work(number)`` in 64 threads that start together; what each returned or raised."""
    barrier = threading.Barrier(THREADS, timeout=TIMEOUT)

    def run(number: int) -> Any:
        barrier.wait()
        return work(number)

    return at_once(*[lambda number=number: run(number) for number in range(THREADS)])


@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
def test_each_connection_is_whole(contexts: Any, mutual: bool) -> None:
    server, client = contexts.server(mutual=mutual), contexts.client(mutual=mutual)

    def work(number: int) -> Any:
        seen = []
        for turn in range(ROUNDS):
            pair = MemoryPair(server, client)
            pair.handshake()
            pair.send(pair.client, pair.server, b"%d %d" % (number, turn) * 5000)
            pair.send(pair.server, pair.client, b"%d %d" % (turn, number) * 5000)
            seen.append(
                (
                    pair.client.version(),
                    pair.client.cipher() == pair.server.cipher(),
                    pair.client.getpeercert(True),
                    pair.server.getpeercert(True),
                )
            )
        return seen, queue_is_empty()

    theirs = contexts.certificate("client") if mutual else None
    each = (contexts.version, True, contexts.certificate("server"), theirs)
    assert line_up(work) == [([each] * ROUNDS, True)] * THREADS


def test_one_threads_failure_is_not_anothers(contexts: Any) -> None:
    """Every other thread asks for a name that the server does not have."""
    server, client = contexts.server(), contexts.client()

    def work(number: int) -> Any:
        seen = []
        for _ in range(ROUNDS):
            pair = MemoryPair(server, client, "elsewhere.example" if number % 2 else "localhost")
            with Raised() as caught:
                pair.handshake()
            if caught.error is None:
                pair.send(pair.client, pair.server, b"data")
                seen.append(None)
            else:
                assert isinstance(caught.error, ssl.SSLCertVerificationError), caught.error
                seen.append(caught.error.verify_message)
        return seen, queue_is_empty()

    mismatch = "Hostname mismatch, certificate is not valid for 'elsewhere.example'."
    results = line_up(work)
    assert results[::2] == [([None] * ROUNDS, True)] * (THREADS // 2)
    assert results[1::2] == [([mismatch] * ROUNDS, True)] * (THREADS // 2)


def test_over_sockets(contexts: Any) -> None:
    """Half of the threads are servers on one listening socket, the others their clients."""
    server, client = contexts.server(mutual=True), contexts.client(mutual=True)
    with socket.create_server(("127.0.0.1", 0), backlog=THREADS) as listener:
        listener.settimeout(TIMEOUT)

        def serve() -> Any:
            names = set()
            for _ in range(ROUNDS):
                raw, _ = listener.accept()
                raw.settimeout(TIMEOUT)
                with server.wrap_socket(raw, server_side=True) as sock:
                    names.add(sock.getpeercert(True))
                    sock.sendall(receive(sock, 20_000))
                    assert sock.recv(1) == b""  # the client closes first, or is told to go
                    with suppress(OSError):
                        sock.unwrap()
            return names

        def connect(number: int) -> Any:
            names = set()
            for turn in range(ROUNDS):
                raw = socket.create_connection(listener.getsockname(), TIMEOUT)
                with client.wrap_socket(raw, server_hostname="localhost") as sock:
                    data = (b"%03d %d," % (number, turn) * 4000)[:20_000]
                    sock.sendall(data)
                    assert receive(sock, len(data)) == data
                    names.add(sock.getpeercert(True))
                    sock.unwrap()
            return names

        results = line_up(lambda number: connect(number) if number % 2 else serve())
    assert results[::2] == [{contexts.certificate("client")}] * (THREADS // 2)
    assert results[1::2] == [{contexts.certificate("server")}] * (THREADS // 2)
