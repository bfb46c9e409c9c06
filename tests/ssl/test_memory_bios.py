"""SSLObject over memory BIOs: every way that bytes may come in, end, or fail to."""

from __future__ import annotations

import gc
import random
import signal
import ssl as stdlib
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair, Raised, at_once
from side_by_side import NOT_IN_OLD, OLD_3_11

from tongsuo_py import ssl

RECORD = 16384  # the most plaintext that one record holds
CLIENTS_AND_SERVERS = ("NTLS", "NTLS-CBC", "TLS 1.2", "TLS 1.3", "SM4 1.3", "dual NTLS", "dual TLS")


@dataclass
class Ends:
    """The contexts of both ends, and the version that they agree on."""

    server: Any
    client: Any
    version: str

    def pair(self, step: int = -1) -> MemoryPair:
        return MemoryPair(self.server, self.client, step=step)


def tls_ends(module: Any, tls: SimpleNamespace, version: stdlib.TLSVersion) -> tuple[Any, Any]:
    server, client = (
        module.SSLContext(protocol)
        for protocol in (stdlib.PROTOCOL_TLS_SERVER, stdlib.PROTOCOL_TLS_CLIENT)
    )
    server.load_cert_chain(tls.ec)
    client.load_verify_locations(tls.ca)
    client.minimum_version = client.maximum_version = version
    return server, client


@pytest.fixture(scope="session")
def all_ends(trust: SimpleNamespace, tls: SimpleNamespace, tlcp: Any) -> dict[str, Ends]:
    sm_client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.ca.configure_trust(sm_client)
    sm_client.set_ciphersuites("TLS_SM4_GCM_SM3")
    sm_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.server_cert.configure(sm_server)
    dual, dual_client = tls_ends(ssl, tls, stdlib.TLSVersion.TLSv1_3)
    dual.enable_ntls()
    trust.server.configure(dual)
    dual.load_cert_chain(tls.ec)
    return {
        "NTLS": Ends(tlcp.server("ECDHE-SM2-SM4-GCM-SM3", mutual=True), tlcp.client(), "NTLSv1.1"),
        "NTLS-CBC": Ends(tlcp.server("ECC-SM2-SM4-CBC-SM3"), tlcp.client(pair=False), "NTLSv1.1"),
        "TLS 1.2": Ends(*tls_ends(ssl, tls, stdlib.TLSVersion.TLSv1_2), "TLSv1.2"),
        "TLS 1.3": Ends(*tls_ends(ssl, tls, stdlib.TLSVersion.TLSv1_3), "TLSv1.3"),
        "SM4 1.3": Ends(sm_server, sm_client, "TLSv1.3"),
        "dual NTLS": Ends(dual, tlcp.client(pair=False), "NTLSv1.1"),
        "dual TLS": Ends(dual, dual_client, "TLSv1.3"),
    }


@pytest.fixture(params=CLIENTS_AND_SERVERS)
def ends(request: pytest.FixtureRequest, all_ends: dict[str, Ends]) -> Ends:
    return all_ends[request.param]


def flush(pair: MemoryPair) -> None:
    while pair.carry():
        pass


# ---- a few bytes at a time ----


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5, 6, 7])
def test_some_bytes_at_a_time(ends: Ends, step: int) -> None:
    pair = ends.pair(step)
    pair.handshake()
    assert pair.client.version() == pair.server.version() == ends.version
    assert pair.client.cipher() == pair.server.cipher()
    assert pair.client.getpeercert()
    pair.send(pair.client, pair.server, b"question" * 100)
    pair.send(pair.server, pair.client, b"answer" * 100)
    assert pair.run(pair.client.unwrap, pair.server.unwrap) == [None, None]
    assert pair.client_in.pending == pair.server_in.pending == 0


@pytest.mark.parametrize("step", [1, 3])
def test_a_read_does_the_handshake(ends: Ends, step: int) -> None:
    pair = ends.pair(step)

    def answer() -> int:
        return pair.server.write(pair.server.read(10))

    def ask() -> bytes:
        if not sent:
            sent.append(pair.client.write(b"x"))
        return pair.client.read(10)

    sent: list[int] = []
    assert pair.run(answer, ask) == [1, b"x"]


# ---- the end of the stream ----


def outcome(call: Callable[[], Any]) -> tuple[Any, Any]:
    """What a call came to, as far as a program can tell: a value, or class and numbers."""
    with Raised() as caught:
        return "value", call()
    error: Any = caught.error
    return type(error), error.args[0] if isinstance(error, stdlib.SSLError) else None


