"""What happens in a TLCP session with native Tongsuo: hello, much data, and every way to end it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from native_peer import TIMEOUT, TLCP, Client, Server, pair_options
from our_side import OurServer, connect, payload, receive, tlcp_client, tlcp_server

from tongsuo_py import ssl

LARGE = 5_000_000
SERVER_NAME, SESSION_TICKET = "server name", "session ticket"


def native_server(openssl: Path, trust: Any, *options: str | Path) -> Server:
    return Server(openssl, *TLCP, *pair_options(trust.dir / "server"), *options)


def native_client(
    openssl: Path, server: OurServer, trust: Any, *options: str | Path, pair: bool = False
) -> Client:
    verify = ("-CAfile", trust.dir / "ca" / "ca.pem", "-verify_return_error")
    own = pair_options(trust.dir / "client") if pair else ()
    return Client(openssl, server.address, *TLCP, *verify, *own, *options)


# ------------------------------------------------------------------------------ the handshake


@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
def test_suites_that_are_chosen_when_nobody_says_which(
    any_openssl: Path, mutual: bool, trust: SimpleNamespace
) -> None:
    suite = "ECDHE-SM2-SM4-GCM-SM3" if mutual else "ECC-SM2-SM4-GCM-SM3"
    verify = ("-Verify", "2", "-CAfile", trust.dir / "ca" / "ca.pem") if mutual else ()
    with native_server(any_openssl, trust, *verify) as native:
        with connect(tlcp_client(trust, "client" if mutual else None), native.address) as sock:
            assert sock.cipher()[0] == suite
            sock.unwrap()
        assert native.wait() == 0
    with (
        OurServer(tlcp_server(trust, mutual=mutual), lambda sock: sock.unwrap()) as server,
        native_client(any_openssl, server, trust, pair=mutual) as client,
    ):
        server.outcome()
        assert f"Ciphersuite: {suite}\n" in client.established()
        assert client.wait() == 0


def extensions(openssl: Path, trust: Any, context: Any, name: str) -> set[str]:
    """The extensions in our client's hello, as a native server names them."""
    with native_server(openssl, trust, "-tlsextdebug") as native:
        with connect(context, native.address, name) as sock:
            sock.unwrap()
        lines = native.established().splitlines()
    found = [line.split('"')[1] for line in lines if line.startswith("TLS client extension ")]
    assert len(found) == len(set(found))
    return set(found)


def test_extensions_of_our_hello(any_openssl: Path, trust: SimpleNamespace) -> None:
    context = tlcp_client(trust)
    assert extensions(any_openssl, trust, context, "localhost") == {SERVER_NAME, SESSION_TICKET}
    assert extensions(any_openssl, trust, context, "127.0.0.1") == {SESSION_TICKET}
    context.options |= ssl.OP_NO_TICKET
    assert extensions(any_openssl, trust, context, "localhost") == {SERVER_NAME}
    # GmSSL ends the handshake at extensions: it must be possible to send none.
    assert extensions(any_openssl, trust, context, "127.0.0.1") == set()


def hello(context: Any, name: str) -> tuple[bytes, bytes, dict[int, bytes]]:
    """The first record of our client: version of the record, of the hello, and the extensions."""
    outgoing = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    record = outgoing.read()
    content_type, version, body = record[0], record[1:3], record[5:]
    assert (content_type, len(body)) == (22, int.from_bytes(record[3:5], "big"))
    assert (body[0], len(body) - 4) == (1, int.from_bytes(body[1:4], "big"))
    hello_version, rest = body[4:6], body[4 + 2 + 32 :]
    rest = rest[1 + rest[0] :]  # session ID
    rest = rest[2 + int.from_bytes(rest[:2], "big") :]  # cipher suites
    rest = rest[1 + rest[0] :]  # compression methods
    found = {}
    rest = rest[2:]
    while rest:
        kind, length = int.from_bytes(rest[:2], "big"), int.from_bytes(rest[2:4], "big")
        found[kind], rest = rest[4 : 4 + length], rest[4 + length :]
    return version, hello_version, found


def test_the_bytes_of_our_hello(trust: SimpleNamespace) -> None:
    context = tlcp_client(trust)
    version, hello_version, found = hello(context, "localhost")
    assert version == hello_version == b"\x01\x01"
    assert found == {0: b"\x00\x0c\x00\x00\x09localhost", 35: b""}
    for address in ("127.0.0.1", "::1"):
        assert hello(context, address)[2] == {35: b""}
    context.options |= ssl.OP_NO_TICKET
    assert hello(context, "localhost")[2].keys() == {0}
    assert hello(context, "::1")[2] == {}


NAME_CHECKS = {
    "host": ("-verify_hostname", "localhost"),
    "address": ("-verify_ip", "127.0.0.1"),
}


