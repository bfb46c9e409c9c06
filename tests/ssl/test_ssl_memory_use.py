"""Nothing grows: contexts, connections and failures, thousands of times each."""

from __future__ import annotations

import gc
import ssl as stdlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair, Raised
from resources import open_files, resident

from tongsuo_py import ssl

LOOPS = 10_000
ROUNDS = 5  # one that grows and then stops is an allocator's step, no leak
BOUND = 2 << 20  # bytes: 200 for each turn
PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
PROTOCOLS = {
    "TLS client": ssl.PROTOCOL_TLS_CLIENT,
    "TLS server": ssl.PROTOCOL_TLS_SERVER,
    "NTLS client": ssl.PROTOCOL_NTLS_CLIENT,
    "NTLS server": ssl.PROTOCOL_NTLS_SERVER,
}


def does_not_grow(call: Callable[[], Any], loops: int = LOOPS) -> None:
    """Run it in rounds after a warm-up: the memory settles, and no file stays open."""
    for _ in range(loops // 10):
        call()
    gc.collect()
    files, start = open_files(), resident()
    grown = []
    for _ in range(ROUNDS):
        for _ in range(loops // ROUNDS):
            call()
        gc.collect()
        grown.append(resident() - start)
    assert open_files() == files
    assert grown[-1] < BOUND * loops // LOOPS + (1 << 20), grown


@pytest.mark.parametrize("name", PROTOCOLS)
def test_contexts(name: str) -> None:
    # A context costs 0.3 ms, here as in the standard library, and is more than 1 KiB.
    does_not_grow(lambda: ssl.SSLContext(PROTOCOLS[name]), LOOPS // 4)


def test_a_context_for_both_protocols() -> None:
    does_not_grow(lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).enable_ntls(), LOOPS // 8)


@pytest.mark.parametrize("said", [0, 1], ids=["nothing said", "in the middle of a handshake"])
def test_pairs_made_and_dropped(tlcp: Any, said: int) -> None:
    server, client = tlcp.server(dual=True), tlcp.client()

    def make() -> None:
        pair = MemoryPair(server, client)
        for _ in range(said):
            with Raised():
                pair.client.do_handshake()
            pair.carry()
            pair.server_in.read(100)
            with Raised():
                pair.server.do_handshake()

    does_not_grow(make, LOOPS // 2)


def test_whole_sessions(tlcp: Any) -> None:
    server, client = tlcp.server(mutual=True), tlcp.client()

    def talk() -> None:
        pair = MemoryPair(server, client)
        pair.handshake()
        pair.client.getpeercert()
        pair.client.get_peer_enc_cert()
        pair.client.get_verified_chain()
        pair.send(pair.client, pair.server, b"data")

    does_not_grow(talk, LOOPS // 100)


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\1\1\0\4\1\0\0\0", b""])
def test_handshakes_with_garbage(tlcp: Any, garbage: bytes) -> None:
    contexts = tlcp.server(), tlcp.server(dual=True), tlcp.client()
    turn = 0

    def fail() -> None:
        nonlocal turn
        turn += 1
        context = contexts[turn % 3]
        incoming, outgoing = stdlib.MemoryBIO(), stdlib.MemoryBIO()
        end = context.wrap_bio(
            incoming,
            outgoing,
            server_side=turn % 3 < 2,
            server_hostname=None if turn % 3 < 2 else "localhost",
        )
        incoming.write(garbage)
        incoming.write_eof()
        with pytest.raises(ssl.SSLError):
            end.do_handshake()

    does_not_grow(fail, LOOPS // 3)


def test_servers_of_another_ca(tlcp: Any, trust: SimpleNamespace) -> None:
    server = tlcp.server()
    client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    trust.other_ca.configure_trust(client)

    def fail() -> None:
        pair = MemoryPair(server, client)
        with pytest.raises(ssl.SSLCertVerificationError):
            pair.handshake()

    does_not_grow(fail, LOOPS // 40)


def test_loads_that_fail(trust: SimpleNamespace, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    files = {path.name: str(path) for path in sorted((trust.dir / "server").iterdir())}
    (tmp_path / "bad.pem").write_text(
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    )
    bad = str(tmp_path / "bad.pem")
    certificates = [path for name, path in files.items() if "key" not in name]
    keys = [path for name, path in files.items() if "key" in name]
    calls: list[Callable[[], Any]] = [
        lambda: context.load_sign_cert_chain("/nowhere/cert.pem"),
        lambda: context.load_sign_cert_chain(bad),
        lambda: context.load_verify_locations(cafile="/nowhere/ca.pem"),
        lambda: context.load_verify_locations(cafile=bad),
        lambda: context.load_verify_locations(cadata="no certificate"),
        lambda: context.load_verify_locations(cadata=b"no certificate"),
        lambda: context.set_ciphers("NONE-SUCH"),
        lambda: context.load_sign_cert_chain(certificates[0], certificates[0]),
        lambda: context.load_sign_cert_chain(keys[0], keys[0]),
    ]
    assert len(keys) >= 2
    matching = [
        (certificate, key)
        for certificate in certificates
        for key in keys
        if not fails(lambda: context.load_sign_cert_chain(certificate, key))  # noqa: B023
    ]
    mismatched = next(
        (certificate, key)
        for certificate, own in matching
        for key in keys
        if key != own and (certificate, key) not in matching
    )
    calls.append(lambda: context.load_sign_cert_chain(*mismatched))
    turn = 0

    def fail() -> None:
        nonlocal turn
        turn += 1
        assert fails(calls[turn % len(calls)]), turn % len(calls)

    does_not_grow(fail)


def fails(call: Callable[[], Any]) -> bool:
    try:
        call()
    except OSError:  # SSLError and FileNotFoundError are
        return True
    return False
