"""SM4 where code like ours goes wrong: ends of messages, counters that run over, odd pieces.

The other side is OpenSSL 4 by ``cryptography``.
"""

from __future__ import annotations

import os

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tongsuo_py import sm4

KEY = bytes(range(16))
IV = bytes(range(100, 116))

SIZES = [0, 1, 15, 16, 17, 31, 33, 63, 64, 65, 111, 112, 113, 127, 128, 129, 255, 257, 4095, 4096]
SIZES += [4097, 8191, 8192, 8193, 16383, 16384, 16385, 100_001]


def theirs(mode: modes.Mode, data: bytes) -> bytes:
    encryptor = Cipher(algorithms.SM4(KEY), mode).encryptor()
    return encryptor.update(data) + encryptor.finalize()


@pytest.mark.parametrize("size", SIZES)
def test_the_end_of_a_message(size: int) -> None:
    data = os.urandom(size)
    ciphertext = sm4.encryptor(KEY, sm4.CTR(IV)).update(data)
    assert ciphertext == theirs(modes.CTR(IV), data)
    assert sm4.decryptor(KEY, sm4.CTR(IV)).update(ciphertext) == data
    gcm = Cipher(algorithms.SM4(KEY), modes.GCM(IV[:12])).encryptor()
    sealed = gcm.update(data) + gcm.finalize() + gcm.tag
    assert sm4.GCM(KEY).encrypt(IV[:12], data) == sealed
    assert sm4.GCM(KEY).decrypt(IV[:12], sealed) == data
    whole = data[: size - size % 16]
    for mode, other in ((sm4.CBC(IV), modes.CBC(IV)), (sm4.ECB(), modes.ECB())):
        stream = sm4.encryptor(KEY, mode, padding=False)
        ciphertext = stream.update(whole) + stream.finalize()
        assert ciphertext == theirs(other, whole)
        stream = sm4.decryptor(KEY, mode, padding=False)
        assert stream.update(ciphertext) + stream.finalize() == whole


# Blocks before the counter runs over: the widths of the library's code, and one more or less.
@pytest.mark.parametrize("before", [1, 2, 3, 4, 5, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 200])
@pytest.mark.parametrize("bits", [8, 16, 32, 64, 96, 128])
def test_a_counter_that_runs_over(bits: int, before: int) -> None:
    high = int.from_bytes(os.urandom(16), "big") >> bits << bits
    counter = (high + max(2**bits - before, 0)).to_bytes(16, "big")
    data = os.urandom(16 * 400 + 5)
    expected = theirs(modes.CTR(counter), data)
    assert sm4.encryptor(KEY, sm4.CTR(counter)).update(data) == expected
    stream, pieces = sm4.encryptor(KEY, sm4.CTR(counter)), b""
    for start in range(0, len(data), 37):
        pieces += stream.update(data[start : start + 37])
    assert pieces == expected


def product(a: int, b: int) -> int:
    """In GCM's field: the first bit is the coefficient of 1 (NIST SP 800-38D, 6.3)."""
    result = 0
    for bit in range(127, -1, -1):
        if b >> bit & 1:
            result ^= a
        a = a >> 1 ^ (0xE1 << 120 if a & 1 else 0)
    return result


def nonce_for(counter: int) -> bytes:
    """The 16-byte nonce that GCM begins with this counter for.

    It is (J / H - the nonce's size) / H; and x^(2^128 - 2) is 1 / x.
    """
    h = int.from_bytes(theirs(modes.ECB(), bytes(16)), "big")
    inverse, power = 1 << 127, h
    for _ in range(127):
        power = product(power, power)
        inverse = product(inverse, power)
    return product(product(counter, inverse) ^ 128, inverse).to_bytes(16, "big")


@pytest.mark.parametrize("before", [0, 1, 2, 7, 8, 9, 100, 300, 513])
def test_the_counter_of_gcm_runs_over_in_its_last_32_bits(before: int) -> None:
    counter = int.from_bytes(os.urandom(12), "big") << 32 | 2**32 - 1 - before
    nonce, data = nonce_for(counter), os.urandom(16 * 600 + 3)
    gcm = Cipher(algorithms.SM4(KEY), modes.GCM(nonce)).encryptor()
    expected = gcm.update(data) + gcm.finalize()
    # It is the counter that it should be: in CTR, which counts further, the same up to there.
    there = 16 * before
    first = (counter + 1 - (1 << 32 if before == 0 else 0)).to_bytes(16, "big")
    assert theirs(modes.CTR(first), data[: max(there, 16)]) == expected[: max(there, 16)]
    assert sm4.GCM(KEY).encrypt(nonce, data) == expected + gcm.tag
    assert sm4.GCM(KEY).decrypt(nonce, expected + gcm.tag) == data