@pytest.mark.parametrize("check", NAME_CHECKS)
def test_a_native_client_finds_our_servers_certificates_right(
    any_openssl: Path, check: str, trust: SimpleNamespace
) -> None:
    with (
        OurServer(tlcp_server(trust), lambda sock: sock.unwrap()) as server,
        native_client(any_openssl, server, trust, *NAME_CHECKS[check]) as native,
    ):
        server.outcome()
        assert "Verification: OK\n" in native.established()
        assert native.wait() == 0


def test_a_native_client_that_wants_another_name(any_openssl: Path, trust: SimpleNamespace) -> None:
    with (
        OurServer(tlcp_server(trust), lambda sock: sock.unwrap()) as server,
        native_client(any_openssl, server, trust, "-verify_hostname", "other.example") as native,
    ):
        with pytest.raises(ssl.SSLError) as caught:
            server.outcome()
        assert caught.value.reason == "SSLV3_ALERT_BAD_CERTIFICATE"
        assert native.wait() == 1
        assert "hostname mismatch" in native.stderr.decode().lower()


def test_a_native_client_that_trusts_another_ca(any_openssl: Path, trust: SimpleNamespace) -> None:
    with (
        OurServer(tlcp_server(trust, "stranger"), lambda sock: sock.unwrap()) as server,
        native_client(any_openssl, server, trust) as native,
    ):
        with pytest.raises(ssl.SSLError) as caught:
            server.outcome()
        assert caught.value.reason == "TLSV1_ALERT_UNKNOWN_CA"
        assert native.wait() == 1


def test_a_native_client_of_another_ca(any_openssl: Path, trust: SimpleNamespace) -> None:
    own = pair_options(trust.dir / "stranger")
    with (
        OurServer(tlcp_server(trust, mutual=True), lambda sock: sock.unwrap()) as server,
        native_client(any_openssl, server, trust, *own) as native,
    ):
        with pytest.raises(ssl.SSLCertVerificationError, match=r"issuer certificate|self-signed"):
            server.outcome()
        assert native.wait() == 1


