"""Memory BIOs against a model of them: any sequence of operations, and any bytes at all."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from peers import MemoryPair, Raised, move

from tongsuo_py import ssl

KINDS = ("NTLS-GCM", "NTLS-CBC", "dual NTLS", "TLS 1.3")
quick = settings(
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="session")
def ends(trust: SimpleNamespace, tls: SimpleNamespace, tlcp: Any) -> dict[str, tuple[Any, Any]]:
    """Server and client contexts, which agree."""
    dual = tlcp.server(dual=True)
    dual.load_cert_chain(tls.ec)
    tls_client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    tls_client.load_verify_locations(tls.ca)
    return {
        "NTLS-GCM": (tlcp.server("ECDHE-SM2-SM4-GCM-SM3"), tlcp.client()),
        "NTLS-CBC": (tlcp.server("ECC-SM2-SM4-CBC-SM3"), tlcp.client(pair=False)),
        "dual NTLS": (dual, tlcp.client(pair=False)),
        "TLS 1.3": (dual, tls_client),
    }


# ---- a connection is two queues of bytes ----


class TwoQueues(RuleBasedStateMachine):
    """Writes, reads and carried bytes in any order; the model is one bytearray each way."""

    ends: dict[str, tuple[Any, Any]]

    @initialize(kind=st.sampled_from(KINDS))
    def stand_up(self, kind: str) -> None:
        self.pair = MemoryPair(*self.ends[kind])
        self.pair.handshake()
        self.under_way = {"server": bytearray(), "client": bytearray()}  # by who shall read it
        self.closed: set[str] = set()
        self.random = random.Random(1)

    def _other(self, name: str) -> str:
        return "client" if name == "server" else "server"

    @rule(
        name=st.sampled_from(("server", "client")),
        size=st.one_of(st.integers(0, 50), st.sampled_from([16383, 16384, 16385, 40000])),
        kind=st.sampled_from((bytes, bytearray, memoryview)),
    )
    def write(self, name: str, size: int, kind: Any) -> None:
        if name in self.closed:
            return
        data = self.random.randbytes(size)
        assert getattr(self.pair, name).write(kind(data)) == size
        self.under_way[self._other(name)] += data

    @rule(
        name=st.sampled_from(("server", "client")),
        size=st.one_of(st.integers(0, 20), st.sampled_from([16384, 100_000])),
        into=st.booleans(),
    )
    def read(self, name: str, size: int, into: bool) -> None:
        end, waiting = getattr(self.pair, name), self.under_way[name]
        if name in self.closed:
            return
        try:
            if into:
                buffer = bytearray(size)
                data = bytes(buffer[: end.read(size, buffer)])
            else:
                data = end.read(size)
        except ssl.SSLWantReadError:
            return
        assert len(data) <= size
        if data or not size:
            assert waiting.startswith(data)
            del waiting[: len(data)]
        else:
            assert self._other(name) in self.closed
            assert not waiting

    @rule(name=st.sampled_from(("server", "client")), size=st.integers(1, 3000))
    def carry(self, name: str, size: int) -> None:
        """Bytes for ``name``, a record's half perhaps."""
        if name == "server":
            move(self.pair.client_out, self.pair.server_in, size)
        else:
            move(self.pair.server_out, self.pair.client_in, size)

    @rule(name=st.sampled_from(("server", "client")))
    def read_all(self, name: str) -> None:
        if name in self.closed:
            return
        self.carry(name, -1)
        while self.under_way[name]:
            self.read(name, 5000, False)

    @precondition(lambda self: not self.closed)
    @rule(name=st.sampled_from(("server", "client")))
    def close(self, name: str) -> None:
        """Say close_notify, once all is read that came before it."""
        self.read_all(name)
        with pytest.raises(ssl.SSLWantReadError):
            getattr(self.pair, name).unwrap()
        self.closed.add(name)
        # What the other sends from now on is not for us.
        self.under_way[name].clear()

    @invariant()
    def pending_is_bounded(self) -> None:
        if hasattr(self, "pair"):
            for name in ("server", "client"):
                pending = getattr(self.pair, name).pending()
                assert pending <= max(len(self.under_way[name]), 0) or name in self.closed


def test_a_connection_is_two_queues_of_bytes(ends: dict[str, tuple[Any, Any]]) -> None:
    machine = type("Machine", (TwoQueues,), {"ends": ends})
    run_state_machine_as_test(
        machine, settings=settings(quick, max_examples=60, stateful_step_count=40)
    )


@settings(quick, max_examples=60)
@given(
    kind=st.sampled_from(KINDS),
    steps=st.lists(st.integers(1, 400), min_size=1, max_size=20),
    data=st.binary(max_size=3000),
)
def test_any_steps_make_a_handshake(
    ends: dict[str, tuple[Any, Any]], kind: str, steps: list[int], data: bytes
) -> None:
    pair = MemoryPair(*ends[kind])
    turn = 0

    def carry() -> int:
        nonlocal turn
        turn += 1
        pair.step = steps[turn % len(steps)]
        return MemoryPair.carry(pair)

    pair.carry = carry  # type: ignore[method-assign]
    pair.handshake()
    pair.send(pair.client, pair.server, data)
    pair.send(pair.server, pair.client, data)