def hello(pair: MemoryPair) -> None:
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.do_handshake()


def transcript(ends: Ends) -> tuple[bytes, bytes]:
    """What a client and a server say in a handshake."""
    pair = ends.pair()
    said = {"client": b"", "server": b""}
    done = 0
    while done < 2:
        done = 0
        for end in (pair.client, pair.server):
            with Raised() as caught:
                end.do_handshake()
            done += caught.error is None
        for name, out, into in (
            ("client", pair.client_out, pair.server_in),
            ("server", pair.server_out, pair.client_in),
        ):
            data = out.read()
            said[name] += data
            into.write(data)
    return said["client"], said["server"]


def ended(pair: MemoryPair, side: str, offset: int) -> BaseException | None:
    """Let one side read ``offset`` bytes of the other's and then the end; what it raises."""
    target, into, out = (
        (pair.server, pair.server_in, pair.client_out)
        if side == "server"
        else (pair.client, pair.client_in, pair.server_out)
    )
    other, other_in, other_out = (
        (pair.client, pair.client_in, pair.server_out)
        if side == "server"
        else (pair.server, pair.server_in, pair.client_out)
    )
    left = offset
    for _ in range(100):
        with Raised() as caught:
            target.do_handshake()
        if not isinstance(caught.error, ssl.SSLWantReadError):
            return caught.error
        with Raised():
            other.do_handshake()
        other_in.write(other_out.read())
        with Raised():
            other.do_handshake()
        data = out.read(left)
        left -= len(data)
        into.write(data)
        if left == 0 and not into.eof:
            with Raised() as caught:
                target.do_handshake()
            if not isinstance(caught.error, ssl.SSLWantReadError):
                return caught.error
            into.write_eof()
    raise AssertionError("it reads on after the end")


