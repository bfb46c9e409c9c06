"""Peers that know the protocol and break it: sizes, order, lengths, keys, and far too much of all.

They are made by hand (tlcp_by_hand.py). Whatever they do, the end under test says SSLError at once,
has delivered nothing that is wrong, and has told the peer why in an alert.
"""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable, Iterable
from itertools import permutations
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from relay import check_error
from tlcp_by_hand import (
    ALERT,
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    CERTIFICATE_VERIFY,
    CHANGE_CIPHER_SPEC,
    CLIENT_HELLO,
    CLIENT_KEY_EXCHANGE,
    DATA,
    FATAL,
    FINISHED,
    HANDSHAKE,
    HELLO_REQUEST,
    SERVER_HELLO,
    SERVER_HELLO_DONE,
    SERVER_KEY_EXCHANGE,
    SUITE,
    VERSION,
    WARNING,
    Handmade,
    HandmadeClient,
    HandmadeServer,
    message,
    record,
    vector,
)

from tongsuo_py import pki, ssl

PLAIN_MAX = 1 << 14
SEALED_MAX = PLAIN_MAX + 2048
CLOSE_NOTIFY, UNEXPECTED_MESSAGE, BAD_RECORD_MAC, RECORD_OVERFLOW = 0, 10, 20, 22
MESSAGE_MAX = 100 * 1024  # Tongsuo's limit for a list of certificates


@pytest.fixture(scope="session")
def server_context(contexts: Any) -> Any:
    return contexts.tlcp_server()


@pytest.fixture(scope="session")
def client_context(contexts: Any) -> Any:
    return contexts.tlcp_client()


@pytest.fixture
def to_server(server_context: Any) -> HandmadeClient:
    """A client by hand, and the server under test."""
    return HandmadeClient(server_context)


@pytest.fixture
def to_client(client_context: Any, trust: SimpleNamespace) -> HandmadeServer:
    """A server by hand, and the client under test."""
    return HandmadeServer(client_context, trust.server)


@pytest.fixture(params=["server", "client"])
def peer(request: pytest.FixtureRequest) -> Handmade:
    """In a session already: with a server, and with a client under test."""
    handmade: Any = request.getfixturevalue(f"to_{request.param}")
    handmade.handshake()
    return handmade


def refused(peer: Handmade, *reasons: str) -> None:
    """It is over, for one of these reasons, and the peer was told in a fatal alert."""
    check_error(peer.error)
    reason = getattr(peer.error, "reason", None)
    assert not reasons or reason in reasons, peer.error
    assert peer.alert is not None
    assert peer.alert[0] == FATAL
    assert peer.alert[1] != CLOSE_NOTIFY


# ---- as it should be ----


def test_both_handmade_peers_are_understood(
    to_server: HandmadeClient, to_client: HandmadeServer
) -> None:
    for peer in (to_server, to_client):
        peer.handshake()
        peer.say_record(DATA, b"from us")
        assert peer.data == b"from us"
        peer.theirs.write(b"from them")
        peer.step()
        assert peer.heard[-1] == (DATA, b"from them")
        peer.say_record(ALERT, bytes([WARNING, CLOSE_NOTIFY]))
        assert peer.closed
        assert peer.error is None
        assert peer.theirs.cipher()[0] == "ECC-SM2-SM4-GCM-SM3"


# ---- records of a session ----


def test_the_largest_record(peer: Handmade) -> None:
    data = os.urandom(PLAIN_MAX)
    peer.say_record(DATA, data)
    assert peer.error is None
    assert peer.data == data


@pytest.mark.parametrize("size", [PLAIN_MAX + 1, PLAIN_MAX + 100, SEALED_MAX - 24])
def test_more_in_a_record_than_there_may_be(peer: Handmade, size: int) -> None:
    peer.say_record(DATA, bytes(size))
    refused(peer, "DATA_LENGTH_TOO_LONG", "PACKET_LENGTH_TOO_LONG")
    assert peer.alert == (FATAL, RECORD_OVERFLOW)
    assert peer.data == b""