# ---- anything instead of a peer ----


def fed(context: Any, *, server: bool, data: bytes, step: int) -> None:
    """Feed bytes to one end: it waits or raises SSLError, then EOF ends it; it reads no more."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    if server:
        end = context.wrap_bio(incoming, outgoing, server_side=True)
    else:
        end = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
    for start in range(0, len(data), step):
        incoming.write(data[start : start + step])
        before = incoming.pending
        with Raised() as caught:
            end.do_handshake()
        assert isinstance(caught.error, ssl.SSLError), caught.error
        if not isinstance(caught.error, ssl.SSLWantReadError):
            break
        assert incoming.pending == 0 <= before
    else:
        incoming.write_eof()
    # It is over now, whatever is called, and it takes no more of what comes.
    for call in (end.do_handshake, end.read, lambda: end.write(b"x"), end.unwrap):
        with Raised() as caught:
            call()
        assert isinstance(caught.error, ssl.SSLError), (call, caught.error)
    left = incoming.pending
    for _ in range(3):
        with Raised():
            end.do_handshake()
    assert incoming.pending == left


VERSIONS = st.sampled_from([b"\1\1", b"\3\1", b"\3\3", b"\3\0", b"\2\0", b"\xfe\xff"])
TYPES = st.sampled_from([20, 21, 22, 23, 24, 0, 255])


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """Something like records, of handshake messages perhaps; or anything."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.binary(max_size=300))
    said = b""
    for _ in range(draw(st.integers(1, 3))):
        body = draw(st.binary(max_size=200))
        if draw(st.booleans()):
            length = draw(st.one_of(st.just(len(body)), st.integers(0, 1 << 24)))
            message = draw(st.sampled_from([0, 1, 2, 4, 11, 12, 13, 14, 15, 16, 20, 24]))
            body = bytes([message]) + min(length, (1 << 24) - 1).to_bytes(3, "big") + body
        size = draw(st.one_of(st.just(len(body)), st.integers(0, 65535)))
        said += bytes([draw(TYPES)]) + draw(VERSIONS) + size.to_bytes(2, "big") + body
    return said


@settings(quick, max_examples=250)
@given(
    kind=st.sampled_from(KINDS),
    server=st.booleans(),
    data=records(),
    step=st.sampled_from([1, 4, 1000]),
)
def test_anything_instead_of_a_handshake(
    ends: dict[str, tuple[Any, Any]], kind: str, server: bool, data: bytes, step: int
) -> None:
    fed(ends[kind][0 if server else 1], server=server, data=data, step=step)


@settings(quick, max_examples=250)
@given(
    kind=st.sampled_from(KINDS),
    changes=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 255)), min_size=1, max_size=8),
    length=st.integers(0, 40),
)
def test_a_hello_with_bytes_changed(
    ends: dict[str, tuple[Any, Any]],
    kind: str,
    changes: list[tuple[int, int]],
    length: int,
) -> None:
    """The server reads a hello that may mean anything: it answers or says SSLError."""
    server, client = ends[kind]
    pair = MemoryPair(server, client)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.do_handshake()
    hello = pair.client_out.read()
    said = bytearray(hello)
    for at, value in changes:
        said[5 + at % (len(said) - 5)] = value
    said = said[: len(said) - length]
    assume(said != hello)
    pair.server_in.write(said)
    with pytest.raises(ssl.SSLError):
        pair.server.do_handshake()
    pair.carry()
    with pytest.raises(ssl.SSLError):
        pair.client.do_handshake()


@settings(quick, max_examples=120)
@given(kind=st.sampled_from(KINDS), server=st.booleans(), data=records())
def test_anything_instead_of_data(
    ends: dict[str, tuple[Any, Any]], kind: str, server: bool, data: bytes
) -> None:
    pair = MemoryPair(*ends[kind])
    pair.handshake()
    end, into = (pair.server, pair.server_in) if server else (pair.client, pair.client_in)
    into.write(data)
    into.write_eof()
    for _ in range(2):
        with pytest.raises(ssl.SSLError):
            end.read()
    assert end.pending() == 0


@settings(quick, max_examples=100)
@given(data=st.binary(max_size=400), pem=st.booleans())
def test_anything_as_cadata(data: bytes, pem: bool) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    cadata: Any = data
    if pem:
        cadata = f"-----BEGIN CERTIFICATE-----\n{data.hex()}\n-----END CERTIFICATE-----\n"
    with pytest.raises(ssl.SSLError):
        context.load_verify_locations(cadata=cadata)
    assert context.cert_store_stats() == {"x509": 0, "crl": 0, "x509_ca": 0}
