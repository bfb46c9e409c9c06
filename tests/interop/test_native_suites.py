"""Every TLCP suite, with our client and with our server, against native Tongsuo of each version.

One test is one cell of a matrix: which side is ours × the native version × the suite × whose
certificates count. Data goes both ways in several sizes; then the client says close_notify, and the
server answers with its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from native_peer import TLCP, Client, Server, pair_options
from our_side import OurServer, connect, payload, receive, tlcp_client, tlcp_server

from tongsuo_py import ssl

ECC = ("ECC-SM2-SM4-GCM-SM3", "ECC-SM2-SM4-CBC-SM3")
ECDHE = ("ECDHE-SM2-SM4-GCM-SM3", "ECDHE-SM2-SM4-CBC-SM3")
SIZES = (1, 16384, 100_000)


@dataclass(frozen=True)
class Authentication:
    """Whether the client has a pair, and whether the server wants to verify one."""

    client_has_pair: bool
    server_verifies: bool


SERVER_AUTH = Authentication(client_has_pair=False, server_verifies=False)
UNVERIFIED_CLIENT = Authentication(client_has_pair=True, server_verifies=False)
MUTUAL_AUTH = Authentication(client_has_pair=True, server_verifies=True)


class OurClient:
    """Our client and the native server."""

    def __init__(self, openssl: Path, suite: str, auth: Authentication, trust: Any) -> None:
        self.auth = auth
        self.context = tlcp_client(trust, "client" if auth.client_has_pair else None, suite)
        self.command = [*TLCP, *pair_options(trust.dir / "server"), "-cipher", suite]
        if auth.server_verifies:
            self.command += ["-Verify", "2", "-verify_return_error", "-CAfile"]
            self.command += [trust.dir / "ca" / "ca.pem"]
        self.openssl, self.suite = openssl, suite

    def meet(self) -> None:
        with Server(self.openssl, *self.command) as native:
            with connect(self.context, native.address) as sock:
                check_our_view(sock, self.suite, "server")
                total = b""
                for size in SIZES:
                    sock.sendall(payload(size, "to the server"))
                    total += payload(size, "to the server")
                    assert native.received(len(total)) == total
                    native.send(payload(size, "to the client"))
                    assert receive(sock, size) == payload(size, "to the client")
                sock.unwrap()  # sends close_notify, and waits for the server's
            assert native.wait() == 0
        assert native.received(len(total))[len(total) :].startswith(b"DONE\n")  # it saw ours
        report = native.established()
        assert f"CIPHER is {self.suite}\n" in report
        if self.auth.server_verifies:
            assert "verify return:0" not in native.stderr.decode()
            assert native.stderr.decode().count("client.example\nverify return:1") >= 2
        assert ("Client certificate\n" in report) == (
            self.auth.server_verifies or (self.auth.client_has_pair and self.suite in ECDHE)
        )

    def refused(self) -> str:
        with (
            Server(self.openssl, *self.command) as native,
            pytest.raises(ssl.SSLError) as caught,
        ):
            connect(self.context, native.address).close()
        return str(caught.value)


class OurServerSide:
    """The native client and our server."""

    def __init__(self, openssl: Path, suite: str, auth: Authentication, trust: Any) -> None:
        self.auth = auth
        self.context = tlcp_server(trust, suites=suite, mutual=auth.server_verifies)
        self.command = [*TLCP, "-CAfile", trust.dir / "ca" / "ca.pem", "-verify_return_error"]
        self.command += ["-cipher", suite]
        if auth.client_has_pair:
            self.command += pair_options(trust.dir / "client")
        self.openssl, self.suite = openssl, suite

    def serve(self, sock: ssl.SSLSocket) -> None:
        # With ECDHE Tongsuo verifies the client in any case.
        verified = self.auth.server_verifies or self.suite in ECDHE
        check_our_view(sock, self.suite, "client" if verified else None)
        for size in SIZES:
            assert receive(sock, size) == payload(size, "to the server")
            sock.sendall(payload(size, "to the client"))
        assert sock.recv(1) == b""  # close_notify, and no end of file without it
        sock.unwrap()

    def meet(self) -> None:
        with (
            OurServer(self.context, self.serve) as server,
            Client(self.openssl, server.address, *self.command) as native,
        ):
            report = native.established()
            total = b""
            for size in SIZES:
                native.send(payload(size, "to the server"))
                total += payload(size, "to the client")
                assert native.received(len(total)) == total
            native.end_input()
            server.outcome()
            assert native.wait() == 0
        assert f"Protocol version: NTLSv1.1\nCiphersuite: {self.suite}\n" in report
        assert "Verification: OK\n" in report

    def refused(self) -> str:
        with (
            OurServer(self.context, self.serve) as server,
            Client(self.openssl, server.address, *self.command),
            pytest.raises(ssl.SSLError) as caught,
        ):
            server.outcome()
        return str(caught.value)


def check_our_view(sock: ssl.SSLSocket, suite: str, peer: str | None) -> None:
    assert sock.version() == "NTLSv1.1"
    assert sock.cipher() == (suite, "NTLSv1.1", 128)
    certificates = (sock.getpeercert(), sock.get_peer_enc_cert())
    if peer is None:
        assert not any(certificates)  # {} for one that was not verified
    else:
        for certificate in certificates:
            assert (("organizationalUnitName", peer),) in certificate["subject"]
        binary = (sock.getpeercert(True), sock.get_peer_enc_cert(True))
        assert binary[0] != binary[1]


@pytest.mark.parametrize(
    "auth",
    [
        pytest.param(SERVER_AUTH, id="server auth"),
        pytest.param(UNVERIFIED_CLIENT, id="client not verified"),
        pytest.param(MUTUAL_AUTH, id="mutual auth"),
    ],
)
@pytest.mark.parametrize("suite", ECDHE + ECC)
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(OurClient, id="our client to native server"),
        pytest.param(OurServerSide, id="native client to our server"),
    ],
)
def test_suite(
    kind: type[OurClient | OurServerSide],
    any_openssl: Path,
    suite: str,
    auth: Authentication,
    trust: SimpleNamespace,
) -> None:
    session = kind(any_openssl, suite, auth, trust)
    if suite in ECDHE and not auth.client_has_pair:
        assert "TLCP's ECDHE suites need" in session.refused()
    else:
        session.meet()
