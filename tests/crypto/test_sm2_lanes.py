"""Batches in lanes: every lane has its own answer, the one that a single call gives.

With TONGSUO_PY_ACCEL=0, or on a processor without AVX-512, the same holds one by one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from damage import flipped
from hypothesis import given, settings
from hypothesis import strategies as st

from tongsuo_py import sm2, sm3
from tongsuo_py._binding import acceleration, ffi, lib
from tongsuo_py.sm2 import chunks, curve

N = int.from_bytes(curve.N, "big")
NUMBER = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
KEY = sm2.PrivateKey.from_int(NUMBER)
PUBLIC, OTHER = KEY.public_key(), sm2.PrivateKey.generate().public_key()
DATA = b"message digest"
RAW = KEY.sign(DATA, encoding="raw")
R, S = int.from_bytes(RAW[:32], "big"), int.from_bytes(RAW[32:], "big")
SHORT_IDS = st.sampled_from([b"", b"\0", b"somebody", sm2.DEFAULT_ID])


def der(r: int, s: int) -> bytes:
    """The DER of two numbers, whatever they are."""
    parts = [number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True) for number in (r, s)]
    body = b"".join(bytes((2, len(part))) + part for part in parts)
    return bytes((0x30, len(body))) + body


def at_infinity(data: bytes = DATA) -> bytes:
    """r = e, and s so that [s]G + [r + s]P is the point at infinity, which has no x. The owner of
    the key alone can make one; libcrypto_mb's own function takes it for valid.
    """
    e = int.from_bytes(sm3.sm3(PUBLIC.z() + data).digest(), "big") % N
    return der(e, -e * NUMBER * pow(1 + NUMBER, -1, N) % N)


GOOD = der(R, S)
# What verifies as (PUBLIC, signature, DATA) in place of GOOD.
BAD_SIGNATURES = {
    "another r": der(R ^ 1, S),
    "another s": der(R, S ^ 1),
    "crossed": der(S, R),
    "r is 0": der(0, S),
    "s is 0": der(R, 0),
    "r is n": der(N, S),
    "s is n": der(R, N),
    "r and n": der(R + N, S),
    "s and n": der(R, S + N),
    "r of 33 bytes": der(R + 2**256, S),
    "r is negative": der(-R, S),
    "s is negative": der(R, S - N),
    "r + s is n": der(R, N - R),
    "the highest": der(N - 1, N - 1),
    "1 and 1": der(1, 1),
    "the point at infinity": at_infinity(),
    "nothing": b"",
    "one byte": b"0",
    "garbage": b"\xff" * 70,
    "zeros": bytes(72),
    "too long": GOOD + bytes(100),
    "a byte behind": GOOD + b"\0",
    "a byte behind, counted": bytes((0x30, GOOD[1] + 1)) + GOOD[2:] + b"\0",
    "cut": GOOD[:-1],
    "a long length": b"\x30\x81" + GOOD[1:],
    "no end": b"\x30\x80" + GOOD[2:] + b"\0\0",
    "no sequence": b"\x31" + GOOD[1:],
    "no integer": GOOD[:2] + b"\x04" + GOOD[3:],
    "a zero too many": der(R, 0)[:-3] + b"\x02\x22\0\0" + S.to_bytes(32, "big"),
    "r alone": der(R, S)[: 4 + GOOD[3]],
    "raw": RAW,
}
BAD_ITEMS: dict[str, tuple[Any, ...]] = {
    **{name: (PUBLIC, signature, DATA) for name, signature in BAD_SIGNATURES.items()},
    "another key": (OTHER, GOOD, DATA),
    "another message": (PUBLIC, GOOD, DATA + b"x"),
    "no message": (PUBLIC, GOOD, b""),
    "text": (PUBLIC, GOOD, "message digest"),
    "a signature in text": (PUBLIC, "text", DATA),
    "two": (PUBLIC, GOOD),
}


def alone(item: Any, user_id: Any = sm2.DEFAULT_ID, encoding: Any = "der") -> Exception | None:
    """What a single call says."""
    try:
        public, signature, data = item
        public.verify(signature, data, user_id, encoding)
    except (sm2.InvalidSignature, TypeError) as error:
        return error
    except ValueError:
        return TypeError("an item must be (sm2.PublicKey, signature, message)")
    return None


def told(result: Exception | None) -> tuple[type, str]:
    """The kind of a result, and what it says; without OpenSSL's reasons."""
    return type(result), str(result).partition(" [")[0]


