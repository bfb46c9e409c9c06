"""KDF, HKDF and PBKDF2 with SM3: OpenSSL 4, BouncyCastle, GmSSL's C code, and bad arguments."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import BYTES_LIKE

from tongsuo_py import sm3

Vectors = Callable[[str], Any]

SECRET = bytes(range(40))


def examples(vectors: Vectors, name: str) -> list[dict[str, Any]]:
    """Those that BouncyCastle made, out of hexadecimal."""
    return [
        {
            key: bytes.fromhex(value) if isinstance(value, str) else value
            for key, value in row.items()
        }
        for row in vectors("bouncycastle/symmetric")[name]
    ]


class TestKdf:
    def test_as_bouncycastle_does(self, vectors: Vectors) -> None:
        for row in examples(vectors, "kdf"):
            assert sm3.kdf(row["secret"], len(row["derived"])) == row["derived"]

    @given(st.binary(min_size=1, max_size=200), st.integers(1, 200))
    def test_as_openssl_4_does(self, data: bytes, length: int) -> None:
        assert sm3.kdf(data, length) == X963KDF(hashes.SM3(), length, None).derive(data)

    @given(st.binary(min_size=1, max_size=200), st.integers(1, 200))
    @settings(max_examples=20)
    def test_as_gmssl_does(self, data: bytes, length: int) -> None:
        gmssl_pyx = pytest.importorskip("gmssl_pyx")  # no wheel for the newest CPython
        assert sm3.kdf(data, length) == gmssl_pyx.sm3_kdf(data, length)

    def test_data_that_is_not_kept_in_memory(self) -> None:
        data = b"x" * 100_000
        assert sm3.kdf(data, 70) == X963KDF(hashes.SM3(), 70, None).derive(data)

    def test_the_longest_is_refused_beyond(self) -> None:
        with pytest.raises(ValueError, match="length is 1 to 137438953439, not 137438953440"):
            sm3.kdf(b"data", (2**32 - 1) * 32)


class TestHkdf:
    def test_as_bouncycastle_does(self, vectors: Vectors) -> None:
        for row in examples(vectors, "hkdf"):
            derived = row["derived"]
            options = {"salt": row["salt"], "info": row["info"]}
            assert sm3.hkdf(row["secret"], len(derived), **options) == derived

    @given(
        st.binary(max_size=100),
        st.binary(max_size=100),
        st.binary(max_size=3000),
        st.integers(1, 300),
    )
    def test_as_openssl_4_does(self, key: bytes, salt: bytes, info: bytes, length: int) -> None:
        theirs = HKDF(hashes.SM3(), length, salt, info).derive(key)
        assert sm3.hkdf(key, length, salt=salt, info=info) == theirs
        extracted = sm3.hkdf_extract(key, salt)
        assert len(extracted) == 32
        assert sm3.hkdf_expand(extracted, length, info) == theirs
        assert HKDFExpand(hashes.SM3(), length, info).derive(extracted) == theirs

    def test_lengths(self) -> None:
        whole = sm3.hkdf(SECRET, 255 * 32)
        for length in (1, 31, 32, 33, 255 * 32 - 1):
            assert sm3.hkdf(SECRET, length) == whole[:length]
        with pytest.raises(ValueError, match="length is 1 to 8160, not 8161"):
            sm3.hkdf(SECRET, 8161)

    def test_a_key_that_cannot_be_pseudorandom(self) -> None:
        with pytest.raises(ValueError, match="at least 32 bytes, not 31"):
            sm3.hkdf_expand(bytes(31), 16)

    def test_no_salt_is_one_of_zeros(self) -> None:
        assert sm3.hkdf_extract(SECRET) == sm3.hkdf_extract(SECRET, bytes(32))


class TestPbkdf2:
    def test_as_bouncycastle_does(self, vectors: Vectors) -> None:
        for row in examples(vectors, "pbkdf2"):
            made = sm3.pbkdf2_hmac(
                row["password"], row["salt"], row["iterations"], len(row["derived"])
            )
            assert made == row["derived"]

    @given(
        st.binary(max_size=100), st.binary(max_size=100), st.integers(1, 50), st.integers(1, 100)
    )
    def test_as_openssl_4_does(
        self, password: bytes, salt: bytes, iterations: int, length: int
    ) -> None:
        theirs = PBKDF2HMAC(hashes.SM3(), length, salt, iterations).derive(password)
        assert sm3.pbkdf2_hmac(password, salt, iterations, length) == theirs

    def test_the_length_is_that_of_the_hash(self) -> None:
        made = sm3.pbkdf2_hmac(b"password", b"salt", 2)
        assert made == sm3.pbkdf2_hmac(b"password", b"salt", 2, dklen=32)


CALLS: dict[str, Callable[[Any], bytes]] = {
    "kdf": lambda data: sm3.kdf(data, 50),
    "hkdf key": lambda data: sm3.hkdf(data, 50),
    "hkdf salt": lambda data: sm3.hkdf(SECRET, 50, salt=data),
    "hkdf info": lambda data: sm3.hkdf(SECRET, 50, info=data),
    "extract": sm3.hkdf_extract,
    "expand": lambda data: sm3.hkdf_expand(data, 50),
    "password": lambda data: sm3.pbkdf2_hmac(data, b"salt", 3),
    "salt": lambda data: sm3.pbkdf2_hmac(b"password", data, 3),
}
NUMBERS: dict[str, Callable[[Any], bytes]] = {
    "kdf length": lambda number: sm3.kdf(SECRET, number),
    "hkdf length": lambda number: sm3.hkdf(SECRET, number),
    "expand length": lambda number: sm3.hkdf_expand(SECRET, number),
    "iterations": lambda number: sm3.pbkdf2_hmac(b"password", b"salt", number),
    "dklen": lambda number: sm3.pbkdf2_hmac(b"password", b"salt", 1, number),
}


class TestArguments:
    @pytest.mark.parametrize("name", CALLS)
    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, name: str, kind: str) -> None:
        assert CALLS[name](BYTES_LIKE[kind](SECRET)) == CALLS[name](SECRET)

    @pytest.mark.parametrize("name", CALLS)
    @pytest.mark.parametrize("value", [None, 1, "text"])
    def test_wrong_types(self, name: str, value: Any) -> None:
        with pytest.raises(TypeError, match="must be bytes-like"):
            CALLS[name](value)

    @pytest.mark.parametrize("name", ["password", "salt"])
    def test_more_than_c_takes(self, name: str) -> None:
        message = f"{name} has at most 2147483647 bytes"
        with mmap.mmap(-1, 2**31) as huge, pytest.raises(ValueError, match=message):
            CALLS[name](huge)  # address space only

    @pytest.mark.parametrize("name", NUMBERS)
    def test_wrong_numbers(self, name: str) -> None:
        argument = name.split()[-1]
        for number in (0, -1, 2**40):
            with pytest.raises(ValueError, match=f"{argument} is 1 to \\d+, not {number}"):
                NUMBERS[name](number)
        for value in ("32", 32.0, b"32"):
            with pytest.raises(TypeError, match=f"{argument} must be int"):
                NUMBERS[name](value)
