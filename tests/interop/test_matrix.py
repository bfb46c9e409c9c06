"""Our client and our server in every suite, with native Tongsuo of each version and OpenSSL 4.

One test is one cell of the table in docs/interoperability.md: the suite × whose certificates count
× the peer × which side is ours. A cell is two servers, one that keeps its sessions, so that clients
bring an ID, and one that has its clients keep them, in tickets. To each a client comes again with
the session of the time before: ours twice, since the last one is then of a session resumed itself,
the peer's once. Every time data goes both ways in several sizes; then the client says close_notify,
and the server answers with its own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import TONGSUO_VERSIONS, native_openssl
from identities import Identity
from matrix_peers import NativePeer, OpenSSL4Peer
from OpenSSL import SSL
from our_side import OurServer, connect, payload, receive
from suites import HYBRID, OUR_VERSION, SUITES, Suite
from tables import Table

from tongsuo_py import ssl

SIZES = (1, 16384, 100_000)
WAYS = ("by ID", "by ticket")
SIDES = ("client", "server")
SERVER, BOTH = "server", "both"
OPENSSL_4 = "OpenSSL 4"
PEERS = (*(f"Tongsuo {version}" for version in TONGSUO_VERSIONS), OPENSSL_4)

SUCCESS = "full, by ID, by ticket"
NO_PAIR = "refused: the client has no pair"
THEY_LACK_IT = "refused: the peer lacks the group"
WE_LACK_IT = "refused: we lack the group"

TABLE = Table(
    "docs/interoperability.md",
    f"tongsuo-{OUR_VERSION}",
    ("protocol", "suite", "group", "certificates of"),
    tuple(f"our {ours}, {peer}" for ours in SIDES for peer in PEERS),
)


def expected_cell(suite: Suite, verified: str, peer: str) -> str:
    if suite.takes_both_pairs and verified == SERVER:
        return NO_PAIR
    if suite.group == HYBRID and OUR_VERSION == "8.4.0":
        return WE_LACK_IT
    if suite.group == HYBRID and peer == "Tongsuo 8.4.0":
        return THEY_LACK_IT
    return SUCCESS


def check_our_view(sock: Any, suite: Suite, certificates: list[bytes]) -> None:
    """What our side says of its connection, resumed or not."""
    assert sock.version() == suite.version
    assert sock.cipher()[:2] == (suite.name, suite.version)
    if suite.group:
        assert sock.group() == suite.group
    seen = [each for each in (sock.getpeercert(True), sock.get_peer_enc_cert(True)) if each]
    assert seen == certificates
    if suite.signature and not sock.session_reused and OUR_VERSION != "8.4.0":
        assert sock.server_sigalg() == suite.signature


def with_server_of(peer: Any, suite: Suite, identity: Identity, context: Any) -> str:
    """The cell of our client and the peer's server."""

    def lead(server: Any) -> None:
        end = server.accept(suite)
        for size in SIZES:
            end.take(payload(size, "to the server"))
            end.give(payload(size, "to the client"))
        end.end()

    outcome = ["full"]
    for way in WAYS:
        session, reused = None, []
        # The server ends first: what waits for it in the pool would wait for long otherwise.
        with ThreadPoolExecutor(1) as pool, peer.server(tickets=way == "by ticket") as server:
            for _ in range(3):
                leading = pool.submit(lead, server)
                with connect(context, server.address, session=session) as sock:
                    check_our_view(sock, suite, identity.der("server"))
                    for size in SIZES:
                        sock.sendall(payload(size, "to the server"))
                        assert receive(sock, size) == payload(size, "to the client")
                    session = sock.session
                    reused.append(sock.session_reused)
                    sock.unwrap()  # sends close_notify, and waits for the server's
                leading.result()
            server.check_statistics(kept=way == "by ID")
        if suite.protocol != "TLS 1.3":  # where an ID looks like a ticket
            assert session.has_ticket == (way == "by ticket")
        if reused == [False, True, True]:
            outcome.append(way)
    return ", ".join(outcome)


