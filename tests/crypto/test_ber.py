"""BER as streams have it, brought to DER."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py import _ber, _der
from tongsuo_py.exceptions import FormatError

VALUES = st.recursive(
    st.one_of(
        st.binary(max_size=20).map(lambda value: ("octets", value)),
        st.integers(-(2**70), 2**70).map(lambda value: ("integer", value)),
    ),
    lambda inner: st.lists(inner, max_size=4).map(lambda value: ("sequence", value)),
    max_leaves=10,
)


def as_der(value: tuple[str, object]) -> bytes:
    kind, content = value
    if kind == "octets":
        assert isinstance(content, bytes)
        return _der.octets(content)
    if kind == "integer":
        assert isinstance(content, int)
        return _der.integer(content)
    assert isinstance(content, list)
    return _der.sequence(*map(as_der, content))


def as_ber(value: tuple[str, object]) -> bytes:
    """Every length left open, every string in pieces."""
    kind, content = value
    if kind == "octets":
        assert isinstance(content, bytes)
        pieces = [content[:3], content[3:]]
        return b"\x24\x80" + b"".join(map(_der.octets, pieces)) + b"\0\0"
    if kind == "integer":
        return as_der(value)
    assert isinstance(content, list)
    return b"\x30\x80" + b"".join(map(as_ber, content)) + b"\0\0"


@given(st.lists(VALUES, max_size=3).map(lambda value: ("sequence", value)))
def test_what_was_streamed(value: tuple[str, object]) -> None:
    assert _ber.to_der(as_ber(value), "the input") == as_der(value)


@given(st.lists(VALUES, max_size=3).map(lambda value: ("sequence", value)))
def test_der_is_left_as_it_is(value: tuple[str, object]) -> None:
    data = as_der(value)
    assert _ber.to_der(data, "the input") is data


@given(st.lists(VALUES, min_size=1, max_size=3).map(lambda value: ("sequence", value)))
def test_cut_off_anywhere(value: tuple[str, object]) -> None:
    data = as_ber(value)
    for size in range(2, len(data)):
        with pytest.raises(FormatError, match=r"the input: expected .* at byte \d+, found "):
            _ber.to_der(data[:size], "the input")
    with pytest.raises(FormatError, match="expected the end"):
        _ber.to_der(data + b"\0", "the input")


def test_strings_in_strings_in_pieces() -> None:
    inner = b"\x24\x80" + _der.octets(b"ab") + _der.octets(b"c") + b"\0\0"
    data = b"\x24\x80" + inner + _der.octets(b"d") + b"\0\0"
    assert _ber.to_der(data, "the input") == _der.octets(b"abcd")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"\x04\x80", "expected a length at byte 1, found 80"),
        (b"\x30\x80\x04\x80\0\0\0\0", "expected a length at byte 3, found 80"),
        (b"\x24\x80\x02\x01\x05\0\0", "expected OCTET STRING"),
        (b"\x30\x80" * 40 + b"\0\0" * 40, "expected fewer levels of elements at byte 64"),
        (b"\x30\x80" * 100_000, "expected fewer levels"),
    ],
    ids=["string", "string inside", "integer in a string", "deep", "very deep"],
)
def test_what_is_not_ber(data: bytes, text: str) -> None:
    with pytest.raises(FormatError, match=text):
        _ber.to_der(data, "the input")


@given(st.binary(max_size=60))
def test_anything(data: bytes) -> None:
    try:
        result = _ber.to_der(b"\x30\x80" + data, "the input")
    except FormatError:
        return
    assert _ber.to_der(result, "the input") is result
