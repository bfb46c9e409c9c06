"""Threads, signals and child processes on the sockets; one half of a connection closed."""

from __future__ import annotations

import errno
import gc
import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from peers import TIMEOUT, at_once, exchange, handshake, receive, session, tcp_pair
from ticks import TICK, Stop, Ticks, ticking

from tongsuo_py import ssl

TOTAL = 8_000_000  # bytes each way; two protocols, two kinds of sockets: 64 MB in all
SOON = 0.3  # seconds in which something that is promised at once must have happened


@pytest.fixture(params=["TLS 1.3", "TLCP"])
def contexts(request: pytest.FixtureRequest, tls: SimpleNamespace, tlcp: Any) -> tuple[Any, Any]:
    if request.param == "TLCP":
        return tlcp.server(), tlcp.client()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.ec)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(tls.ca)
    return server, client


def fill(sock: Any) -> int:
    """Write "x" until nothing goes any more; how many bytes went.

    A part of a record may be held back: OpenSSL wants to see the same data in the next call.
    """
    sock.setblocking(False)
    total = 0
    try:
        while True:
            total += sock.send(b"x" * 16384)
    except ssl.SSLWantWriteError:
        sock.settimeout(TIMEOUT)
        return total


# ---- threads ----


@pytest.mark.parametrize("timeout", [None, TIMEOUT], ids=["blocking", "timeout"])
def test_both_directions_at_once(contexts: tuple[Any, Any], timeout: float | None) -> None:
    def write(sock: Any, seed: int) -> str:
        chance, digest, left = random.Random(seed), hashlib.sha256(), TOTAL
        while left:
            data = chance.randbytes(min(left, chance.choice((1, 100, 16384, 16385, 200_000))))
            digest.update(data)
            if chance.random() < 0.5:
                sock.sendall(data)
            else:
                rest = memoryview(data)
                while rest:
                    rest = rest[sock.send(rest) :]
            left -= len(data)
        return digest.hexdigest()

    def read(sock: Any, seed: int) -> str:
        chance, digest, left = random.Random(seed), hashlib.sha256(), TOTAL
        while left:
            data = sock.recv(min(left, chance.choice((1, 100, 16384, 65536))))
            assert data
            digest.update(data)
            left -= len(data)
        return digest.hexdigest()

    with session(*contexts, timeout=timeout) as (server, client):
        sent_up, sent_down, received_up, received_down = at_once(
            lambda: write(client, 1),
            lambda: write(server, 2),
            lambda: read(server, 3),
            lambda: read(client, 4),
        )
    assert received_up == sent_up
    assert received_down == sent_down


def test_a_blocked_reader_does_not_stop_a_writer(contexts: tuple[Any, Any]) -> None:
    with session(*contexts) as (server, client):
        got: list[bytes] = []
        reader = threading.Thread(target=lambda: got.append(client.recv(5)))
        reader.start()
        for _ in range(100):  # sooner or later it is blocked
            client.sendall(b"x" * 1000)
            assert receive(server, 1000) == b"x" * 1000
        assert got == []
        server.sendall(b"reply")
        reader.join(TIMEOUT)
        assert got == [b"reply"]


def test_a_blocked_writer_does_not_stop_a_reader(contexts: tuple[Any, Any]) -> None:
    with session(*contexts) as (server, client):
        filled = fill(client)
        writer = threading.Thread(target=client.sendall, args=(b"x" * 3_000_000,))
        writer.start()
        for _ in range(100):
            server.sendall(b"z" * 1000)
            assert receive(client, 1000) == b"z" * 1000
        assert writer.is_alive()
        assert receive(server, filled + 3_000_000) == b"x" * (filled + 3_000_000)
        writer.join(TIMEOUT)
        assert not writer.is_alive()


def test_two_writers_do_not_mix(contexts: tuple[Any, Any]) -> None:
    size, count, writers = 16384, 60, 4

    with session(*contexts) as (server, client):

        def write(letter: bytes) -> None:
            for _ in range(count):
                client.sendall(letter * size)

        def read() -> list[bytes]:
            return [receive(server, size) for _ in range(count * writers)]

        letters = [bytes([65 + number]) for number in range(writers)]
        calls = [lambda letter=letter: write(letter) for letter in letters]
        *_, messages = at_once(*calls, read)
    assert sorted(messages) == sorted(letter * size for letter in letters for _ in range(count))


def test_a_second_writer_times_out(contexts: tuple[Any, Any]) -> None:
    with session(*contexts) as (server, client):
        filled = fill(client)
        began = threading.Event()

        def write() -> None:
            began.set()
            client.sendall(b"x" * 3_000_000)

        writer = threading.Thread(target=write)
        writer.start()
        began.wait(TIMEOUT)
        time.sleep(SOON)
        client.settimeout(0.5)
        start = time.monotonic()
        with pytest.raises(TimeoutError, match="The write operation timed out"):
            client.send(b"no turn")
        assert 0.4 < time.monotonic() - start < 5
        receive(server, filled + 3_000_000)
        writer.join(TIMEOUT)
        assert not writer.is_alive()