@pytest.mark.parametrize("size", [SEALED_MAX + 1, SEALED_MAX + 500, 0xFFFF])
def test_a_length_that_no_record_has(peer: Handmade, size: int) -> None:
    """The header is enough: nobody waits for the rest."""
    peer.say(record(DATA, bytes(8), length=size))
    refused(peer, "ENCRYPTED_LENGTH_TOO_LONG", "PACKET_LENGTH_TOO_LONG")
    assert peer.alert == (FATAL, RECORD_OVERFLOW)


@pytest.mark.parametrize("size", [0, 1, 7, 8, 23])
def test_a_record_with_no_room_for_its_tag(peer: Handmade, size: int) -> None:
    peer.say(record(DATA, bytes(size)))
    refused(peer)
    assert peer.data == b""


def test_a_few_empty_records(peer: Handmade) -> None:
    for _ in range(5):
        for _ in range(30):
            peer.say_record(DATA, b"")
        peer.say_record(DATA, b"x")
    assert peer.error is None
    assert peer.data == b"xxxxx"


def test_empty_records_without_end(peer: Handmade) -> None:
    for _ in range(200):
        peer.say_record(DATA, b"")
        if peer.error:
            break
    refused(peer, "RECORD_TOO_SMALL")
    assert peer.alert == (FATAL, UNEXPECTED_MESSAGE)


@pytest.mark.parametrize("kind", [0, 1, 19, 24, 25, 99, 255])
def test_a_kind_of_record_that_nobody_knows(peer: Handmade, kind: int) -> None:
    peer.say_record(DATA, b"before")
    peer.say_record(kind, b"what is this?")
    refused(peer, "UNEXPECTED_RECORD", "BAD_RECORD_TYPE")
    assert peer.data == b"before"


@pytest.mark.parametrize("version", [b"\3\1", b"\3\3", b"\1\0", b"\2\1", b"\0\0"])
def test_another_version_in_a_record(peer: Handmade, version: bytes) -> None:
    sealed = peer.sealed(DATA, b"data")
    peer.say(sealed[:1] + version + sealed[3:])
    refused(peer)
    assert peer.data == b""


def test_a_second_change_cipher_spec(peer: Handmade) -> None:
    peer.say_record(CHANGE_CIPHER_SPEC, b"\1")
    refused(peer, "CCS_RECEIVED_EARLY", "UNEXPECTED_MESSAGE", "UNEXPECTED_RECORD")


def test_the_nonces_may_be_any(peer: Handmade) -> None:
    """The explicit part of a GCM nonce is the sender's choice; the record's number counts."""
    direction = peer.sending
    assert direction is not None
    explicit = os.urandom(8)
    additional = direction.number.to_bytes(8) + bytes([DATA]) + VERSION + (4).to_bytes(2)
    sealed = direction.gcm.encrypt(direction.salt + explicit, b"data", additional)
    peer.say(record(DATA, explicit + sealed))
    assert peer.error is None
    assert peer.data == b"data"


@pytest.mark.parametrize("step", [-1, 1, 2, 1 << 32])
def test_a_record_with_another_number(peer: Handmade, step: int) -> None:
    """One is missing, or comes again under keys that are right."""
    direction = peer.sending
    assert direction is not None
    direction.number += step
    peer.say_record(DATA, b"data")
    refused(peer, "DECRYPTION_FAILED_OR_BAD_RECORD_MAC")
    assert peer.alert == (FATAL, BAD_RECORD_MAC)
    assert peer.data == b""


def test_nothing_is_delivered_behind_a_close_notify(peer: Handmade) -> None:
    peer.say_record(DATA, b"before")
    peer.say(
        peer.sealed(ALERT, bytes([WARNING, CLOSE_NOTIFY])),
        peer.sealed(DATA, b"behind"),
    )
    assert peer.closed
    assert peer.data == b"before"
    assert peer.theirs.read(100) == b""


# ---- handshakes within a session ----


def hellos(peer: Handmade) -> int:
    return sum(body[0] in (CLIENT_HELLO, SERVER_HELLO) for kind, body in peer.heard if kind == 22)


