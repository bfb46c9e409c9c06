"""Sockets do exactly what the standard library's do.

Each scenario is a function that uses a pair of sockets and returns what it saw: results, and the
types and arguments of exceptions. It runs with the standard library's ``ssl`` first, and then ours,
over TLS 1.3 and over TLCP, has to see the same.
"""

from __future__ import annotations

import array
import errno
import io
import re
import socket
import ssl as stdlib
import struct
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from peers import TIMEOUT, at_once, receive, tcp_pair
from side_by_side import NOT_IN_OLD

from tongsuo_py import ssl

PATIENCE = 0.05  # seconds that a call waits for what does not come
LINGER_ZERO = struct.pack("ii", 1, 0)  # close() sends a reset
# What differs from one run to the next, or says whose class it is.
ACCIDENTAL = re.compile(
    r" \(_ssl\.c:\d+\)|_ssl\.c:\d+: |tongsuo_py\.ssl\._socket\.|ssl\.(?=SSLSocket)"
    r"|fd=\d+|(?<=', )\d+"
)


def said(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What the call returned, or what is to be known of the exception that it raised."""
    try:
        return call(*args, **kwargs)
    except Exception as error:
        details = tuple(
            ACCIDENTAL.sub("", argument) if isinstance(argument, str) else argument
            for argument in error.args
        )
        return type(error), details, getattr(error, "reason", None)


class World:
    """What a scenario may use: contexts of one library and protocol, sockets that get closed."""

    def __init__(self, server: Any, client: Any, closing: ExitStack) -> None:
        self.server, self.client = server, client
        self._closing = closing
        self.family = "tcp"

    def keep(self, sock: Any) -> Any:
        self._closing.callback(sock.close)
        return sock

    def plain(self, timeout: float | None = TIMEOUT) -> tuple[socket.socket, socket.socket]:
        """Two connected sockets without TLS."""
        if self.family == "unix":
            pair = socket.socketpair()
            for sock in pair:
                sock.settimeout(timeout)
        else:
            pair = tcp_pair(timeout)
        return self.keep(pair[0]), self.keep(pair[1])

    def serve(self, sock: socket.socket, **kwargs: Any) -> Any:
        return self.keep(self.server.wrap_socket(sock, server_side=True, **kwargs))

    def connect(self, sock: socket.socket, **kwargs: Any) -> Any:
        return self.keep(self.client.wrap_socket(sock, server_hostname="localhost", **kwargs))

    def wrapped(self, **kwargs: Any) -> tuple[Any, Any]:
        """Both ends before their handshake."""
        server, client = self.plain()
        kwargs["do_handshake_on_connect"] = False
        return self.serve(server, **kwargs), self.connect(client, **kwargs)

    def session(self, **kwargs: Any) -> tuple[Any, Any]:
        """Both ends after their handshake, with nothing under way any more."""
        server, client = self.wrapped(**kwargs)
        assert at_once(server.do_handshake, client.do_handshake) == [None, None]
        server.sendall(b"!")
        assert client.recv(1) == b"!"  # and the session tickets before it
        return server, client


Scenario = Callable[[World], list[Any]]
SCENARIOS: list[Scenario] = []
RESETS: list[Scenario] = []


def scenario(function: Scenario) -> Scenario:
    SCENARIOS.append(function)
    return function


def reset_scenario(function: Scenario) -> Scenario:
    """One in which the peer resets: CPython has told it from an end only since gh-115627."""
    RESETS.append(function)
    return function


def fill(sock: Any) -> Any:
    """Write until the socket's buffers are full; what the last call said."""
    while isinstance(last := said(sock.send, b"x" * 16384), int):
        pass
    return last


def reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
    sock.close()


# ---- blocking, timeouts, non-blocking ----


@scenario
def non_blocking(world: World) -> list[Any]:
    server, client = world.wrapped()
    server.setblocking(False)
    client.setblocking(False)
    seen = [said(server.do_handshake), said(client.do_handshake)]
    server.settimeout(TIMEOUT)
    client.settimeout(TIMEOUT)
    at_once(server.do_handshake, client.do_handshake)
    server.sendall(b"!")
    client.recv(1)
    client.setblocking(False)
    seen += [said(client.recv, 10), said(client.recv_into, bytearray(10)), said(client.read)]
    return [*seen, fill(client)]


@scenario
def non_blocking_handshake_with_block(world: World) -> list[Any]:
    server, client = world.wrapped()
    server.setblocking(False)
    client.setblocking(False)
    seen = at_once(lambda: said(server.do_handshake, True), lambda: said(client.do_handshake, True))
    return [*seen, server.gettimeout(), client.gettimeout()]


@scenario
def non_blocking_with_handshake_on_connect(world: World) -> list[Any]:
    server, client = world.plain(0)
    return [said(world.serve, server), said(world.connect, client)]


@scenario
def timeout_in_the_handshake(world: World) -> list[Any]:
    server, client = world.plain(PATIENCE)
    return [said(world.connect, client), client.fileno(), server.fileno() != -1]


@scenario
def timeout_in_the_handshake_of_a_server(world: World) -> list[Any]:
    server, _ = world.plain(PATIENCE)
    return [said(world.serve, server)]


@scenario
def timeouts(world: World) -> list[Any]:
    server, client = world.session()
    client.settimeout(PATIENCE)
    seen = [said(client.recv, 10), said(client.recv_into, bytearray(10)), said(client.unwrap)]
    server.settimeout(PATIENCE)
    return [*seen, fill(server)]


@scenario
def timeout_in_sendall(world: World) -> list[Any]:
    server, _ = world.session()
    server.settimeout(PATIENCE)
    return [said(server.sendall, bytes(20_000_000))]


@scenario
def timeouts_that_change(world: World) -> list[Any]:
    server, client = world.session()
    client.settimeout(0)
    seen = [said(client.recv, 1)]
    client.settimeout(PATIENCE)
    seen += [said(client.recv, 1)]
    client.settimeout(None)
    server.sendall(b"a")
    seen += [said(client.recv, 1)]
    client.settimeout(9_223_372_036)  # the longest that a socket takes
    server.sendall(b"b")
    return [*seen, said(client.recv, 1)]


@scenario
def a_large_send_is_whole(world: World) -> list[Any]:
    server, client = world.session()
    client.settimeout(None)
    sent, received = at_once(
        lambda: client.send(b"x" * 1_000_000), lambda: len(receive(server, 1_000_000))
    )
    return [sent, received]


# ---- not connected, listening ----


@scenario
def not_connected(world: World) -> list[Any]:
    sock = world.connect(socket.socket())
    return [
        said(call)
        for call in (
            sock.do_handshake,
            sock.getpeercert,
            sock.version,
            sock.cipher,
            sock.shared_ciphers,
            sock.pending,
            sock.unwrap,
            sock.read,
            lambda: sock.write(b"x"),
            lambda: sock.send(b"x"),
            lambda: sock.sendall(b"x"),
            lambda: sock.recv(1),
            lambda: sock.shutdown(socket.SHUT_RDWR),
        )
    ]


def connecting(world: World, connect: str, **kwargs: Any) -> list[Any]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sock = world.connect(socket.socket(), **kwargs)
        sock.settimeout(TIMEOUT)

        def accept() -> Any:
            accepted, _ = listener.accept()
            return world.serve(world.keep(accepted))

        def run() -> list[Any]:
            seen = [said(getattr(sock, connect), listener.getsockname())]
            seen += [said(sock.do_handshake), sock.version() is not None]
            return [*seen, said(sock.connect, listener.getsockname())]

        server, seen = at_once(accept, run)
        server.sendall(b"hello")
        return [*seen, receive(sock, 5)]


@scenario
def connect_after_wrapping(world: World) -> list[Any]:
    return connecting(world, "connect")


@scenario
def connect_ex_after_wrapping(world: World) -> list[Any]:
    return connecting(world, "connect_ex")


@scenario
def connect_without_handshake(world: World) -> list[Any]:
    return connecting(world, "connect", do_handshake_on_connect=False)


@scenario
def connect_where_nobody_listens(world: World) -> list[Any]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    seen = []
    for connect in ("connect", "connect_ex"):
        sock = world.connect(socket.socket())
        seen += [said(getattr(sock, connect), address), sock.fileno() != -1]
    return seen


@scenario
def a_wrapped_listener_accepts(world: World) -> list[Any]:
    with world.serve(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(TIMEOUT)
        seen = [said(listener.connect, ("127.0.0.1", 1)), said(listener.do_handshake)]

        def accept() -> Any:
            sock, address = listener.accept()
            sock.settimeout(TIMEOUT)
            world.keep(sock).sendall(b"welcome")
            return [type(sock) is type(listener), sock.server_side, address[0]]

        def connect() -> Any:
            raw = world.keep(socket.create_connection(listener.getsockname(), TIMEOUT))
            return receive(world.connect(raw), 7)

        return seen + at_once(accept, connect)


@scenario
def what_wrap_socket_refuses(world: World) -> list[Any]:
    with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        seen = [said(world.connect, datagrams)]
    sock, _ = world.plain()
    return [
        *seen,
        said(world.client.wrap_socket, sock),  # no name to check
        said(world.server.wrap_socket, sock, server_side=True, server_hostname="x"),
        said(world.client.wrap_socket, sock, server_hostname=""),
    ]


# ---- reading ----


@scenario
def sizes_to_read(world: World) -> list[Any]:
    server, client = world.session()
    server.sendall(b"0123456789")
    return [
        said(client.recv, 0),
        said(client.recv, -1),
        said(client.read, -1),
        said(client.read, 0),
        said(client.recv, 2),
        said(client.read, 1),
        said(client.recv, 2**20),
        said(client.recv, "1")[0],
        said(client.recv, 1, socket.MSG_PEEK),
        said(client.recv_into, bytearray(1), 1, socket.MSG_PEEK),
    ]


@scenario
def buffers_to_read_into(world: World) -> list[Any]:
    server, client = world.session()
    seen = []
    for buffer, count in (
        (bytearray(4), None),
        (bytearray(4), 2),
        (bytearray(4), 0),
        (bytearray(4), 100),
        (bytearray(4), -1),
        (memoryview(bytearray(8))[2:5], None),
        (array.array("I", [0, 0, 0]), None),
        (array.array("I", [0, 0, 0]), 5),
        (bytearray(0), None),
        (bytearray(0), 5),
        (b"readonly", None),
        (memoryview(b"readonly"), None),
        (memoryview(bytearray(8))[::2], None),
        ("text", None),
        (None, None),
        (7, None),
    ):
        server.sendall(b"0123456789")
        seen.append(said(client.recv_into, buffer, count))
        left = len(b"0123456789")
        if isinstance(seen[-1], int):
            left -= seen[-1]
            seen.append(bytes(buffer))
        elif isinstance(seen[-1], bytes):
            left -= len(seen[-1])
        assert len(receive(client, left)) == left
    # An error in an argument has no text that anyone relies on.
    return [entry[0] if isinstance(entry, tuple) else entry for entry in seen]


@scenario
def pending_bytes(world: World) -> list[Any]:
    server, client = world.session()
    server.sendall(b"0123456789")
    seen = [client.pending(), client.recv(3), client.pending()]
    return [*seen, client.recv(100), client.pending()]


# ---- writing ----


@scenario
def data_to_write(world: World) -> list[Any]:
    server, client = world.session()
    matrix = memoryview(bytes(range(6))).cast("B", (2, 3))
    seen = []
    for data in (
        b"bytes",
        bytearray(b"bytearray"),
        memoryview(b"view"),
        array.array("H", [1, 2, 3]),
        memoryview(array.array("d", [1.5, 2.5])),
        matrix,
        b"",
        "text",
        None,
        7,
    ):
        for send in (client.send, client.write, client.sendall):
            result = said(send, data)
            seen.append(result[0] if isinstance(result, tuple) else result)
    client.sendall(b".")
    while not seen or not isinstance(seen[-1], bytes) or b"." not in seen[-1]:
        seen.append(server.recv(16384))
    return seen


@scenario
def flags(world: World) -> list[Any]:
    _, client = world.session()
    return [
        said(client.send, b"x", socket.MSG_OOB),
        said(client.sendall, b"x", socket.MSG_OOB),
        said(client.recv, 1, socket.MSG_DONTWAIT),
    ]


@scenario
def files(world: World) -> list[Any]:
    server, client = world.session()
    content = bytes(range(256)) * 1000
    file = io.BytesIO(content)
    seen = at_once(
        lambda: said(client.sendfile, file, 100, 200_000), lambda: receive(server, 200_000)
    )
    assert seen[1] == content[100:200_100]
    seen += [file.tell(), said(client.sendfile, io.StringIO("text"))]
    client.setblocking(False)
    return [*seen, said(client.sendfile, file)]


@scenario
def what_is_refused(world: World) -> list[Any]:
    server, client = world.session()
    address = server.getsockname()
    return [
        said(client.dup),
        said(client.sendto, b"x", address),
        said(client.sendto, b"x", 0, address),
        said(client.recvfrom, 1),
        said(client.recvfrom_into, bytearray(1)),
        said(client.sendmsg, [b"x"]),
        said(client.recvmsg, 1),
        said(client.recvmsg_into, [bytearray(1)]),
        said(type(client), client),
        said(client.connect, address),
        said(server.connect, address),
    ]


@scenario
def file_objects(world: World) -> list[Any]:
    server, client = world.session()
    with client.makefile("rwb") as binary, server.makefile("rw", newline="\n") as text:
        text.write("first\nsecond\n\nlast")
        text.flush()
        seen: list[Any] = [binary.readline(), binary.readline(), binary.readline(), binary.read(4)]
        binary.write(b"one\ntwo\n")
        binary.flush()
        seen += [text.readline(), text.readline()]
        client.close()  # the file still holds the connection
        server.send(b"x")
        seen += [binary.read(1)]
    return [*seen, said(client.recv, 1)]


@scenario
def file_objects_and_timeouts(world: World) -> list[Any]:
    _, client = world.session()
    client.settimeout(PATIENCE)
    with client.makefile("rb") as file:
        seen = [said(file.read, 1), said(file.read, 1)]
    client.setblocking(False)
    with client.makefile("rb", buffering=0) as raw:
        seen += [said(raw.read, 1), said(raw.readinto, bytearray(1))]
    return seen


# ---- the end ----


@scenario
def after_close(world: World) -> list[Any]:
    _, client = world.session()
    client.close()
    client.close()
    return [
        said(call)
        for call in (
            client.read,
            lambda: client.write(b"x"),
            lambda: client.recv(1),
            lambda: client.recv_into(bytearray(1)),
            lambda: client.send(b"x"),
            lambda: client.sendall(b"x"),
            client.unwrap,
            client.version,
            client.cipher,
            client.shared_ciphers,
            client.pending,
            client.fileno,
            client.getpeercert,
            client.do_handshake,
            client.compression,
        )
    ]


@scenario
def after_shutdown_of_the_socket(world: World) -> list[Any]:
    server, client = world.session()
    client.shutdown(socket.SHUT_WR)
    seen = [said(client.read), said(client.unwrap), client.version(), client.pending()]
    return [*seen, said(server.recv, 1), said(server.recv, 1)]


def unwrapping(first: str, world: World) -> list[Any]:
    server, client = world.session()
    ends = {"server": server, "client": client}
    one = ends.pop(first)
    (other,) = ends.values()

    def begin() -> list[Any]:
        plain = world.keep(one.unwrap())
        plain.sendall(b"from one")
        return [plain is one, said(one.read), said(one.unwrap), receive(plain, 10)]

    def follow() -> list[Any]:
        seen = [said(other.recv, 10), said(other.recv, 10)]
        plain = world.keep(other.unwrap())
        plain.sendall(b"from other")
        return [*seen, plain is other, receive(plain, 8), plain.version()]

    return at_once(begin, follow)


@scenario
def unwrap_by_the_client(world: World) -> list[Any]:
    return unwrapping("client", world)


@scenario
def unwrap_by_the_server(world: World) -> list[Any]:
    return unwrapping("server", world)


@scenario
def unwrap_on_both_sides_at_once(world: World) -> list[Any]:
    server, client = world.session()
    plain = at_once(server.unwrap, client.unwrap)
    plain[0].sendall(b"plain")
    return [receive(plain[1], 5)]


@scenario
def plain_bytes_right_behind_the_close_notify(world: World) -> list[Any]:
    server, client = world.session()
    client.setblocking(False)
    seen = [said(client.unwrap)]  # its close_notify is out, the server's is not there
    socket.socket.send(client, b"plain and at once")
    seen += [said(server.recv, 100)]
    plain = server.unwrap()
    return [*seen, plain.recv(100)]


@scenario
def unwrap_with_unread_data(world: World) -> list[Any]:
    server, client = world.session()
    server.sendall(b"never read")
    return [said(client.unwrap)]


@scenario
def unwrap_before_the_handshake(world: World) -> list[Any]:
    _, client = world.wrapped()
    return [said(client.unwrap)]


def ragged(world: World, suppress: bool) -> list[Any]:
    server, client = world.session(suppress_ragged_eofs=suppress)
    server.sendall(b"last")
    socket.socket.shutdown(server, socket.SHUT_WR)
    buffer = bytearray(4)
    return [said(client.recv, 4), said(client.recv, 4), said(client.recv_into, buffer)]


@scenario
def ragged_end_suppressed(world: World) -> list[Any]:
    return ragged(world, True)


@scenario
def ragged_end(world: World) -> list[Any]:
    return ragged(world, False)


@scenario
def close_notify_is_no_ragged_end(world: World) -> list[Any]:
    server, client = world.session(suppress_ragged_eofs=False)
    server.setblocking(False)
    return [said(server.unwrap), said(client.recv, 4), said(client.recv, 4)]


@reset_scenario
def reset_in_the_data(world: World) -> list[Any]:
    server, client = world.session()
    reset(server)
    return [said(client.recv, 1), said(client.recv, 1)]


@reset_scenario
def reset_while_reading_is_blocked(world: World) -> list[Any]:
    server, client = world.session()
    thread = threading.Timer(PATIENCE, reset, [server])
    thread.start()
    seen = said(client.recv, 1)
    thread.join()
    return [seen]


@reset_scenario
def reset_before_writing(world: World) -> list[Any]:
    server, client = world.session()
    reset(server)
    return [said(client.send, b"x"), said(client.send, b"x"), said(client.sendall, b"x")]


@reset_scenario
def reset_before_unwrap(world: World) -> list[Any]:
    server, client = world.session()
    reset(server)
    return [said(client.unwrap)]


@reset_scenario
def reset_in_the_handshake(world: World) -> list[Any]:
    seen = []
    for wrap, mine in ((world.connect, 1), (world.serve, 0)):
        pair = world.plain()
        sock = wrap(pair[mine], do_handshake_on_connect=False)
        thread = threading.Timer(PATIENCE, reset, [pair[1 - mine]])
        thread.start()
        seen.append(said(sock.do_handshake))
        thread.join()
    return seen


@scenario
def closed_in_the_handshake(world: World) -> list[Any]:
    seen = []
    for wrap, mine in ((world.connect, 1), (world.serve, 0)):
        pair = world.plain()
        pair[1 - mine].shutdown(socket.SHUT_WR)
        seen.append(said(wrap, pair[mine])[:1])
    return seen


# ---- who speaks something else ----


@scenario
def a_server_that_speaks_http(world: World) -> list[Any]:
    server, client = world.plain()
    server.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
    kind, _, reason = said(world.connect, client)
    return [kind, reason]


@scenario
def a_client_that_speaks_http(world: World) -> list[Any]:
    server, client = world.plain()
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    kind, _, reason = said(world.serve, server)
    return [kind, reason]


# ---- what a connection tells ----


@scenario
def before_and_after_the_handshake(world: World) -> list[Any]:
    server, client = world.wrapped()
    ends = (server, client)
    seen = [
        said(call)
        for end in ends
        for call in (
            end.version,
            end.cipher,
            end.shared_ciphers,
            end.pending,
            end.compression,
            end.getpeercert,
        )
    ]
    at_once(server.do_handshake, client.do_handshake)
    seen += [(type(end.version()), [type(part) for part in end.cipher()]) for end in ends]
    seen += [server.cipher() == client.cipher(), server.version() == client.version()]
    seen += [client.shared_ciphers(), server.cipher()[0] in [c[0] for c in server.shared_ciphers()]]
    seen += [server.getpeercert(), server.server_side, client.server_side, client.server_hostname]
    at_once(server.unwrap, client.unwrap)
    return [*seen, *(said(end.version) for end in ends), *(said(end.cipher) for end in ends)]


@scenario
def a_handshake_more_is_no_harm(world: World) -> list[Any]:
    server, client = world.session()
    return [said(client.do_handshake), said(server.do_handshake)]


# ---- running them ----


def tls_contexts(module: Any, tls: SimpleNamespace) -> tuple[Any, Any]:
    server = module.SSLContext(module.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.ec)
    client = module.SSLContext(module.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(tls.ca)
    for context in (server, client):
        context.minimum_version = module.TLSVersion.TLSv1_3
    return server, client


@pytest.fixture(params=["TLS 1.3", "TLCP"])
def contexts(request: pytest.FixtureRequest, tls: SimpleNamespace, tlcp: Any) -> tuple[Any, Any]:
    if request.param == "TLCP":
        return tlcp.server(), tlcp.client()
    return tls_contexts(ssl, tls)


#: Those that make their own connections, or depend on what only TCP does.
TCP_ONLY = {
    connect_after_wrapping,
    connect_ex_after_wrapping,
    connect_without_handshake,
    connect_where_nobody_listens,
    a_wrapped_listener_accepts,
    not_connected,
    what_is_refused,
}
#: Those in which CPython itself was mended after Debian's 3.11.2.
MENDED = {ragged_end, closed_in_the_handshake, before_and_after_the_handshake}
CASES = [(run, "tcp") for run in SCENARIOS]
CASES += [(run, "unix") for run in SCENARIOS if run not in TCP_ONLY]


@pytest.fixture(scope="module")
def as_it_should_be(tls: SimpleNamespace) -> Callable[[Scenario, str], list[Any]]:
    """What a scenario sees with the standard library, found out once."""
    known: dict[tuple[Scenario, str], list[Any]] = {}
    contexts = tls_contexts(stdlib, tls)

    def look(run: Scenario, family: str) -> list[Any]:
        if (run, family) not in known:
            known[run, family] = outcome(run, contexts, family)
        return known[run, family]

    return look


def outcome(run: Scenario, contexts: tuple[Any, Any], family: str) -> list[Any]:
    with ExitStack() as closing:
        world = World(*contexts, closing)
        world.family = family
        return run(world)


def name(case: Any) -> str:
    return case if isinstance(case, str) else str(case.__name__)


@pytest.mark.parametrize(
    ("run", "family"),
    [pytest.param(*case, marks=[NOT_IN_OLD] if case[0] in MENDED else []) for case in CASES],
    ids=name,
)
def test_as_in_the_standard_library(
    run: Scenario,
    family: str,
    contexts: tuple[Any, Any],
    as_it_should_be: Callable[[Scenario, str], list[Any]],
) -> None:
    assert outcome(run, contexts, family) == as_it_should_be(run, family)


RESET = (ConnectionResetError, (errno.ECONNRESET, "Connection reset by peer"), None)
BROKEN_PIPE = (BrokenPipeError, (errno.EPIPE, "Broken pipe"), None)
#: What CPython says that has the mending of gh-115627: 3.11.9, 3.12.4 and newer.
AFTER_A_RESET: dict[Scenario, list[Any]] = {
    reset_in_the_data: [RESET, b""],
    reset_while_reading_is_blocked: [RESET],
    reset_before_writing: [RESET, BROKEN_PIPE, BROKEN_PIPE],
    reset_before_unwrap: [RESET],
    reset_in_the_handshake: [RESET, RESET],
}


@pytest.mark.parametrize("run", RESETS, ids=name)
def test_a_reset_is_a_connection_reset_error(run: Scenario, contexts: tuple[Any, Any]) -> None:
    assert outcome(run, contexts, "tcp") == AFTER_A_RESET[run]


@pytest.mark.parametrize("run", RESETS, ids=name)
def test_the_standard_library_says_the_same(run: Scenario, tls: SimpleNamespace) -> None:
    if sys.version_info >= (3, 12, 4) or (3, 11, 9) <= sys.version_info < (3, 12):
        seen = outcome(run, tls_contexts(stdlib, tls), "tcp")
        if run is reset_in_the_data and stdlib.OPENSSL_VERSION_INFO >= (3, 2):
            # Newer ones (3.6) try to tell the peer, and the second time that is what fails.
            assert seen in ([RESET, b""], [RESET, BROKEN_PIPE])
        else:
            assert seen == AFTER_A_RESET[run]