def test_ecdhe_verifies_the_client_whatever_verify_mode_says(
    any_openssl: Path, trust: SimpleNamespace
) -> None:
    # Tongsuo's rule. With the suites in our order a server that asks for no certificate comes to
    # ECDHE only where the client has nothing else.
    context = tlcp_server(trust)
    assert context.verify_mode == ssl.CERT_NONE
    own = (*pair_options(trust.dir / "stranger"), "-cipher", "ECDHE-SM2-SM4-GCM-SM3")
    with (
        OurServer(context, lambda sock: sock.unwrap()) as server,
        native_client(any_openssl, server, trust, *own),
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        server.outcome()


ECDHE = "ECDHE-SM2-SM4-GCM-SM3"


@pytest.mark.parametrize("suite", [ECDHE, "ECC-SM2-SM4-GCM-SM3"])
def test_a_server_that_verifies_nobody_has_the_clients_pair_for_ecdhe_alone(
    any_openssl: Path, suite: str, trust: SimpleNamespace
) -> None:
    with native_server(any_openssl, trust, "-cipher", suite) as native:
        with connect(tlcp_client(trust, "client", suite), native.address) as sock:
            sock.unwrap()
        assert native.wait() == 0
        assert ("Client certificate\n" in native.established()) == (suite == ECDHE)

    def serve(sock: Any) -> bool:
        pair = (sock.getpeercert(True), sock.get_peer_enc_cert(True))
        sock.unwrap()
        return pair == (trust.client.sign.to_der(), trust.client.enc.to_der())

    with (
        OurServer(tlcp_server(trust, suites=suite), serve) as server,
        native_client(any_openssl, server, trust, pair=True) as native,
    ):
        assert server.outcome() == (suite == ECDHE)
        assert native.wait() == 0


@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
@pytest.mark.parametrize("ticket", [True, False], ids=["by ticket", "by ID"])
def test_a_native_client_resumes_a_session_with_our_server(
    any_openssl: Path, ticket: bool, mutual: bool, trust: SimpleNamespace, tmp_path: Path
) -> None:
    def serve(sock: Any) -> Any:
        result = (sock.session_reused, sock.getpeercert(True), sock.get_peer_enc_cert(True))
        sock.sendall(b"data")
        sock.unwrap()
        return result

    session = tmp_path / "session.pem"
    command = () if ticket else ("-no_ticket",)
    results = []
    with OurServer(tlcp_server(trust, mutual=mutual), serve) as server:
        for option in ("-sess_out", "-sess_in"):
            options = (*command, option, session)
            with native_client(any_openssl, server, trust, *options, pair=mutual) as native:
                results.append(server.outcome())
                assert native.wait() == 0
    reused, sign, enc = zip(*results, strict=True)
    assert reused == (False, True)
    if not mutual:
        assert sign == enc == (None, None)
        return
    assert sign == (trust.client.sign.to_der(),) * 2
    assert enc == (trust.client.enc.to_der(),) * 2  # from a ticket too, where we put it


# ------------------------------------------------------------------------------ data


def send_and_receive(sock: Any, outward: bytes, size: int) -> bytes:
    """Send and receive at the same time, each in a thread of its own."""
    failures: list[BaseException] = []

    def send() -> None:
        try:
            sock.sendall(outward)
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        return receive(sock, size)
    finally:
        thread.join(TIMEOUT)
        assert not thread.is_alive()
        assert failures == []


@pytest.mark.parametrize("suite", ["ECC-SM2-SM4-GCM-SM3", "ECC-SM2-SM4-CBC-SM3"])
def test_much_data_both_ways_at_once_with_a_native_server(
    any_openssl: Path, suite: str, trust: SimpleNamespace
) -> None:
    to_server, to_client = payload(LARGE, "to the server"), payload(LARGE, "to the client")
    with native_server(any_openssl, trust, "-cipher", suite) as native:
        with connect(tlcp_client(trust), native.address) as sock:
            native.established()
            native.send(to_client)
            assert send_and_receive(sock, to_server, LARGE) == to_client
            assert native.received(LARGE) == to_server
            sock.unwrap()
        assert native.wait() == 0


@pytest.mark.parametrize("suite", ["ECC-SM2-SM4-GCM-SM3", "ECC-SM2-SM4-CBC-SM3"])
def test_much_data_both_ways_at_once_with_a_native_client(
    any_openssl: Path, suite: str, trust: SimpleNamespace
) -> None:
    to_server, to_client = payload(LARGE, "to the server"), payload(LARGE, "to the client")

    def serve(sock: Any) -> bool:
        received = send_and_receive(sock, to_client, LARGE)
        sock.unwrap()
        return received == to_server

    with (
        OurServer(tlcp_server(trust), serve) as server,
        native_client(any_openssl, server, trust, "-cipher", suite) as native,
    ):
        native.send(to_server)
        assert server.outcome()
        assert native.wait() == 0
        assert native.received(LARGE) == to_client


# ------------------------------------------------------------------------------ the end


def test_a_native_server_closes_first(any_openssl: Path, trust: SimpleNamespace) -> None:
    with native_server(any_openssl, trust, "-rev") as native:
        with connect(tlcp_client(trust), native.address) as sock:
            sock.sendall(b"drawer\n")
            assert receive(sock, 7) == b"reward\n"
            sock.sendall(b"CLOSE\n")
            assert sock.recv(1) == b""
            sock.unwrap()  # the server's close_notify came, ours goes
        assert native.wait() == 0


def test_a_native_client_is_closed_first(any_openssl: Path, trust: SimpleNamespace) -> None:
    with (
        OurServer(tlcp_server(trust), lambda sock: sock.unwrap()) as server,
        native_client(any_openssl, server, trust) as native,
    ):
        server.outcome()  # it went out, and the client's came back
        assert native.wait() == 0


def test_an_end_without_close_notify_is_told_from_one_with_it(
    any_openssl: Path, trust: SimpleNamespace
) -> None:
    with native_server(any_openssl, trust) as native:
        context = tlcp_client(trust)
        with connect(context, native.address, suppress_ragged_eofs=False) as sock:
            native.established()
            native.send(b"the first half")
            assert receive(sock, 14) == b"the first half"
            native.send(b"Q")  # it closes the socket, and is too late with its close_notify
            with pytest.raises(ssl.SSLEOFError, match="EOF occurred in violation of protocol"):
                sock.recv(1)


def test_a_native_server_is_killed_while_our_client_waits(
    any_openssl: Path, trust: SimpleNamespace
) -> None:
    with native_server(any_openssl, trust) as native:
        context = tlcp_client(trust)
        with connect(context, native.address, suppress_ragged_eofs=False) as sock:
            native.established()
            timer = threading.Timer(0.2, native.kill)
            timer.start()
            start = time.monotonic()
            with pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
                sock.recv(1)
            assert 0.1 < time.monotonic() - start < 5
            timer.join()


def test_a_native_client_is_killed_while_our_server_sends(
    any_openssl: Path, trust: SimpleNamespace
) -> None:
    started = threading.Event()

    def serve(sock: Any) -> None:
        started.set()
        while True:
            sock.sendall(bytes(100_000))

    with (
        OurServer(tlcp_server(trust), serve) as server,
        native_client(any_openssl, server, trust) as native,
    ):
        assert started.wait(TIMEOUT)
        native.received(100_000)
        native.kill()
        start = time.monotonic()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            server.outcome()
        assert time.monotonic() - start < 5


def test_a_native_server_is_killed_in_the_handshake(
    any_openssl: Path, trust: SimpleNamespace
) -> None:
    with native_server(any_openssl, trust) as native:
        sock = connect(tlcp_client(trust), native.address, do_handshake_on_connect=False)
        with sock:
            native.kill()
            native.wait()
            with pytest.raises((ssl.SSLEOFError, ConnectionResetError, BrokenPipeError)):
                sock.do_handshake()