class TestOneBadItem:
    @pytest.mark.parametrize("kind", BAD_ITEMS)
    def test_in_every_lane(self, kind: str) -> None:
        bad = BAD_ITEMS[kind]
        expected = told(alone(bad))
        assert expected[0] in (sm2.InvalidSignature, TypeError)
        for place in range(21):  # two groups of lanes, and one that is not full
            items: list[Any] = [(PUBLIC, GOOD, DATA)] * 21
            items[place] = bad
            results = sm2.verify_many(items, threads=1)
            assert told(results.pop(place)) == expected
            assert results == [None] * 20

    @pytest.mark.parametrize("place", range(17))
    def test_raw(self, place: int) -> None:
        for raw in (flipped(RAW, 0), flipped(RAW, -1), RAW[:-1], RAW + b"\0", b"", bytes(64)):
            items = [(PUBLIC, RAW, DATA)] * 17
            items[place] = (PUBLIC, raw, DATA)
            results = sm2.verify_many(items, encoding="raw", threads=1)
            assert isinstance(results.pop(place), sm2.InvalidSignature)
            assert results == [None] * 16

    @pytest.mark.parametrize("place", range(17))
    def test_signing(self, place: int) -> None:
        messages: list[Any] = [b"%d" % number for number in range(17)]
        messages[place] = "text"
        signatures = sm2.sign_many(KEY, messages, threads=1)
        assert isinstance(signatures[place], TypeError)
        for number in {*range(17)} - {place}:
            PUBLIC.verify(signatures[number], messages[number])


class TestMixtures:
    @given(
        kinds=st.lists(st.sampled_from([None, *BAD_ITEMS]), max_size=70),
        threads=st.integers(1, 3),
    )
    @settings(max_examples=30, deadline=None)
    def test_of_bad_items(self, kinds: list[str | None], threads: int) -> None:
        items = [(PUBLIC, GOOD, DATA) if kind is None else BAD_ITEMS[kind] for kind in kinds]
        results = sm2.verify_many(items, threads=threads)
        assert [told(result) for result in results] == [told(alone(item)) for item in items]

    @given(
        sizes=st.lists(st.integers(0, 300) | st.integers(0, 20_000), max_size=24),
        user_id=SHORT_IDS | st.none() | st.binary(min_size=8000, max_size=8191),
    )
    @settings(max_examples=20, deadline=None)
    def test_of_sizes_and_ids(self, sizes: list[int], user_id: bytes | None) -> None:
        messages = [os.urandom(size) for size in sizes]
        signatures = sm2.sign_many(KEY, messages, user_id=user_id)
        items = [
            (PUBLIC, signature, data) for signature, data in zip(signatures, messages, strict=True)
        ]
        assert [alone(item, user_id) for item in items] == [None] * len(items)
        assert sm2.verify_many(items, user_id=user_id) == [None] * len(items)

    @pytest.mark.parametrize("user_id", [b"", bytes(8191), b"somebody", None])
    def test_an_id_is_part_of_it(self, user_id: Any) -> None:
        items = [(PUBLIC, KEY.sign(DATA, user_id), DATA)] * 9
        assert sm2.verify_many(items, user_id=user_id) == [None] * 9
        for other in (b"another", b"", None):
            results = sm2.verify_many(items, user_id=other)
            wrong = {bool(result) for result in results}
            assert wrong == {other != user_id}

    @pytest.mark.parametrize("count", range(41))
    def test_of_every_count(self, count: int) -> None:
        messages = [b"%d" % number for number in range(count)]
        keys = sm2.generate_many(count)
        signatures = sm2.sign_many(KEY, messages, threads=1, encoding="raw")
        theirs = [key.sign(data) for key, data in zip(keys, messages, strict=True)]
        for signature, data in zip(signatures, messages, strict=True):
            assert isinstance(signature, bytes)
            PUBLIC.verify(signature, data, encoding="raw")
        items = [
            (key.public_key(), signature, data)
            for key, signature, data in zip(keys, theirs, messages, strict=True)
        ]
        assert sm2.verify_many(items, threads=1) == [None] * count

    def test_a_message_that_is_not_bytes(self) -> None:
        given = [bytearray(b"abc"), memoryview(b"abc"), memoryview(b"abcdef")[:3], b"abc"]
        signatures = sm2.sign_many(KEY, given)
        items = [
            (PUBLIC, memoryview(signature), data)  # type: ignore[arg-type]
            for signature, data in zip(signatures, given, strict=True)
        ]
        assert sm2.verify_many(items) == [None] * 4


