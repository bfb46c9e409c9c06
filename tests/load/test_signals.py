"""Signals in every call that waits: those that return let it go on, those that raise end it."""

from __future__ import annotations

import random
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from peers import TIMEOUT, at_once, exchange, receive, session, tcp_pair
from ticks import Stop, Ticks, ticking

from tongsuo_py import ssl

ENOUGH = 5  # signals that a call must have survived before the peer lets it end
LARGE = 8_000_000  # more than the buffers of a connection take


class Awaited(Ticks):
    """A handler that tells another thread when there were enough signals."""

    def __init__(self, stop_at: int = -1) -> None:
        super().__init__(stop_at)
        self.enough = threading.Event()

    def __call__(self, *_: object) -> None:
        if self.count == ENOUGH:
            self.enough.set()
        super().__call__()


@pytest.mark.parametrize("timeout", [None, TIMEOUT], ids=["blocking", "timeout"])
@pytest.mark.parametrize("side", ["client", "server"])
def test_a_handshake_goes_on(contexts: Any, side: str, timeout: float | None) -> None:
    theirs, ours = tcp_pair(timeout)
    server = contexts.server().wrap_socket(theirs, server_side=True, do_handshake_on_connect=False)
    client = contexts.client().wrap_socket(
        ours, server_hostname="localhost", do_handshake_on_connect=False
    )
    tested, peer = (client, server) if side == "client" else (server, client)
    handler = Awaited()

    def answer() -> None:
        assert handler.enough.wait(TIMEOUT)
        peer.do_handshake()

    with server, client:
        thread = threading.Thread(target=answer)
        thread.start()
        with ticking(handler):
            tested.do_handshake()
        thread.join(TIMEOUT)
        exchange(server, client, b"x" * 1000)


@pytest.mark.parametrize("timeout", [None, TIMEOUT], ids=["blocking", "timeout"])
@pytest.mark.parametrize("operation", ["read", "write", "unwrap"])
def test_a_call_goes_on(contexts: Any, operation: str, timeout: float | None) -> None:
    data = random.Random(1).randbytes(LARGE)
    handler = Awaited()
    with session(contexts.server(), contexts.client(), timeout=timeout) as (server, client):
        call, answer, results = {
            "read": (lambda: client.recv(4), lambda: server.sendall(b"late"), (b"late", None)),
            "write": (lambda: client.send(data), lambda: receive(server, LARGE), (LARGE, data)),
            "unwrap": (lambda: type(client.unwrap()), lambda: server.recv(1), None),
        }[operation]
        came: list[Any] = []

        def peer() -> None:
            assert handler.enough.wait(TIMEOUT)
            came.append(answer())
            if operation == "unwrap":
                server.unwrap()

        thread = threading.Thread(target=peer)
        thread.start()
        with ticking(handler):
            came.insert(0, call())
            thread.join(TIMEOUT)
        assert tuple(came) == (results or (type(client), b""))


@pytest.mark.parametrize("timeout", [None, TIMEOUT], ids=["blocking", "timeout"])
@pytest.mark.parametrize("operation", ["handshake", "read", "write", "unwrap"])
def test_a_handler_that_raises_ends_a_call(
    contexts: Any, operation: str, timeout: float | None
) -> None:
    """The connection is of use for other things then."""
    if operation == "handshake":
        theirs, ours = tcp_pair(timeout)
        server = contexts.server().wrap_socket(
            theirs, server_side=True, do_handshake_on_connect=False
        )
        client = contexts.client().wrap_socket(
            ours, server_hostname="localhost", do_handshake_on_connect=False
        )
        with server, client:
            with ticking(Ticks(stop_at=ENOUGH)), pytest.raises(Stop):
                client.do_handshake()
            at_once(server.do_handshake, client.do_handshake)  # it goes on where it was
            exchange(server, client, b"x" * 1000)
        return
    with session(contexts.server(), contexts.client(), timeout=timeout) as (server, client):
        call = {
            "read": lambda: client.recv(1),
            "write": lambda: client.sendall(bytes(LARGE)),
            "unwrap": client.unwrap,
        }[operation]
        with ticking(Ticks(stop_at=ENOUGH)), pytest.raises(Stop):
            call()
        if operation == "read":
            exchange(server, client, b"x" * 1000)
        elif operation == "write":
            server.sendall(b"x" * 1000)
            assert receive(client, 1000) == b"x" * 1000
        else:
            assert server.recv(1) == b""
            plain = at_once(server.unwrap, client.unwrap)
            assert not any(isinstance(end, BaseException) for end in plain), plain


