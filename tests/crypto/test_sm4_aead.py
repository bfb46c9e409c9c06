"""SM4-GCM and CCM: RFC 8998, OpenSSL 4, CCM put together from CBC and CTR, and every alteration."""

from __future__ import annotations

import array
import copy
import mmap
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import written_out
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from damage import EVERY_BIT, beginnings, flips
from hypothesis import given
from hypothesis import strategies as st
from implementations import BYTES_LIKE

from tongsuo_py import sm4
from tongsuo_py._binding import ffi, lib
from tongsuo_py.exceptions import TongsuoError
from tongsuo_py.sm4 import aead

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
NONCE = bytes(range(12))
TAGS = (4, 6, 8, 10, 12, 14, 16)

Aead = sm4.GCM | sm4.CCM

KEYS = st.binary(min_size=16, max_size=16)
DATA = st.binary(max_size=300)
HEADERS = st.none() | st.binary(max_size=100)
GCM_NONCES = st.sampled_from([12, 12, 8, 13, 16, 17, 128]).flatmap(
    lambda size: st.binary(min_size=size, max_size=size)
)
CCM_NONCES = st.binary(min_size=7, max_size=13)

BOTH = pytest.mark.parametrize("make", [sm4.GCM, sm4.CCM])


def peer_gcm(key: bytes, nonce: bytes, data: bytes, header: bytes | None) -> bytes:
    """SM4-GCM by OpenSSL 4, through ``cryptography``."""
    state = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
    state.authenticate_additional_data(header or b"")
    return state.update(data) + state.finalize() + state.tag


def invalid(cipher: Aead, nonce: bytes, data: object, header: bytes | None) -> None:
    with pytest.raises(sm4.InvalidTag) as caught:
        cipher.decrypt(nonce, data, header)
    assert caught.value.errors == ()


class TestKnownAnswers:
    @pytest.mark.parametrize("name", ["GCM", "CCM"])
    def test_rfc_8998(self, vectors: Callable[[str], Any], name: str) -> None:
        (example,) = (one for one in vectors("sm4")["aead"] if one["name"] == name)
        value = {
            field: bytes.fromhex(text)
            for field, text in example.items()
            if field not in ("name", "source")
        }
        cipher: Aead = getattr(sm4, name)(value["key"])
        nonce, header = value["nonce"], value["associated_data"]
        sealed = value["ciphertext"] + value["tag"]
        assert cipher.encrypt(nonce, value["plaintext"], header) == sealed
        assert cipher.decrypt(nonce, sealed, header) == value["plaintext"]


class TestPeers:
    @given(KEYS, GCM_NONCES, DATA, HEADERS)
    def test_gcm(self, key: bytes, nonce: bytes, data: bytes, header: bytes | None) -> None:
        sealed = peer_gcm(key, nonce, data, header)
        cipher = sm4.GCM(key)
        assert cipher.encrypt(nonce, data, header) == sealed
        assert cipher.decrypt(nonce, sealed, header) == data

    @given(KEYS, CCM_NONCES, DATA, HEADERS, st.sampled_from(TAGS))
    def test_ccm(
        self, key: bytes, nonce: bytes, data: bytes, header: bytes | None, tag: int
    ) -> None:
        sealed = written_out.ccm(key, nonce, data, header, tag)
        cipher = sm4.CCM(key, tag)
        assert cipher.encrypt(nonce, data, header) == sealed
        assert cipher.decrypt(nonce, sealed, header) == data

    @given(st.lists(st.tuples(GCM_NONCES, CCM_NONCES, DATA, HEADERS), max_size=8))
    def test_one_object_for_all(
        self, calls: list[tuple[bytes, bytes, bytes, bytes | None]]
    ) -> None:
        # Its contexts are used again, with nonces of other lengths, in both directions, after
        # failures: nothing of one call may be left in the next.
        gcm, ccm = sm4.GCM(KEY), sm4.CCM(KEY, 8)
        for gcm_nonce, ccm_nonce, data, header in calls:
            one = gcm.encrypt(gcm_nonce, data, header)
            two = ccm.encrypt(ccm_nonce, data, header)
            assert one == peer_gcm(KEY, gcm_nonce, data, header)
            assert two == written_out.ccm(KEY, ccm_nonce, data, header, 8)
            invalid(gcm, gcm_nonce, one[:-1] + bytes((one[-1] ^ 1,)), header)
            invalid(ccm, ccm_nonce, two[:-1] + bytes((two[-1] ^ 1,)), header)
            assert gcm.decrypt(gcm_nonce, one, header) == data
            assert ccm.decrypt(ccm_nonce, two, header) == data

    def test_large_data(self) -> None:
        data = os.urandom(1_000_003)
        assert sm4.GCM(KEY).encrypt(NONCE, data) == peer_gcm(KEY, NONCE, data, None)
        assert sm4.CCM(KEY).encrypt(NONCE, data) == written_out.ccm(KEY, NONCE, data, None, 16)


