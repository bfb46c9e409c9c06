"""TLS 1.3 with SM2 certificates, SM4 and SM3 (RFC 8998), with native Tongsuo and with OpenSSL 4."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from native_peer import TIMEOUT, Client, Server, run
from OpenSSL import SSL
from our_side import OurServer, connect, payload, receive

from tongsuo_py import ssl

SUITE = "TLS_SM4_GCM_SM3"
NEGOTIATED = (SUITE, "TLSv1.3", 128)
SIZE = 100_000


def our_client(trust: Any) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(trust.dir / "ca" / "ca.pem")
    context.set_ciphersuites(SUITE)
    return context


def our_server(trust: Any) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trust.dir / "server_cert" / "cert.pem", key_file(trust))
    context.set_ciphersuites(SUITE)
    return context


def key_file(trust: Any) -> Path:
    path: Path = trust.dir / "server_cert" / "cert.key"
    return path


def serve(sock: Any) -> Any:
    """Take some data and send some; returns the suite and the peer's subject."""
    assert receive(sock, SIZE) == payload(SIZE, "to the server")
    sock.sendall(payload(SIZE, "to the client"))
    result = sock.cipher(), sock.getpeercert()
    sock.unwrap()
    return result


def native_options(openssl: Path, trust: Any, mode: str) -> list[str | Path]:
    options: list[str | Path] = ["-tls1_3", "-ciphersuites", SUITE]
    if mode != "plain":
        # RFC 8998's own group and signature, where others would do as well.
        group = "SM2" if "Tongsuo 8.4." in run(openssl, "version") else "curveSM2"
        options += ["-groups", group, "-sigalgs", "sm2sig_sm3"]
    if mode == "strict":
        options.append("-enable_sm_tls13_strict")
    return options


MODES = pytest.mark.parametrize("mode", ["plain", "curveSM2 and sm2sig_sm3", "strict"])


@MODES
@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
def test_our_client_and_native_server(
    any_openssl: Path, mode: str, mutual: bool, trust: SimpleNamespace
) -> None:
    options = native_options(any_openssl, trust, mode)
    options += ["-cert", trust.dir / "server_cert" / "cert.pem", "-key", key_file(trust)]
    context = our_client(trust)
    if mutual:
        context.load_cert_chain(trust.dir / "server_cert" / "cert.pem", key_file(trust))
        options += ["-Verify", "2", "-verify_return_error"]
        options += ["-CAfile", trust.dir / "ca" / "ca.pem"]
    with Server(any_openssl, *options) as native:
        with connect(context, native.address) as sock:
            assert sock.version() == "TLSv1.3"
            assert sock.cipher() == NEGOTIATED
            assert sock.get_peer_enc_cert() is None
            sock.sendall(payload(SIZE, "to the server"))
            assert native.received(SIZE) == payload(SIZE, "to the server")
            native.send(payload(SIZE, "to the client"))
            assert receive(sock, SIZE) == payload(SIZE, "to the client")
            sock.unwrap()
        assert native.wait() == 0
        report = native.established()
    assert f"CIPHER is {SUITE}\n" in report
    assert ("Client certificate\n" in report) == mutual
    if mode != "plain":
        assert "Shared groups: curveSM2\n" in report
        assert "Shared Signature Algorithms: SM2+SM3\n" in report