def test_nobody_does_another_handshake(
    to_server: HandmadeClient, to_client: HandmadeServer
) -> None:
    """By renegotiation a man in the middle once put his bytes first (CVE-2009-3555)."""
    for peer, wish in (
        (to_server, message(CLIENT_HELLO, to_server.hello())),
        (to_client, message(HELLO_REQUEST, b"")),
    ):
        peer.handshake()
        for _ in range(3):
            peer.say_record(HANDSHAKE, wish)
        peer.say_record(DATA, b"data")
        assert peer.error is None
        assert peer.data == b"data"
        peer.theirs.write(b"back")
        peer.step()
        assert peer.heard[-1] == (DATA, b"back")
        assert hellos(peer) == 1


@pytest.mark.parametrize(
    "kind",
    [
        SERVER_HELLO,
        CERTIFICATE,
        SERVER_KEY_EXCHANGE,
        CERTIFICATE_REQUEST,
        SERVER_HELLO_DONE,
        CERTIFICATE_VERIFY,
        CLIENT_KEY_EXCHANGE,
        FINISHED,
        4,
        24,
        255,
    ],
)
def test_a_message_of_a_handshake_when_it_is_over(peer: Handmade, kind: int) -> None:
    peer.say_record(HANDSHAKE, message(kind, bytes(12)))
    refused(peer)
    assert peer.data == b""


# ---- how messages lie in records ----


def flight(peer: HandmadeServer) -> bytes:
    return b"".join(peer.noted(kind, body) for kind, body in peer.flight())


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 100, 1000, PLAIN_MAX])
def test_messages_over_many_records_and_many_in_one(to_client: HandmadeServer, size: int) -> None:
    said = flight(to_client)
    for start in range(0, len(said), size):
        to_client.say_record(HANDSHAKE, said[start : start + size])
    to_client.finish()
    assert to_client.error is None
    to_client.say_record(DATA, b"data")
    assert to_client.data == b"data"


@pytest.mark.parametrize("size", [1, 3, 4, 20])
def test_a_client_s_messages_over_many_records(to_server: HandmadeClient, size: int) -> None:
    def in_pieces(kind: int, body: bytes) -> None:
        said = to_server.noted(kind, body)
        for start in range(0, len(said), size):
            to_server.say_record(HANDSHAKE, said[start : start + size])

    to_server.say_message = in_pieces  # type: ignore[method-assign]
    to_server.handshake()
    to_server.say_record(DATA, b"data")
    assert to_server.data == b"data"


@pytest.mark.parametrize("other", [ALERT, CHANGE_CIPHER_SPEC, DATA])
def test_something_between_the_pieces_of_a_message(to_client: HandmadeServer, other: int) -> None:
    """A warning may be there; nothing else."""
    said = flight(to_client)
    to_client.say_record(HANDSHAKE, said[:30])
    to_client.say_record(other, bytes([WARNING, 90]) if other == ALERT else b"\1")
    if other != ALERT:
        refused(to_client)
        return
    to_client.say_record(HANDSHAKE, said[30:])
    to_client.finish()
    assert to_client.error is None


@pytest.mark.parametrize("kind", [HANDSHAKE, DATA, CHANGE_CIPHER_SPEC])
def test_empty_records_in_the_clear(to_client: HandmadeServer, kind: int) -> None:
    for _ in range(200):
        to_client.say_record(kind, b"")
        if to_client.error:
            break
    refused(to_client)


# ---- messages out of their order ----


def test_the_server_s_messages_in_every_wrong_order(
    client_context: Any, trust: SimpleNamespace
) -> None:
    for order in permutations(range(4)):
        if order == (0, 1, 2, 3):
            continue
        peer = HandmadeServer(client_context, trust.server)
        messages = peer.flight()
        for number in order:
            peer.say_message(*messages[number])
            if peer.error:
                break
        refused(peer, "UNEXPECTED_MESSAGE")
        assert peer.alert == (FATAL, UNEXPECTED_MESSAGE)


@pytest.mark.parametrize("twice", [True, False], ids=["twice", "missing"])
@pytest.mark.parametrize("which", range(4))
def test_a_message_of_the_server_twice_or_missing(
    to_client: HandmadeServer, which: int, twice: bool
) -> None:
    messages = to_client.flight()
    messages[which : which + 1] = [messages[which]] * (2 if twice else 0)
    for kind, body in messages:
        to_client.say_message(kind, body)
    to_client.say_record(CHANGE_CIPHER_SPEC, b"\1")
    refused(to_client)


