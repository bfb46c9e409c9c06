"""Whole records that are lost, come twice, late, cut or from elsewhere: none is delivered wrongly.

A handshake's are in test_every_offset.py, a byte at a time; here they keep their shape.
"""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair, Raised
from relay import (
    ALERT,
    ANSWER,
    CHANGE_CIPHER_SPEC,
    DATA,
    HANDSHAKE,
    HEADER,
    QUESTION,
    Alter,
    RecordWire,
    Wire,
    check,
    check_error,
    converse,
    records,
    undisturbed,
)

from tongsuo_py import ssl

SUITES = (
    "ECC-SM2-SM4-GCM-SM3",
    "ECC-SM2-SM4-CBC-SM3",
    "ECDHE-SM2-SM4-GCM-SM3",
    "ECDHE-SM2-SM4-CBC-SM3",
    "TLS_SM4_GCM_SM3",
)


@pytest.fixture(scope="session")
def by_suite(trust: SimpleNamespace, contexts: Any) -> dict[str, tuple[Any, Any]]:
    ends = {}
    for suite in SUITES:
        if suite.startswith("TLS_"):
            server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            trust.server_cert.configure(server)
            client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            trust.ca.configure_trust(client)
            client.set_ciphersuites(suite)
        else:
            server, client = contexts["TLCP mutual"]
            server.set_ciphers(suite)
            client.set_ciphers(suite)
        ends[suite] = server, client
    return ends


@pytest.fixture(params=SUITES)
def pair_of(request: pytest.FixtureRequest, by_suite: Any) -> tuple[Any, Any]:
    ends: tuple[Any, Any] = by_suite[request.param]
    return ends


# ---- one record ----


def with_body(record: bytes, body: bytes) -> bytes:
    return record[:3] + len(body).to_bytes(2) + body


def only(number: int, *instead: Any) -> Alter:
    """For the record of that number, what each of ``instead`` makes of it, one after another."""
    return lambda index, record: [make(record) for make in instead] if index == number else [record]


def same(record: bytes) -> bytes:
    return record


def swap(number: int, by: int) -> Alter:
    """The record comes ``by`` records later."""
    held: list[bytes] = []

    def alter(index: int, record: bytes) -> list[bytes]:
        if index == number:
            held.append(record)
            return []
        return [record, held.pop()] if index == number + by else [record]

    return alter


def replay(number: int, later: int) -> Alter:
    """The record comes again, ``later`` records behind."""
    kept: list[bytes] = []

    def alter(index: int, record: bytes) -> list[bytes]:
        if index == number:
            kept.append(record)
        return [record, *kept] if index == number + later else [record]

    return alter


@pytest.mark.parametrize("upward", [True, False], ids=["to the server", "to the client"])
def test_one_record(pair_of: tuple[Any, Any], upward: bool) -> None:
    """Lost, twice, late, again much later, or a part of it is missing; whichever record it is."""
    outcome = undisturbed(pair_of)
    said = [record for _, record in records((outcome.up if upward else outcome.down).said)]
    assert {CHANGE_CIPHER_SPEC, HANDSHAKE, DATA} <= {record[0] for record in said}
    last = len(said) - 1  # the close_notify
    data = last - 1
    assert said[data][0] == DATA
    for number in range(len(said)):
        alterations: dict[str, Alter] = {
            "lost": only(number),
            "twice": only(number, same, same),
            "one later": swap(number, 1),
            "two later": swap(number, 2),
            "again after two": replay(number, 2),
            "shorter by 1": only(number, lambda r: with_body(r, r[HEADER:-1])),
            "shorter by 17": only(number, lambda r: with_body(r, r[HEADER:-17])),
            "empty": only(number, lambda r: with_body(r, b"")),
            "empty in front": only(number, lambda r: with_body(r, b""), same),
            "longer": only(number, lambda r: with_body(r, r[HEADER:] + b"\0")),
            "in two": only(
                number,
                lambda r: with_body(r, r[HEADER : HEADER + 1]),
                lambda r: with_body(r, r[HEADER + 1 :]),
            ),
            "cut": only(number, lambda r: r[:-1]),
        }
        for name, alter in alterations.items():
            what = (name, number, said[number][0])
            wire = RecordWire(alter)
            outcome = converse(pair_of, *((wire, Wire()) if upward else (Wire(), wire)))
            check(outcome, what)
            if wire.happened and not outcome.errors:
                assert is_harmless(name, said, number), what
            if number == data:
                reader = outcome.server if upward else outcome.client
                told = reader.received
                if name in ("twice", "again after two") or not wire.happened:
                    assert told in (QUESTION, ANSWER), what
                else:
                    assert told == b"", what


