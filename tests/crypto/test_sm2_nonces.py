"""Timed nonces: the time is mixed into the generator, and takes nothing of its entropy away."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gmalg
import pytest
from generators import Counted, HashDRBG, KnownGenerator
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import peer_sm2

from tongsuo_py import sm2
from tongsuo_py._binding import drbg, ffi
from tongsuo_py.exceptions import TongsuoError
from tongsuo_py.sm2 import curve, nonces

RunOpenssl = Callable[..., bytes]

N = int.from_bytes(curve.N, "big")
DATA = b"message digest"
NOW = 1_700_000_000_123_456_789


def nonce(key: sm2.PrivateKey, raw: bytes) -> int:
    """k of a signature r || s, whose maker's key we have: s = (1 + d)^-1 (k - r d) mod n."""
    d, r, s = (int.from_bytes(part, "big") for part in (key.to_bytes(), raw[:32], raw[32:]))
    return (s * (1 + d) + r * d) % N


def in_a_thread(work: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(work).result()


@pytest.fixture
def time_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nonces, "time_ns", lambda: NOW)


class TestTheTimeHeldStill:
    @pytest.mark.usefixtures("time_stands_still")
    def test_nonces_still_differ(self, key: sm2.PrivateKey) -> None:
        signatures = [key.sign(DATA, encoding="raw", timed=True) for _ in range(300)]
        drawn = {nonce(key, signature) for signature in signatures}
        assert len(drawn) == 300
        for signature in signatures:
            key.public_key().verify(signature, DATA, encoding="raw")
            r, s, k = (
                int.from_bytes(signature[:32], "big"),
                int.from_bytes(signature[32:], "big"),
                nonce(key, signature),
            )
            assert 1 <= k < N
            assert 1 <= r < N
            assert 1 <= s < N
            assert r + k != N

    @pytest.mark.usefixtures("time_stands_still")
    def test_in_batches_and_threads_too(self, key: sm2.PrivateKey) -> None:
        signatures = sm2.sign_many(key, [DATA] * 300, encoding="raw", timed=True, threads=4)
        assert len({nonce(key, signature) for signature in signatures}) == 300  # type: ignore[arg-type]


