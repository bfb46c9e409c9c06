"""Records: their end in one direction, and what is said about one that is wrong."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair

from tongsuo_py import ssl

BLOCK = 3_000_000
TIMEOUT = 30


@contextmanager
def peers(
    trust: SimpleNamespace, serve: Callable[[ssl.SSLSocket], None]
) -> Iterator[ssl.SSLSocket]:
    """A TLCP client whose server runs ``serve`` in a thread."""
    server_context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    trust.server.configure(server_context)
    trust.ca.configure_trust(server_context)
    server_context.verify_mode = ssl.CERT_REQUIRED
    client_context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    trust.client.configure(client_context)
    trust.ca.configure_trust(client_context)
    ours, theirs = socket.socketpair()
    ours.settimeout(TIMEOUT)
    theirs.settimeout(TIMEOUT)
    raised: list[BaseException] = []

    def run() -> None:
        try:
            with server_context.wrap_socket(theirs, server_side=True) as sock:
                serve(sock)
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        with client_context.wrap_socket(ours, server_hostname="localhost") as sock:
            yield sock
    finally:
        thread.join(TIMEOUT)
    assert raised == []


def read_all(sock: ssl.SSLSocket) -> bytes:
    data = b""
    try:
        while more := sock.recv(65536):
            data += more
    except ssl.SSLZeroReturnError:
        pass
    return data


def read_to_the_end(sock: ssl.SSLSocket) -> None:
    read_all(sock)
    sock.unwrap()


def test_after_our_close_notify_the_peer_can_still_send(trust: SimpleNamespace) -> None:
    received = []

    def serve(sock: ssl.SSLSocket) -> None:
        received.append(read_all(sock))
        sock.sendall(b"a" * BLOCK)
        sock.unwrap()

    with peers(trust, serve) as client:
        client.sendall(b"question")
        client.send_close_notify()
        client.send_close_notify()  # once is enough, twice does no harm
        assert read_all(client) == b"a" * BLOCK
        client.unwrap()
    assert received == [b"question"]


def test_after_our_close_notify_we_cannot_send(trust: SimpleNamespace) -> None:
    with peers(trust, read_to_the_end) as client:
        client.send_close_notify()
        with pytest.raises(ssl.SSLError):
            client.send(b"one more thing")
        assert read_all(client) == b""


def test_without_a_session_there_is_no_close_notify(trust: SimpleNamespace) -> None:
    with peers(trust, read_to_the_end) as client:
        client.unwrap()
        with pytest.raises(ValueError, match="No SSL wrapper"):
            client.send_close_notify()


def test_an_altered_record_is_named_bad_record_mac(trust: SimpleNamespace) -> None:
    def serve(sock: ssl.SSLSocket) -> None:
        with pytest.raises(ssl.SSLError) as caught:
            sock.recv(100)
        assert caught.value.reason == "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
        assert "decryption failed or bad record mac" in str(caught.value)

    with peers(trust, serve) as client:
        # A record that the session's keys did not make, past the session.
        record = b"\x17\x01\x01\x00\x20" + bytes(32)
        socket.socket.send(client, record)
        with pytest.raises(ssl.SSLError) as caught:
            client.recv(100)
        assert caught.value.reason == "SSLV3_ALERT_BAD_RECORD_MAC"


@pytest.mark.parametrize("dual", [False, True], ids=["NTLS", "dual"])
@pytest.mark.parametrize("suite", ["ECC-SM2-SM4-GCM-SM3", "ECC-SM2-SM4-CBC-SM3"])
def test_a_message_travels_in_one_record(tlcp: Any, suite: str, dual: bool) -> None:
    """TLS 1.0's empty records, an answer to a weakness of its CBC, are not for TLCP."""
    pair = MemoryPair(tlcp.server(suite, dual=dual), tlcp.client(suite))
    pair.handshake()
    for end, out in ((pair.server, pair.server_out), (pair.client, pair.client_out)):
        end.write(b"x" * 100)
        said = out.read()
        assert int.from_bytes(said[3:5], "big") == len(said) - 5