def is_harmless(name: str, said: list[bytes], number: int) -> bool:
    """Whether a whole record may be altered so that nobody minds."""
    kind, last = said[number][0], len(said) - 1
    if said[last][0] == DATA and kind == CHANGE_CIPHER_SPEC:
        # TLS 1.3 has this one only for the eyes of what stands between: RFC 8446, D.4.
        return True
    # In the clear a message may come in pieces, also in empty ones (Tongsuo bears 32).
    if number <= [record[0] for record in said].index(CHANGE_CIPHER_SPEC) and (
        name == "empty in front" or (name == "in two" and kind == HANDSHAKE)
    ):
        return True
    # What is behind the last close_notify is read by nobody.
    return (name, number) in (("twice", last), ("again after two", last - 2))


# ---- many data records ----


def stood_up(ends: tuple[Any, Any]) -> tuple[MemoryPair, list[bytes], list[bytes]]:
    """A connection, six messages from the client, and the records that they travel in."""
    pair = MemoryPair(*ends)
    pair.handshake()
    messages = [bytes([number]) * (10 + 40 * number) for number in range(6)]
    sent = []
    for message in messages:
        pair.client.write(message)
        sent.append(pair.client_out.read())
        assert len(list(records(sent[-1]))) == 1
    return pair, messages, sent


def received(pair: MemoryPair) -> tuple[bytes, BaseException | None]:
    data = b""
    while True:
        with Raised() as caught:
            data += pair.server.read()
        if caught.error is not None:
            return data, caught.error


@pytest.mark.parametrize("seed", range(12))
def test_records_in_any_other_order_are_never_delivered(
    pair_of: tuple[Any, Any], seed: int
) -> None:
    """What arrives is what was sent up to the first record that is out of place."""
    pair, messages, sent = stood_up(pair_of)
    chance = random.Random(seed)
    order = [chance.randrange(6) for _ in range(6)] if seed % 2 else chance.sample(range(6), 6)
    for number in order:
        pair.server_in.write(sent[number])
    right = next((at for at, number in enumerate(order) if at != number), 6)
    data, error = received(pair)
    assert data == b"".join(messages[:right])
    assert isinstance(error, ssl.SSLWantReadError if right == 6 else ssl.SSLError)
    if right < 6:
        assert getattr(error, "reason", None) == "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
        pair.server_in.write(sent[right])
        with pytest.raises(ssl.SSLError):  # it does not recover with the right one
            pair.server.read()


def test_a_record_of_another_session(pair_of: tuple[Any, Any]) -> None:
    one, _, _ = stood_up(pair_of)
    _, _, foreign = stood_up(pair_of)
    one.server_in.write(foreign[0])
    data, error = received(one)
    assert data == b""
    check_error(error)


def test_a_record_sent_back(pair_of: tuple[Any, Any]) -> None:
    pair, _, sent = stood_up(pair_of)
    pair.client_in.write(sent[0])
    with Raised() as caught:
        pair.client.read()
    check_error(caught.error)


@pytest.mark.parametrize("kind", [CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA, 24, 99])
def test_a_record_that_nobody_encrypted(pair_of: tuple[Any, Any], kind: int) -> None:
    for body in (b"\1", b"\1\0", b"\2\50", b"\0" * 4, bytes(64), bytes(17000)):
        pair, _, sent = stood_up(pair_of)
        pair.server_in.write(bytes([kind]) + with_body(sent[0], body)[1:])
        data, error = received(pair)
        assert data == b""
        check_error(error, body)


def test_a_whole_conversation_played_again(pair_of: tuple[Any, Any]) -> None:
    """What a client once said does nothing on another connection, whose random bytes differ."""
    recorded = undisturbed(pair_of).up.said
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = pair_of[0].wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(recorded)
    with Raised() as caught:
        server.do_handshake()
    check_error(caught.error)
    with Raised() as caught:
        server.read()
    check_error(caught.error)