@pytest.mark.parametrize("kind", range(26))
@pytest.mark.parametrize("after_hello", [True, False])
def test_any_message_where_a_server_waits_for_another(
    to_server: HandmadeClient, kind: int, after_hello: bool
) -> None:
    if after_hello:
        to_server.say_message(CLIENT_HELLO, to_server.hello())
    to_server.say_message(kind, bytes(20))
    refused(to_server)
    assert to_server.data == b""


def test_data_and_finished_without_a_change_cipher_spec(to_server: HandmadeClient) -> None:
    to_server.say_message(CLIENT_HELLO, to_server.hello())
    to_server.read_hello()
    premaster = VERSION + os.urandom(46)
    to_server.derive(premaster)
    to_server.say_message(CLIENT_KEY_EXCHANGE, to_server.key_exchange(premaster))
    to_server.say_finished()
    refused(to_server)


def test_data_before_finished(to_server: HandmadeClient) -> None:
    to_server.say_message(CLIENT_HELLO, to_server.hello())
    to_server.read_hello()
    premaster = VERSION + os.urandom(46)
    to_server.derive(premaster)
    to_server.say_message(CLIENT_KEY_EXCHANGE, to_server.key_exchange(premaster))
    to_server.say_change_cipher_spec()
    to_server.say_record(DATA, b"too early")
    refused(to_server, "DATA_BETWEEN_CCS_AND_FINISHED", "UNEXPECTED_MESSAGE")
    assert to_server.data == b""


def test_an_early_change_cipher_spec(to_server: HandmadeClient) -> None:
    """Before there are keys (CVE-2014-0224)."""
    to_server.say_message(CLIENT_HELLO, to_server.hello())
    to_server.say_record(CHANGE_CIPHER_SPEC, b"\1")
    refused(to_server)


@pytest.mark.parametrize("body", [b"\0", b"\2", b"\1\1", bytes(100)])
def test_a_change_cipher_spec_that_is_none(to_client: HandmadeServer, body: bytes) -> None:
    for kind, said in to_client.flight():
        to_client.say_message(kind, said)
    to_client.say_record(CHANGE_CIPHER_SPEC, body)
    to_client.say_record(HANDSHAKE, bytes(40))
    refused(to_client)


def test_a_wrong_finished(to_server: HandmadeClient, to_client: HandmadeServer) -> None:
    for peer in (to_server, to_client):
        right = peer.verify_data
        peer.verify_data = lambda right=right: bytes([right()[0] ^ 1]) + right()[1:]  # type: ignore[method-assign,misc]
        with pytest.raises(AssertionError):
            peer.handshake()
        refused(peer, "DIGEST_CHECK_FAILED")


@pytest.mark.parametrize("size", [0, 11, 13, 36])
def test_a_finished_of_another_size(to_server: HandmadeClient, size: int) -> None:
    to_server.verify_data = lambda: bytes(size)  # type: ignore[method-assign]
    with pytest.raises(AssertionError):
        to_server.handshake()
    refused(to_server, "BAD_DIGEST_LENGTH")


# ---- lengths that lie ----


@pytest.mark.parametrize("length", [MESSAGE_MAX + 1, 1 << 20, (1 << 24) - 1])
def test_a_huge_message_is_refused_by_its_header(to_client: HandmadeServer, length: int) -> None:
    """A megabyte of certificates is not waited for, and no room is made for it."""
    to_client.say_message(SERVER_HELLO, to_client.hello())
    to_client.say_record(HANDSHAKE, message(CERTIFICATE, bytes(100), length))
    refused(to_client, "EXCESSIVE_MESSAGE_SIZE")


@pytest.mark.parametrize(
    ("kind", "before"),
    [(CLIENT_HELLO, 0), (CLIENT_KEY_EXCHANGE, 1)],
)
def test_a_huge_message_of_a_client(to_server: HandmadeClient, kind: int, before: int) -> None:
    if before:
        to_server.say_message(CLIENT_HELLO, to_server.hello())
    to_server.say_record(HANDSHAKE, message(kind, bytes(100), 1 << 20))
    refused(to_server, "EXCESSIVE_MESSAGE_SIZE")


