"""Batches: the results of many calls in their order, by any number of threads."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from damage import flipped
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import peer_sm2

from tongsuo_py import sm2
from tongsuo_py.exceptions import TongsuoError
from tongsuo_py.sm2 import signatures as signing

MESSAGES = [b"message %d" % number for number in range(150)]  # more than two chunks
THREADS = pytest.mark.parametrize("threads", [1, 2, 5, None])


def signed(key: sm2.PrivateKey, messages: list[bytes], **options: Any) -> list[Any]:
    signatures = sm2.sign_many(key, messages, **options)
    assert all(type(signature) is bytes for signature in signatures)
    return signatures


@pytest.fixture(scope="module")
def signatures(key: sm2.PrivateKey) -> list[bytes]:
    return [key.sign(message) for message in MESSAGES]


@pytest.fixture(scope="module")
def items(key: sm2.PrivateKey, signatures: list[bytes]) -> list[tuple[Any, Any, Any]]:
    public = key.public_key()
    return [(public, *both) for both in zip(signatures, MESSAGES, strict=True)]


class TestSigning:
    @THREADS
    @pytest.mark.parametrize("encoding", get_args(sm2.SignatureEncoding))
    def test_each_verifies(self, key: sm2.PrivateKey, threads: int | None, encoding: Any) -> None:
        results = signed(key, MESSAGES, encoding=encoding, threads=threads)
        for message, signature in zip(MESSAGES, results, strict=True):
            key.public_key().verify(signature, message, encoding=encoding)
        assert len(set(results)) == len(MESSAGES)

    @pytest.mark.parametrize("user_id", [b"", b"somebody", bytearray(b"somebody"), None])
    def test_ids(self, key: sm2.PrivateKey, user_id: Any) -> None:
        (signature,) = signed(key, [b"data"], user_id=user_id)
        key.public_key().verify(signature, b"data", user_id)

    @given(sizes=st.lists(st.integers(0, 5000), max_size=70), threads=st.integers(1, 4))
    @settings(max_examples=10)
    def test_any_sizes(self, key: sm2.PrivateKey, sizes: list[int], threads: int) -> None:
        messages = [os.urandom(size) for size in sizes]
        results = signed(key, messages, threads=threads)
        for message, signature in zip(messages, results, strict=True):
            key.public_key().verify(signature, message)

    def test_a_wrong_item_is_one_result(self, key: sm2.PrivateKey) -> None:
        messages: list[Any] = [*MESSAGES]
        messages[3], messages[70], messages[149] = "text", None, memoryview(b"abcd")[::2]
        results = sm2.sign_many(key, messages, threads=2)
        errors = {place for place, result in enumerate(results) if isinstance(result, Exception)}
        assert errors == {3, 70, 149}
        assert str(results[3]) == "data must be bytes-like, not str: encode the text first"
        assert str(results[70]) == "data must be bytes-like, not NoneType"
        assert "contiguous" in str(results[149])
        assert all(isinstance(results[place], TypeError) for place in errors)
        key.public_key().verify(results[71], MESSAGES[71])

    def test_nothing_but_wrong_items(self, key: sm2.PrivateKey) -> None:
        results = sm2.sign_many(key, ["text"] * 100)
        assert [type(result) for result in results] == [TypeError] * 100

    def test_errors_do_not_keep_frames(self, key: sm2.PrivateKey) -> None:
        (error,) = sm2.sign_many(key, ["text"])
        assert isinstance(error, TypeError)
        assert error.__traceback__ is None
        assert error.__context__ is None


class TestVerifying:
    @THREADS
    def test_good_ones(self, items: list[Any], threads: int | None) -> None:
        assert sm2.verify_many(items, threads=threads) == [None] * len(items)

    @pytest.mark.parametrize("encoding", get_args(sm2.SignatureEncoding))
    def test_encodings(self, key: sm2.PrivateKey, encoding: Any) -> None:
        public, signature = key.public_key(), key.sign(b"data", encoding=encoding)
        good, bad = (public, signature, b"data"), (public, signature[:-1], b"data")
        results = sm2.verify_many([good, bad, good], encoding=encoding)
        assert results[0] is results[2] is None
        assert isinstance(results[1], sm2.InvalidSignature)

    def test_hexadecimal_text(self, key: sm2.PrivateKey) -> None:
        signature = key.sign(b"data", encoding="raw-hex").decode().upper()
        items = [(key.public_key(), signature, b"data")]
        assert sm2.verify_many(items, encoding="raw-hex") == [None]

    @pytest.mark.parametrize("user_id", [b"somebody", None])
    def test_ids(self, key: sm2.PrivateKey, user_id: Any) -> None:
        items = [(key.public_key(), key.sign(b"data", user_id), b"data")]
        assert sm2.verify_many(items, user_id=user_id) == [None]
        (error,) = sm2.verify_many(items)
        assert isinstance(error, sm2.InvalidSignature)

    def test_many_keys(self) -> None:
        keys = sm2.generate_many(20)
        items = [
            (keys[place % 20].public_key(), keys[place % 20].sign(message), message)
            for place, message in enumerate(MESSAGES[:100])
        ]
        assert sm2.verify_many(items, threads=3) == [None] * 100
        crossed = [(items[place - 1][0], *items[place][1:]) for place in range(100)]
        results = sm2.verify_many(crossed, threads=3)
        assert {type(result) for result in results} == {sm2.InvalidSignature}

    def test_a_bad_one_is_one_result(self, key: sm2.PrivateKey, items: list[Any]) -> None:
        public, mixed = key.public_key(), [*items]
        mixed[5] = (public, flipped(items[5][1], -1), MESSAGES[5])
        mixed[66] = (public, items[66][1], b"other data")
        mixed[67] = (public, b"\x30" * 73, MESSAGES[67])
        mixed[68] = (public, b"", MESSAGES[68])
        results = sm2.verify_many(mixed, threads=2)
        wrong = {place: type(result) for place, result in enumerate(results) if result}
        assert wrong == dict.fromkeys((5, 66, 67, 68), sm2.InvalidSignature)

    @pytest.mark.parametrize("item", [None, 3, (), (1, 2), ("key", b"", b""), b"abc"])
    def test_what_is_no_item(self, items: list[Any], item: Any) -> None:
        results = sm2.verify_many([items[0], item, items[1]])
        assert results[0] is results[2] is None
        assert isinstance(results[1], TypeError)
        assert "(sm2.PublicKey, signature, message)" in str(results[1])

    def test_wrong_types_in_an_item(self, items: list[Any]) -> None:
        public, signature, data = items[0]
        results = sm2.verify_many([(public, 5, data), (public, signature, "text"), items[0]])
        assert [str(result) for result in results] == [
            "signature must be bytes-like, not int",
            "data must be bytes-like, not str: encode the text first",
            "None",
        ]


class TestGenerating:
    @THREADS
    def test_keys(self, threads: int | None) -> None:
        keys = sm2.generate_many(150, threads=threads)
        assert len({key.public_key() for key in keys}) == 150
        for key in keys[::30]:
            key.public_key().verify(key.sign(b"data"), b"data")

    @pytest.mark.parametrize("count", [-1, -(10**9)])
    def test_fewer_than_none(self, count: int) -> None:
        with pytest.raises(ValueError, match=f"count must be 0 or more, not {count}"):
            sm2.generate_many(count)

    @pytest.mark.parametrize("count", [None, 1.5, "3"])
    def test_no_number(self, count: Any) -> None:
        with pytest.raises(TypeError):
            sm2.generate_many(count)


class TestArguments:
    def test_empty(self, key: sm2.PrivateKey) -> None:
        calls: list[Any] = []

        def progress(*numbers: int) -> None:
            calls.append(numbers)

        assert sm2.sign_many(key, [], progress=progress) == []
        assert sm2.verify_many([], progress=progress) == []
        assert sm2.generate_many(0, progress=progress) == []
        assert calls == []

    def test_iterators(self, key: sm2.PrivateKey, items: list[Any]) -> None:
        results = sm2.sign_many(key, (message for message in MESSAGES))
        assert len(results) == len(MESSAGES)
        assert not any(sm2.verify_many(iter(items)))

    def test_an_iterator_that_raises(self, key: sm2.PrivateKey) -> None:
        def messages() -> Iterator[bytes]:
            yield b"one"
            raise LookupError("no more")

        with pytest.raises(LookupError, match="no more"):
            sm2.sign_many(key, messages())

    @pytest.mark.parametrize("threads", [0, -1])
    def test_no_threads(self, key: sm2.PrivateKey, threads: int) -> None:
        with pytest.raises(ValueError, match=f"threads must be 1 or more, not {threads}"):
            sm2.sign_many(key, [b"data"], threads=threads)
        with pytest.raises(ValueError, match="threads must be 1 or more"):
            sm2.verify_many([], threads=threads)

    def test_wrong_for_all(self, key: sm2.PrivateKey) -> None:
        wrong: Any = "hex"
        for call in (
            lambda **options: sm2.sign_many(key, [b"data"], **options),
            lambda **options: sm2.verify_many([], **options),
        ):
            with pytest.raises(ValueError, match="encoding must be one of"):
                call(encoding=wrong)
            with pytest.raises(ValueError, match="at most 8191 bytes"):
                call(user_id=bytes(8192))
            with pytest.raises(TypeError, match="user_id must be bytes-like"):
                call(user_id="me")
            with pytest.raises(TypeError):
                call(threads="all")

    def test_what_is_no_key(self, key: sm2.PrivateKey) -> None:
        public: Any = key.public_key()
        with pytest.raises(TypeError, match=r"key must be an sm2\.PrivateKey, not PublicKey"):
            sm2.sign_many(public, [b"data"])


class Stop(Exception):
    pass


@pytest.fixture
def interrupting() -> Iterator[None]:
    """SIGUSR1 does what SIGINT does, which those who run the tests may have settings for."""
    before = signal.signal(signal.SIGUSR1, signal.default_int_handler)
    yield
    signal.signal(signal.SIGUSR1, before)


BATCHES: dict[str, Callable[..., list[Any]]] = {
    "sign": lambda key, items, **options: sm2.sign_many(key, [i[2] for i in items], **options),
    "verify": lambda key, items, **options: sm2.verify_many(items, **options),
    "generate": lambda key, items, **options: sm2.generate_many(len(items), **options),
}


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("name", BATCHES)
class TestProgress:
    def test_it_is_told(
        self, key: sm2.PrivateKey, items: list[Any], name: str, threads: int
    ) -> None:
        calls, callers = [], set()

        def progress(done: int, total: int) -> None:
            calls.append((done, total))
            callers.add(threading.get_ident())

        BATCHES[name](key, items, threads=threads, progress=progress)
        assert [total for _, total in calls] == [150] * len(calls)
        numbers = [done for done, _ in calls]
        assert numbers == sorted(set(numbers))
        assert numbers[-1] == 150
        assert len(numbers) >= 3
        assert callers == {threading.get_ident()}

    def test_what_it_raises_ends_the_work(
        self, key: sm2.PrivateKey, items: list[Any], name: str, threads: int
    ) -> None:
        calls = []

        def progress(done: int, total: int) -> None:
            calls.append(done)
            raise Stop

        before = threading.active_count()
        with pytest.raises(Stop):
            BATCHES[name](key, items * 20, threads=threads, progress=progress)
        assert len(calls) == 1
        assert calls[0] <= 64
        assert threading.active_count() == before

    @pytest.mark.usefixtures("interrupting")
    def test_a_signal_ends_the_work(
        self, key: sm2.PrivateKey, items: list[Any], name: str, threads: int
    ) -> None:
        """Control-C while it works: what the handler raises comes out, and no thread stays."""
        before = threading.active_count()
        begun = threading.Event()

        def interrupt() -> None:
            begun.wait()
            os.kill(os.getpid(), signal.SIGUSR1)

        other = threading.Thread(target=interrupt)
        other.start()

        def progress(*numbers: int) -> None:
            begun.set()
            time.sleep(0.01)  # so that it is the work of seconds, if nobody ends it

        with pytest.raises(KeyboardInterrupt):
            BATCHES[name](key, items * 2000, threads=threads, progress=progress)
        other.join()
        assert threading.active_count() == before


class TestOtherPrograms:
    def test_they_verify_ours(self, key: sm2.PrivateKey, run_openssl: Callable[..., bytes]) -> None:
        (signature,) = signed(key, [b"data"], timed=True)
        check = ("dgst", "-sm3", "-verify", "{k}", "-signature", "{s}", "{d}")
        run_openssl(*check, k=key.public_key().to_pem(), s=signature, d=b"data")
        raw = signed(key, MESSAGES, encoding="raw-hex")
        for message, text in [*zip(MESSAGES, raw, strict=True)][::50]:
            assert peer_sm2(key.public_key()).verify_with_sm3(text.decode(), message)

    def test_we_verify_theirs(self, key: sm2.PrivateKey, run_openssl: Callable[..., bytes]) -> None:
        public = key.public_key()
        der = run_openssl("dgst", "-sm3", "-sign", "{k}", "{d}", k=key.to_pem(), d=b"data")
        assert sm2.verify_many([(public, der, b"data")]) == [None]
        items = [
            (public, peer_sm2(public, key).sign_with_sm3(message), message)
            for message in MESSAGES[:3]
        ]
        assert sm2.verify_many(items, encoding="raw-hex") == [None] * 3


class TestFailuresInC:
    def test_a_signature_that_cannot_be_made(
        self, key: sm2.PrivateKey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With a context that is not ready to sign."""
        public = key.public_key()
        monkeypatch.setattr(key, "_signers", signing.verifiers(public._pkey))
        results = sm2.sign_many(key, [b"data"] * 3)
        assert [type(result) for result in results] == [TongsuoError] * 3