@pytest.mark.parametrize("end", ["shutdown", "close"])
def test_ended_by_another_thread_in_a_blocked_read(contexts: tuple[Any, Any], end: str) -> None:
    with session(*contexts) as (server, client):
        came: list[Any] = []

        def read() -> None:
            try:
                came.append(client.recv(1))
            except OSError as error:
                came.append(type(error))

        reader = threading.Thread(target=read)
        reader.start()
        time.sleep(SOON)
        if end == "shutdown":
            client.shutdown(socket.SHUT_RDWR)
        else:
            client.close()
            server.close()  # as in the standard library, close() alone does not wake the reader
        reader.join(TIMEOUT)
        assert not reader.is_alive()
        assert came in ([b""], [OSError])


def test_a_blocked_read_does_not_touch_the_next_socket(contexts: tuple[Any, Any]) -> None:
    with session(*contexts) as (server, client):
        came: list[Any] = []

        def read() -> None:
            try:
                came.append(client.recv(1))
            except OSError as error:
                came.append(error.errno)

        reader = threading.Thread(target=read)
        reader.start()
        time.sleep(SOON)
        number = client.fileno()
        client.close()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            assert number in (ours.fileno(), theirs.fileno())
            for sock in (ours, theirs):
                sock.sendall(b"not for the old connection")
            server.close()  # wakes the reader
            reader.join(TIMEOUT)
            assert came == [errno.EBADF]
            for sock in (ours, theirs):
                assert sock.recv(100) == b"not for the old connection"


def test_connections_that_are_dropped_are_freed(contexts: tuple[Any, Any]) -> None:
    alive = []
    descriptors = len(os.listdir("/proc/self/fd"))

    def drop() -> None:
        for _ in range(20):
            for end in handshake(*contexts):
                alive.extend((weakref.ref(end), weakref.ref(end._sslobj)))
        del end
        gc.collect()

    with pytest.warns(ResourceWarning, match="unclosed"):
        drop()
    assert [reference for reference in alive if reference() is not None] == []
    assert len(os.listdir("/proc/self/fd")) == descriptors


def test_a_context_may_go_before_its_sockets(tlcp: Any) -> None:
    server, client = tlcp.server(), tlcp.client()
    with session(server, client) as ends:
        del server, client
        gc.collect()
        exchange(*ends, b"x" * 100_000)


# ---- signals ----


def test_a_read_goes_on_after_signals(contexts: tuple[Any, Any]) -> None:
    ticks = Ticks()
    with session(*contexts) as (server, client):
        later = threading.Timer(SOON, server.sendall, [b"late"])
        later.start()
        with ticking(ticks):
            assert client.recv(4) == b"late"
        later.join()
    assert ticks.count > 3


def test_a_write_goes_on_after_signals(contexts: tuple[Any, Any]) -> None:
    ticks, data = Ticks(), random.Random(1).randbytes(6_000_000)
    got: list[bytes] = []
    with session(*contexts) as (server, client):
        later = threading.Timer(SOON, lambda: got.append(receive(server, len(data))))
        later.start()
        with ticking(ticks):
            assert client.send(data) == len(data)
        later.join()
    assert ticks.count > 3
    assert got == [data]


def test_two_writers_and_signals_do_not_mix(contexts: tuple[Any, Any]) -> None:
    size, count = 400_000, 8
    got: list[bytes] = []
    with session(*contexts) as (server, client):
        # Small, so that the writers wait nearly all the time.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 100_000)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 200_000)

        def read() -> None:
            for _ in range(2 * count):
                got.append(receive(server, size))
                time.sleep(TICK)

        def write(letter: bytes) -> None:
            for _ in range(count):
                client.sendall(letter * size)

        threads = [threading.Thread(target=read), threading.Thread(target=write, args=[b"B"])]
        for thread in threads:
            thread.start()
        with ticking(Ticks(takes=TICK / 2)):  # time for the other one to get in between
            write(b"A")
            for thread in threads:
                thread.join(TIMEOUT)
    assert sorted(got) == [b"A" * size] * count + [b"B" * size] * count


def test_a_handshake_goes_on_after_signals(contexts: tuple[Any, Any]) -> None:
    server, client = contexts
    ticks, (theirs, ours) = Ticks(), tcp_pair()
    accepted: list[Any] = []

    def accept() -> None:
        accepted.append(server.wrap_socket(theirs, server_side=True))

    later = threading.Timer(SOON, accept)
    later.start()
    with ticking(ticks), client.wrap_socket(ours, server_hostname="localhost") as sock:
        later.join()
        assert sock.version() is not None
    accepted[0].close()
    assert ticks.count > 3