def test_each_message_with_each_wrong_length(client_context: Any, trust: SimpleNamespace) -> None:
    """Longer ones eat what follows, shorter ones leave something over: nothing fits any more."""
    for which in range(4):
        for lie in (-5, -1, 1, 5, 300):
            peer = HandmadeServer(client_context, trust.server)
            for number, (kind, body) in enumerate(peer.flight()):
                length = max(len(body) + (lie if number == which else 0), 0)
                peer.say_record(HANDSHAKE, message(kind, body, length))
                if peer.error:
                    break
            if peer.error is None:
                if lie > 0:
                    peer.end()  # it waits for more
                else:
                    assert which == 3  # whose body is empty already
                    assert lie < 0
                    continue
            check_error(peer.error, (which, lie))


def inner_lies(body: bytes, at: int, size: int) -> Iterable[bytes]:
    """The body with the length at ``at`` (of ``size`` bytes) wrong in several ways."""
    right = int.from_bytes(body[at : at + size])
    for wrong in sorted({0, 1, right - 1, right + 1, right + 200, most := (1 << 8 * size) - 1}):
        if 0 <= wrong <= most and wrong != right:
            yield body[:at] + wrong.to_bytes(size) + body[at + size :]


def test_lengths_within_a_server_s_messages(client_context: Any, trust: SimpleNamespace) -> None:
    first = len(trust.server.sign.to_der())
    places = {
        SERVER_HELLO: [(34, 1)],
        CERTIFICATE: [(0, 3), (3, 3), (6 + first, 3)],
        SERVER_KEY_EXCHANGE: [(0, 2)],
    }
    for which, (kind, _) in enumerate(HandmadeServer(client_context, trust.server).flight()[:3]):
        for at, size in places[kind]:
            for number in range(6):
                peer = HandmadeServer(client_context, trust.server)
                messages = peer.flight()
                lies = list(inner_lies(messages[which][1], at, size))
                if number >= len(lies):
                    continue
                messages[which] = (kind, lies[number])
                for said in messages:
                    peer.say_message(*said)
                    if peer.error:
                        break
                refused(peer)


def test_lengths_within_a_client_s_hello(server_context: Any) -> None:
    body = HandmadeClient(server_context).hello(extensions=b"\0\13\0\2\1\0")
    for at, size in ((34, 1), (35, 2), (39, 1), (41, 2), (45, 2)):
        for lie in inner_lies(body, at, size):
            peer = HandmadeClient(server_context)
            peer.say_message(CLIENT_HELLO, lie)
            refused(peer)


# ---- contents that are wrong ----


@pytest.mark.parametrize(
    "hello",
    [
        {"suite": b"\xe0\x51"},  # ECDHE, which a client without a pair does not offer
        {"suite": b"\xe0\x59"},  # RSA, which is off
        {"suite": b"\x13\1"},
        {"suite": b"\0\0"},
        {"version": b"\3\3"},
        {"version": b"\3\4"},
        {"version": b"\1\0"},
        {"version": b"\1\2"},
        {"version": b"\0\0"},
    ],
    ids=str,
)
def test_a_server_that_answers_what_was_not_asked(
    to_client: HandmadeServer, hello: dict[str, bytes]
) -> None:
    """Another version, or a suite that the client cannot or would not speak."""
    to_client.say_message(SERVER_HELLO, to_client.hello(**hello))
    refused(to_client)


@pytest.mark.parametrize(
    "more",
    [
        b"\0",  # half a length
        b"\0\0\0",
        vector(b"\0\43\0\0", 2),  # a session ticket that was not asked for, or is not what it says
        vector(b"\0\0\0\0" * 2, 2),  # the same extension twice
        vector(b"\0\20\0\5\0\3\2h2", 2),  # a protocol, where none was offered
        bytes(300),
    ],
    ids=lambda more: more[:8].hex(),
)
def test_what_may_not_follow_a_server_s_hello(to_client: HandmadeServer, more: bytes) -> None:
    to_client.say_message(SERVER_HELLO, to_client.hello() + more)
    if more == vector(b"\0\43\0\0", 2):
        assert to_client.error is None  # this one was asked for
        return
    refused(to_client)