@pytest.mark.parametrize("side", ["server", "client"])
def test_an_end_in_the_handshake(ends: Ends, side: str) -> None:
    said = transcript(ends)[side == "client"]
    offsets = {0, 1, 2, 3, 4, 5, 6, 9, 11, len(said) // 3, len(said) // 2}
    for offset in sorted(offsets):
        error = ended(ends.pair(), side, offset)
        assert isinstance(error, ssl.SSLEOFError), (offset, error)
        assert error.args[0] == ssl.SSL_ERROR_EOF
        assert "EOF occurred in violation of protocol" in str(error)


@NOT_IN_OLD
@pytest.mark.parametrize("version", [stdlib.TLSVersion.TLSv1_2, stdlib.TLSVersion.TLSv1_3])
def test_an_end_is_what_the_standard_library_makes_of_it(
    tls: SimpleNamespace, version: stdlib.TLSVersion
) -> None:
    ours, theirs = (tls_ends(module, tls, version) for module in (ssl, stdlib))
    for offset in (0, 1, 3, 5, 6, 60, 120):
        for side in ("server", "client"):
            found, wanted = (ended(MemoryPair(*ends), side, offset) for ends in (ours, theirs))
            assert type(found) is type(wanted) is ssl.SSLEOFError, (offset, side)
            assert found.args[0] == wanted.args[0]


def test_an_end_in_the_data(ends: Ends) -> None:
    probe = ends.pair()
    probe.handshake()
    probe.server.write(b"z" * 50)
    size = len(probe.server_out.read())
    for cut in (0, 1, 4, 5, 6, size // 2, size - 1):
        pair = ends.pair()
        pair.handshake()
        pair.server.write(b"before")
        pair.carry()
        pair.server.write(b"z" * 50)
        pair.client_in.write(pair.server_out.read(cut))
        pair.client_in.write_eof()
        assert pair.client.read() == b"before"
        with pytest.raises(ssl.SSLEOFError):
            pair.client.read()
        with pytest.raises(ssl.SSLError):
            pair.client.read()
        assert pair.client.pending() == 0


def scenario_eof(pair: MemoryPair) -> Iterator[Callable[[], Any]]:
    pair.server_in.write_eof()
    yield lambda: pair.server.read(5)
    yield lambda: pair.server.read(5)
    yield lambda: pair.server.read(5, bytearray(5))
    yield lambda: pair.server.unwrap()


def scenario_close(pair: MemoryPair) -> Iterator[Callable[[], Any]]:
    yield pair.client.unwrap
    pair.carry()
    yield lambda: pair.server.read(5)
    yield lambda: pair.server.read(5, bytearray(5))
    yield lambda: pair.server.write(b"still")
    yield pair.server.unwrap
    yield lambda: pair.server.read(5)
    yield lambda: pair.server.write(b"more")
    yield pair.server.unwrap
    pair.carry()
    yield pair.client.unwrap


def scenario_half_closed(pair: MemoryPair) -> Iterator[Callable[[], Any]]:
    yield pair.client.unwrap
    yield pair.client.unwrap
    yield lambda: pair.client.write(b"after")
    yield lambda: pair.client.read(5)
    pair.client_in.write_eof()
    yield lambda: pair.client.read(5)
    yield pair.client.unwrap


def scenario_data_under_way(pair: MemoryPair) -> Iterator[Callable[[], Any]]:
    pair.server.write(b"data")
    pair.carry()
    yield pair.client.unwrap
    yield lambda: pair.client.read(10)
    yield lambda: pair.client.read(10)
    yield pair.client.unwrap


def scenario_sizes(pair: MemoryPair) -> Iterator[Callable[[], Any]]:
    pair.client.write(b"0123456789" * 10)
    pair.carry()
    into = bytearray(10)
    yield lambda: pair.server.read(0)
    yield lambda: pair.server.read(-1)
    yield lambda: pair.server.read("1")
    yield lambda: pair.server.read(None)
    yield lambda: pair.server.read(1.5)
    yield lambda: pair.server.pending()
    yield lambda: pair.server.read(3)
    yield lambda: pair.server.pending()
    yield lambda: (pair.server.read(4, into), bytes(into))
    yield lambda: (pair.server.read(0, into), bytes(into))
    yield lambda: (pair.server.read(-1, into), bytes(into))
    yield lambda: (pair.server.read(100, into), bytes(into))
    yield lambda: (pair.server.read(3, memoryview(into)[5:]), bytes(into))
    yield lambda: pair.server.read(3, bytearray())
    yield lambda: pair.server.read(3, b"readonly")
    yield lambda: pair.server.read(3, "text")
    yield lambda: pair.server.read(3, None)
    yield lambda: pair.server.read(1000)
    yield lambda: pair.server.pending()
    yield lambda: pair.server.read(1000)
    yield lambda: pair.server.write(b"")
    yield lambda: pair.server.write("text")
    yield lambda: pair.server.write(None)
    yield lambda: pair.server.write(5)
    yield lambda: pair.server.write(memoryview(b"abcd")[1:3])
    yield lambda: pair.server.write(bytearray(20000))
    yield lambda: pair.server.write(bytes(RECORD))
    yield lambda: pair.server.write(bytes(RECORD + 1))


@pytest.mark.parametrize("version", [stdlib.TLSVersion.TLSv1_2, stdlib.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(scenario_eof, marks=NOT_IN_OLD),
        scenario_close,
        pytest.param(scenario_half_closed, marks=NOT_IN_OLD),
        scenario_data_under_way,
        scenario_sizes,
    ],
)
def test_every_step_is_as_in_the_standard_library(
    tls: SimpleNamespace, version: stdlib.TLSVersion, scenario: Any
) -> None:
    ours, theirs = (MemoryPair(*tls_ends(module, tls, version)) for module in (ssl, stdlib))
    for pair in (ours, theirs):
        pair.handshake()
        with Raised():
            pair.client.read(0)
    for number, (found, wanted) in enumerate(zip(scenario(ours), scenario(theirs), strict=True)):
        assert outcome(found) == outcome(wanted), number


@pytest.mark.parametrize("version", [stdlib.TLSVersion.TLSv1_2, stdlib.TLSVersion.TLSv1_3])
def test_before_the_handshake_all_is_as_in_the_standard_library(
    tls: SimpleNamespace, version: stdlib.TLSVersion
) -> None:
    calls: list[Callable[[Any], Any]] = [
        lambda end: end.version(),
        lambda end: end.cipher(),
        lambda end: end.pending(),
        lambda end: end.getpeercert(),
        lambda end: None if OLD_3_11 else end.shared_ciphers(),
        lambda end: end.compression(),
        lambda end: end.session_reused,
        lambda end: end.server_side,
        lambda end: end.server_hostname,
        lambda end: end.unwrap(),
        lambda end: end.write(b""),
        lambda end: end.write(b"x"),
        lambda end: end.read(),
        lambda end: end.read(0),
    ]
    for index, call in enumerate(calls):
        for side in ("server", "client"):
            found, wanted = (
                outcome(partial(call, getattr(pair, side)))
                for pair in (MemoryPair(*tls_ends(m, tls, version)) for m in (ssl, stdlib))
            )
            assert found == wanted, (index, side)


# ---- close_notify ----


def test_what_follows_a_close_notify_stays_where_it_is(ends: Ends) -> None:
    pair = ends.pair()
    pair.handshake()
    pair.server.write(b"last words")
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.unwrap()
    pair.carry()
    pair.client_in.write(b"plain text again")
    assert pair.client.read() == b"last words"
    assert pair.client.read() == b""
    assert pair.client.read() == b""
    pair.client.unwrap()
    assert pair.client_in.read() == b"plain text again"
    pair.carry()
    assert pair.server.unwrap() is None


def test_a_new_session_over_the_same_bios(ends: Ends) -> None:
    pair = ends.pair()
    for _ in range(3):
        pair.handshake()
        pair.send(pair.client, pair.server, b"round")
        pair.run(pair.server.unwrap, pair.client.unwrap)
        assert not pair.client_in.pending
        assert not pair.server_in.pending
        pair.server = ends.server.wrap_bio(pair.server_in, pair.server_out, server_side=True)
        pair.client = ends.client.wrap_bio(
            pair.client_in, pair.client_out, server_hostname="localhost"
        )


# ---- arguments ----


@pytest.mark.parametrize("module", [stdlib, ssl])
@pytest.mark.parametrize(
    ("incoming", "outgoing"),
    [(None, None), (1, 2), (b"", b""), ("bio", None), (None, "bio"), ("bio", 1)],
)
def test_only_memory_bios(module: Any, incoming: Any, outgoing: Any) -> None:
    context = module.SSLContext(stdlib.PROTOCOL_TLS_CLIENT)
    bios = [ssl.MemoryBIO() if value == "bio" else value for value in (incoming, outgoing)]
    with pytest.raises(TypeError):
        context.wrap_bio(*bios, server_hostname="localhost")


@pytest.mark.parametrize(
    "protocol", [ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_NTLS_CLIENT], ids=["TLS", "NTLS"]
)
@pytest.mark.parametrize(
    "name",
    ["", ".x", ".", "a..b", "a\0b", b"a\0b", b"\xff", "x" * 70, 5, "ü.example", b"host", "::1"],
)
def test_names_of_servers(protocol: int, name: Any) -> None:
    def come_to(context: Any) -> tuple[Any, Any]:
        def wrap() -> Any:
            bios = ssl.MemoryBIO(), ssl.MemoryBIO()
            return context.wrap_bio(*bios, server_hostname=name).server_hostname

        return outcome(wrap)

    ours = ssl.SSLContext(protocol)
    for check in (True, False):
        theirs = stdlib.SSLContext(stdlib.PROTOCOL_TLS_CLIENT)
        ours.check_hostname = theirs.check_hostname = check
        found, wanted = come_to(ours), come_to(theirs)
        assert found[0] == wanted[0]
        if found[0] == "value":
            assert found == wanted


def test_a_name_to_check_cannot_be_left_out() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    with pytest.raises(ValueError, match="check_hostname requires server_hostname"):
        context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    context.check_hostname = False
    assert context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO()).server_hostname is None


def test_the_side_must_be_the_context_s(tlcp: Any) -> None:
    bios = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = tlcp.client()
    client.check_hostname = False  # which CPython 3.14 looks at first, and a server has no name for
    with pytest.raises(ssl.SSLError, match="CLIENT"):
        client.wrap_bio(*bios, server_side=True)
    with pytest.raises(ssl.SSLError, match="SERVER"):
        tlcp.server().wrap_bio(*bios, server_hostname="localhost")


# ---- what is raised inside a call ----


class Interrupted(BaseException):
    pass


def test_a_signal_s_exception_comes_out_and_the_connection_goes_on(ends: Ends) -> None:
    """As Ctrl-C has it: the handler runs as soon as Python does, which is in a BIO's callback."""

    def interrupt(*_: Any) -> None:
        nonlocal fired
        fired += 1
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    fired = caught = died = 0
    try:
        pair = ends.pair()
        pair.handshake()
        for turn in range(40):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0002 + turn % 7 / 10000)
                while True:
                    pair.client.write(bytes(2000))
                    pair.carry()
                    with Raised():
                        pair.server.read(2000)
            except Interrupted:
                caught += 1
            try:
                while True:
                    flush(pair)
                    pair.server.read(RECORD)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                # It came between a BIO's work and the callback's end: bytes were lost, or doubled.
                died += 1
                pair = ends.pair()
                pair.handshake()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert caught == fired == 40
    assert died < 20