class TestBothWays:
    """Lanes, and Tongsuo's own code beside them in this process."""

    @pytest.mark.parametrize("kind", [None, *BAD_ITEMS])
    def test_verifying(self, monkeypatch: pytest.MonkeyPatch, kind: str | None) -> None:
        items = [(PUBLIC, GOOD, DATA) if kind is None else BAD_ITEMS[kind]] * 3
        first = sm2.verify_many(items, threads=1)
        monkeypatch.setattr(acceleration, "in_use", lambda part: False)
        second = sm2.verify_many(items, threads=1)
        assert [told(result) for result in first] == [told(result) for result in second]

    def test_generating(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(acceleration, "in_use", lambda part: False)
        assert len({key.to_bytes() for key in sm2.generate_many(5)}) == 5

    @pytest.mark.skipif(
        not acceleration.in_use("SM2 batches"),
        reason="what is done without AVX-512 is tested above",
    )
    @pytest.mark.parametrize(
        ("count", "single"), [(1, 1), (3, 3), (4, 0), (7, 0), (8, 0), (9, 1), (11, 3), (12, 0)]
    )
    def test_lanes_are_used(self, monkeypatch: pytest.MonkeyPatch, count: int, single: int) -> None:
        """From four on: with the others' keys no context is made to verify with."""
        publics = [sm2.PublicKey.from_bytes(PUBLIC.to_bytes()) for _ in range(count)]
        taken = []
        take = type(PUBLIC._verifiers).take
        monkeypatch.setattr(
            type(PUBLIC._verifiers), "take", lambda pool: (taken.append(pool), take(pool))[1]
        )
        assert sm2.verify_many([(key, GOOD, DATA) for key in publics], threads=1) == [None] * count
        theirs = {key._verifiers for key in publics}
        assert theirs & {*taken} == {key._verifiers for key in publics[count - single :]}

    @pytest.mark.skipif(
        not acceleration.in_use("SM2 batches"), reason="others have their EVP_PKEY at once"
    )
    def test_a_key_is_not_more_than_it_has_to_be(self) -> None:
        (key,) = sm2.generate_many(1)
        assert key._pair._pkey is None
        key.to_bytes()
        assert key._pair._pkey is not None
        assert key._pair._number is None


class TestForms:
    @given(r=st.integers(0, 2**256 - 1), s=st.integers(0, 2**256 - 1))
    @settings(max_examples=300)
    def test_der_of_c(self, r: int, s: int) -> None:
        assert self.encoded(r, s) == der(r, s)

    @pytest.mark.parametrize("bits", [0, 1, 7, 8, 127, 128, 247, 248, 255, 256])
    def test_lengths(self, bits: int) -> None:
        for number in {max(0, 2**bits - 1), min(2**bits, 2**256 - 1)}:
            assert self.encoded(number, 2**256 - 1 - number) == der(number, 2**256 - 1 - number)

    @staticmethod
    def encoded(r: int, s: int) -> bytes:
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        (made,) = chunks._encoded(ffi.new("unsigned char[]", raw), 1, "der")
        back = ffi.new("unsigned char[64]")
        assert lib.tspy_sm2_from_der(made, len(made), back) == 1
        assert bytes(back) == raw
        return made

    @given(data=st.binary(max_size=80))
    @settings(max_examples=300)
    def test_what_is_read_is_written(self, data: bytes) -> None:
        """Nothing is read that would be written in another way."""
        for text in (data, b"\x30" + bytes((len(data),)) + data, b"\x30\x08\2\2\0" + data[:1]):
            raw = ffi.new("unsigned char[64]")
            if lib.tspy_sm2_from_der(text, len(text), raw) == 1:
                again = ffi.new("unsigned char[72]")
                assert lib.tspy_sm2_to_der(raw, again) == len(text)
                assert bytes(again)[: len(text)] == text


class TestKeysOfMany:
    """A key whose EVP_PKEY is not made yet does what others do."""

    WORKS: tuple[Callable[[sm2.PrivateKey], Any], ...] = (
        lambda key: key.to_bytes(),
        lambda key: key.to_pem(),
        lambda key: key.to_der(format="sec1"),
        lambda key: key.to_jwk(),
        lambda key: key.to_text(),
        lambda key: key.public_key().to_bytes(),
        lambda key: key.decrypt(key.public_key().encrypt(b"data")),
        lambda key: key.public_key().verify(key.sign(b"data"), b"data"),
        lambda key: repr(key),
    )

    @pytest.mark.parametrize("work", WORKS)
    def test_as_the_first_thing(self, work: Callable[[sm2.PrivateKey], Any]) -> None:
        (key,) = sm2.generate_many(1)
        made = work(key)
        assert work(sm2.PrivateKey.from_bytes(key.to_bytes())) == made

    def test_by_many_threads_at_once(self) -> None:
        for key in sm2.generate_many(40):
            with ThreadPoolExecutor(4) as executor:
                numbers = {*executor.map(lambda _, key=key: key.to_bytes(), range(8))}
            assert len(numbers) == 1

    def test_numbers_and_points_belong_together(self) -> None:
        keys = sm2.generate_many(130, threads=1)
        assert len({key.to_bytes() for key in keys}) == 130
        for key in keys:
            again = sm2.PrivateKey.from_bytes(key.to_bytes())
            assert again.public_key().to_bytes() == key.public_key().to_bytes()
            assert 1 <= key.to_int() <= N - 2
