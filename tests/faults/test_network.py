"""The same faults over real sockets, through a proxy: and those that only a network has."""

from __future__ import annotations

import random
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import over_tcp
import pytest
from faulty_proxy import Cut, CutRecord, Proxy
from peers import Raised
from relay import ANSWER, QUESTION, FaultyWire, Outcome, Wire, records, undisturbed

from tongsuo_py import ssl

SHORT = 1.0  # seconds: what an end waits that may wait in vain
KINDS = ("TLCP mutual", "TLCP beside TLS", "TLS 1.3")
DIRECTIONS = pytest.mark.parametrize(
    "upward", [True, False], ids=["to the server", "to the client"]
)
AT_ONCE = 8  # connections


def said(ends: tuple[Any, Any], upward: bool) -> bytes:
    outcome = undisturbed(ends)
    return bytes((outcome.up if upward else outcome.down).said)


def offsets(stream: bytes, stride: int) -> list[int]:
    """Those about the beginning of each record, and each ``stride``-th of the rest."""
    about = {start + by for start, _ in records(stream) for by in (-1, 0, 4)}
    return sorted({*range(0, len(stream), stride), *about} - {-1})


def through(ends: tuple[Any, Any], upward: bool, wire: Wire, **kwargs: Any) -> Outcome:
    wires = (wire, Wire()) if upward else (Wire(), wire)
    outcome = over_tcp.converse(ends, *wires, **kwargs)
    over_tcp.check(outcome, (upward, vars(wire)))
    return outcome


@pytest.mark.parametrize("fault", ["flip", "repeat", "drop", "swap"])
@pytest.mark.parametrize("kind", KINDS)
@DIRECTIONS
def test_a_fault_in_what_is_said(contexts: Any, kind: str, upward: bool, fault: str) -> None:
    ends = contexts[kind]
    chance = random.Random(7)

    def run(offset: int) -> None:
        name = f"flip {chance.randrange(8)}" if fault == "flip" else fault
        wire = FaultyWire(name, offset)
        through(ends, upward, wire, timeout=SHORT)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(run, offsets(said(ends, upward), 397)):
            pass


@pytest.mark.parametrize("how", ["fin", "reset"])
@pytest.mark.parametrize("kind", KINDS)
@DIRECTIONS
def test_a_cut(contexts: Any, kind: str, upward: bool, how: str) -> None:
    """The reader is told of an end that nobody has said, or of a reset."""
    ends = contexts[kind]

    def run(offset: int) -> None:
        wire = Cut(how, offset)
        outcome = through(ends, upward, wire)
        if not wire.happened:  # signatures differ in length
            return
        reader = outcome.server if upward else outcome.client
        assert reader.error is not None, offset
        if how == "fin":
            assert isinstance(reader.error, ssl.SSLEOFError | BrokenPipeError), offset
        for end in (outcome.server, outcome.client):
            assert not isinstance(end.error, TimeoutError), offset

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(run, offsets(said(ends, upward), 197)):
            pass


@pytest.mark.parametrize("kind", ["TLCP mutual", "TLS 1.3"])
@pytest.mark.parametrize("ragged", [True, False])
@pytest.mark.parametrize("how", ["fin", "reset"])
def test_a_cut_in_the_data_as_the_standard_library_tells_it(
    contexts: Any, kind: str, ragged: bool, how: str
) -> None:
    """suppress_ragged_eofs makes recv() return b"" at an end that nobody said; not at a reset."""
    ends = contexts[kind]
    stream = said(ends, False)
    found = list(records(stream))
    number, size = len(found) - 2, len(found[-2][1])  # the answer; the last one is a close_notify
    for at in (0, 1, 5, size - 1, size):
        outcome = over_tcp.converse(ends, Wire(), CutRecord(how, number, at), ragged=ragged)
        over_tcp.check(outcome, at)
        client = outcome.client
        assert outcome.server.received == QUESTION
        assert client.received == (ANSWER if at == size else b""), at
        if how == "reset":
            assert isinstance(client.error, ConnectionResetError), at
        elif ragged or at == size:  # unwrap() has no such leniency
            assert isinstance(client.error, ssl.SSLEOFError), at
        else:
            assert client.told_end, at
            assert isinstance(client.error, ssl.SSLError), at  # that it is none, unwrap() says


@pytest.mark.parametrize("kind", ["TLCP mutual", "TLS 1.3"])
@DIRECTIONS
def test_nothing_comes_any_more(contexts: Any, kind: str, upward: bool) -> None:
    """Whoever waits says when the time is over, and what it was waiting for; not before."""
    ends = contexts[kind]
    patience = 0.4

    def run(offset: int) -> None:
        wire = Cut("hold", offset)
        begin = time.monotonic()
        outcome = through(ends, upward, wire, timeout=patience)
        if wire.happened:
            reader = outcome.server if upward else outcome.client
            assert isinstance(reader.error, TimeoutError), offset
            assert time.monotonic() - begin > patience

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(run, offsets(said(ends, upward), 311)):
            pass


@pytest.mark.parametrize("kind", KINDS)
@DIRECTIONS
def test_a_pause(contexts: Any, kind: str, upward: bool) -> None:
    """At any offset: with a socket that waits, and with one that is asked again."""
    ends = contexts[kind]

    def run(case: tuple[int, int]) -> None:
        number, offset = case
        wire = FaultyWire("split", offset)
        timeout = (None, over_tcp.LONG, 0)[number % 3]
        assert through(ends, upward, wire, timeout=timeout).errors == []

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(run, enumerate(offsets(said(ends, upward), 197))):
            pass


@pytest.mark.parametrize("timeout", [None, over_tcp.LONG, 0], ids=["blocking", "timeout", "asked"])
@pytest.mark.parametrize("kind", ["TLCP mutual", "TLCP", "TLCP beside TLS", "TLS 1.2", "TLS 1.3"])
def test_one_byte_at_a_time(contexts: Any, kind: str, timeout: float | None) -> None:
    outcome = over_tcp.converse(contexts[kind], Wire(), Wire(), timeout=timeout, bytewise=True)
    over_tcp.check(outcome, "bytewise")
    assert outcome.errors == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_socket_that_does_not_block_goes_on_after_a_pause(contexts: Any, kind: str) -> None:
    """SSLWantReadError at each byte of a handshake, and then it goes on where it was."""
    server, client = contexts[kind]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plain = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
    with (
        accepted,
        client.wrap_socket(
            plain, server_hostname="localhost", do_handshake_on_connect=False
        ) as sock,
    ):
        sock.setblocking(False)
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        end = server.wrap_bio(incoming, outgoing, server_side=True)
        accepted.settimeout(over_tcp.LONG)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waits = 0
        done = False
        while not done:
            with Raised() as caught:
                sock.do_handshake()
            done = caught.error is None
            if done:
                break
            assert isinstance(caught.error, ssl.SSLWantReadError)
            waits += 1
            if not outgoing.pending:
                incoming.write(accepted.recv(1 << 16))
                with Raised() as caught:
                    end.do_handshake()
            accepted.sendall(outgoing.read(1))
            over_tcp.select.select([sock], [], [], over_tcp.LONG)
        assert waits > 500
        assert sock.version() in ("NTLSv1.1", "TLSv1.3")


def test_a_proxy_that_nobody_connects_to_is_an_error() -> None:
    """The proxy's own mistakes are not mistaken for the network's."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    with (
        pytest.raises(ConnectionRefusedError),
        Proxy(address) as proxy,
        socket.create_connection(proxy.address) as sock,
    ):
        assert sock.recv(1) == b""