class TestAltered:
    @BOTH
    @pytest.mark.parametrize("size", [0, 1, 2, 15, 16, 17, 40])
    @pytest.mark.parametrize("header", [None, b"header"])
    def test_every_bit_of_everything(
        self, make: type[Aead], size: int, header: bytes | None
    ) -> None:
        cipher = make(KEY)
        sealed = cipher.encrypt(NONCE, b"x" * size, header)
        for altered in flips(sealed, (1, 0x80)):
            invalid(cipher, NONCE, altered, header)
        for nonce in flips(NONCE):
            invalid(cipher, nonce, sealed, header)
        for other in (b"", b"headers", b"Header") if header else (b"h",):
            invalid(cipher, NONCE, sealed, other)
        for part in beginnings(sealed):
            invalid(cipher, NONCE, part, header)
        invalid(cipher, NONCE, sealed + b"\0", header)
        invalid(make(KEY[::-1]), NONCE, sealed, header)
        assert cipher.decrypt(NONCE, sealed, header) == b"x" * size

    @BOTH
    @given(st.binary(max_size=100))
    def test_random_bytes(self, make: type[Aead], data: bytes) -> None:
        invalid(make(KEY), NONCE, data, None)

    @pytest.mark.parametrize("tag", range(12, 17))
    def test_gcm_tags_that_were_cut(self, tag: int) -> None:
        cipher = sm4.GCM(KEY, tag)
        sealed = cipher.encrypt(NONCE, b"data", b"head")
        assert sealed == peer_gcm(KEY, NONCE, b"data", b"head")[: 4 + tag]
        assert cipher.decrypt(NONCE, sealed, b"head") == b"data"
        for bad in (*flips(sealed, EVERY_BIT), *beginnings(sealed)):
            invalid(cipher, NONCE, bad, b"head")
        for other in range(12, 17):
            if other != tag:
                invalid(sm4.GCM(KEY, other), NONCE, sealed, b"head")

    def test_a_tag_of_another_length(self) -> None:
        sealed = sm4.CCM(KEY, 16).encrypt(NONCE, b"data")
        for tag in TAGS[:-1]:
            invalid(sm4.CCM(KEY, tag), NONCE, sealed[: 4 + tag], None)

    def test_none_is_the_same_as_empty(self) -> None:
        for cipher in (sm4.GCM(KEY), sm4.CCM(KEY)):
            assert cipher.encrypt(NONCE, b"data", None) == cipher.encrypt(NONCE, b"data", b"")


