"""CMAC and CBC-MAC: the standard's examples, OpenSSL 4, BouncyCastle, and what is altered."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import written_out
from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.cmac import CMAC as PeerCMAC
from damage import EVERY_BIT, beginnings, flips
from hypothesis import given
from hypothesis import strategies as st
from implementations import BYTES_LIKE

from tongsuo_py import sm4
from tongsuo_py.sm4 import mac

Vectors = Callable[[str], Any]
RunOpenssl = Callable[..., bytes]

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
KEYS = st.binary(min_size=16, max_size=16)
DATA = st.binary(max_size=300)


def peer_cmac(key: bytes, data: bytes) -> bytes:
    """CMAC by OpenSSL 4, through ``cryptography``."""
    code = PeerCMAC(algorithms.SM4(key))
    code.update(data)
    return code.finalize()


class TestCmac:
    def test_the_standards_example(self, vectors: Vectors) -> None:
        (example,) = vectors("sm4")["cmac"]
        key, data = bytes.fromhex(example["key"]), bytes.fromhex(example["data"])
        assert sm4.CMAC(key, data).hexdigest() == example["code"]

    def test_as_bouncycastle_does(self, vectors: Vectors) -> None:
        for row in vectors("bouncycastle/symmetric")["cmac"]:
            key, data = bytes.fromhex(row["key"]), bytes.fromhex(row["data"])
            assert sm4.CMAC(key, data).hexdigest() == row["code"]

    @given(KEYS, DATA)
    def test_as_openssl_4_does(self, key: bytes, data: bytes) -> None:
        assert sm4.CMAC(key, data).digest() == peer_cmac(key, data)

    @given(st.lists(st.binary(max_size=50), max_size=8))
    def test_pieces_and_copies(self, pieces: list[bytes]) -> None:
        code, whole = sm4.CMAC(KEY), b""
        for piece in pieces:
            clone = code.copy()
            code.update(piece)
            assert clone.digest() == peer_cmac(KEY, whole)
            whole += piece
            assert code.digest() == code.digest() == peer_cmac(KEY, whole)

    def test_native_openssl(self, run_openssl: RunOpenssl) -> None:
        command = ("mac", "-cipher", "SM4-CBC", "-macopt", f"hexkey:{KEY.hex()}", "-binary")
        assert (
            run_openssl(*command, "-in", "{d}", "CMAC", d=b"data")
            == sm4.CMAC(KEY, b"data").digest()
        )

    def test_every_altered_bit(self) -> None:
        code = sm4.CMAC(KEY, b"data")
        good = code.digest()
        code.verify(good)
        for bad in (*flips(good, EVERY_BIT), *beginnings(good), good + b"\0"):
            with pytest.raises(sm4.InvalidTag):
                code.verify(bad)

    def test_its_shape(self) -> None:
        code = sm4.CMAC(KEY)
        assert (code.name, code.digest_size, code.block_size) == ("cmac-sm4", 16, 16)
        assert repr(code).startswith("<cmac-sm4 at 0x")

    @pytest.mark.parametrize("make", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_no_pickle(self, make: Callable[..., Any]) -> None:
        with pytest.raises(TypeError, match="not pickled"):
            make(sm4.CMAC(KEY))


class TestCbcMac:
    def test_the_standards_examples(self, vectors: Vectors) -> None:
        examples = vectors("sm4")["cbc_mac"]
        assert {example["padding"] for example in examples} == {1, 2, 3}
        for example in examples:
            key, data = bytes.fromhex(example["key"]), bytes.fromhex(example["data"])
            code = sm4.cbc_mac(key, data, padding=example["padding"])
            assert code[:8].hex() == example["code"]

    @given(KEYS, DATA, st.sampled_from([1, 2, 3]))
    def test_as_openssl_4_does(self, key: bytes, data: bytes, padding: int) -> None:
        assert sm4.cbc_mac(key, data, padding=padding) == written_out.cbc_mac(key, data, padding)

    @pytest.mark.parametrize("padding", [1, 2, 3])
    @pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 48, 33])
    def test_data_in_more_pieces_than_one(
        self, padding: int, size: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(mac, "_PIECE", 32)
        data = os.urandom(size)
        assert sm4.cbc_mac(KEY, data, padding=padding) == written_out.cbc_mac(KEY, data, padding)

    def test_large_data(self) -> None:
        data = os.urandom(1_000_003)
        assert sm4.cbc_mac(KEY, data) == written_out.cbc_mac(KEY, data, 1)

    @pytest.mark.parametrize("padding", [0, 4, "1", None])
    def test_other_methods(self, padding: Any) -> None:
        with pytest.raises(ValueError, match="padding must be method 1, 2 or 3"):
            sm4.cbc_mac(KEY, b"data", padding=padding)


@pytest.mark.parametrize("make", [sm4.CMAC, sm4.cbc_mac])
class TestArguments:
    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, make: Callable[..., Any], kind: str) -> None:
        wrap = BYTES_LIKE[kind]
        codes = [make(wrap(KEY), wrap(b"some data")), make(KEY, b"some data")]
        one, two = (code if isinstance(code, bytes) else code.digest() for code in codes)
        assert one == two

    @pytest.mark.parametrize("size", [0, 15, 17, 32])
    def test_keys_of_a_wrong_size(self, make: Callable[..., Any], size: int) -> None:
        with pytest.raises(ValueError, match=f"16 bytes, not {size}"):
            make(bytes(size), b"data")

    @pytest.mark.parametrize("value", [None, 1, "text"])
    def test_wrong_types(self, make: Callable[..., Any], value: Any) -> None:
        with pytest.raises(TypeError, match="key must be bytes-like"):
            make(value, b"data")
        with pytest.raises(TypeError, match="data must be bytes-like"):
            make(KEY, value)
