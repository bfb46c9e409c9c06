"""SM4 streams: the standard's examples, other implementations, padding, buffers, bad input."""

from __future__ import annotations

import copy
import os
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.decrepit.ciphers import modes as old_modes
from cryptography.hazmat.primitives import padding as peer_padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import BYTES_LIKE, peer_sm4, through

from tongsuo_py import sm4
from tongsuo_py._binding.library import TONGSUO_VERSION_INFO

RunOpenssl = Callable[..., bytes]

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
IV = bytes(range(16))

PEER_MODES: dict[str, Callable[[bytes], Any]] = {
    "ECB": lambda iv: modes.ECB(),
    "CBC": modes.CBC,
    "CTR": modes.CTR,
    "CFB": old_modes.CFB,
    "OFB": old_modes.OFB,
}
EVERY = pytest.mark.parametrize("name", PEER_MODES)
PADDED = pytest.mark.parametrize("name", ["ECB", "CBC"])
UNPADDED = pytest.mark.parametrize("name", ["CTR", "CFB", "OFB"])

BLOCKS = st.binary(min_size=16, max_size=16)
CUTS = st.lists(st.integers(0, 300), max_size=8)


def mode(name: str, iv: bytes = IV) -> sm4.Mode:
    made: sm4.Mode = sm4.ECB() if name == "ECB" else getattr(sm4, name)(iv)
    return made


def peer_encrypt(name: str, key: bytes, iv: bytes, data: bytes, padding: bool) -> bytes:
    """By OpenSSL 4, through ``cryptography``."""
    if padding and name in ("ECB", "CBC"):
        padder = peer_padding.PKCS7(128).padder()
        data = padder.update(data) + padder.finalize()
    state = Cipher(algorithms.SM4(key), PEER_MODES[name](iv)).encryptor()
    return state.update(data) + state.finalize()


class TestKnownAnswers:
    def test_every_mode(self, vectors: Callable[[str], Any]) -> None:
        examples = vectors("sm4")["streams"]
        assert {example["mode"] for example in examples} == set(PEER_MODES)
        for example in examples:
            key, iv, plaintext, ciphertext = (
                bytes.fromhex(example[field]) for field in ("key", "iv", "plaintext", "ciphertext")
            )
            one = mode(example["mode"], iv)
            assert through(sm4.encryptor(key, one, padding=False), plaintext) == ciphertext
            assert through(sm4.decryptor(key, one, padding=False), ciphertext) == plaintext

    def test_one_block(self, vectors: Callable[[str], Any]) -> None:
        example = vectors("sm4")["block"]
        key, block = bytes.fromhex(example["key"]), bytes.fromhex(example["plaintext"])
        one = sm4.encryptor(key, sm4.ECB(), padding=False)
        assert one.update(block).hex() == example["ciphertext"]

    def test_a_block_a_million_times(self, vectors: Callable[[str], Any]) -> None:
        # OFB encrypts its vector, then what came of that, and so on; added to zeros it is seen.
        example = vectors("sm4")["block"]
        key, block = bytes.fromhex(example["key"]), bytes.fromhex(example["plaintext"])
        times = example["times"]
        assert times == 1_000_000
        keystream = sm4.encryptor(key, sm4.OFB(block)).update(bytes(16 * times))
        assert keystream[:16].hex() == example["ciphertext"]
        assert keystream[-16:].hex() == example["after_times"]