class TestLengths:
    @BOTH
    @pytest.mark.parametrize("length", [0, 1, 15, 17, 24, 32])
    def test_keys(self, make: type[Aead], length: int) -> None:
        with pytest.raises(ValueError, match=f"16 bytes, not {length}"):
            make(bytes(length))

    @pytest.mark.parametrize("length", [0, 1, 7, 129])
    def test_gcm_nonces(self, length: int) -> None:
        for call in (sm4.GCM(KEY).encrypt, sm4.GCM(KEY).decrypt):
            with pytest.raises(ValueError, match=f"8 to 128 bytes, best 12, not {length}"):
                call(bytes(length), bytes(20))

    @pytest.mark.parametrize("length", [0, 6, 14, 16])
    def test_ccm_nonces(self, length: int) -> None:
        for call in (sm4.CCM(KEY).encrypt, sm4.CCM(KEY).decrypt):
            with pytest.raises(ValueError, match=f"7 to 13 bytes, not {length}"):
                call(bytes(length), bytes(20))

    @pytest.mark.parametrize("length", [-1, 0, 1, 2, 3, 5, 7, 15, 17, 18])
    def test_ccm_tags(self, length: int) -> None:
        with pytest.raises(ValueError, match=f"or 16 bytes, not {length}"):
            sm4.CCM(KEY, length)

    @pytest.mark.parametrize("length", [-1, 0, 4, 8, 11, 17])
    def test_gcm_tags(self, length: int) -> None:
        with pytest.raises(ValueError, match=f"12, 13, 14, 15 or 16 bytes, not {length}"):
            sm4.GCM(KEY, length)

    def test_how_much_ccm_takes(self) -> None:
        cipher, nonce = sm4.CCM(KEY), bytes(13)
        data = bytes(65_535)
        assert cipher.decrypt(nonce, cipher.encrypt(nonce, data)) == data
        with pytest.raises(ValueError, match="13 bytes takes at most 65535 bytes, not 65536"):
            cipher.encrypt(nonce, data + b"x")
        with pytest.raises(ValueError, match="13 bytes takes at most 65535 bytes, not 65536"):
            cipher.decrypt(nonce, bytes(65_536 + 16))
        with mmap.mmap(-1, 2**31) as huge:  # address space only
            for arguments in ((bytes(7), huge), (bytes(7), b"", huge)):
                with pytest.raises(ValueError, match="at most 2147483"):
                    cipher.encrypt(*arguments)
                with pytest.raises(ValueError, match="at most 2147483"):
                    cipher.decrypt(arguments[0], arguments[1] or bytes(16), *arguments[2:])

    def test_how_much_gcm_takes(self, tmp_path: Path) -> None:
        with (tmp_path / "sparse").open("wb+") as file:
            file.truncate(2**36 - 31 + 16)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as huge:
                wanted = "GCM with a nonce of 12 bytes takes at most 68719476704 bytes"
                with pytest.raises(ValueError, match=wanted):
                    sm4.GCM(KEY).encrypt(NONCE, huge)
                with pytest.raises(ValueError, match=wanted):
                    sm4.GCM(KEY).decrypt(NONCE, huge)

    def test_data_in_more_pieces_than_one(self, small_pieces: None) -> None:
        for size in (31, 32, 33, 64, 100):
            data, header = os.urandom(size), os.urandom(size + 1)
            sealed = sm4.GCM(KEY).encrypt(NONCE, data, header)
            assert sealed == peer_gcm(KEY, NONCE, data, header)
            assert sm4.GCM(KEY).decrypt(NONCE, sealed, header) == data
            assert sm4.GCM(KEY).decrypt(NONCE, bytearray(sealed), bytearray(header)) == data
            invalid(sm4.GCM(KEY), NONCE, sealed[:-1] + bytes((sealed[-1] ^ 1,)), header)

    def test_ccm_takes_its_data_whole(self, small_pieces: None) -> None:
        for size in (33, 100):
            data, header = os.urandom(size), os.urandom(size + 1)
            sealed = sm4.CCM(KEY).encrypt(NONCE, data, header)
            assert sealed == written_out.ccm(KEY, NONCE, data, header, 16)
            assert sm4.CCM(KEY).decrypt(NONCE, sealed, header) == data


class TestFailures:
    @BOTH
    @pytest.mark.parametrize("size", [2, 40, 1000])
    def test_nothing_is_left_of_a_plaintext(self, make: type[Aead], size: int) -> None:
        cipher = make(KEY)
        sealed = cipher.encrypt(NONCE, b"x" * size)
        altered = sealed[:-1] + bytes((sealed[-1] ^ 1,))
        for data, wanted in ((sealed, 1), (altered, -1)):
            memory = ffi.new("unsigned char[]", b"\xa5" * size)
            context = cipher._contexts.take()
            result = lib.tspy_open(
                context, cipher._key, NONCE, len(NONCE), b"", 0, data, size, memory, 16
            )
            assert result == wanted
            assert ffi.buffer(memory, size)[:] == (b"x" * size if wanted == 1 else bytes(size))
            assert lib.ERR_peek_error() == 0

    @pytest.mark.parametrize("call", ["encrypt", "decrypt"])
    def test_what_fails_in_c(self, call: str) -> None:
        cipher = sm4.GCM(KEY)
        cipher._contexts.give(aead._context("SM4-GCM"))  # one without a key
        with pytest.raises(TongsuoError, match="SM4 failed") as caught:
            getattr(cipher, call)(NONCE, bytes(20))
        assert caught.value.errors
        # The context that failed is not used again.
        assert cipher.encrypt(NONCE, b"data") == sm4.GCM(KEY).encrypt(NONCE, b"data")