class TestTheInput:
    @pytest.mark.parametrize(
        ("now", "expected"),
        [
            (0, "0000000000000000"),
            (1, "0000000000000001"),
            (NOW, "17979cfe3d85cd15"),
            (2**64 + 5, "0000000000000005"),  # a clock that is centuries off
            (-1, "ffffffffffffffff"),
        ],
    )
    def test_its_bytes(
        self, monkeypatch: pytest.MonkeyPatch, key: sm2.PrivateKey, now: int, expected: str
    ) -> None:
        monkeypatch.setattr(nonces, "time_ns", lambda: now)
        assert nonces.time_input().hex() == expected
        key.public_key().verify(key.sign(DATA, timed=True), DATA)

    def test_it_is_the_time_of_now(self) -> None:
        before = time.time_ns()
        given = int.from_bytes(nonces.time_input(), "big")
        assert before <= given <= time.time_ns()

    @given(entropy=st.binary(min_size=32, max_size=32), data=st.binary(min_size=1, max_size=50))
    @settings(max_examples=30)
    def test_it_changes_what_the_generator_gives(self, entropy: bytes, data: bytes) -> None:
        """Byte for byte as NIST SP 800-90A says, with an implementation of our own beside it."""
        seed = bytes(range(16))
        without, with_input = KnownGenerator(entropy, seed), KnownGenerator(entropy, seed)
        expected = HashDRBG(entropy, seed)
        assert without.generate(32) == with_input.generate(32) == expected.generate(32)
        drbg.add_input(with_input.context, data)
        expected.generate(1, data)
        assert with_input.generate(32) == expected.generate(32)
        without.generate(1)
        assert without.generate(100) != with_input.generate(100) == expected.generate(100)

    def test_a_generator_that_does_not_take_it(self) -> None:
        with pytest.raises(TongsuoError, match="did not take the additional input"):
            drbg.add_input(ffi.NULL, b"time")

    def test_signatures_draw_from_the_generator_that_gets_it(self, key: sm2.PrivateKey) -> None:
        """From this thread's private one: a nonce is one request, and the time another."""
        drawn: dict[str, int] = {}

        def work() -> None:
            generator = Counted()

            def count(name: str, sign: Callable[[], object]) -> None:
                before = generator.requests()
                sign()
                drawn[name] = generator.requests() - before

            count("untimed", lambda: key.sign(DATA))
            count("timed", lambda: key.sign(DATA, timed=True))
            count("the time alone", nonces.mix_time)
            count("batch", lambda: sm2.sign_many(key, [DATA] * 5, threads=1))
            count("timed batch", lambda: sm2.sign_many(key, [DATA] * 5, threads=1, timed=True))
            with sm2.timed_nonces():
                count("in a block", lambda: key.sign(DATA))

        in_a_thread(work)
        assert drawn == {
            "untimed": 1,
            "timed": 2,
            "the time alone": 1,
            "batch": 5,
            "timed batch": 10,
            "in a block": 2,
        }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Each time that the clock was asked, by the thread that asked it."""
    threads: list[int] = []

    def now() -> int:
        threads.append(threading.get_ident())
        return time.time_ns()

    monkeypatch.setattr(nonces, "time_ns", now)
    return threads


class TestBlocks:
    def test_every_way_to_sign(self, key: sm2.PrivateKey, asked: list[int], tmp_path: Any) -> None:
        file = tmp_path / "file"
        file.write_bytes(DATA)
        signer = key.signer()
        ways: list[Callable[..., object]] = [
            lambda **timed: key.sign(DATA, **timed),
            lambda **timed: key.sign_digest(bytes(32), **timed),
            lambda **timed: key.sign_file(file, **timed),
            lambda **timed: key.signer(**timed).finalize(),
            lambda **timed: sm2.sign_many(key, [DATA], **timed),
        ]
        for way in ways:
            way()
        assert len(asked) == 0
        for way in ways:
            way(timed=True)
        assert len(asked) == len(ways)
        with sm2.timed_nonces():
            for way in ways:
                way()
            signer.finalize()
        assert len(asked) == 2 * len(ways) + 1
        key.sign(DATA)
        assert len(asked) == 2 * len(ways) + 1

    def test_blocks_inside_each_other(self, key: sm2.PrivateKey, asked: list[int]) -> None:
        with sm2.timed_nonces():
            with sm2.timed_nonces():
                key.sign(DATA)
            key.sign(DATA)
        key.sign(DATA)
        assert len(asked) == 2

    def test_an_exception_ends_one(self, key: sm2.PrivateKey, asked: list[int]) -> None:
        with pytest.raises(TypeError, match="data must be"), sm2.timed_nonces():
            key.sign("text")
        key.sign(DATA)
        assert asked == []

    def test_other_threads_are_outside(self, key: sm2.PrivateKey, asked: list[int]) -> None:
        with sm2.timed_nonces():
            in_a_thread(lambda: key.sign(DATA))
            assert asked == []
            key.sign(DATA)
        assert asked == [threading.get_ident()]

    def test_the_threads_of_a_batch_are_inside(self, key: sm2.PrivateKey, asked: list[int]) -> None:
        with sm2.timed_nonces():
            sm2.sign_many(key, [DATA] * 40, threads=4)
        assert asked
        assert threading.get_ident() not in asked

    def test_tasks(self, key: sm2.PrivateKey, asked: list[int]) -> None:
        async def sign(times: int) -> None:
            for _ in range(times):
                await asyncio.sleep(0)
                key.sign(DATA)

        async def timed(times: int) -> None:
            with sm2.timed_nonces():
                await sign(times)

        async def main() -> None:
            await asyncio.gather(sign(20), timed(7), sign(20))

        asyncio.run(main())
        assert len(asked) == 7


class TestOtherPrograms:
    """What is signed in time verifies like every other signature."""

    @given(data=st.binary(max_size=100))
    @settings(max_examples=5)
    def test_python_packages(self, data: bytes) -> None:
        key = sm2.PrivateKey.generate()
        raw = key.sign(data, encoding="raw", timed=True)
        assert peer_sm2(key.public_key()).verify_with_sm3(raw.hex(), data)
        point = key.public_key().to_bytes()
        peer = gmalg.SM2(pk=point, uid=sm2.DEFAULT_ID)
        assert peer.verify(data, raw[:32], raw[32:])

    def test_openssl(self, key: sm2.PrivateKey, run_openssl: RunOpenssl) -> None:
        public, signature = key.public_key().to_pem(), key.sign(DATA, timed=True)
        check = ("dgst", "-sm3", "-verify", "{k}", "-signature", "{s}", "{d}")
        run_openssl(*check, k=public, s=signature, d=DATA)
        run_openssl(*check, k=public, s=signature, d=DATA + b"x", fails=True)

    def test_gmssl(self, key: sm2.PrivateKey, run_gmssl: RunOpenssl) -> None:
        public, signature = key.public_key().to_pem(), key.sign(DATA, timed=True)
        check = ("sm2verify", "-pubkey", "{k}", "-in", "{d}", "-sig", "{s}")
        run_gmssl(*check, k=public, s=signature, d=DATA)
        run_gmssl(*check, k=public, s=signature, d=DATA + b"x", fails=True)