class TestPeers:
    @EVERY
    @pytest.mark.parametrize("padding", [True, False])
    @given(key=BLOCKS, iv=BLOCKS, data=st.binary(max_size=300), cuts=CUTS)
    @settings(max_examples=60)
    def test_openssl_4(
        self, name: str, padding: bool, key: bytes, iv: bytes, data: bytes, cuts: list[int]
    ) -> None:
        if name in ("ECB", "CBC") and not padding:
            data = data[: len(data) // 16 * 16]
        ciphertext = peer_encrypt(name, key, iv, data, padding)
        one = mode(name, iv)
        assert through(sm4.encryptor(key, one, padding), data, cuts) == ciphertext
        assert through(sm4.decryptor(key, one, padding), ciphertext, cuts) == data

    @given(key=BLOCKS, iv=BLOCKS, data=st.binary(min_size=1, max_size=100))
    @settings(max_examples=15)
    def test_gmssl(self, key: bytes, iv: bytes, data: bytes) -> None:
        encrypt, decrypt = peer_sm4(key, True), peer_sm4(key, False)
        assert through(sm4.encryptor(key, sm4.ECB()), data) == encrypt.crypt_ecb(data)
        assert through(sm4.encryptor(key, sm4.CBC(iv)), data) == encrypt.crypt_cbc(iv, data)
        assert decrypt.crypt_ecb(through(sm4.encryptor(key, sm4.ECB()), data)) == data
        assert decrypt.crypt_cbc(iv, through(sm4.encryptor(key, sm4.CBC(iv)), data)) == data

    @EVERY
    @given(data=st.binary(max_size=2000))
    @settings(max_examples=4)
    def test_native_openssl(self, run_openssl: RunOpenssl, name: str, data: bytes) -> None:
        vector = [] if name == "ECB" else ["-iv", IV.hex()]
        command = ("enc", f"-sm4-{name.lower()}", "-K", KEY.hex(), *vector, "-in", "{d}")
        ciphertext = through(sm4.encryptor(KEY, mode(name)), data)
        assert run_openssl(*command, d=data) == ciphertext
        assert run_openssl(*command, "-d", d=ciphertext) == data

    def test_the_counter_wraps(self) -> None:
        for nonce in (b"\xff" * 16, b"\0" * 12 + b"\xff" * 4, b"\0" * 8 + b"\xff" * 8):
            data = bytes(100)
            ciphertext = through(sm4.encryptor(KEY, sm4.CTR(nonce)), data)
            assert ciphertext == peer_encrypt("CTR", KEY, nonce, data, False)

    @EVERY
    def test_large_data(self, name: str) -> None:
        data = os.urandom(1_000_003)
        ciphertext = sm4.encryptor(KEY, mode(name))
        assert ciphertext.update(data) + ciphertext.finalize() == peer_encrypt(
            name, KEY, IV, data, True
        )

    @EVERY
    def test_data_in_more_pieces_than_one(self, name: str, small_pieces: None) -> None:
        for size in (31, 32, 33, 100):
            data = os.urandom(size)
            ciphertext = through(sm4.encryptor(KEY, mode(name)), data, [5])
            assert ciphertext == peer_encrypt(name, KEY, IV, data, True)
            assert through(sm4.decryptor(KEY, mode(name)), ciphertext, [5]) == data


class TestPadding:
    @PADDED
    @pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 32])
    def test_sizes(self, name: str, size: int) -> None:
        ciphertext = through(sm4.encryptor(KEY, mode(name)), b"x" * size)
        assert len(ciphertext) == (size // 16 + 1) * 16
        assert through(sm4.decryptor(KEY, mode(name)), ciphertext) == b"x" * size

    @PADDED
    @pytest.mark.parametrize(
        "last",
        [
            b"x" * 15 + b"\x00",
            b"x" * 15 + b"\x11",
            b"x" * 15 + b"\xff",
            b"x" * 14 + b"\x01\x02",
            b"\x0f" + b"\x10" * 15,
            bytes(16),
        ],
    )
    def test_wrong_ones(self, name: str, last: bytes) -> None:
        plain = b"first  of blocks" + last
        ciphertext = through(sm4.encryptor(KEY, mode(name), padding=False), plain)
        one = sm4.decryptor(KEY, mode(name))
        assert one.update(ciphertext) == plain[:16]
        with pytest.raises(sm4.DecryptionError, match="properly padded") as caught:
            one.finalize()
        assert caught.value.errors == ()
        with pytest.raises(ValueError, match="finalized"):
            one.finalize()

    @PADDED
    @pytest.mark.parametrize("size", [0, 1, 15, 17, 31])
    def test_ciphertexts_of_a_wrong_size(self, name: str, size: int) -> None:
        one = sm4.decryptor(KEY, mode(name))
        one.update(bytes(size))
        with pytest.raises(sm4.DecryptionError, match="properly padded") as caught:
            one.finalize()
        assert caught.value.errors == ()

    @PADDED
    @pytest.mark.parametrize("make", [sm4.encryptor, sm4.decryptor])
    @pytest.mark.parametrize("size", [1, 15, 17])
    def test_none_and_incomplete_blocks(
        self, name: str, make: Callable[..., sm4.Stream], size: int
    ) -> None:
        one = make(KEY, mode(name), padding=False)
        assert len(one.update(bytes(size))) == size // 16 * 16
        with pytest.raises(ValueError, match=f"whole blocks of 16 bytes; {size % 16} are left"):
            one.finalize()

    @UNPADDED
    def test_it_does_not_matter_elsewhere(self, name: str) -> None:
        with_padding = through(sm4.encryptor(KEY, mode(name), padding=True), b"data")
        assert with_padding == through(sm4.encryptor(KEY, mode(name), padding=False), b"data")
        assert len(with_padding) == 4


class TestBuffers:
    @EVERY
    @pytest.mark.parametrize("make", [sm4.encryptor, sm4.decryptor])
    @given(data=st.binary(max_size=100), cuts=CUTS, shift=st.integers(-20, 20))
    @settings(max_examples=40)
    def test_overlapping_ones(
        self,
        name: str,
        make: Callable[..., sm4.Stream],
        data: bytes,
        cuts: list[int],
        shift: int,
    ) -> None:
        # Input and output are the same memory, moved by `shift` bytes.
        expected = make(KEY, mode(name), False)
        one = make(KEY, mode(name), False)
        for cut in [*cuts, 50]:
            piece = data[: cut % 101]
            memory = bytearray(20) + piece + bytearray(60)
            source = memoryview(memory)[20 : 20 + len(piece)]
            target = memoryview(memory)[20 + shift :]
            count = one.update_into(source, target)
            assert bytes(target[:count]) == expected.update(piece)

    def test_one_that_is_too_small(self) -> None:
        one = sm4.encryptor(KEY, sm4.CBC(IV))
        one.update(bytes(10))
        with pytest.raises(ValueError, match="the buffer has 15 bytes, and 16 come out"):
            one.update_into(bytes(10), bytearray(15))
        # Nothing has happened: the stream goes on.
        assert one.update_into(bytes(6), bytearray(16)) == 16
        assert one.update_into(b"", bytearray()) == 0

    def test_one_that_is_not_writable(self) -> None:
        with pytest.raises(TypeError, match="buffer must be writable, not bytes"):
            sm4.encryptor(KEY, sm4.CBC(IV)).update_into(bytes(16), bytes(16))

    def test_only_what_was_said_is_written(self) -> None:
        buffer = bytearray(b"#" * 64)
        assert sm4.encryptor(KEY, sm4.CTR(IV)).update_into(bytes(20), buffer) == 20
        assert buffer[20:] == b"#" * 44

    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, kind: str) -> None:
        wrap = BYTES_LIKE[kind]
        one = sm4.encryptor(wrap(KEY), sm4.CBC(wrap(IV)))
        assert one.update(wrap(bytes(32))) == peer_encrypt("CBC", KEY, IV, bytes(32), False)
        target = wrap(bytearray(32)) if kind != "array" else bytearray(32)
        assert one.update_into(wrap(bytes(32)), target) == 32


