"""Ticket keys that servers share and change, and what is in a ticket."""

from __future__ import annotations

import hmac
import os
import threading
import warnings
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from peers import MemoryPair
from resuming import PROTOCOLS, Connected, Maker, new_session, resumes
from server_process import ServerProcess, visit

from tongsuo_py import ssl

NEW_SESSION_TICKET = 4


def key() -> bytes:
    return os.urandom(80)


def server_with(make: Maker, *keys: bytes, mutual: bool = False) -> Any:
    server = make.server(mutual=mutual)
    server.set_ticket_keys(keys)
    return server


# ------------------------------------------------------------------------------ sharing


@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
def test_servers_with_one_key(make: Maker, mutual: bool) -> None:
    shared, client = key(), make.client()
    one, other = (server_with(make, shared, mutual=mutual) for _ in range(2))
    kept = new_session(one, client)
    assert resumes(one, client, kept)
    assert resumes(other, client, kept)
    assert not resumes(server_with(make, key(), mutual=mutual), client, kept)
    assert not resumes(make.server(mutual=mutual), client, kept)


def test_a_key_whose_name_is_right_and_nothing_else(make: Maker) -> None:
    shared, client = key(), make.client()
    kept = new_session(server_with(make, shared), client)
    for wrong in (shared[:16] + key()[16:], shared[:48] + key()[48:], shared[:16] + key()[:64]):
        assert not resumes(server_with(make, wrong), client, kept)


def test_another_side_of_the_key_authenticates(make: Maker) -> None:
    # The right key to decrypt with, and the wrong one for the MAC: a forger's ticket.
    shared, client = key(), make.client()
    kept = new_session(server_with(make, shared), client)
    forged = shared[:16] + key()[:32] + shared[48:]
    assert not resumes(server_with(make, forged), client, kept)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_three_processes(protocol: str, tls: SimpleNamespace, trust: SimpleNamespace) -> None:
    make = Maker(protocol, tls, trust)
    client = make.client()
    first, second = key(), key()
    with (
        ServerProcess(protocol, tls, trust, keys=[first]) as one,
        ServerProcess(protocol, tls, trust, keys=[first]) as two,
        ServerProcess(protocol, tls, trust, keys=[first]) as three,
    ):
        visits = [visit(client, one)]
        for server in (two, three, one):
            visits.append(visit(client, server, visits[-1].session))
        assert [entry.reused for entry in visits] == [False, True, True, True]
        assert len({entry.certificate for entry in visits}) == 1
        assert visits[0].certificate
        assert len({entry.enc_certificate for entry in visits}) == 1
        assert bool(visits[0].enc_certificate) == (protocol == "TLCP")
        # The keys are changed, server by server, and nobody notices.
        for keys in ([first, second], [second, first], [second]):
            for server in (one, two, three):
                server.take(keys)
                visits.append(visit(client, server, visits[-1].session))
        assert all(entry.reused for entry in visits[1:])
        assert not visit(client, one, visits[0].session).reused


# ------------------------------------------------------------------------------ rotation


def test_an_old_key_decrypts_and_the_new_one_encrypts(make: Maker) -> None:
    old, new = key(), key()
    server, client = server_with(make, old), make.client()
    kept = new_session(server, client)
    server.set_ticket_keys([new, old])
    pair = Connected(server, client, kept)
    assert pair.reused
    server.set_ticket_keys([new])
    assert resumes(server, client, pair.session)
    assert not resumes(server, client, kept)


def test_a_key_that_only_decrypts_does_not_encrypt(make: Maker) -> None:
    old, new = key(), key()
    server, client = server_with(make, old, new), make.client()
    kept = new_session(server, client)
    assert resumes(server_with(make, old), client, kept)
    assert not resumes(server_with(make, new), client, kept)


def test_many_keys(make: Maker) -> None:
    keys = [key() for _ in range(100)]
    server, client = server_with(make, *keys), make.client()
    sessions = [new_session(server_with(make, one), client) for one in (keys[0], keys[-1])]
    assert all(resumes(server, client, kept) for kept in sessions)


def test_a_ticket_of_the_current_key_is_kept_where_it_may_be_used_again(make: Maker) -> None:
    server, client = server_with(make, key()), make.client()
    kept = new_session(server, client)
    again = Connected(server, client, kept).session
    # In TLS 1.3 each connection brings new ones (RFC 8446, C.4).
    assert (again == kept) == (make.protocol != "TLS 1.3")


def test_keys_change_while_connections_are_made(make: Maker) -> None:
    server, client = make.server(), make.client()
    keys = [key() for _ in range(3)]
    server.set_ticket_keys(keys)
    stop = threading.Event()
    changes = 0

    def change() -> None:
        nonlocal changes
        while not stop.is_set():
            keys.append(keys.pop(0))
            server.set_ticket_keys(keys)
            changes += 1

    thread = threading.Thread(target=change)
    thread.start()
    try:
        kept = new_session(server, client)
        for _ in range(50):
            pair = Connected(server, client, kept)
            assert pair.reused
            kept = pair.session
    finally:
        stop.set()
        thread.join()
    assert changes > 50


def test_a_context_is_dropped_while_its_connections_go_on(make: Maker) -> None:
    server, client = server_with(make, key()), make.client()
    pair = MemoryPair(server, client)
    del server
    pair.handshake()
    pair.send(pair.client, pair.server, b"data")


