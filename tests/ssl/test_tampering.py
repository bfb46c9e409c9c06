"""A relay that alters what passes: no wrong byte is delivered, nothing hangs, all is an SSLError.

Everything runs over memory BIOs, so that each altered bit is the same in every run; the offsets are
those of a record's fields and a sample of the rest.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from peers import MemoryPair, Raised

from tongsuo_py import ssl

HEADER = 5  # content type, version, length
VERSION = (1, 2)
LENGTHS = (3, 4, 6, 7, 8)  # a record's, and that of the handshake message which it begins with
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
ROUNDS = 60  # far more than any handshake takes
SUITES = (
    "ECC-SM2-SM4-GCM-SM3",
    "ECC-SM2-SM4-CBC-SM3",
    "ECDHE-SM2-SM4-GCM-SM3",
    "ECDHE-SM2-SM4-CBC-SM3",
    "TLS_SM4_GCM_SM3",
)
Alter = Callable[[int, bytes], list[bytes]]  # a record and its number: what passes instead


@dataclass
class Wire:
    """One direction: cuts what is said into records, and passes them on altered."""

    alter: Alter = field(default=lambda _, record: [record])
    said: list[bytes] = field(default_factory=list)
    rest: bytes = b""

    def carry(self, source: Any, target: Any) -> int:
        self.rest += source.read()
        moved = 0
        while len(self.rest) >= HEADER:
            size = HEADER + struct.unpack("!H", self.rest[3:HEADER])[0]
            if len(self.rest) < size:
                break
            record, self.rest = self.rest[:size], self.rest[size:]
            for altered in self.alter(len(self.said), record):
                target.write(altered)
                moved += len(altered)
            self.said.append(record)
        return moved


def contexts(trust: SimpleNamespace, tlcp: Any, suite: str) -> tuple[Any, Any]:
    if not suite.startswith("TLS_"):
        return tlcp.server(suite, mutual=True), tlcp.client(suite)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.server_cert.configure(server)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.ca.configure_trust(client)
    client.set_ciphersuites(suite)
    return server, client


@pytest.fixture(scope="session")
def by_suite(trust: SimpleNamespace, tlcp: Any) -> dict[str, tuple[Any, Any]]:
    return {suite: contexts(trust, tlcp, suite) for suite in SUITES}


@pytest.fixture(params=SUITES)
def pair_of(request: pytest.FixtureRequest, by_suite: Any) -> tuple[Any, Any]:
    ends: tuple[Any, Any] = by_suite[request.param]
    return ends


QUESTION, ANSWER = b"question " * 30, b"the answer " * 30


def converse(
    ends: tuple[Any, Any], upstream: Wire, downstream: Wire
) -> tuple[list[BaseException], bytes, bytes]:
    """Handshake and one message each way; the errors, and what server and client received."""
    pair = MemoryPair(*ends)
    errors: list[BaseException] = []
    received = {"server": bytearray(), "client": bytearray()}

    def talk(name: str, end: Any, message: bytes) -> Iterator[None]:
        yield from retried(end.do_handshake)
        end.write(message)
        while True:
            yield from retried(lambda: received[name].extend(end.read()))

    def retried(call: Callable[[], Any]) -> Iterator[None]:
        while True:
            try:
                call()
                return
            except ssl.SSLWantReadError:
                yield

    talking = [
        talk("server", pair.server, ANSWER),
        talk("client", pair.client, QUESTION),
    ]
    for _ in range(ROUNDS):
        for talker in list(talking):
            with Raised() as caught:
                next(talker)
            if caught.error is not None:
                errors.append(caught.error)
                talking.remove(talker)
        moved = upstream.carry(pair.client_out, pair.server_in)
        moved += downstream.carry(pair.server_out, pair.client_in)
        if not moved:
            break
    else:
        raise AssertionError("they talk without end")
    return errors, bytes(received["server"]), bytes(received["client"])


def undisturbed(ends: tuple[Any, Any]) -> tuple[list[bytes], list[bytes]]:
    upstream, downstream = Wire(), Wire()
    errors, at_server, at_client = converse(ends, upstream, downstream)
    assert (errors, at_server, at_client) == ([], QUESTION, ANSWER)
    return upstream.said, downstream.said


def check(
    ends: tuple[Any, Any],
    upward: bool,
    alter: Alter,
    what: Any,
) -> tuple[list[BaseException], bytes]:
    """Alter one direction: only true bytes arrive, all errors are SSLErrors; which, and what."""
    wires = Wire(alter), Wire()
    errors, at_server, at_client = converse(ends, *(wires if upward else wires[::-1]))
    assert QUESTION.startswith(at_server), what
    assert ANSWER.startswith(at_client), what
    for error in errors:
        assert isinstance(error, ssl.SSLError), (what, error)
        assert str(error), what
    return errors, at_server if upward else at_client


def fields(record: bytes) -> list[int]:
    """The offsets of a record that matter: its header, and start, middle and end of its body.

    Those of the end count from there, since the length of a signature varies.
    """
    size = len(record)
    first = {*range(min(HEADER + 6, size)), (HEADER + size) // 2}
    return sorted(first) + [-offset for offset in (1, 16, 17) if offset <= size - HEADER]


def flip(number: int, offset: int, bit: int) -> Alter:
    def alter(index: int, record: bytes) -> list[bytes]:
        if index != number or offset >= len(record):
            return [record]
        altered = bytearray(record)
        altered[offset] ^= 1 << bit
        return [bytes(altered)]

    return alter


@pytest.mark.parametrize("upward", [True, False], ids=["to the server", "to the client"])
def test_one_bit_in_every_field_of_every_record(pair_of: tuple[Any, Any], upward: bool) -> None:
    said = undisturbed(pair_of)[0 if upward else 1]
    kinds = {record[0] for record in said}
    assert {CHANGE_CIPHER_SPEC, HANDSHAKE, DATA} <= kinds
    # The version of a record that is not encrypted yet protects nothing, and nothing protects it.
    plain = next(number for number, record in enumerate(said) if record[0] == CHANGE_CIPHER_SPEC)
    chance = random.Random(3)
    for number, record in enumerate(said):
        for offset in fields(record):
            bit = chance.randrange(8)
            what = (number, record[0], offset, bit)
            errors, arrived = check(pair_of, upward, flip(number, offset, bit), what)
            if errors or (offset in VERSION and number <= plain):
                continue
            # A length that promises more than there is: the reader waits for it, no more.
            assert offset in LENGTHS, what
            assert arrived == b"", what


def test_one_bit_anywhere_in_the_data(pair_of: tuple[Any, Any]) -> None:
    """Every seventh offset of one data record, each way."""
    for upward in (True, False):
        said = undisturbed(pair_of)[0 if upward else 1]
        number = len(said) - 1
        assert said[number][0] == DATA
        chance = random.Random(5)
        for offset in range(0, len(said[number]), 7):
            what = (upward, offset)
            alter = flip(number, offset, chance.randrange(8))
            errors, arrived = check(pair_of, upward, alter, what)
            assert arrived == b"", what
            assert errors or offset in (3, 4), what


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_bit_of_the_conversation(by_suite: Any, data: st.DataObject) -> None:
    ends = by_suite[data.draw(st.sampled_from(SUITES))]
    upward = data.draw(st.booleans())
    number = data.draw(st.integers(0, 9))
    share = data.draw(st.floats(0, 1, exclude_max=True))
    bit = data.draw(st.integers(0, 7))

    def alter(index: int, record: bytes) -> list[bytes]:
        if index != number:
            return [record]
        altered = bytearray(record)
        altered[int(share * len(record))] ^= 1 << bit
        return [bytes(altered)]

    check(ends, upward, alter, None)


# ---- whole records ----


def drop(number: int) -> Alter:
    return lambda index, record: [] if index == number else [record]


def repeat(number: int) -> Alter:
    return lambda index, record: [record] * (2 if index == number else 1)


def shorten(number: int, by: int) -> Alter:
    """A part is missing at the end, and the length says so."""

    def alter(index: int, record: bytes) -> list[bytes]:
        if index != number:
            return [record]
        body = record[HEADER : max(HEADER, len(record) - by)]
        return [record[:3] + struct.pack("!H", len(body)) + body]

    return alter


def cut(number: int, by: int) -> Alter:
    """A part is missing at the end, and the length does not say so."""
    return lambda index, record: [record[:-by] if index == number else record]


def swap(number: int) -> Alter:
    held: list[bytes] = []

    def alter(index: int, record: bytes) -> list[bytes]:
        if index == number:
            held.append(record)
            return []
        return [record, held.pop()] if held else [record]

    return alter


@pytest.mark.parametrize("upward", [True, False], ids=["to the server", "to the client"])
def test_records_dropped_repeated_swapped_and_cut(pair_of: tuple[Any, Any], upward: bool) -> None:
    said = undisturbed(pair_of)[0 if upward else 1]
    for number in range(len(said)):
        last = number == len(said) - 1
        alterations: dict[str, Alter] = {
            "drop": drop(number),
            "repeat": repeat(number),
            "swap": swap(number),
            "shorten by 1": shorten(number, 1),
            "shorten by 17": shorten(number, 17),
            "empty": shorten(number, 1 << 16),
            "cut": cut(number, 1),
        }
        for name, alter in alterations.items():
            what = (name, number, said[number][0])
            errors, arrived = check(pair_of, upward, alter, what)
            if last and name in ("drop", "swap", "cut"):
                assert arrived == b"", what
            elif last and name == "repeat":
                assert errors, what
                assert arrived in (QUESTION, ANSWER), what
            elif last:
                assert errors, what
                assert arrived == b"", what


# ---- many data records ----


def stood_up(ends: tuple[Any, Any]) -> tuple[MemoryPair, list[bytes], list[bytes]]:
    """A connection, six messages from the client, and the records that they travel in."""
    pair = MemoryPair(*ends)
    pair.handshake()
    messages = [bytes([number]) * (10 + 40 * number) for number in range(6)]
    wire = Wire()
    for message in messages:
        pair.client.write(message)
        wire.carry(pair.client_out, pair.client_out.__class__())
    assert len(wire.said) == len(messages)
    return pair, messages, wire.said


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
    pair, messages, records = stood_up(pair_of)
    chance = random.Random(seed)
    order = [chance.randrange(6) for _ in range(6)] if seed % 2 else chance.sample(range(6), 6)
    for number in order:
        pair.server_in.write(records[number])
    right = next((at for at, number in enumerate(order) if at != number), 6)
    data, error = received(pair)
    assert data == b"".join(messages[:right])
    assert isinstance(error, ssl.SSLWantReadError if right == 6 else ssl.SSLError)
    if right < 6:
        assert getattr(error, "reason", None) == "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"
        pair.server_in.write(records[right])
        with pytest.raises(ssl.SSLError):  # it does not recover with the right one
            pair.server.read()


def test_a_record_of_another_session(pair_of: tuple[Any, Any]) -> None:
    one, _, _ = stood_up(pair_of)
    _, _, foreign = stood_up(pair_of)
    one.server_in.write(foreign[0])
    data, error = received(one)
    assert data == b""
    assert isinstance(error, ssl.SSLError)


def test_a_record_sent_back(pair_of: tuple[Any, Any]) -> None:
    pair, _, records = stood_up(pair_of)
    pair.client_in.write(records[0])
    with pytest.raises(ssl.SSLError):
        pair.client.read()


@pytest.mark.parametrize("kind", [CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA, 24, 99])
def test_a_record_that_nobody_encrypted(pair_of: tuple[Any, Any], kind: int) -> None:
    pair, _, records = stood_up(pair_of)
    for body in (b"\1", b"\1\0", b"\2\50", b"\0" * 4, bytes(64), bytes(17000)):
        pair, _, records = stood_up(pair_of)
        pair.server_in.write(bytes([kind]) + records[0][1:3] + struct.pack("!H", len(body)) + body)
        data, error = received(pair)
        assert data == b""
        assert isinstance(error, ssl.SSLError)