def test_an_interrupt_from_the_keyboard_ends_a_read(contexts: Any) -> None:
    main = threading.get_ident()
    with session(contexts.server(), contexts.client(), timeout=None) as (server, client):

        def interrupt() -> None:
            assert server.recv(1) == b"r"
            signal.pthread_kill(main, signal.SIGINT)

        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        thread = threading.Thread(target=interrupt)
        try:
            client.sendall(b"r")
            # Where the signal comes before the call waits, Python sees to it before the call.
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012
                thread.start()
                client.recv(1)
        finally:
            signal.signal(signal.SIGINT, before)
            thread.join(TIMEOUT)
        exchange(server, client, b"x" * 1000)


def test_a_signal_in_the_middle_of_a_large_write(contexts: Any) -> None:
    """It is looked after, also while the socket takes whatever comes and the call never waits."""
    total = 200_000_000
    main, count = threading.get_ident(), 0

    def stop(*_: object) -> None:
        raise Stop

    with session(contexts.server(), contexts.client()) as (server, client):
        for sock in (server, client):
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, 4_000_000)

        def read() -> None:
            nonlocal count
            buffer, told = bytearray(65536), False
            try:
                while more := server.recv_into(buffer):
                    count += more
                    if not told:
                        told = True
                        signal.pthread_kill(main, signal.SIGUSR1)
            except ssl.SSLError:
                return  # what was cut off

        before = signal.signal(signal.SIGUSR1, stop)
        thread = threading.Thread(target=read)
        thread.start()
        try:
            with pytest.raises(Stop):
                client.sendall(bytes(total))
        finally:
            client.shutdown(socket.SHUT_RDWR)
            thread.join(TIMEOUT)
            signal.signal(signal.SIGUSR1, before)
        assert count < total // 2


def test_a_handler_may_not_write_within_a_write(contexts: Any) -> None:
    """Its data would be taken for the rest of a record that is half sent, and be lost."""
    data = random.Random(2).randbytes(LARGE)
    main, handled = threading.get_ident(), threading.Event()
    said: list[str] = []
    with session(contexts.server(), contexts.client()) as (server, client):

        def handler(*_: object) -> None:
            for call in (lambda: client.sendall(b"y" * 100_000), client.send_close_notify):
                with pytest.raises(RuntimeError) as caught:
                    call()
                said.append(str(caught.value))
            handled.set()

        def read() -> bytes:
            first = receive(server, 1)  # the write has begun, and cannot end before all is read
            for _ in range(ENOUGH):
                signal.pthread_kill(main, signal.SIGUSR1)
                assert handled.wait(TIMEOUT)
                handled.clear()
            return first + receive(server, LARGE - 1)

        before = signal.signal(signal.SIGUSR1, handler)
        try:
            with ThreadPoolExecutor(1) as pool:
                received = pool.submit(read)
                client.sendall(data)
                assert received.result() == data
        finally:
            signal.signal(signal.SIGUSR1, before)
    amid = "a write within a write of the same thread, by a signal's handler"
    assert said == [amid] * 2 * ENOUGH


def test_a_handler_that_raises_leaves_nothing_locked(contexts: Any) -> None:
    """It may do so while the call waits for another thread's; the lock is not left behind."""
    server, client = contexts.server(), contexts.client()
    inside, go_on = threading.Event(), threading.Event()

    def look_on(*_: object) -> None:  # runs while the connection is locked
        inside.set()
        assert go_on.wait(TIMEOUT)

    main = threading.get_ident()

    def stop(*_: object) -> None:
        raise Stop

    theirs, ours = tcp_pair()
    accepted = server.wrap_socket(theirs, server_side=True, do_handshake_on_connect=False)
    server.sni_callback = look_on
    before = signal.signal(signal.SIGUSR1, stop)
    connected: list[Any] = []
    threads = [
        threading.Thread(target=accepted.do_handshake),
        threading.Thread(
            target=lambda: connected.append(client.wrap_socket(ours, server_hostname="localhost"))
        ),
        threading.Timer(0.2, lambda: (signal.pthread_kill(main, signal.SIGUSR1), go_on.set())),
    ]
    try:
        for thread in threads[:2]:
            thread.start()
        assert inside.wait(TIMEOUT)
        with pytest.raises(Stop):  # noqa: PT012
            threads[2].start()
            accepted.version()
            raise AssertionError("the signal came too late")
        for thread in threads:
            thread.join(TIMEOUT)
        other = threading.Thread(target=accepted.version, daemon=True)
        other.start()
        other.join(5)
        assert not other.is_alive(), "the connection is locked"
        exchange(accepted, connected[0], b"x" * 1000)
    finally:
        go_on.set()
        signal.signal(signal.SIGUSR1, before)
        for sock in (accepted, *connected):
            sock.close()