def test_the_keys_of_the_context_that_was_asked_first(make: Maker) -> None:
    # Tickets are the affair of the first context, whichever the server name leads to.
    shared, client = key(), make.client()
    first, second = server_with(make, shared), server_with(make, key())
    second.set_ticket_keys([key()])

    def choose(connection: Any, name: str, context: Any) -> None:
        connection.context = second

    first.sni_callback = choose
    kept = new_session(first, client)
    assert resumes(first, client, kept)
    assert resumes(server_with(make, shared), client, kept)


# ------------------------------------------------------------------------------ what is in it


def ticket_of(server: Any, client: Any, protocol: str) -> bytes:
    """The (first) ticket that a full handshake brings."""
    tickets: list[bytes] = []

    def see(
        connection: Any, direction: str, version: Any, content: Any, kind: Any, data: bytes
    ) -> None:
        if direction == "write" and kind == NEW_SESSION_TICKET and len(data) > 10:
            tickets.append(data)

    server._msg_callback = see
    Connected(server, client)
    body = tickets[0][4:]
    body = body[9 + body[8] :] if protocol == "TLS 1.3" else body[4:]
    return body[2 : 2 + int.from_bytes(body[:2], "big")]


def opened(ticket: bytes, shared: bytes) -> bytes:
    """What is in a ticket, by the description of the key and nothing of ours."""
    name, mac_key, cipher_key = shared[:16], shared[16:48], shared[48:]
    sealed, mac = ticket[:-32], ticket[-32:]
    assert ticket[:16] == name
    assert hmac.digest(mac_key, sealed, "sha256") == mac
    decryptor = Cipher(algorithms.AES(cipher_key), modes.CBC(sealed[16:32])).decryptor()
    return decryptor.update(sealed[32:]) + decryptor.finalize()


def test_a_ticket_is_as_the_documentation_says(make: Maker) -> None:
    shared = key()
    server, client = server_with(make, shared, mutual=True), make.client()
    ticket = ticket_of(server, client, make.protocol)
    content = opened(ticket, shared)
    pair = Connected(server, client)
    assert pair.server.getpeercert(True) in content
    assert ticket[16:32] != ticket_of(server, client, make.protocol)[16:32]  # the IV


def test_a_tlcp_ticket_keeps_both_certificates(
    tls: SimpleNamespace, trust: SimpleNamespace
) -> None:
    make, shared = Maker("TLCP", tls, trust), key()
    server, client = server_with(make, shared, mutual=True), make.client()
    content = opened(ticket_of(server, client, "TLCP"), shared)
    assert trust.client.sign.to_der() in content
    assert trust.client.enc.to_der() in content
    first = Connected(server, client)
    second = Connected(server_with(make, shared, mutual=True), client, first.session)
    server.set_ticket_keys([key(), shared])
    third = Connected(server, client, second.session)  # which gives a new ticket
    fourth = Connected(server, client, third.session)
    for pair in (second, third, fourth):
        assert pair.reused
        assert pair.server.getpeercert(True) == trust.client.sign.to_der()
        assert pair.server.get_peer_enc_cert(True) == trust.client.enc.to_der()
        assert pair.server.get_peer_enc_cert() == first.server.get_peer_enc_cert()


def test_a_ticket_without_a_client_certificate(make: Maker) -> None:
    server = server_with(make, key())
    client = make.client(certificate=False)
    pair = Connected(server, client, new_session(server, client))
    assert pair.reused
    assert pair.server.getpeercert(True) is None
    assert pair.server.get_peer_enc_cert(True) is None
    assert (pair.client.get_peer_enc_cert(True) is not None) == (make.protocol == "TLCP")


# ------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("keys", "kind", "text"),
    [
        ([], ValueError, "at least one"),
        ([b""], ValueError, "80 bytes"),
        ([bytes(79)], ValueError, "80 bytes"),
        ([bytes(81)], ValueError, "80 bytes"),
        ([bytes(48)], ValueError, "80 bytes"),
        ([b"1" * 80, b"2" * 79], ValueError, "80 bytes"),
        ([b"1" * 80, b"1" * 16 + b"2" * 64], ValueError, "one name"),
        (["1" * 80], TypeError, "not str"),
        ([1], TypeError, "must be bytes-like"),
        ([None], TypeError, "must be bytes-like"),
        (1, TypeError, "not iterable"),
        (bytes(80), TypeError, "must be bytes-like"),
    ],
    ids=range(12),
)
def test_keys_that_are_none(make: Maker, keys: Any, kind: Any, text: str) -> None:
    good, client = key(), make.client()
    server = server_with(make, good)
    kept = new_session(server, client)
    with pytest.raises(kind, match=text) as caught:
        server.set_ticket_keys(keys)
    assert "1111" not in str(caught.value)
    assert resumes(server, client, kept)  # nothing has changed


def test_keys_in_other_bytes_like_objects_are_copied(make: Maker) -> None:
    data = bytearray(key())
    shared = bytes(data)
    server, client = make.server(), make.client()
    server.set_ticket_keys((memoryview(data),))
    kept = new_session(server, client)
    data[:] = bytes(80)
    assert resumes(server, client, kept)
    assert resumes(server_with(make, shared), client, kept)


def test_keys_for_a_client(make: Maker) -> None:
    with pytest.raises(ValueError, match="for servers"):
        make.client().set_ticket_keys([key()])


def test_keys_of_a_context_for_both_sides(tls: SimpleNamespace) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server, other = (ssl.SSLContext(ssl.PROTOCOL_TLS) for _ in range(2))
    shared = key()
    for context in (server, other):
        context.load_cert_chain(tls.ec)
        context.set_ticket_keys([shared])
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(tls.ca)
    assert resumes(other, client, new_session(server, client))