@pytest.mark.parametrize("version", [b"\1\2", b"\3\3", b"\377\377"])
def test_a_client_of_a_later_version_is_answered_in_ours(
    to_server: HandmadeClient, version: bytes
) -> None:
    to_server.say_message(CLIENT_HELLO, version + to_server.hello()[2:])
    assert to_server.error is None
    assert to_server.message_of(SERVER_HELLO)[:2] == VERSION


@pytest.mark.parametrize(
    "change",
    [
        lambda hello: hello[:34] + vector(bytes(32), 1) + hello[35:],  # a session nobody knows
        lambda hello: hello[:35] + vector(b"\372\372" + SUITE, 2) + hello[39:],  # a suite as well
        lambda hello: hello[:39] + vector(b"\0\1\377", 1),  # more ways to compress
        lambda hello: hello + vector(b"\372\372\0\1x", 2),  # an extension
    ],
    ids=["session", "suite", "compression", "extension"],
)
def test_what_a_client_may_add(to_server: HandmadeClient, change: Callable[[bytes], bytes]) -> None:
    said = change(to_server.hello())
    to_server.hello = lambda: said  # type: ignore[method-assign,assignment]
    to_server.handshake()
    to_server.say_record(DATA, b"data")
    assert to_server.data == b"data"


@pytest.mark.parametrize(
    "change",
    [
        lambda hello: b"\0\0" + hello[2:],
        lambda hello: b"\1\0" + hello[2:],
        lambda hello: hello[:-1] + b"\1",  # compression, without "none"
        lambda hello: hello[:-2] + b"\0",  # no compression method at all
        lambda hello: hello[:35] + b"\0\0" + hello[39:],  # no suite
        lambda hello: hello[:35] + b"\0\1\xe0" + hello[39:],  # half a suite
        lambda hello: hello[:37] + b"\0\57" + hello[39:],  # one that this server has not
        lambda hello: hello[:34] + vector(bytes(33), 1) + hello[35:],
        lambda hello: hello[:20],
        lambda hello: b"",
        lambda hello: hello + b"\0",
        lambda hello: hello + vector(b"\0\0\0\100", 2),
        lambda hello: hello + vector(b"\0\0\0\0", 2) + b"more",
        lambda hello: hello + vector(b"\0\27\0\0" * 2, 2),  # an extension twice
        lambda hello: hello + vector(b"\0\20\0\3\0\1\0", 2),  # a protocol of no length
    ],
)
def test_a_client_s_hello_that_is_none(
    server_context: Any, change: Callable[[bytes], bytes]
) -> None:
    peer = HandmadeClient(server_context)
    peer.say_message(CLIENT_HELLO, change(peer.hello()))
    refused(peer)


def flip(data: bytes, at: int) -> bytes:
    altered = bytearray(data)
    altered[at] ^= 1
    return bytes(altered)


def test_a_key_exchange_that_somebody_else_signed(
    client_context: Any, trust: SimpleNamespace
) -> None:
    """With a flipped bit, for other random bytes, by another key, or for another certificate."""

    def otherwise(peer: HandmadeServer) -> Iterable[bytes]:
        right = peer.key_exchange()
        yield flip(right, -1)
        yield flip(right, 3)
        yield vector(b"", 2)
        yield vector(right[2:] + b"\0", 2)
        signed = peer.their_random + peer.random + vector(peer.pair.enc.to_der(), 3)
        yield vector(trust.client.sign.private_key.sign(signed, encoding="der"), 2)
        yield vector(peer.pair.enc.private_key.sign(signed, encoding="der"), 2)
        yield vector(peer.pair.sign.private_key.sign(signed, encoding="raw"), 2)
        yield vector(peer.pair.sign.private_key.sign(signed, user_id=b"", encoding="der"), 2)
        replayed = bytes(32) + signed[32:]
        yield vector(peer.pair.sign.private_key.sign(replayed, encoding="der"), 2)
        another = signed[:64] + vector(trust.client.enc.to_der(), 3)
        yield vector(peer.pair.sign.private_key.sign(another, encoding="der"), 2)

    for number in range(10):
        peer = HandmadeServer(client_context, trust.server)
        messages = peer.flight()
        messages[2] = (SERVER_KEY_EXCHANGE, list(otherwise(peer))[number])
        for said in messages:
            peer.say_message(*said)
            if peer.error:
                break
        refused(peer)
        assert all(body[0] != CLIENT_KEY_EXCHANGE for kind, body in peer.heard if kind == HANDSHAKE)


