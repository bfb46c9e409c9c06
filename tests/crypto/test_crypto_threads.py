"""One object, many threads: the answers are right, and the GIL is free meanwhile."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tongsuo_py import sm2, sm3, sm4, zuc

THREADS, ROUNDS = 8, 60
KEY, NONCE = bytes(range(16)), bytes(12)


def in_threads(work: Callable[[int], Any]) -> list[Any]:
    """``work(number)`` in that many threads, all let go at once; what fails comes out."""
    gate = threading.Barrier(THREADS)

    def one(number: int) -> Any:
        gate.wait()
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(THREADS)))


def test_one_sm2_key() -> None:
    key = sm2.PrivateKey.generate()
    public = key.public_key()

    def work(number: int) -> None:
        for turn in range(ROUNDS):
            data, user_id = f"{number} {turn}".encode(), b"id %d" % (turn % 3)
            signature = key.sign(data, user_id)
            public.verify(signature, data, user_id)
            with pytest.raises(sm2.InvalidSignature):
                public.verify(signature, data + b"x", user_id)
            assert key.decrypt(public.encrypt(data)) == data
            with pytest.raises(sm2.DecryptionError):
                key.decrypt(data)
            assert sm2.PrivateKey.from_pem(key.to_pem()).public_key() == public

    in_threads(work)


@pytest.mark.parametrize("make", [sm4.GCM, sm4.CCM])
def test_one_aead_object(make: type[sm4.GCM] | type[sm4.CCM]) -> None:
    cipher = make(KEY)

    def work(number: int) -> None:
        for turn in range(ROUNDS * 10):
            nonce = number.to_bytes(4, "big") + turn.to_bytes(4 + turn % 5, "big")
            data, header = os.urandom(turn % 100), os.urandom(turn % 7)
            sealed = cipher.encrypt(nonce, data, header)
            assert sealed == make(KEY).encrypt(nonce, data, header)
            assert cipher.decrypt(nonce, sealed, header) == data
            with pytest.raises(sm4.InvalidTag):
                cipher.decrypt(nonce, sealed + b"x", header)

    in_threads(work)


def test_one_hash_and_one_code() -> None:
    # Equal pieces, so that their order does not matter; each must be hashed whole.
    state, code, piece = sm3.sm3(), sm3.hmac(KEY), b"a piece of odd length"

    def work(number: int) -> None:
        for turn in range(ROUNDS * 10):
            state.update(piece)
            code.update(piece)
            if turn % 50 == 0:
                assert len(state.copy().digest()) == len(code.digest()) == 32

    in_threads(work)
    whole = piece * (THREADS * ROUNDS * 10)
    assert state.digest() == sm3.sm3(whole).digest()
    assert code.digest() == sm3.hmac(KEY, whole).digest()


def test_an_answer_while_another_thread_begins() -> None:
    # Until there is a second piece the object has no context; it gets one under readers' eyes.
    data, more = b"data" * 100, b"more"
    for make in (sm3.sm3, lambda data: sm3.hmac(KEY, data)):
        answers = {make(data).digest(), make(data + more).digest()}
        for _ in range(200):
            state = make(data)

            def work(number: int, state: Any = state) -> bytes:
                if number == 3:
                    state.update(more)
                return state.digest() if number % 2 else state.copy().digest()

            assert set(in_threads(work)) <= answers
            assert state.digest() == make(data + more).digest()


def refused_to_grow(data: bytearray, call: Callable[[], Any]) -> bool:
    """Whether the bytearray could not be made longer at some time during the call."""
    with ThreadPoolExecutor(1) as pool:
        future, refused = pool.submit(call), False
        while not (refused or future.done()):
            try:
                data.append(0)
                data.pop()
            except BufferError:
                refused = True
        future.result()
    return refused


def test_a_bytearray_cannot_grow_while_it_is_read() -> None:
    data, cipher = bytearray(16_000_000), sm4.GCM(KEY)
    calls: list[Callable[[], Any]] = [
        lambda: sm3.sm3(data),
        lambda: sm3.hmac(KEY, data),
        lambda: cipher.encrypt(NONCE, data),
        lambda: sm4.encryptor(KEY, sm4.CTR(KEY)).update(data),
    ]
    for call in calls:
        # A busy machine may let us look too late; in twenty times it does not.
        assert any(refused_to_grow(data, call) for _ in range(20))
        data.append(data.pop())  # nobody holds on to it


def test_one_stream() -> None:
    # Whatever the order, the pieces of a keystream that all are given come to the whole of it.
    one = sm4.encryptor(KEY, sm4.OFB(KEY))

    def work(number: int) -> list[bytes]:
        return [one.update(bytes(16)) for _ in range(ROUNDS * 10)]

    blocks = sorted(block for result in in_threads(work) for block in result)
    whole = sm4.encryptor(KEY, sm4.OFB(KEY)).update(bytes(16 * len(blocks)))
    assert blocks == sorted(whole[start : start + 16] for start in range(0, len(whole), 16))


def update_for_ever(one: sm4.Stream) -> None:
    while True:
        one.update(bytes(100))


def test_an_end_while_others_work() -> None:
    for _ in range(50):
        one = sm4.encryptor(KEY, sm4.CBC(KEY))

        def work(number: int, one: sm4.Stream = one) -> None:
            if number == 3:
                one.finalize()
                return
            with pytest.raises(ValueError, match="finalized"):
                update_for_ever(one)

        in_threads(work)


@pytest.mark.parametrize(
    "call",
    [
        lambda data: sm3.sm3(data),
        lambda data: sm3.hmac(KEY, data),
        lambda data: sm4.GCM(KEY).encrypt(NONCE, data),
        lambda data: sm4.encryptor(KEY, sm4.CTR(KEY)).update(data),
        lambda data: sm4.CMAC(KEY, data),
        lambda data: zuc.eea3(KEY, 0, 0, 0, data),
        lambda data: sm2.PrivateKey.generate().sign(data),
        lambda data: sm2.sign_many(sm2.PrivateKey.generate(), [data]),
    ],
    ids=["SM3", "HMAC", "GCM", "CTR", "CMAC", "EEA3", "SM2", "SM2 batch"],
)
def test_the_gil_is_free(call: Callable[[bytes], Any]) -> None:
    data, done, ticks = bytes(64_000_000), threading.Event(), 0

    def work() -> None:
        call(data)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.is_set():
        time.sleep(0.001)
        ticks += 1
    thread.join()
    # Tens of milliseconds of work at least; were the GIL held, we would have looked twice.
    assert ticks > 10
