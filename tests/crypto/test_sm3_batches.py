"""Digests of many messages: each the one that ``sm3`` gives."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongsuo_py import sm3
from tongsuo_py._binding import acceleration, ffi

# Around the padding of one block and two, and what is hashed in pieces.
SIZES = (0, 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 183, 247, 248, 256, 257, 10_000)
DATA = os.urandom(20_000)


def expected(messages: list[Any]) -> list[Any]:
    return [sm3.sm3(message).digest() for message in messages]


def of_sizes(*sizes: int) -> list[bytes]:
    """Messages of these sizes, no two of which begin alike."""
    return [
        (b"%d" % place + DATA * (size // len(DATA) + 1))[:size] for place, size in enumerate(sizes)
    ]


class TestDigests:
    def test_the_standard(self) -> None:
        """GB/T 32905-2016, A.1 and A.2."""
        first, second = sm3.digest_many([b"abc", b"abcd" * 16])
        assert isinstance(first, bytes)
        assert isinstance(second, bytes)
        assert first.hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
        assert second.hex() == "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"

    @pytest.mark.parametrize("size", SIZES)
    @pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 33])
    def test_of_one_size(self, size: int, count: int) -> None:
        messages = of_sizes(*[size] * count)
        assert sm3.digest_many(messages) == expected(messages)

    @pytest.mark.parametrize("count", range(41))
    def test_of_every_count(self, count: int) -> None:
        messages = of_sizes(*[13 * place % 300 for place in range(count)])
        assert sm3.digest_many(messages, threads=1) == expected(messages)

    @given(
        sizes=st.lists(
            st.sampled_from(SIZES) | st.integers(0, 300) | st.integers(0, 20_000), max_size=60
        )
    )
    @settings(max_examples=60, deadline=None)
    def test_of_any_sizes(self, sizes: list[int]) -> None:
        messages = of_sizes(*sizes)
        assert sm3.digest_many(messages, threads=1) == expected(messages)

    def test_every_size_up_to_some_blocks(self) -> None:
        messages = of_sizes(*range(700))
        assert sm3.digest_many(messages) == expected(messages)
        random.Random(1).shuffle(messages)
        assert sm3.digest_many(messages) == expected(messages)

    @pytest.mark.parametrize("place", [0, 1, 16, 39])
    @pytest.mark.parametrize("longs", [1, 2, 3])
    def test_long_ones_among_short_ones(self, place: int, longs: int) -> None:
        sizes = [40] * 40
        sizes[place:place] = [300_000 - number for number in range(longs)]
        messages = of_sizes(*sizes)
        assert sm3.digest_many(messages, threads=1) == expected(messages)

    @pytest.mark.parametrize("threads", [1, 2, 5, None])
    def test_threads(self, threads: int | None) -> None:
        messages = of_sizes(*[place % 500 for place in range(3000)])
        assert sm3.digest_many(messages, threads=threads) == expected(messages)

    def test_beside_each_other_in_memory(self) -> None:
        """Each is read to its end and no further, at any alignment."""
        views = [memoryview(DATA)[place : place + 61 + place % 7] for place in range(200)]
        assert sm3.digest_many(views) == expected(views)


class TestArguments:
    def test_nothing(self) -> None:
        assert sm3.digest_many([]) == []

    def test_anything_bytes_like(self) -> None:
        given = [bytearray(b"abc"), memoryview(b"abc"), b"abc", memoryview(b"abcdef").cast("H")]
        assert sm3.digest_many(given) == expected([b"abc"] * 3 + [b"abcdef"])

    def test_an_iterator(self) -> None:
        assert sm3.digest_many(iter([b"abc"])) == expected([b"abc"])

    def test_an_iterator_that_raises(self) -> None:
        def messages() -> Iterator[bytes]:
            yield b"one"
            raise LookupError("no more")

        with pytest.raises(LookupError, match="no more"):
            sm3.digest_many(messages())

    @pytest.mark.parametrize("place", range(18))
    def test_a_wrong_item_is_one_result(self, place: int) -> None:
        messages: list[Any] = of_sizes(*[70] * 18)
        for wrong, text in (
            ("text", "data must be bytes-like, not str: encode the text first"),
            (None, "data must be bytes-like, not NoneType"),
            (memoryview(b"abcd")[::2], "data must be contiguous in memory: pass bytes() of it"),
        ):
            messages[place] = wrong
            results = sm3.digest_many(messages)
            error = results.pop(place)
            assert isinstance(error, TypeError)
            assert str(error) == text
            assert error.__traceback__ is None
            assert error.__context__ is None
            assert results == expected(messages[:place] + messages[place + 1 :])

    def test_nothing_but_wrong_items(self) -> None:
        assert [type(result) for result in sm3.digest_many(["text"] * 20)] == [TypeError] * 20

    @pytest.mark.parametrize("threads", [0, -1])
    def test_no_threads(self, threads: int) -> None:
        with pytest.raises(ValueError, match=f"threads must be 1 or more, not {threads}"):
            sm3.digest_many([b"data"], threads=threads)

    def test_what_cannot_be_iterated(self) -> None:
        wrong: Any = 5
        with pytest.raises(TypeError):
            sm3.digest_many(wrong)


@pytest.mark.skipif(
    not acceleration.in_use("SM3 batches"), reason="what is done without AVX-512 is tested above"
)
def test_lanes_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """They need no digest of EVP, except for a message that is much longer than the others."""
    from tongsuo_py.sm3 import batches

    monkeypatch.setattr(batches, "SM3", ffi.NULL)
    messages = of_sizes(*[100] * 40)
    assert sm3.digest_many(messages, threads=1) == expected(messages)