def test_an_outgoing_bio_that_is_closed(ends: Ends) -> None:
    pair = ends.pair()
    pair.handshake()
    pair.client_out.write_eof()
    with pytest.raises(ssl.SSLError, match="cannot write"):
        pair.client.write(b"x")
    pair.server.write(b"the other way it works")
    pair.carry()
    assert pair.client.read() == b"the other way it works"
    del pair
    early = ends.pair()
    early.client_out.write_eof()
    with pytest.raises(ssl.SSLError, match="cannot write"):
        early.client.do_handshake()


# ---- much data ----


def test_megabytes(ends: Ends) -> None:
    pair = ends.pair()
    pair.handshake()
    data = random.Random(7).randbytes(4_000_000)
    for sender, receiver in ((pair.client, pair.server), (pair.server, pair.client)):
        view, received, buffer = memoryview(data), bytearray(), bytearray(100_000)
        while len(received) < len(data):
            if view:
                sent = sender.write(view[:900_000])
                assert sent == min(len(view), 900_000)  # whole, however many records it takes
                view = view[sent:]
            pair.carry()
            count = receiver.read(len(buffer), buffer)
            received += memoryview(buffer)[:count]
        assert received == data


def test_pending_is_what_a_read_returns(ends: Ends) -> None:
    pair = ends.pair()
    pair.handshake()
    pair.client.write(b"abcdef")
    pair.carry()
    assert pair.server.pending() == 0
    assert pair.server.read(1) == b"a"
    assert pair.server.pending() == 5
    assert pair.server.read(100) == b"bcdef"
    assert pair.server.pending() == 0


