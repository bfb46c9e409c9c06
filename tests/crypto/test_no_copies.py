"""Large data is read where the caller has it, and results are written where they stay."""

from __future__ import annotations

import array
import mmap
from collections.abc import Callable
from typing import Any

import pytest
from resources import traced_peak

from tongsuo_py import sm2, sm3, sm4

SIZE = 1 << 20
SMALL = SIZE // 32  # what a call may need besides
KEY, IV, NONCE = bytes(16), bytes(16), bytes(12)
PRIVATE = sm2.PrivateKey.generate()


def mapped(data: bytes) -> mmap.mmap:
    memory = mmap.mmap(-1, len(data))
    memory[:] = data
    return memory


MEMORY: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "bytearray": bytearray,
    "memoryview": lambda data: memoryview(bytearray(100) + data)[100:],
    "array": lambda data: array.array("I", data),
    "mmap": mapped,
}
READING: dict[str, Callable[[Any], object]] = {
    "sm3": lambda data: sm3.sm3(data).digest(),
    "sm3 in pieces": lambda data: sm3.sm3(b"head").update(data),
    "hmac": lambda data: sm3.hmac(KEY, data).digest(),
    "cmac": lambda data: sm4.CMAC(KEY, data).digest(),
    "associated data": lambda data: sm4.GCM(KEY).encrypt(NONCE, b"", data),
    "sm2": lambda data: PRIVATE.sign(data),
}
MAKING: dict[str, Callable[[Any], bytes]] = {
    "GCM": lambda data: sm4.GCM(KEY).encrypt(NONCE, data),
    "CCM": lambda data: sm4.CCM(KEY).encrypt(NONCE, data),
    "CTR": lambda data: sm4.encryptor(KEY, sm4.CTR(IV)).update(data),
    "CBC": lambda data: sm4.encryptor(KEY, sm4.CBC(IV)).update(data),
}


@pytest.mark.parametrize("memory", MEMORY)
@pytest.mark.parametrize("name", READING)
def test_what_is_read(name: str, memory: str) -> None:
    data = MEMORY[memory](bytes(SIZE))
    assert traced_peak(lambda: READING[name](data)) < SMALL


@pytest.mark.parametrize("memory", MEMORY)
@pytest.mark.parametrize("name", MAKING)
def test_what_is_made(name: str, memory: str) -> None:
    data = MEMORY[memory](bytes(SIZE))
    assert traced_peak(lambda: MAKING[name](data)) < SIZE + SMALL


@pytest.mark.parametrize("memory", MEMORY)
@pytest.mark.parametrize("make", [sm4.GCM, sm4.CCM])
def test_what_is_decrypted(make: Any, memory: str) -> None:
    data = MEMORY[memory](make(KEY).encrypt(NONCE, bytes(SIZE)))
    assert traced_peak(lambda: make(KEY).decrypt(NONCE, data)) < SIZE + SMALL


def test_what_is_written_into_a_buffer() -> None:
    one, data, target = sm4.encryptor(KEY, sm4.CTR(IV)), bytes(SIZE), bytearray(SIZE)
    assert traced_peak(lambda: one.update_into(data, target)) < SMALL
    assert traced_peak(lambda: one.update_into(target, target)) < SMALL


def test_that_a_copy_would_show() -> None:
    data = bytearray(SIZE)
    assert traced_peak(lambda: sm3.sm3(bytes(data))) > SIZE
