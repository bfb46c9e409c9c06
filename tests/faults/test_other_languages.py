"""Ends that do not speak the same: HTTP, SSH or nothing at all to a TLCP port, TLS to TLCP."""

from __future__ import annotations

import os
import socket
import ssl as stdlib
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peers import Raised, at_once, tcp_pair
from relay import check_error
from tlcp_by_hand import CERTIFICATE, CERTIFICATE_REQUEST, CLIENT_HELLO, HandmadeClient, vector

from tongsuo_py import ssl

SHORT = 0.3
HTTP = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
#: What may come first instead of a TLCP record, and what OpenSSL says of it.
GREETINGS = {
    "GET": (HTTP, {"HTTP_REQUEST"}),
    # Since OpenSSL 3.2 the length is looked at first, which "T /" is too great for.
    "POST": (b"POST /x HTTP/1.1\r\n\r\n", {"HTTP_REQUEST", "WRONG_VERSION_NUMBER"}),
    "CONNECT": (
        b"CONNECT localhost:443 HTTP/1.1\r\n\r\n",
        {"HTTPS_PROXY_REQUEST", "WRONG_VERSION_NUMBER"},
    ),
    "HTTP": (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", {"WRONG_VERSION_NUMBER"}),
    "SSH": (b"SSH-2.0-OpenSSH_9.2\r\n", {"WRONG_VERSION_NUMBER"}),
    "SMTP": (b"220 mail.example ESMTP\r\n", {"WRONG_VERSION_NUMBER"}),
    "MQTT": (b"\x10\x0c\0\4MQTT\4\2\0\x3c\0\0", {"WRONG_VERSION_NUMBER"}),
    "zeros": (bytes(64), {"WRONG_VERSION_NUMBER"}),
    "ones": (b"\xff" * 64, {"WRONG_VERSION_NUMBER"}),
}
Wrap = Callable[[socket.socket], Any]


def servers(contexts: Any) -> dict[str, Any]:
    return {
        "TLCP": contexts.tlcp_server(),
        "both": contexts.tlcp_server(dual=True),
        "TLS": contexts["TLS 1.3"][0],
    }


@pytest.mark.parametrize("greeting", GREETINGS)
@pytest.mark.parametrize("kind", ["TLCP", "both", "TLS"])
def test_a_client_that_speaks_something_else(contexts: Any, kind: str, greeting: str) -> None:
    """The server says so at once, and the client is not left waiting."""
    accepted, client = tcp_pair()
    said, reasons = GREETINGS[greeting]
    with client, accepted:
        client.sendall(said)
        with Raised() as caught:
            servers(contexts)[kind].wrap_socket(accepted, server_side=True).close()
        check_error(caught.error)
        assert getattr(caught.error, "reason", "") in reasons
        accepted.close()
        with Raised() as caught:
            assert client.recv(100)[:1] in (b"", b"\x15")
        assert caught.error is None or isinstance(caught.error, ConnectionResetError)


@pytest.mark.parametrize("greeting", GREETINGS)
@pytest.mark.parametrize("kind", ["TLCP", "TLS 1.3"])
def test_a_server_that_speaks_something_else(contexts: Any, kind: str, greeting: str) -> None:
    server, plain = tcp_pair()
    with server, plain:
        said, reasons = GREETINGS[greeting]
        server.sendall(said)
        with Raised() as caught:
            contexts[kind][1].wrap_socket(plain, server_hostname="localhost").close()
        check_error(caught.error)
        assert getattr(caught.error, "reason", "") in reasons


@pytest.mark.parametrize("kind", ["TLCP", "both", "TLS"])
def test_a_client_that_says_too_little(contexts: Any, kind: str) -> None:
    """The time is over; a half-open connection costs no more than that."""
    for said in (b"", b"\x16", b"\x16\1\1\0", b"\x16\3\1\0", b"GET"):
        accepted, client = tcp_pair()
        with client, accepted:
            client.sendall(said)
            accepted.settimeout(SHORT)
            with pytest.raises(TimeoutError, match=r"^The handshake operation timed out$"):
                servers(contexts)[kind].wrap_socket(accepted, server_side=True)


def both(server: Wrap, client: Wrap) -> tuple[Any, Any]:
    """What a server and a client each came to; the first to fail closes."""
    ends = tcp_pair()

    def run(wrap: Wrap, plain: socket.socket) -> Any:
        with plain, wrap(plain) as sock:
            sock.sendall(b"x")
            return sock.recv(1)

    accepted, connected = at_once(
        lambda: run(server, ends[0]),
        lambda: run(client, ends[1]),
    )
    return accepted, connected


def test_tls_to_a_port_that_takes_tlcp_alone(contexts: Any) -> None:
    server = contexts.tlcp_server()
    stranger = stdlib.SSLContext(stdlib.PROTOCOL_TLS_CLIENT)
    for client in (contexts["TLS 1.3"][1], contexts["TLS 1.2"][1], stranger):
        accepted, connected = both(
            lambda plain: server.wrap_socket(plain, server_side=True),
            lambda plain, client=client: client.wrap_socket(plain, server_hostname="localhost"),
        )
        check_error(accepted)
        assert "the client speaks TLS and this server TLCP alone" in str(accepted)
        assert isinstance(connected, ssl.SSLError | ConnectionResetError)
        if isinstance(connected, ssl.SSLError):
            check_error(connected)


@pytest.mark.parametrize("whose", ["ours", "the standard library's"])
def test_tlcp_to_a_port_that_takes_tls_alone(
    contexts: Any, tls_material: SimpleNamespace, whose: str
) -> None:
    client = contexts.tlcp_client()
    server = contexts["TLS 1.3"][0]
    if whose != "ours":
        server = stdlib.SSLContext(stdlib.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(tls_material.cert, tls_material.key)
    accepted, connected = both(
        lambda plain: server.wrap_socket(plain, server_side=True),
        lambda plain: client.wrap_socket(plain, server_hostname="localhost"),
    )
    assert isinstance(accepted, ssl.SSLError)
    if whose == "ours":
        check_error(accepted)
        # OpenSSL before 3.2 does not even begin to read such a record.
        known = ssl.TONGSUO_VERSION_INFO >= (8, 5)
        hint = "the client speaks TLCP: to take it too, call enable_ntls()"
        assert hint in str(accepted) if known else accepted.reason == "WRONG_VERSION_NUMBER"
    assert isinstance(connected, ssl.SSLError | ConnectionResetError)
    if isinstance(connected, ssl.SSLError):
        check_error(connected)
        assert "TLCP, or only TLS?" in str(connected) or "only TLS?" in str(connected)


def test_two_clients_and_two_servers(contexts: Any) -> None:
    """A client that meets a client says so; servers both wait, until their time is over."""
    for kind in ("TLCP", "TLS 1.3"):
        server, client = contexts[kind]
        accepted, connected = both(
            lambda plain, client=client: client.wrap_socket(plain, server_hostname="localhost"),
            lambda plain, client=client: client.wrap_socket(plain, server_hostname="localhost"),
        )
        for error in (accepted, connected):
            assert isinstance(error, ssl.SSLError | ConnectionError), error
        assert any(isinstance(error, ssl.SSLError) for error in (accepted, connected))

        def wait(plain: socket.socket, server: Any = server) -> Any:
            plain.settimeout(SHORT)
            return server.wrap_socket(plain, server_side=True)

        for error in both(wait, wait):
            # The second one may see that the first has gone.
            assert isinstance(error, TimeoutError | ssl.SSLEOFError), error


def test_an_ecdhe_suite_without_a_client_s_pair(contexts: Any) -> None:
    """Both sides say in words what is missing."""
    server, client = contexts.tlcp_server(), contexts.tlcp_client()
    server.set_ciphers("ECDHE-SM2-SM4-GCM-SM3")
    accepted, connected = both(
        lambda plain: server.wrap_socket(plain, server_side=True),
        lambda plain: client.wrap_socket(plain, server_hostname="localhost"),
    )
    for error in (accepted, connected):
        check_error(error)
    assert accepted.reason == "NO_SHARED_CIPHER"
    assert "ECDHE suites alone, which a client without a certificate pair" in str(accepted)
    assert "load_ntls_cert_pair()" in str(connected)
    # A client that is told to use nothing else has not to ask the server.
    client.set_ciphers("ECDHE-SM2-SM4-GCM-SM3")
    with pytest.raises(ssl.SSLError, match=r"load_ntls_cert_pair\(\)"):
        client.wrap_bio(
            ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost"
        ).do_handshake()


def test_a_client_that_takes_ecdhe_and_sends_no_certificate(contexts: Any) -> None:
    """Another's client, which offers what it cannot do."""
    server = contexts.tlcp_server()
    server.set_ciphers("ECDHE-SM2-SM4-GCM-SM3")
    peer = HandmadeClient(server)
    peer.say_message(CLIENT_HELLO, peer.hello(suites=b"\xe0\x51"))
    peer.message_of(CERTIFICATE_REQUEST)
    peer.say_message(CERTIFICATE, vector(b"", 3))
    check_error(peer.error)
    assert getattr(peer.error, "reason", "") == "NO_CERTIFICATES_RETURNED"
    assert "the client sent no certificates" in str(peer.error)


garbage = st.one_of(
    st.binary(min_size=1, max_size=100),
    st.builds(
        lambda kind, version, body: bytes([kind]) + version + len(body).to_bytes(2) + body,
        st.sampled_from([20, 21, 22, 23, 24]),
        st.sampled_from([b"\1\1", b"\3\1", b"\3\3"]),
        st.binary(max_size=100),
    ),
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(said=garbage, server_side=st.booleans(), kind=st.sampled_from(["TLCP", "both", "TLS"]))
def test_anything_and_then_a_reset(
    contexts: Any, said: bytes, server_side: bool, kind: str
) -> None:
    """Over real sockets: an OSError, whatever came before the connection was torn down."""
    ours, theirs = tcp_pair()
    with ours:
        theirs.sendall(said)
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        theirs.close()
        with Raised() as caught:
            if server_side:
                servers(contexts)[kind].wrap_socket(ours, server_side=True)
            else:
                client = contexts["TLCP" if kind != "TLS" else "TLS 1.3"][1]
                client.wrap_socket(ours, server_hostname="localhost")
        assert isinstance(caught.error, OSError)
        assert str(caught.error)


def test_many_at_once_that_say_garbage(contexts: Any) -> None:
    """One server, and the clients' failures stay their own: the next honest one is served."""
    server, client = contexts["TLCP beside TLS"]
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    failures: list[BaseException] = []
    served: list[bytes] = []

    def serve(plain: socket.socket) -> None:
        with plain:
            plain.settimeout(10)
            with Raised() as caught, server.wrap_socket(plain, server_side=True) as sock:
                served.append(sock.recv(10))
                sock.sendall(b"served")
            if caught.error is not None:
                failures.append(caught.error)

    def accept() -> None:
        threads = []
        for _ in range(40):
            thread = threading.Thread(target=serve, args=(listener.accept()[0],))
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join(20)

    def visit() -> None:
        for number in range(40):
            with socket.create_connection(listener.getsockname(), 10) as plain:
                if number % 4 == 3:
                    with client.wrap_socket(plain, server_hostname="localhost") as sock:
                        sock.sendall(b"honest")
                        assert sock.recv(10) == b"served"
                else:
                    plain.sendall((b"\x16\1\1\0\20" if number % 2 else b"") + os.urandom(40))

    with listener:
        assert at_once(accept, visit) == [None, None]
    assert served == [b"honest"] * 10
    assert len(failures) == 30
    assert all(isinstance(error, OSError) and str(error) for error in failures)