def with_client_of(
    peer: Any, suite: Suite, identity: Identity, context: Any, verified: str, directory: Path
) -> str:
    """The cell of our server and the peer's client."""
    certificates = identity.der("client") if verified == BOTH else []

    def talk(sock: Any) -> bool:
        reused: bool = sock.session_reused
        check_our_view(sock, suite, certificates)
        for size in SIZES:
            assert receive(sock, size) == payload(size, "to the server")
            sock.sendall(payload(size, "to the client"))
        assert sock.recv(1) == b""  # close_notify, and no end of file without it
        sock.unwrap()
        return reused

    outcome = ["full"]
    for way in WAYS:
        if way == "by ID":
            context.options |= ssl.OP_NO_TICKET
        else:
            context.options &= ~ssl.OP_NO_TICKET
        kept = context.session_stats()["number"]
        reused = []
        with OurServer(context, talk) as server:
            for _ in range(2):
                with peer.client(server.address, directory / way) as client:
                    end = client.connect(suite)
                    for size in SIZES:
                        end.give(payload(size, "to the server"))
                        end.take(payload(size, "to the client"))
                    end.end()
                    reused.append(server.outcome())
        assert (context.session_stats()["number"] > kept) == (way == "by ID")
        if reused == [False, True]:
            outcome.append(way)
    return ", ".join(outcome)


def refused_by_server_of(peer: Any, context: Any, reason: str) -> None:
    with peer.server(tickets=True) as server, pytest.raises(ssl.SSLError, match=reason):
        connect(context, server.address)


def refused_client_of(peer: Any, context: Any, reason: str, directory: Path) -> None:
    with (
        OurServer(context, lambda sock: None) as server,
        peer.client(server.address, directory / "session"),
        pytest.raises(ssl.SSLError, match=reason),
    ):
        server.outcome()


#: What our side's error says, as a client and as a server.
REFUSALS = {
    NO_PAIR: ("TLCP's ECDHE suites need", "TLCP's ECDHE suites need"),
    THEY_LACK_IT: ("HANDSHAKE_FAILURE", "NO_SUITABLE_"),
}


def test_the_other_openssl_is_another_one() -> None:
    assert SSL.OpenSSL_version(SSL.OPENSSL_VERSION).startswith(OPENSSL_4.encode() + b".")


@pytest.mark.parametrize(
    ("suite", "verified", "ours", "peer"),
    [
        pytest.param(suite, verified, ours, peer, id=f"{suite}, {verified}, our {ours}, {peer}")
        for suite in SUITES
        for verified in (SERVER, BOTH)
        for ours in SIDES
        for peer in PEERS
        if peer != OPENSSL_4 or suite.protocol != "TLCP"
    ],
)
def test_cell(
    suite: Suite,
    verified: str,
    ours: str,
    peer: str,
    identities: dict[str, Identity],
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    identity, mutual = identities[suite.certificates], verified == BOTH
    other: Any
    if peer == OPENSSL_4:
        other = OpenSSL4Peer(suite, identity, mutual)
    else:
        version = peer.removeprefix("Tongsuo ")
        other = NativePeer(native_openssl(version), version, suite, identity, mutual)
    expected = expected_cell(suite, verified, peer)
    if expected == WE_LACK_IT:
        with pytest.raises(ssl.SSLError, match="unrecognized group"):
            suite.context(ours, identity, mutual=mutual)
        cell = expected
    elif expected != SUCCESS:
        context = suite.context(ours, identity, mutual=mutual)
        as_client, as_server = REFUSALS[expected]
        if ours == "client":
            refused_by_server_of(other, context, as_client)
        else:
            refused_client_of(other, context, as_server, tmp_path)
        cell = expected
    else:
        context = suite.context(ours, identity, mutual=mutual)
        if ours == "client":
            cell = with_server_of(other, suite, identity, context)
        else:
            cell = with_client_of(other, suite, identity, context, verified, tmp_path)
    assert cell == expected
    row = (suite.protocol, suite.name, suite.group or "–", verified)
    TABLE.record(request.node, row, f"our {ours}, {peer}", cell)