def test_lists_of_certificates(client_context: Any, trust: SimpleNamespace) -> None:
    """Of one, none, in the other order, of strangers, of garbage: no key is sent to any of them."""
    sign, enc = (half.to_der() for half in (trust.server.sign, trust.server.enc))
    strange = trust.stranger
    lists = {
        "none": [],
        "only the one that signs": [sign],
        "only the one that encrypts": [enc],
        "the one that signs, twice": [sign, sign],
        "the other order": [enc, sign],
        "an issuer between": [sign, trust.ca.certificate.to_der(), enc],
        "of another CA": [strange.sign.to_der(), strange.enc.to_der()],
        "one of another CA": [sign, strange.enc.to_der()],
        "of another name": [trust.client.sign.to_der(), trust.client.enc.to_der()],
        "another's encryption": [sign, trust.client.enc.to_der()],
        "cut": [sign[:-1], enc],
        "flipped": [flip(sign, -1), enc],
        "flipped, the second": [sign, flip(enc, -1)],
        "garbage": [os.urandom(100), enc],
        "garbage, the second": [sign, b"\x30\x80"],
        "empty ones": [b"", b""],
        "with more behind it": [sign + b"\0", enc],
    }
    for name, ders in lists.items():
        peer = HandmadeServer(client_context, trust.server)
        messages = peer.flight()
        messages[1] = (CERTIFICATE, vector(b"".join(vector(der, 3) for der in ders), 3))
        for said in messages:
            peer.say_message(*said)
            if peer.error:
                break
        refused(peer)
        assert all(
            body[0] != CLIENT_KEY_EXCHANGE for kind, body in peer.heard if kind == HANDSHAKE
        ), name


def test_a_hundred_certificates_beside_the_pair(
    to_client: HandmadeServer, trust: SimpleNamespace
) -> None:
    """That nobody needs them is no fault; they are looked at once."""
    others = [trust.ca.issue(f"host{number}.example").to_der() for number in range(100)]
    messages = to_client.flight()
    messages[1] = (CERTIFICATE, to_client.certificates(others))
    assert len(messages[1][1]) < MESSAGE_MAX
    for kind, body in messages:
        said = to_client.noted(kind, body)
        for start in range(0, len(said), PLAIN_MAX):
            to_client.say_record(HANDSHAKE, said[start : start + PLAIN_MAX])
    to_client.finish()
    assert to_client.error is None
    assert len(to_client.theirs.get_unverified_chain()) == 102


