"""Sessions with native peers, beyond what the matrix has: no ticket, and servers that share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from identities import Identity
from native_peer import Client, Server
from our_side import OurServer, connect
from suites import PROTOCOLS, Suite

from tongsuo_py import ssl

EACH = pytest.mark.parametrize("suite", PROTOCOLS, ids=[suite.protocol for suite in PROTOCOLS])


@EACH
def test_our_client_leaves_the_ticket_out_of_its_hello(
    any_openssl: Path, suite: Suite, identities: dict[str, Identity]
) -> None:
    # With OP_NO_TICKET the server has to remember, and does; TLS 1.3 has nothing but tickets.
    identity = identities[suite.certificates]
    context = suite.context("client", identity)
    context.options |= ssl.OP_NO_TICKET
    options = suite.options("server", identity)
    with Server(any_openssl, *options, "-tlsextdebug", connections=2) as native:
        session = None
        for connection in (1, 2):
            with connect(context, native.address, session=session) as sock:
                report = native.established(connection)
                native.send(b"data\n")
                assert sock.recv(5) == b"data\n"
                assert 'extension "session ticket"' not in report
                assert sock.session_reused is (connection == 2)
                session = sock.session
                assert session.has_ticket is (suite.protocol == "TLS 1.3")
                sock.unwrap()
        assert native.wait() == 0


@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
@pytest.mark.parametrize("shared", ["ticket keys", "store"])
@EACH
def test_a_native_client_resumes_a_session_with_another_server_of_ours(
    any_openssl: Path,
    suite: Suite,
    shared: str,
    mutual: bool,
    identities: dict[str, Identity],
    tmp_path: Path,
) -> None:
    def serve(sock: Any) -> Any:
        result = (sock.session_reused, sock.getpeercert(True), sock.get_peer_enc_cert(True))
        sock.sendall(b"data")
        sock.recv(1)  # the client's close_notify
        return result

    identity = identities[suite.certificates]
    keys, store = [os.urandom(80)], ssl.MemorySessionStore()
    options = suite.options("client", identity, mutual=mutual)
    session = tmp_path / "session.pem"
    results = []
    for option in ("-sess_out", "-sess_in"):
        context = suite.context("server", identity, mutual=mutual)
        if shared == "store":
            context.session_store = store
        else:
            context.set_ticket_keys(keys)
        with (
            OurServer(context, serve) as server,
            Client(any_openssl, server.address, *options, option, session) as native,
        ):
            native.received(4)
            native.end_input()
            results.append(server.outcome())
            assert native.wait() == 0
    reused, *certificates = zip(*results, strict=True)
    assert reused == (False, True)
    expected = identity.der("client") if mutual else []
    for connection in zip(*certificates, strict=True):
        assert [each for each in connection if each] == expected
