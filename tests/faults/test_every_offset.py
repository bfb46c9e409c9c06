"""One fault at every offset of a whole connection: handshake, data and close_notify alike.

Every offset of both directions gets a flipped bit, in TLCP with certificates on both sides also a
cut, and every few of them one of the other faults; with TONGSUO_PY_EXHAUSTIVE set, every offset
gets each of the eight bits flipped, a cut, and all of the other faults.
"""

from __future__ import annotations

from typing import Any

import pytest
from relay import (
    CHANGE_CIPHER_SPEC,
    FLIPS,
    FaultyWire,
    Outcome,
    Wire,
    check,
    converse,
    records,
    undisturbed,
)

from tongsuo_py import ssl

OTHERS = ("repeat", "drop", "swap", "split")
MAJOR, MINOR = 1, 2  # where a record has its version
#: The number of TLS, and TLCP's, in a record's version.
MAJOR_OF_TLS, TLCP = 3, b"\1\1"

CASES = [
    pytest.param(kind, upward, part, id=f"{kind}, to the {to}, {part}")
    for kind in ("TLCP mutual", "TLCP", "TLCP resumed", "TLCP beside TLS", "TLS 1.2", "TLS 1.3")
    for upward, to in ((True, "server"), (False, "client"))
    # What a server for both has of its own is how it begins to read.
    if upward or kind != "TLCP beside TLS"
    for part in range(4 if kind == "TLCP mutual" else 1)  # to be run side by side
]


@pytest.fixture
def offsets(contexts: Any, kind: str, upward: bool, part: int) -> range:
    """Those of one part of one direction.

    Signatures differ in length by a byte or two from one run to the next; the last offsets are
    beyond the end in some.
    """
    outcome = undisturbed(contexts[kind])
    size = len((outcome.up if upward else outcome.down).said)
    return range(part, size + 2, 4 if kind == "TLCP mutual" else 1)


def run(ends: tuple[Any, Any], upward: bool, fault: str, offset: int) -> tuple[Outcome, Wire]:
    """The conversation with this fault: what came of it, and the wire that had it."""
    wires = FaultyWire(fault, offset), Wire()
    outcome = converse(ends, *(wires if upward else wires[::-1]))
    check(outcome, (upward, fault, offset))
    if not wires[0].happened:
        assert outcome.errors == [] or fault == "swap", (upward, fault, offset)
    return outcome, wires[0]


def nothing_protects(kind: str, upward: bool, said: bytes, offset: int, fault: str) -> bool:
    """Whether a flip may go unnoticed: that of a version in the header of a record in the clear.

    No signature and no Finished covers the headers. The version in the first one is to be ignored
    in TLS (RFC 8446, 5.1), and OpenSSL looks at its major number only; Tongsuo takes TLCP's number
    there as well. In TLCP that holds for all records up to the ChangeCipherSpec.
    """
    number, start, record = next(
        (number, start, record)
        for number, (start, record) in enumerate(records(said))
        if start <= offset < start + len(record)
    )
    at = offset - start
    flipped = record[at] ^ 1 << int(fault[-1])
    if kind.startswith("TLS"):
        if number:
            return False
        return at == MINOR or (at == MAJOR and bytes([flipped, record[MINOR]]) == TLCP)
    types = [record[0] for _, record in records(said)]
    in_the_clear = number <= types.index(CHANGE_CIPHER_SPEC)
    return in_the_clear and at == MAJOR and flipped == MAJOR_OF_TLS


@pytest.mark.parametrize(("kind", "upward", "part"), CASES)
def test_a_flipped_bit(
    contexts: Any, kind: str, upward: bool, offsets: range, exhaustive: bool
) -> None:
    """It is never without an error, except where nothing protects the bit; the data is intact."""
    ends = contexts[kind]
    for offset in offsets:
        # Over a few records' headers each bit has its turn.
        for fault in FLIPS if exhaustive or offset < 40 else (FLIPS[offset * 5 % 8],):
            outcome, wire = run(ends, upward, fault, offset)
            if wire.happened and not outcome.errors:
                assert nothing_protects(kind, upward, wire.said, offset, fault), (offset, fault)


@pytest.mark.parametrize(("kind", "upward", "part"), CASES)
def test_a_cut(contexts: Any, kind: str, upward: bool, offsets: range, exhaustive: bool) -> None:
    """Whoever reads there never takes it for the end that the other has said."""
    for offset in offsets if exhaustive or kind == "TLCP mutual" else offsets[::3]:
        outcome, wire = run(contexts[kind], upward, "cut", offset)
        if wire.happened:
            reader, other = outcome.server, outcome.client
            if not upward:
                reader, other = other, reader
            assert isinstance(reader.error, ssl.SSLEOFError), offset
            assert reader.error.args[0] == ssl.SSL_ERROR_EOF
            assert other.clean or isinstance(other.error, ssl.SSLEOFError), offset


@pytest.mark.parametrize(("kind", "upward", "part"), CASES)
def test_bytes_repeated_dropped_swapped_and_held_back(
    contexts: Any, kind: str, upward: bool, offsets: range, exhaustive: bool
) -> None:
    for number, offset in enumerate(offsets if exhaustive else offsets[::3]):
        faults = OTHERS if exhaustive else (OTHERS[number % 4],)
        for fault in faults:
            outcome, wire = run(contexts[kind], upward, fault, offset)
            if fault == "split":
                assert outcome.errors == [], offset
            elif wire.happened and not outcome.errors:
                # One more byte behind the close_notify, where nobody reads.
                assert fault == "repeat", (offset, fault)
                assert offset == len(wire.said) - 1


def test_what_is_called_resumed_is(contexts: Any) -> None:
    """Its handshakes have no certificates in them, which are most of the others'."""
    whole, resumed = (undisturbed(contexts[kind]) for kind in ("TLCP", "TLCP resumed"))
    assert len(whole.down.said) - len(resumed.down.said) > 1000