@pytest.mark.parametrize("operation", ["read", "write", "handshake"])
def test_signals_do_not_put_off_a_timeout(contexts: tuple[Any, Any], operation: str) -> None:
    start = time.monotonic()
    if operation == "handshake":
        theirs, ours = tcp_pair(SOON)
        with theirs, ticking(Ticks()), pytest.raises(TimeoutError, match="handshake"):
            contexts[1].wrap_socket(ours, server_hostname="localhost")
    else:
        with session(*contexts) as (_, client):
            fill(client)
            client.settimeout(SOON)
            call = client.recv if operation == "read" else client.sendall
            argument: Any = 1 if operation == "read" else bytes(10_000_000)
            start = time.monotonic()
            with ticking(Ticks()), pytest.raises(TimeoutError, match=f"{operation} operation"):
                call(argument)
    assert SOON * 0.9 < time.monotonic() - start < 5


def test_a_handler_that_raises_ends_a_read(contexts: tuple[Any, Any]) -> None:
    with session(*contexts) as (server, client):
        with ticking(Ticks(stop_at=3)), pytest.raises(Stop):
            client.recv(1)
        exchange(server, client, b"x" * 100_000)  # nothing is lost


def test_a_handler_that_raises_ends_a_write(contexts: tuple[Any, Any]) -> None:
    with session(*contexts) as (server, client):
        with ticking(Ticks(stop_at=3)), pytest.raises(Stop):
            client.sendall(b"x" * 10_000_000)
        server.sendall(b"still there")
        assert receive(client, 11) == b"still there"

        def read() -> bytes:
            data = b""
            while not data.endswith(b"."):
                data = server.recv(16384)
                assert not data.strip(b"x.")
            return data

        def write() -> None:  # it is another thread's turn now
            client.sendall(b"x" * 20_000)
            client.sendall(b".")

        assert at_once(read, write) == [b".", None]


def test_a_handler_that_raises_ends_a_handshake(contexts: tuple[Any, Any]) -> None:
    theirs, ours = tcp_pair()
    with theirs:
        sock = contexts[1].wrap_socket(
            ours, server_hostname="localhost", do_handshake_on_connect=False
        )
        with sock, ticking(Ticks(stop_at=3)), pytest.raises(Stop):
            sock.do_handshake()
        # It can go on where it was.


# ---- processes ----

CHILD = """
import socket, sys
from tongsuo_py import ssl
context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
context.load_verify_locations(sys.argv[2])
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20) as raw:
    with context.wrap_socket(raw, server_hostname="localhost") as sock:
        sock.settimeout(None)
        sock.sendall(b"ready")
        try:
            sock.recv(1)
        except KeyboardInterrupt:
            sock.sendall(b"interrupted")
"""


def test_an_interrupt_from_the_keyboard(tlcp: Any, trust: SimpleNamespace, tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_bytes(trust.ca.certificate.to_pem())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TIMEOUT)
        command = [sys.executable, "-c", CHILD, str(listener.getsockname()[1]), str(ca)]
        child = subprocess.Popen(command)
        try:
            raw, _ = listener.accept()
            raw.settimeout(TIMEOUT)
            with tlcp.server().wrap_socket(raw, server_side=True) as sock:
                assert receive(sock, 5) == b"ready"
                time.sleep(SOON)  # until it is in recv()
                start = time.monotonic()
                child.send_signal(signal.SIGINT)
                assert receive(sock, 11) == b"interrupted"
            assert child.wait(TIMEOUT) == 0
            assert time.monotonic() - start < 5
        finally:
            child.kill()
            child.wait()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_process_after_fork(contexts: tuple[Any, Any]) -> None:
    server, client = contexts
    theirs, ours = tcp_pair()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with client.wrap_socket(ours, server_hostname="localhost") as sock:
                sock.sendall(b"from the child")
                status = 0 if sock.recv(2) == b"ok" else 2
        finally:
            os._exit(status)
    ours.close()
    with server.wrap_socket(theirs, server_side=True) as sock:
        assert receive(sock, 14) == b"from the child"
        sock.sendall(b"ok")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


# ---- half of a connection ----


@pytest.mark.parametrize("first", [0, 1], ids=["server", "client"])
def test_one_half_is_closed(contexts: tuple[Any, Any], first: int) -> None:
    with session(*contexts) as ends:
        one, other = ends[first], ends[1 - first]
        one.send_close_notify()
        assert other.recv(1) == b""
        with pytest.raises(ssl.SSLError):
            one.send(b"too late")
        other.sendall(b"x" * 100_000)
        assert receive(one, 100_000) == b"x" * 100_000
        other.send_close_notify()
        with pytest.raises(ssl.SSLZeroReturnError):
            one.recv(1)
        plain = at_once(one.unwrap, other.unwrap)
        plain[0].sendall(b"plain")
        assert receive(plain[1], 5) == b"plain"
