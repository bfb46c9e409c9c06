"""SM4-XTS: the standards' examples, IEEE 1619 written out over OpenSSL 4's ECB, every length.

Tongsuo 8.4 has none; test_sm4_stream.py shows what is said then.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Literal

import pytest
import written_out
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import through

from tongsuo_py import sm4
from tongsuo_py._binding.library import TONGSUO_VERSION_INFO
from tongsuo_py.sm4 import unit

pytestmark = pytest.mark.skipif(TONGSUO_VERSION_INFO < (8, 5), reason="Tongsuo 8.4 has no SM4-XTS")

KEY, TWEAK = bytes(range(32)), bytes(range(100, 116))

Variant = Literal["ieee", "gb"]
VARIANTS: tuple[Variant, ...] = ("ieee", "gb")
BOTH = pytest.mark.parametrize("variant", VARIANTS)

Ways = dict[str, Callable[..., sm4.Stream]]
WAYS: Ways = {"encrypt": sm4.encryptor, "decrypt": sm4.decryptor}


class TestUnits:
    def test_the_standards_examples(self, vectors: Callable[[str], Any]) -> None:
        examples = vectors("sm4")["xts"]
        assert {example["variant"] for example in examples} == set(VARIANTS)
        for example in examples:
            key, tweak, plaintext, ciphertext = (
                bytes.fromhex(example[field])
                for field in ("key", "tweak", "plaintext", "ciphertext")
            )
            mode = sm4.XTS(tweak, example["variant"])
            assert through(sm4.encryptor(key, mode), plaintext) == ciphertext
            assert through(sm4.decryptor(key, mode), ciphertext) == plaintext
            assert written_out.xts(key, tweak, plaintext, example["variant"]) == ciphertext

    @BOTH
    @pytest.mark.parametrize("size", [*range(16, 50), 63, 64, 65, 255, 256, 257])
    def test_every_length(self, variant: Variant, size: int) -> None:
        data = bytes(range(256)) * 2
        expected = written_out.xts(KEY, TWEAK, data[:size], variant)
        assert through(sm4.encryptor(KEY, sm4.XTS(TWEAK, variant)), data[:size]) == expected
        assert written_out.xts(KEY, TWEAK, expected, variant, decrypt=True) == data[:size]
        assert through(sm4.decryptor(KEY, sm4.XTS(TWEAK, variant)), expected) == data[:size]

    @BOTH
    @given(
        key=st.binary(min_size=32, max_size=32).filter(lambda key: key[:16] != key[16:]),
        tweak=st.binary(min_size=16, max_size=16),
        data=st.binary(min_size=16, max_size=300),
        cuts=st.lists(st.integers(0, 300), max_size=8),
    )
    @settings(max_examples=50)
    def test_pieces(
        self, variant: Variant, key: bytes, tweak: bytes, data: bytes, cuts: list[int]
    ) -> None:
        mode = sm4.XTS(tweak, variant)
        ciphertext = through(sm4.encryptor(key, mode), data, cuts)
        assert ciphertext == written_out.xts(key, tweak, data, variant)
        assert through(sm4.decryptor(key, mode), ciphertext, cuts) == data

    @BOTH
    @pytest.mark.parametrize("piece", [16, 48, 16_384])
    def test_a_unit_in_many_parts(
        self, variant: Variant, piece: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Each part of so many bytes is given to Tongsuo as a unit of its own.
        data = os.urandom(40_003)
        expected = through(sm4.encryptor(KEY, sm4.XTS(TWEAK, variant)), data)
        monkeypatch.setattr(unit, "_PIECE", piece)
        assert through(sm4.encryptor(KEY, sm4.XTS(TWEAK, variant)), data, [7, 20_000]) == expected
        assert through(sm4.decryptor(KEY, sm4.XTS(TWEAK, variant)), expected, [9]) == data
        assert expected[:1600] == written_out.xts(KEY, TWEAK, data[:1600], variant)

    @pytest.mark.parametrize("way", WAYS)
    @given(data=st.binary(max_size=100), cut=st.integers(0, 100), shift=st.integers(-40, 40))
    @settings(max_examples=40)
    def test_memory_that_overlaps(self, way: str, data: bytes, cut: int, shift: int) -> None:
        one, expected = (WAYS[way](KEY, sm4.XTS(TWEAK)) for _ in range(2))
        for piece in (data[:cut], data[cut:], bytes(50)):
            memory = bytearray(40) + piece + bytearray(120)
            source = memoryview(memory)[40 : 40 + len(piece)]
            target = memoryview(memory)[40 + shift :]
            count = one.update_into(source, target)
            assert bytes(target[:count]) == expected.update(piece)
        assert one.finalize() == expected.finalize()

    def test_what_is_kept_back(self) -> None:
        one = sm4.encryptor(KEY, sm4.XTS(TWEAK))
        assert [len(one.update(b"x")) for _ in range(33)] == [0] * 31 + [16, 0]
        assert len(one.finalize()) == 17

    @BOTH
    def test_units_of_a_disk(self, variant: Variant) -> None:
        # The same sector twice looks different in two places.
        sector, seen = bytes(512), set()
        for number in range(20):
            mode = sm4.XTS(number.to_bytes(16, "little"), variant)
            seen.add(through(sm4.encryptor(KEY, mode), sector))
        assert len(seen) == 20


class TestArguments:
    @pytest.mark.parametrize("way", WAYS)
    @pytest.mark.parametrize("size", [0, 1, 15])
    def test_a_unit_that_is_too_short(self, way: str, size: int) -> None:
        one = WAYS[way](KEY, sm4.XTS(TWEAK))
        assert one.update(bytes(size)) == b""
        with pytest.raises(ValueError, match=f"at least 16 bytes, not {size}"):
            one.finalize()

    def test_a_unit_that_is_too_long(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert unit._LARGEST_UNIT == 2**24
        monkeypatch.setattr(unit, "_LARGEST_UNIT", 100)
        one, expected = (sm4.encryptor(KEY, sm4.XTS(TWEAK)) for _ in range(2))
        start = one.update(bytes(90))
        for call in (
            lambda: one.update(bytes(11)),
            lambda: one.update_into(bytes(11), bytearray(50)),
        ):
            with pytest.raises(ValueError, match="at most 100 bytes: use more"):
                call()
        # Nothing has happened: the stream goes on.
        assert start + one.update(bytes(10)) + one.finalize() == through(expected, bytes(100))

    @pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
    def test_keys_of_a_wrong_size(self, size: int) -> None:
        with pytest.raises(ValueError, match=f"an SM4-XTS key has 32 bytes, not {size}"):
            sm4.encryptor(bytes(size), sm4.XTS(TWEAK))

    def test_keys_whose_halves_are_the_same(self) -> None:
        for make in WAYS.values():
            with pytest.raises(ValueError, match="halves of an XTS key must differ"):
                make(KEY[:16] * 2, sm4.XTS(TWEAK))

    def test_tweaks(self) -> None:
        for size in (0, 15, 17):
            with pytest.raises(ValueError, match=f"XTS mode needs 16 bytes, not {size}"):
                sm4.XTS(bytes(size))
        for value in (1, None, "tweak"):
            with pytest.raises(TypeError, match="tweak must be bytes-like"):
                sm4.XTS(value)

    @pytest.mark.parametrize("variant", ["IEEE", "", None, 1])
    def test_variants(self, variant: Any) -> None:
        with pytest.raises(ValueError, match='variant must be one of "ieee", "gb"'):
            sm4.XTS(TWEAK, variant)

    def test_after_the_end(self) -> None:
        one = sm4.encryptor(KEY, sm4.XTS(TWEAK))
        one.update(bytes(40))
        one.finalize()
        for call in (one.finalize, lambda: one.update(b"x")):
            with pytest.raises(ValueError, match="finalized: make a new one"):
                call()

    def test_no_key_in_the_repr(self) -> None:
        mode = sm4.XTS(TWEAK, "gb")
        assert repr(mode) == f"sm4.XTS({TWEAK!r}, 'gb')"
        assert repr(sm4.encryptor(KEY, mode)) == "<sm4.Stream, encryptor in XTS mode>"
