"""ZUC: 3GPP's test data, the pure-Python gmalg, messages of any number of bits, bad input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import written_out
from hypothesis import given
from hypothesis import strategies as st
from implementations import BYTES_LIKE

from tongsuo_py import zuc

Vectors = Callable[[str], Any]

KEY, COUNT, BEARER, DIRECTION = bytes(range(16)), 0x66035492, 0xF, 1
NUMBERS = (COUNT, BEARER, DIRECTION)

KEYS = st.binary(min_size=16, max_size=16)
PARAMETERS = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 31), st.integers(0, 1))
# A message and how many of its bits count.
MESSAGES = st.binary(max_size=60).flatmap(
    lambda data: st.tuples(st.just(data), st.none() | st.integers(0, 8 * len(data)))
)


class TestKnownAnswers:
    def test_eea3(self, vectors: Vectors) -> None:
        sets = vectors("zuc")["eea3"]
        assert len(sets) == 3
        for one in sets:
            key, plaintext, ciphertext = (
                bytes.fromhex(one[field]) for field in ("key", "plaintext", "ciphertext")
            )
            numbers = one["count"], one["bearer"], one["direction"]
            assert zuc.eea3(key, *numbers, plaintext, one["bits"]) == ciphertext
            assert zuc.eea3(key, *numbers, ciphertext, one["bits"]) == plaintext

    def test_eia3(self, vectors: Vectors) -> None:
        sets = vectors("zuc")["eia3"]
        assert len(sets) == 4
        for one in sets:
            key, data = bytes.fromhex(one["key"]), bytes.fromhex(one["data"])
            code = zuc.eia3(key, one["count"], one["bearer"], one["direction"], data, one["bits"])
            assert code.hex() == one["code"]


class TestPeers:
    @given(KEYS, PARAMETERS, MESSAGES)
    def test_eea3(
        self, key: bytes, numbers: tuple[int, int, int], message: tuple[bytes, int | None]
    ) -> None:
        data, bits = message
        sealed = zuc.eea3(key, *numbers, data, bits)
        size = 8 * len(data) if bits is None else bits
        assert sealed == written_out.eea3(key, numbers, data, size)
        assert zuc.eea3(key, *numbers, sealed, bits) == written_out.eea3(key, numbers, sealed, size)

    @given(KEYS, PARAMETERS, MESSAGES)
    def test_eia3(
        self, key: bytes, numbers: tuple[int, int, int], message: tuple[bytes, int | None]
    ) -> None:
        data, bits = message
        size = 8 * len(data) if bits is None else bits
        assert zuc.eia3(key, *numbers, data, bits) == written_out.eia3(key, numbers, data, size)

    @pytest.mark.parametrize("bits", range(0, 200))
    def test_every_number_of_bits(self, bits: int) -> None:
        data = bytes(range(200, 225))
        assert zuc.eia3(KEY, *NUMBERS, data, bits) == written_out.eia3(KEY, NUMBERS, data, bits)
        assert zuc.eea3(KEY, *NUMBERS, data, bits) == written_out.eea3(KEY, NUMBERS, data, bits)

    def test_what_is_not_in_the_message_does_not_count(self) -> None:
        for bits in (0, 1, 7, 8, 63, 64, 65, 100):
            size = -(-bits // 8)
            message = bytes(range(100, 113))
            other = bytearray(b ^ 0xFF for b in message)
            other[:size] = message[:size]
            if bits % 8:
                other[size - 1] ^= 0xFF >> bits % 8
            for call in (zuc.eea3, zuc.eia3):
                assert call(KEY, *NUMBERS, other, bits) == call(KEY, *NUMBERS, message, bits)

    def test_a_long_message(self) -> None:
        data = bytes(range(256)) * 40
        bits = 8 * len(data)
        assert zuc.eea3(KEY, *NUMBERS, data) == written_out.eea3(KEY, NUMBERS, data, bits)
        assert zuc.eia3(KEY, *NUMBERS, data, bits - 3) == written_out.eia3(
            KEY, NUMBERS, data, bits - 3
        )


@pytest.mark.parametrize("call", [zuc.eea3, zuc.eia3])
class TestArguments:
    @pytest.mark.parametrize("size", [0, 15, 17, 32])
    def test_keys_of_a_wrong_size(self, call: Callable[..., bytes], size: int) -> None:
        with pytest.raises(ValueError, match=f"a ZUC key has 16 bytes, not {size}"):
            call(bytes(size), *NUMBERS, b"data")

    @pytest.mark.parametrize(
        ("numbers", "message"),
        [
            ((-1, 0, 0), "count is 0 to 4294967295, not -1"),
            ((2**32, 0, 0), "count is 0 to 4294967295, not 4294967296"),
            ((0, 32, 0), "bearer is 0 to 31, not 32"),
            ((0, -1, 0), "bearer is 0 to 31, not -1"),
            ((0, 0, 2), "direction is 0 to 1, not 2"),
        ],
    )
    def test_numbers_out_of_range(
        self, call: Callable[..., bytes], numbers: tuple[int, ...], message: str
    ) -> None:
        with pytest.raises(ValueError, match=message):
            call(KEY, *numbers, b"data")

    @pytest.mark.parametrize("name", ["count", "bearer", "direction", "bits"])
    @pytest.mark.parametrize("value", ["1", 1.0, b"1"])
    def test_wrong_types_of_numbers(
        self, call: Callable[..., bytes], name: str, value: Any
    ) -> None:
        numbers = {"count": 0, "bearer": 0, "direction": 0, "bits": 8, name: value}
        with pytest.raises(TypeError, match=f"{name} must be int"):
            call(KEY, data=b"data", **numbers)

    @pytest.mark.parametrize("value", [None, 1, "text"])
    def test_wrong_types(self, call: Callable[..., bytes], value: Any) -> None:
        with pytest.raises(TypeError, match="key must be bytes-like"):
            call(value, *NUMBERS, b"data")
        with pytest.raises(TypeError, match="data must be bytes-like"):
            call(KEY, *NUMBERS, value)

    @pytest.mark.parametrize("bits", [-1, 33])
    def test_bits_that_are_not_there(self, call: Callable[..., bytes], bits: int) -> None:
        with pytest.raises(ValueError, match=f"bits is 0 to 32, what data has, not {bits}"):
            call(KEY, *NUMBERS, b"data", bits)

    @pytest.mark.parametrize("bits", [None, 37])
    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, call: Callable[..., bytes], kind: str, bits: int | None) -> None:
        wrap = BYTES_LIKE[kind]
        expected = call(KEY, *NUMBERS, b"some data", bits)
        assert call(wrap(KEY), *NUMBERS, wrap(b"some data"), bits) == expected

    def test_more_than_the_standard_takes(
        self, call: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert (zuc._MOST_ENCRYPTED, zuc._MOST_AUTHENTICATED) == (2**32 - 1, 2**31 - 1)
        monkeypatch.setattr(zuc, "_MOST_ENCRYPTED", 100)
        monkeypatch.setattr(zuc, "_MOST_AUTHENTICATED", 100)
        call(KEY, *NUMBERS, bytes(12))
        with pytest.raises(ValueError, match="at most 100 bits, not 104"):
            call(KEY, *NUMBERS, bytes(13))