# ---- life ----


def test_what_is_dropped_is_gone_at_once(ends: Ends) -> None:
    """Without the garbage collector: no cycle keeps an object or its bytes."""
    gc.collect()
    gc.disable()
    try:
        for rounds in (0, 1, None):  # no byte said, in the middle of a handshake, after it
            pair = ends.pair()
            if rounds is None:
                pair.handshake()
            else:
                hello(pair)
                for _ in range(rounds):
                    pair.carry()
                    with Raised():
                        pair.server.do_handshake()
            watched = [weakref.ref(end) for end in (pair.client, pair.server)]
            watched += [weakref.ref(end._sslobj) for end in (pair.client, pair.server)]
            del pair
            assert [watch() for watch in watched] == [None] * 4
    finally:
        gc.enable()


def test_an_object_keeps_its_context(all_ends: dict[str, Ends], tlcp: Any) -> None:
    pair = MemoryPair(tlcp.server(), tlcp.client())
    gc.collect()
    pair.handshake()
    assert isinstance(pair.client.context, ssl.SSLContext)
    assert pair.client.context is pair.client.context


def test_it_has_no_public_constructor() -> None:
    with pytest.raises(TypeError, match="public"):
        ssl.SSLObject(ssl.MemoryBIO(), ssl.MemoryBIO())


def test_many_threads_on_one_object(ends: Ends) -> None:
    """Writers, readers and lookers: whole records, each once, and nothing corrupted."""
    pair = ends.pair()
    pair.handshake()
    threads, turns, size = 3, 60, 500
    stop = threading.Event()

    def write(name: int) -> None:
        for turn in range(turns):
            assert pair.client.write(bytes([name, turn]) * (size // 2)) == size

    def look() -> None:
        while not stop.is_set():
            assert pair.client.cipher() == pair.server.cipher()
            assert pair.server.version() == ends.version
            assert pair.client.getpeercert()
            assert pair.server.pending() >= 0

    def carry() -> None:
        while not stop.is_set():
            pair.carry()

    def read() -> list[bytes]:
        found = []
        while len(found) < threads * turns // 2:
            with suppress(ssl.SSLWantReadError):
                found.append(pair.server.read(RECORD))
        return found

    def work() -> Any:
        try:
            return at_once(*(partial(write, name) for name in range(threads)), read, read)
        finally:
            stop.set()

    results = at_once(work, look, carry)
    assert results[1:] == [None, None]
    assert results[0][:threads] == [None] * threads
    found = sorted(results[0][-2] + results[0][-1])
    assert found == sorted(
        bytes([name, turn]) * (size // 2) for name in range(threads) for turn in range(turns)
    )


def test_many_threads_in_one_handshake(ends: Ends) -> None:
    def shake(pair: MemoryPair, end: Any) -> None:
        while True:
            try:
                return end.do_handshake()
            except ssl.SSLWantReadError:
                pair.carry()

    for _ in range(3):
        pair = ends.pair()
        calls = [partial(shake, pair, end) for end in (pair.client, pair.server) * 2]
        assert at_once(*calls) == [None] * 4
        flush(pair)
        pair.send(pair.client, pair.server, b"whole")
