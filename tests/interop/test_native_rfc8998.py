"""TLS 1.3 with SM2 certificates, SM4 and SM3 (RFC 8998), where the sides are not told all of it.

The matrix has both sides told which group and signature algorithm to use. Here they find them out,
or native Tongsuo insists on RFC 8998 to the letter: its group and its signature algorithm, and that
nobody asks for another one. Then our server must be told the group, since a client offers others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from identities import Identity
from native_peer import Client, Server
from our_side import OurServer, connect, receive
from suites import OUR_VERSION, Suite

SUITE = Suite("TLS 1.3", "TLS_SM4_GCM_SM3", "SM2")
WITH_GROUP = Suite("TLS 1.3", "TLS_SM4_GCM_SM3", "SM2", "curveSM2")
SIGNATURE = "sm2sig_sm3"
STRICT = "-enable_sm_tls13_strict"
MODES = pytest.mark.parametrize("options", [(), (STRICT,)], ids=["plain", "strict"])
WHOSE = pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])


@MODES
@WHOSE
def test_our_client_and_native_server(
    any_openssl: Path, options: tuple[str, ...], mutual: bool, identities: dict[str, Identity]
) -> None:
    identity = identities["SM2"]
    command = (*SUITE.options("server", identity, mutual=mutual), *options)
    with Server(any_openssl, *command) as native:
        context = SUITE.context("client", identity, mutual=mutual)
        with connect(context, native.address) as sock:
            assert sock.cipher() == (SUITE.name, "TLSv1.3", 128)
            if OUR_VERSION != "8.4.0":
                assert sock.server_sigalg() == SIGNATURE
            assert sock.get_peer_enc_cert() is None
            sock.sendall(b"request")
            assert native.received(7) == b"request"
            native.send(b"0123456789")
            assert receive(sock, 10) == b"0123456789"
            sock.unwrap()
        assert native.wait() == 0
        assert ("Client certificate\n" in native.established()) == mutual


@MODES
@WHOSE
def test_native_client_and_our_server(
    any_openssl: Path, options: tuple[str, ...], mutual: bool, identities: dict[str, Identity]
) -> None:
    identity = identities["SM2"]

    def serve(sock: Any) -> Any:
        assert receive(sock, 7) == b"request"
        sock.sendall(b"0123456789")
        if OUR_VERSION != "8.4.0":
            assert sock.client_sigalg() == (SIGNATURE if mutual else None)
        result = sock.cipher(), bool(sock.getpeercert())
        sock.unwrap()
        return result

    command = (*SUITE.options("client", identity, mutual=mutual), *options)
    suite = WITH_GROUP if STRICT in options else SUITE
    context = suite.context("server", identity, mutual=mutual)
    with (
        OurServer(context, serve) as server,
        Client(any_openssl, server.address, *command) as native,
    ):
        native.send(b"request")
        outcome = server.outcome()
        assert native.received(10) == b"0123456789"
        assert native.wait() == 0
        report = native.established()
    assert outcome == ((SUITE.name, "TLSv1.3", 128), mutual)
    assert "Verification: OK\n" in report
    assert f"Signature type: {SIGNATURE}\n" in report or "Signature type: SM2\n" in report