class TestArguments:
    @pytest.mark.parametrize("make", [sm4.encryptor, sm4.decryptor])
    def test_after_the_end(self, make: Callable[..., sm4.Stream]) -> None:
        one = make(KEY, sm4.CTR(IV))
        one.finalize()
        for call in (
            one.finalize,
            lambda: one.update(b"data"),
            lambda: one.update_into(b"data", bytearray(20)),
        ):
            with pytest.raises(ValueError, match="finalized: make a new one"):
                call()

    @pytest.mark.parametrize("length", [0, 1, 15, 17, 32])
    def test_lengths(self, length: int) -> None:
        with pytest.raises(ValueError, match=f"16 bytes, not {length}"):
            sm4.encryptor(bytes(length), sm4.ECB())
        for name in ("CBC", "CTR", "CFB", "OFB"):
            with pytest.raises(ValueError, match=f"{name} mode needs 16 bytes, not {length}"):
                mode(name, bytes(length))

    @pytest.mark.parametrize("value", [None, 1, "text", 1.5])
    def test_wrong_types(self, value: Any) -> None:
        with pytest.raises(TypeError, match="key must be bytes-like"):
            sm4.encryptor(value, sm4.ECB())
        with pytest.raises(TypeError, match="iv must be bytes-like"):
            sm4.CBC(value)
        with pytest.raises(TypeError, match="mode must be an sm4 mode"):
            sm4.encryptor(KEY, value)
        with pytest.raises(TypeError, match="mode must be an sm4 mode"):
            sm4.encryptor(KEY, sm4.CBC)  # type: ignore[arg-type]
        one = sm4.encryptor(KEY, sm4.ECB())
        with pytest.raises(TypeError, match="data must be bytes-like"):
            one.update(value)
        with pytest.raises(TypeError, match="data must be bytes-like"):
            one.update_into(value, bytearray(16))
        with pytest.raises(TypeError, match="buffer must be bytes-like"):
            one.update_into(b"data", value)

    @pytest.mark.parametrize("dump", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_no_pickle(self, dump: Callable[..., Any]) -> None:
        with pytest.raises(TypeError, match="not pickled"):
            dump(sm4.encryptor(KEY, sm4.ECB()))

    def test_no_key_in_the_repr(self) -> None:
        assert repr(sm4.encryptor(KEY, sm4.CBC(IV))) == "<sm4.Stream, encryptor in CBC mode>"

    def test_constructor_tells_the_way(self) -> None:
        with pytest.raises(TypeError, match="encryptor"):
            sm4.Stream()

    def test_a_mode_that_not_every_tongsuo_has(self) -> None:
        if TONGSUO_VERSION_INFO >= (8, 5):
            assert sm4.XTS(IV).variant == "ieee"
        else:
            with pytest.raises(NotImplementedError, match=r"needs Tongsuo 8\.5"):
                sm4.XTS(IV)

    def test_a_mode_copies_its_vector(self) -> None:
        iv = bytearray(IV)
        one = sm4.CBC(iv)
        iv[:] = bytes(16)
        assert one.iv == IV
        assert repr(one) == f"sm4.CBC({IV!r})"
        assert repr(sm4.ECB()) == "sm4.ECB()"
