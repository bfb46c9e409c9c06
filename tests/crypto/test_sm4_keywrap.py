"""Wrapped keys: BouncyCastle's, the RFCs written out over OpenSSL 4's ECB, and altered ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import written_out
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from damage import EVERY_BIT, beginnings, flips
from hypothesis import given
from hypothesis import strategies as st
from implementations import BYTES_LIKE

from tongsuo_py import sm4

Vectors = Callable[[str], Any]

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
PADDING = pytest.mark.parametrize("padding", [False, True])


class TestKnownAnswers:
    @pytest.mark.parametrize(
        ("name", "padding"), [("wrapped", False), ("wrapped_with_padding", True)]
    )
    def test_bouncycastle(self, vectors: Vectors, name: str, padding: bool) -> None:
        for row in vectors("bouncycastle/symmetric")[name]:
            wrapping_key, key, wrapped = (
                bytes.fromhex(row[field]) for field in ("wrapping_key", "key", "wrapped")
            )
            assert sm4.wrap_key(wrapping_key, key, padding=padding) == wrapped
            assert sm4.unwrap_key(wrapping_key, wrapped, padding=padding) == key


class TestPeers:
    @given(
        st.binary(min_size=16, max_size=16),
        st.integers(2, 30).flatmap(lambda n: st.binary(min_size=8 * n, max_size=8 * n)),
    )
    def test_rfc_3394(self, wrapping_key: bytes, key: bytes) -> None:
        wrapped = sm4.wrap_key(wrapping_key, key)
        assert wrapped == written_out.wrap_key(wrapping_key, key, False)
        assert sm4.unwrap_key(wrapping_key, wrapped) == key

    @given(st.binary(min_size=16, max_size=16), st.binary(min_size=1, max_size=200))
    def test_rfc_5649(self, wrapping_key: bytes, key: bytes) -> None:
        wrapped = sm4.wrap_key(wrapping_key, key, padding=True)
        assert wrapped == written_out.wrap_key(wrapping_key, key, True)
        assert sm4.unwrap_key(wrapping_key, wrapped, padding=True) == key

    def test_one_with_more_steps_than_a_byte_counts(self) -> None:
        key = bytes(range(256)) * 8
        wrapped = sm4.wrap_key(KEY, key)
        assert wrapped == written_out.wrap_key(KEY, key, False)
        assert sm4.unwrap_key(KEY, wrapped) == key


class TestAltered:
    @PADDING
    @pytest.mark.parametrize("size", [8, 16, 24, 40])
    def test_every_bit_and_length(self, padding: bool, size: int) -> None:
        if size == 8 and not padding:
            size = 32
        wrapped = sm4.wrap_key(KEY, bytes(range(size)), padding=padding)

        def refused(data: bytes, key: bytes = KEY) -> None:
            with pytest.raises(sm4.InvalidTag) as caught:
                sm4.unwrap_key(key, data, padding=padding)
            assert caught.value.errors == ()

        for bad in (*flips(wrapped, EVERY_BIT), *beginnings(wrapped)):
            refused(bad)
        for more in (1, 8):
            refused(wrapped + bytes(more))
        refused(wrapped, KEY[::-1])
        refused(wrapped[8:] + wrapped[:8])

    def test_the_other_kind(self) -> None:
        for padding in (False, True):
            wrapped = sm4.wrap_key(KEY, bytes(32), padding=padding)
            with pytest.raises(sm4.InvalidTag):
                sm4.unwrap_key(KEY, wrapped, padding=not padding)

    @pytest.mark.parametrize(
        ("length", "fill"),
        [(7, 1), (9, 0), (16, 0), (0, 0), (2**32 - 1, 0)],
        ids=["not zeros", "too long", "one step too long", "nothing", "longest"],
    )
    def test_padding_that_nobody_makes(self, length: int, fill: int) -> None:
        # One step of 8 bytes, and a length before it that does not agree with it.
        ecb = Cipher(algorithms.SM4(KEY), modes.ECB()).encryptor()
        plain = b"\xa6\x59\x59\xa6" + length.to_bytes(4, "big") + bytes(7) + bytes((fill,))
        with pytest.raises(sm4.InvalidTag):
            sm4.unwrap_key(KEY, ecb.update(plain), padding=True)

    def test_one_that_is_too_large(self) -> None:
        with pytest.raises(sm4.InvalidTag):
            sm4.unwrap_key(KEY, bytes(2**24 + 24))


class TestArguments:
    @pytest.mark.parametrize("size", [0, 1, 8, 15, 17, 20])
    def test_sizes_that_need_padding(self, size: int) -> None:
        with pytest.raises(ValueError, match=f"bytes, not {size}"):
            sm4.wrap_key(KEY, bytes(size))

    def test_sizes_that_nothing_helps(self) -> None:
        for size in (0, 2**24 + 8):
            with pytest.raises(ValueError, match=f"1 to 16777216 bytes, not {size}"):
                sm4.wrap_key(KEY, bytes(size), padding=True)

    @pytest.mark.parametrize("size", [0, 15, 17, 32])
    def test_wrapping_keys_of_a_wrong_size(self, size: int) -> None:
        for call in (sm4.wrap_key, sm4.unwrap_key):
            with pytest.raises(ValueError, match=f"16 bytes, not {size}"):
                call(bytes(size), bytes(24))

    @pytest.mark.parametrize("value", [None, 1, "text"])
    def test_wrong_types(self, value: Any) -> None:
        for call in (sm4.wrap_key, sm4.unwrap_key):
            with pytest.raises(TypeError, match="key must be bytes-like"):
                call(value, bytes(24))
        with pytest.raises(TypeError, match="key must be bytes-like"):
            sm4.wrap_key(KEY, value)
        with pytest.raises(TypeError, match="wrapped must be bytes-like"):
            sm4.unwrap_key(KEY, value)

    @PADDING
    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, padding: bool, kind: str) -> None:
        wrap = BYTES_LIKE[kind]
        wrapped = sm4.wrap_key(wrap(KEY), wrap(bytes(24)), padding=padding)
        assert sm4.unwrap_key(wrap(KEY), wrap(wrapped), padding=padding) == bytes(24)
