"""One thread ends what another one is at: close(), shutdown() and unwrap() during its calls."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from typing import Any

import pytest
from peers import TIMEOUT, exchange, receive, session, tcp_pair

from tongsuo_py import ssl

LARGE = 8_000_000  # more than the buffers of a connection take
# What a call may come to whose socket was closed under it: all of them are OSError, or say so.
ENDS = (OSError, ValueError)


def outcome(future: Future[Any]) -> Any:
    """The result, or the exception."""
    return future.exception(TIMEOUT) or future.result()


@pytest.fixture
def elsewhere() -> Any:
    """Runs a call in another thread."""
    with ThreadPoolExecutor(4) as pool:
        yield pool.submit


@pytest.mark.parametrize("end", ["close", "shutdown"])
def test_during_a_write(contexts: Any, elsewhere: Any, end: str) -> None:
    with session(contexts.server(), contexts.client()) as (server, client):
        writer = elsewhere(client.sendall, b"x" * LARGE)
        assert receive(server, 1) == b"x"  # it has begun, and cannot end before all is read
        if end == "close":
            client.close()
            # Which does not wake it, as in the standard library; that there is room again does.
            with suppress(OSError):
                while server.recv(65536):
                    pass
            server.close()
        else:
            client.shutdown(socket.SHUT_RDWR)
        assert isinstance(outcome(writer), OSError)


@pytest.mark.parametrize("end", ["close", "shutdown"])
@pytest.mark.parametrize("side", ["client", "server"])
def test_during_a_handshake(contexts: Any, elsewhere: Any, side: str, end: str) -> None:
    theirs, ours = tcp_pair()
    if side == "client":
        sock = contexts.client().wrap_socket(
            ours, server_hostname="localhost", do_handshake_on_connect=False
        )
    else:
        sock = contexts.server().wrap_socket(ours, server_side=True, do_handshake_on_connect=False)
    with theirs, sock:
        began = threading.Event()
        handshake = elsewhere(lambda: (began.set(), sock.do_handshake()))
        assert began.wait(TIMEOUT)
        if side == "client":
            assert theirs.recv(1)  # its hello: it waits for ours
        if end == "close":
            sock.close()
            theirs.close()
        else:
            sock.shutdown(socket.SHUT_RDWR)
        error = outcome(handshake)
        assert isinstance(error, ENDS), error


def test_during_reads_and_writes_of_many(contexts: Any, elsewhere: Any) -> None:
    """Whatever the moment: each call ends, with data, an end of file or an OSError."""
    server_context, client_context = contexts.server(), contexts.client()
    for turn in range(40):
        with session(server_context, client_context) as (server, client):
            started = threading.Barrier(5, timeout=TIMEOUT)

            def read(sock: Any, started: threading.Barrier = started) -> None:
                started.wait()
                while sock.recv(65536):
                    pass

            def write(sock: Any, started: threading.Barrier = started) -> None:
                started.wait()
                while True:
                    sock.send(b"x" * 100_000)

            calls = [elsewhere(call, sock) for sock in (server, client) for call in (read, write)]
            started.wait()
            first, second = (client, server) if turn % 2 else (server, client)
            if turn % 4 < 2:
                first.shutdown(socket.SHUT_RDWR)
            first.close()
            with suppress(OSError):  # the reset of the first one may be here already
                second.shutdown(socket.SHUT_RDWR)
            for call in calls:
                result = outcome(call)
                assert result is None or isinstance(result, ENDS), result


@pytest.mark.parametrize("how", ["unwrap", "send_close_notify"])
def test_the_end_waits_for_another_threads_write(contexts: Any, elsewhere: Any, how: str) -> None:
    """There is no place for a close_notify in the middle of a record."""
    with session(contexts.server(), contexts.client()) as (server, client):
        writer = elsewhere(client.sendall, b"x" * LARGE)
        assert receive(server, 1) == b"x"  # it has begun, and cannot end before all is read
        client.settimeout(0.3)
        with pytest.raises(TimeoutError, match="The write operation timed out"):
            getattr(client, how)()
        client.settimeout(0)
        with pytest.raises(ssl.SSLWantWriteError):
            getattr(client, how)()
        client.settimeout(TIMEOUT)
        end = elsewhere(getattr(client, how))
        assert receive(server, LARGE - 1) == b"x" * (LARGE - 1)
        assert server.recv(1) == b""
        assert outcome(writer) is None
        server.unwrap()
        if how == "send_close_notify":
            assert outcome(end) is None
            client.unwrap()
        else:
            assert isinstance(outcome(end), socket.socket)


def test_a_call_that_wakes_late_does_not_touch_the_next_socket(
    contexts: Any, elsewhere: Any
) -> None:
    """shutdown() wakes a reader; close() follows before it has its turn, and the number is free."""
    with session(contexts.server(), contexts.client()) as (server, client):
        reader = elsewhere(client.recv, 1)
        locked, go_on = threading.Event(), threading.Event()
        # What a reader has to wait for when it wakes.
        holder = elsewhere(
            client._sslobj._look, lambda: (locked.set(), go_on.wait(TIMEOUT), None)[2]
        )
        assert locked.wait(TIMEOUT)
        number = client.fileno()
        client.shutdown(socket.SHUT_RDWR)
        closing = elsewhere(client.close)
        if not wait([closing], 0.3).done:
            go_on.set()  # close() waits for what is under way, and that is well
        assert outcome(closing) is None
        ours, theirs = socket.socketpair()
        with ours, theirs:
            assert number in (ours.fileno(), theirs.fileno())
            for sock in (ours, theirs):
                sock.sendall(b"not for the old connection")
            go_on.set()
            assert outcome(reader) == b"" or isinstance(outcome(reader), OSError)
            assert outcome(holder) is None
            for sock in (ours, theirs):
                assert sock.recv(100) == b"not for the old connection"
        server.close()


def test_a_reader_beside_a_writer_that_never_waits(contexts: Any, elsewhere: Any) -> None:
    """Each message is answered while the other thread's write goes on, not when it is over."""
    total = 150_000_000 if contexts.ntls else 600_000_000
    with session(contexts.server(), contexts.client()) as (server, client):
        for sock in (server, client):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, 4_000_000)
        done = threading.Event()

        def write() -> None:
            client.sendall(bytes(total))
            done.set()

        def take() -> int:
            buffer, left = bytearray(65536), total
            while left:
                left -= server.recv_into(buffer, min(left, len(buffer)))
            return left

        writer, taker = elsewhere(write), elsewhere(take)
        during = 0
        for number in range(10):
            server.sendall(b"%d" % number)
            assert receive(client, 1) == b"%d" % number
            during += not done.is_set()
        assert outcome(taker) == 0
        assert outcome(writer) is None
        assert during >= 5
        exchange(server, client, b"x" * 1000)
