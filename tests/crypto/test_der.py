"""DER read and written, beside asn1crypto and cryptography's strictness."""

from __future__ import annotations

from contextlib import suppress

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py import _der as der
from tongsuo_py.exceptions import FormatError

arcs = st.tuples(st.integers(0, 1), st.integers(0, 39), st.lists(st.integers(0, 2**70))).map(
    lambda t: ".".join(map(str, (t[0], t[1], *t[2])))
)


@given(st.integers(-(2**300), 2**300))
def test_integers(number: int) -> None:
    encoded = der.integer(number)
    assert encoded == core.Integer(number).dump()
    assert der.Reader(encoded, "it").integer() == number


@given(st.binary(max_size=40))
def test_unsigned_numbers(data: bytes) -> None:
    encoded = der.integer(data)
    assert encoded == core.Integer(int.from_bytes(data)).dump()
    assert der.Reader(encoded, "it").unsigned(40) == data.rjust(40, b"\0")


@given(arcs | st.sampled_from(["2.5.4.3", "2.999.1", "1.2.156.10197.1.301"]))
def test_object_identifiers(dotted: str) -> None:
    encoded = der.oid(dotted)
    assert encoded == core.ObjectIdentifier(dotted).dump()
    assert der.Reader(encoded, "it").oid() == dotted


@given(st.binary(max_size=400))
def test_strings(data: bytes) -> None:
    assert der.octets(data) == core.OctetString(data).dump()
    assert der.Reader(der.octets(data), "it").octets() == data
    assert der.bits(data) == core.OctetBitString(data).dump()
    assert der.Reader(der.bits(data), "it").bits() == data
    assert der.null() == core.Null().dump()


@given(st.lists(st.binary(max_size=5)))
def test_sets_are_sorted(values: list[bytes]) -> None:
    class Strings(core.SetOf):  # type: ignore[misc]
        _child_spec = core.OctetString

    assert der.set_of(*map(der.octets, values)) == Strings(values).dump(force=True)


@given(st.binary())
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    def walk(reader: der.Reader) -> None:
        while reader:
            tag = reader.peek()
            assert tag is not None
            walk(reader.enter(tag)) if tag & 0x20 else reader.element()

    with suppress(FormatError):
        walk(der.Reader(data, "it"))


def test_a_reader_goes_forward() -> None:
    data = der.sequence(
        der.integer(7), der.wrap(der.context(1), der.null()), der.octets(b"x" * 200)
    )
    inner = der.Reader(data, "it").only()
    assert inner.optional(der.OCTET_STRING) is None
    assert inner.integer() == 7
    tagged = inner.optional(der.context(1))
    assert tagged is not None
    tagged.null()
    tagged.finish()
    assert inner.peek() == der.OCTET_STRING
    assert inner.element() == der.octets(b"x" * 200)
    inner.finish()
    assert not inner
    assert inner.peek() is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("", "expected SEQUENCE at byte 0, found the end"),
        ("30", "expected a length at byte 1, found the end"),
        ("0203", "expected SEQUENCE at byte 0, found INTEGER"),
        ("a003", r"expected SEQUENCE at byte 0, found \[0\]"),
        ("1f03", "expected SEQUENCE at byte 0, found the tag 1F"),
        ("3005020107", "expected 5 bytes of SEQUENCE at byte 2, found 3"),
        ("300302010700", "expected the end at byte 5, found 1 more bytes"),
        ("3080020107", "expected a length at byte 1, found 80"),
        ("308900", "expected a length at byte 1, found 89"),
        ("308203", "expected a length at byte 1, found 82"),
        ("308103020107", "expected a length in its shortest form at byte 1, found a longer one"),
        ("30020200", "expected an INTEGER at byte 2, found one without a value"),
        ("300402020001", "expected an INTEGER at byte 2, found one with leading bytes"),
        ("30040202ff80", "expected an INTEGER at byte 2, found one with leading bytes"),
        ("3003020180", "expected an INTEGER that is not negative at byte 2, found a negative one"),
        ("300402020101", "expected an INTEGER of at most 1 bytes at byte 2, found one of 2"),
        ("3003040107", "expected INTEGER at byte 2, found OCTET STRING"),
        ("30060201070201", "expected 6 bytes of SEQUENCE at byte 2, found 5"),
        ("3006020107020108", "expected the end at byte 5, found 3 more bytes"),
    ],
)
def test_what_is_wrong_and_where(data: str, message: str) -> None:
    def read() -> None:
        inner = der.Reader(bytes.fromhex(data), "the number").only()
        inner.unsigned(1)
        inner.finish()

    with pytest.raises(FormatError, match=f"^the number: {message}"):
        read()


@pytest.mark.parametrize("data", ["0600", "060180", "06028001", "06020088", "0603550480"])
def test_bad_object_identifiers(data: str) -> None:
    with pytest.raises(FormatError, match="expected an OBJECT IDENTIFIER at byte 0"):
        der.Reader(bytes.fromhex(data), "it").oid()


def test_an_object_identifier_that_is_too_long() -> None:
    whole = der.wrap(der.OID, b"\x2a", b"\x81" * 126, b"\1")
    assert der.Reader(whole, "it").oid().startswith("1.2.")
    for size in (127, 10_000):  # of the second Python would not even print the number
        data = der.wrap(der.OID, b"\x2a", b"\x81" * size, b"\1")
        with pytest.raises(
            FormatError, match=f"at most 128 bytes at byte 0, found one of {size + 2}"
        ):
            der.Reader(data, "it").oid()


@pytest.mark.parametrize(
    ("data", "message"),
    [("0300", "whole bytes"), ("03020107", "whole bytes"), ("0401ff", "expected BIT STRING")],
)
def test_bad_bit_strings(data: str, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        der.Reader(bytes.fromhex(data), "it").bits()


def test_wrong_sizes() -> None:
    with pytest.raises(FormatError, match="an OCTET STRING of 3 bytes at byte 0, found one of 2"):
        der.Reader(der.octets(b"xx"), "it").octets(3)
    reader = der.Reader(der.null(), "it")
    reader.null()
    with pytest.raises(FormatError, match="expected another element at byte 2, found the end"):
        reader.element()
