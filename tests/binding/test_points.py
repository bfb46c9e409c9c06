"""Points of the SM2 curve, beside the same arithmetic in Python."""

from __future__ import annotations

import pytest
from gmalg.sm2 import _ecdlp as peer
from hypothesis import given, settings
from hypothesis import strategies as st

from tongsuo_py._binding import lib, pkey, points
from tongsuo_py.exceptions import FormatError

N = peer.fpn.p
numbers = st.integers(1, N - 1)


def octets(number: int) -> bytes:
    return number.to_bytes(32, "big")


def point(x: int, y: int) -> bytes:
    return b"\4" + octets(x) + octets(y)


G = point(*peer.G)


def value(number: object) -> int:
    memory = bytearray(32)
    assert lib.BN_bn2binpad(number, points.ffi.from_buffer(memory), 32) == 32
    return int.from_bytes(memory, "big")


class TestForms:
    @given(number=numbers)
    @settings(max_examples=10)
    def test_every_form_of_a_point(self, number: int) -> None:
        x, y = peer.kG(number)
        whole = point(x, y)
        for form in (
            whole,
            bytes((2 + y % 2,)) + octets(x),
            bytes((6 + y % 2,)) + octets(x) + octets(y),
        ):
            assert points.encode(points.decode(form)) == whole

    def test_what_is_none(self) -> None:
        x, y = peer.G
        for data in (
            b"",
            b"\0",
            bytes(65),
            G[:-1],
            G + b"\0",
            G[1:],
            point(x, y ^ 1),
            b"\5" + G[1:],
            bytes((7 - y % 2,)) + G[1:],
            bytes((6 + y % 2,)) + octets(x),
            b"\2" + octets(5),  # no point has this x
            point(peer.fp.p, y),
            b"\2" + octets(peer.fp.p),
        ):
            assert points.decode(data) is None


class TestArithmetic:
    @given(a=numbers, b=numbers, c=numbers)
    def test_add_product(self, a: int, b: int, c: int) -> None:
        result = points.add_product(*(points.number(octets(number)) for number in (a, b, c)))
        assert value(result) == (a + b * c) % N

    @given(a=numbers, b=numbers)
    @settings(max_examples=10)
    def test_add_and_multiply(self, a: int, b: int) -> None:
        base = points.decode(G)
        p, q = (points.multiply(base, points.number(octets(number))) for number in (a, b))
        assert points.encode(p) == point(*peer.kG(a))
        if (a + b) % N:
            assert points.encode(points.add(p, q)) == point(*peer.kG((a + b) % N))

    @pytest.mark.parametrize("number", [0, N])
    def test_infinity(self, number: int) -> None:
        base = points.decode(G)
        infinity = points.multiply(base, points.number(octets(number)))
        assert points.is_infinity(infinity)
        assert not points.is_infinity(base)
        assert points.encode(points.add(infinity, base)) == G
        minus_one = points.multiply(base, points.number(octets(N - 1)))
        assert points.is_infinity(points.add(base, minus_one))


def test_a_public_key_has_no_number() -> None:
    with pytest.raises(FormatError, match="this SM2 key has no private key"):
        points.private_number(pkey.public(G))


def test_coordinates_are_cleansed() -> None:
    with points.coordinates(points.decode(G), b"behind") as memory:
        assert bytes(memory) == G[1:] + b"behind"
    assert bytes(memory) == bytes(len(memory))