@MODES
@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
def test_native_client_and_our_server(
    any_openssl: Path, mode: str, mutual: bool, trust: SimpleNamespace
) -> None:
    options = native_options(any_openssl, trust, mode)
    options += ["-CAfile", trust.dir / "ca" / "ca.pem", "-verify_return_error"]
    context = our_server(trust)
    if mutual:
        context.load_verify_locations(trust.dir / "ca" / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        options += ["-cert", trust.dir / "server_cert" / "cert.pem", "-key", key_file(trust)]
    with (
        OurServer(context, serve) as server,
        Client(any_openssl, server.address, *options) as native,
    ):
        native.send(payload(SIZE, "to the server"))
        if mutual and mode == "strict":
            # RFC 8998 lets a server ask for sm2sig_sm3 alone, and ours names every algorithm it has
            # until it can be told which.
            with pytest.raises(ssl.SSLError) as caught:
                server.outcome()
            assert caught.value.reason == "SSLV3_ALERT_ILLEGAL_PARAMETER"
            return
        cipher, certificate = server.outcome()
        assert cipher == NEGOTIATED
        assert bool(certificate) == mutual
        report = native.established()
        assert native.wait() == 0
        assert native.received(SIZE) == payload(SIZE, "to the client")
    assert f"Protocol version: TLSv1.3\nCiphersuite: {SUITE}\n" in report
    assert "Verification: OK\n" in report
    assert "Signature type: sm2sig_sm3\n" in report or "Signature type: SM2\n" in report
    if mode != "plain":
        assert "Temp Key: ECDH, SM2, 256 bits\n" in native.stderr.decode()


# ------------------------------------------------------------------------------ OpenSSL 4


def foreign_context(method: int, trust: Any) -> SSL.Context:
    context = SSL.Context(method)
    context.set_tls13_ciphersuites(SUITE.encode())
    context.load_verify_locations(str(trust.dir / "ca" / "ca.pem"))
    return context


def foreign_exchange(connection: SSL.Connection, *, client: bool) -> None:
    """The same conversation as ``serve``, from either end, on a blocking socket."""
    mine, theirs = ("server", "client") if client else ("client", "server")
    connection.do_handshake()
    assert connection.get_cipher_name() == SUITE
    if client:
        connection.sendall(payload(SIZE, f"to the {mine}"))
    received = b""
    while len(received) < SIZE:
        received += connection.recv(SIZE - len(received))
    assert received == payload(SIZE, f"to the {theirs}")
    if not client:
        connection.sendall(payload(SIZE, f"to the {mine}"))
    with pytest.raises(SSL.ZeroReturnError):  # our close_notify
        connection.recv(1)
    connection.shutdown()


def test_the_other_openssl_is_another_one() -> None:
    assert SSL.OpenSSL_version(SSL.OPENSSL_VERSION).startswith(b"OpenSSL 4.")


@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
def test_openssl_client_and_our_server(mutual: bool, trust: SimpleNamespace) -> None:
    context = our_server(trust)
    foreign = foreign_context(SSL.TLS_CLIENT_METHOD, trust)
    foreign.set_verify(SSL.VERIFY_PEER)
    if mutual:
        context.load_verify_locations(trust.dir / "ca" / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        foreign.use_certificate_chain_file(str(trust.dir / "server_cert" / "cert.pem"))
        foreign.use_privatekey_file(str(key_file(trust)))
    with OurServer(context, serve) as server, socket.create_connection(server.address) as plain:
        connection = SSL.Connection(foreign, plain)
        connection.set_connect_state()
        foreign_exchange(connection, client=True)
        cipher, certificate = server.outcome()
    assert cipher == NEGOTIATED
    assert bool(certificate) == mutual


@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
def test_our_client_and_openssl_server(mutual: bool, trust: SimpleNamespace) -> None:
    context = our_client(trust)
    foreign = foreign_context(SSL.TLS_SERVER_METHOD, trust)
    foreign.use_certificate_chain_file(str(trust.dir / "server_cert" / "cert.pem"))
    foreign.use_privatekey_file(str(key_file(trust)))
    if mutual:
        foreign.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
        context.load_cert_chain(trust.dir / "server_cert" / "cert.pem", key_file(trust))
    failures: list[BaseException] = []

    def serve_one(listener: socket.socket) -> None:
        try:
            plain, _ = listener.accept()
            with plain:
                plain.setblocking(True)
                connection = SSL.Connection(foreign, plain)
                connection.set_accept_state()
                foreign_exchange(connection, client=False)
                assert (connection.get_peer_certificate() is not None) == mutual
        except BaseException as error:
            failures.append(error)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TIMEOUT)
        thread = threading.Thread(target=serve_one, args=(listener,))
        thread.start()
        try:
            with connect(context, listener.getsockname()) as sock:
                assert sock.cipher() == NEGOTIATED
                sock.sendall(payload(SIZE, "to the server"))
                assert receive(sock, SIZE) == payload(SIZE, "to the client")
                sock.unwrap()
        finally:
            thread.join(TIMEOUT)
    assert failures == []