class TestArguments:
    @BOTH
    @pytest.mark.parametrize("value", [None, 1, "text", 1.5])
    def test_wrong_types(self, make: type[Aead], value: Any) -> None:
        with pytest.raises(TypeError, match="key must be bytes-like"):
            make(value)
        cipher = make(KEY)
        for call in (cipher.encrypt, cipher.decrypt):
            with pytest.raises(TypeError, match="nonce must be bytes-like"):
                call(value, bytes(16))
            with pytest.raises(TypeError, match="data must be bytes-like"):
                call(NONCE, value)
            if value is not None:
                with pytest.raises(TypeError, match="associated_data must be bytes-like"):
                    call(NONCE, bytes(16), value)

    @BOTH
    @pytest.mark.parametrize("value", [None, "16", 16.0, True])
    def test_wrong_tag_length_types(self, make: type[Aead], value: Any) -> None:
        with pytest.raises(TypeError, match="tag_length must be int"):
            make(KEY, value)

    @BOTH
    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, make: type[Aead], kind: str) -> None:
        wrap = BYTES_LIKE[kind]
        sealed = make(wrap(KEY)).encrypt(wrap(NONCE), wrap(b"data"), wrap(b"head"))
        assert sealed == make(KEY).encrypt(NONCE, b"data", b"head")
        assert make(KEY).decrypt(wrap(NONCE), wrap(sealed), wrap(b"head")) == b"data"

    @BOTH
    def test_nothing_without_an_address(self, make: type[Aead]) -> None:
        # An empty array has none, and for Tongsuo that is the end of the data, not none of it.
        nothing = array.array("B")
        sealed = make(KEY).encrypt(NONCE, nothing, nothing)
        assert sealed == make(KEY).encrypt(NONCE, b"")
        assert make(KEY).decrypt(NONCE, sealed, nothing) == b""
        invalid(make(KEY), NONCE, sealed[:-1] + bytes((sealed[-1] ^ 1,)), None)

    @BOTH
    def test_memory_with_holes_and_memory_that_is_gone(self, make: type[Aead]) -> None:
        released = memoryview(bytearray(32))
        released.release()
        for bad, error, match in (
            (memoryview(bytes(64))[::2], TypeError, "contiguous"),
            (released, ValueError, "released"),
        ):
            for call in (make(KEY).encrypt, make(KEY).decrypt):
                for arguments in ((bad, bytes(16)), (NONCE, bad), (NONCE, bytes(16), bad)):
                    with pytest.raises(error, match=match):
                        call(*arguments)

    @BOTH
    def test_the_key_is_copied(self, make: type[Aead]) -> None:
        key = bytearray(KEY)
        cipher = make(key)
        key[:] = bytes(16)
        assert cipher.encrypt(NONCE, b"data") == make(KEY).encrypt(NONCE, b"data")

    @BOTH
    @pytest.mark.parametrize("dump", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_no_pickle(self, make: type[Aead], dump: Callable[..., Any]) -> None:
        with pytest.raises(TypeError, match="not pickled"):
            dump(make(KEY))

    @BOTH
    def test_no_key_in_the_repr(self, make: type[Aead]) -> None:
        shown = repr(make(b"sixteen  letters"))
        assert shown == f"<sm4.{make.__name__} with tags of 16 bytes>"

    def test_generated_keys(self) -> None:
        keys = {make() for make in (sm4.generate_key, sm4.GCM.generate_key) for _ in range(50)}
        assert len(keys) == 100
        assert {len(key) for key in keys} == {16}