def test_a_megabyte_of_certificates_is_not_kept(
    client_context: Any, trust: SimpleNamespace
) -> None:
    """Delivered at once, and in a message whose length says so: no more of it is read than begins
    it."""
    others = [trust.ca.issue("host.example").to_der()] * 2500
    peer = HandmadeServer(client_context, trust.server)
    peer.say_message(SERVER_HELLO, peer.hello())
    said = message(CERTIFICATE, peer.certificates(others))
    assert len(said) > 1 << 20
    pieces = [
        record(HANDSHAKE, said[start : start + PLAIN_MAX])
        for start in range(0, len(said), PLAIN_MAX)
    ]
    tracemalloc.start()
    try:
        for piece in pieces:
            if peer.error is None:
                peer.say(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    refused(peer, "EXCESSIVE_MESSAGE_SIZE")
    assert peak < 4 * PLAIN_MAX
    assert peer.to_them.pending == 0  # of the second piece nothing came


@pytest.mark.parametrize("length", [100, 101])
def test_a_chain_of_a_hundred(trust: SimpleNamespace, contexts: Any, length: int) -> None:
    """Each issued by the one before it: further than to a hundred nobody goes."""
    ca = top = pki.CA.create("The top of a long chain")
    for number in reversed(range(length)):
        ca = ca.issue_ca(f"CA {number}", path_length=number)
    pair = ca.issue_pair("localhost")
    context = contexts.tlcp_client()
    top.configure_trust(context)
    peer = HandmadeServer(context, pair)
    messages = peer.flight()
    chain = [certificate.to_der() for certificate in pair.sign.chain]
    assert len(chain) == length
    messages[1] = (CERTIFICATE, peer.certificates(chain))
    for kind, body in messages:
        said = peer.noted(kind, body)
        for start in range(0, len(said), PLAIN_MAX):
            if peer.error is None:
                peer.say_record(HANDSHAKE, said[start : start + PLAIN_MAX])
    if length > 100:
        refused(peer, "CERTIFICATE_VERIFY_FAILED")
        assert "chain too long" in str(peer.error)
    else:
        peer.finish()
        assert peer.error is None


@pytest.mark.parametrize(
    "premaster",
    [VERSION + bytes(45), VERSION + bytes(47), b"", b"\3\3" + bytes(46), b"\1\0" + bytes(46)],
    ids=["short", "long", "empty", "version of TLS", "version 1.0"],
)
def test_keys_that_are_none(to_server: HandmadeClient, premaster: bytes) -> None:
    """Right under the certificate's key, but no premaster secret (GB/T 38636, 6.4.4.8)."""
    to_server.say_message(CLIENT_HELLO, to_server.hello())
    to_server.read_hello()
    to_server.derive(premaster)
    exchange = to_server.key_exchange(premaster) if premaster else vector(b"", 2)
    to_server.say_message(CLIENT_KEY_EXCHANGE, exchange)
    if to_server.error is None:
        to_server.say_change_cipher_spec()
        to_server.say_finished()
    if len(premaster) == 48 and ssl.TONGSUO_VERSION_INFO < (8, 5):
        assert to_server.error is None  # 8.4 does not look at the version in it
        return
    refused(to_server)


@pytest.mark.parametrize(
    "exchange",
    [
        lambda right: flip(right, -1),
        lambda right: flip(right, 20),
        lambda right: right[:-1],
        lambda right: right + b"\0",
        lambda right: b"\0\0",
        lambda right: b"",
        lambda right: vector(os.urandom(len(right) - 2), 2),
        lambda right: right[2:],
    ],
)
def test_a_key_exchange_of_garbage(
    to_server: HandmadeClient, exchange: Callable[[bytes], bytes]
) -> None:
    to_server.say_message(CLIENT_HELLO, to_server.hello())
    to_server.read_hello()
    premaster = VERSION + os.urandom(46)
    to_server.derive(premaster)
    to_server.say_message(CLIENT_KEY_EXCHANGE, exchange(to_server.key_exchange(premaster)))
    if to_server.error is None:
        to_server.say_change_cipher_spec()
        to_server.say_finished()
    refused(to_server)


# ---- anything at all, where there was something right before ----

anything = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@anything
@given(data=st.data(), steps=st.integers(0, 4))
def test_garbage_behind_what_is_right(
    server_context: Any,
    client_context: Any,
    trust: SimpleNamespace,
    data: st.DataObject,
    steps: int,
) -> None:
    """After some messages of a handshake, or in a session."""
    peer: Handmade
    if data.draw(st.booleans(), label="the client is under test"):
        peer = HandmadeServer(client_context, trust.server)
        if steps == 4:
            peer.handshake()
        else:
            for kind, body in peer.flight()[:steps]:
                peer.say_message(kind, body)
    else:
        peer = HandmadeClient(server_context)
        if steps == 4:
            peer.handshake()
        elif steps:
            peer.say_message(CLIENT_HELLO, peer.hello())
    garbage = st.binary(min_size=1, max_size=200)
    kinds = st.sampled_from([CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA, 24, 0])
    in_the_clear = st.builds(record, kinds, garbage)
    as_message = st.builds(
        lambda kind, body: record(HANDSHAKE, message(kind, body)), st.integers(0, 25), garbage
    )
    peer.say(data.draw(st.one_of(garbage, in_the_clear, as_message), label="garbage"))
    peer.end()
    if peer.error is not None:
        check_error(peer.error)
    assert peer.data == b""
