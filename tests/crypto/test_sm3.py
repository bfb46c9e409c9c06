"""SM3 and HMAC: the standard's examples, the shape of hashlib, and other implementations."""

from __future__ import annotations

import copy
import hashlib
import hmac
import io
import mmap
import os
import pickle
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as peer_hmac
from gmssl import sm3 as gmssl_sm3
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import BYTES_LIKE

from tongsuo_py import sm3

RunOpenssl = Callable[..., bytes]

DATA = st.binary(max_size=600)
PIECES = st.lists(st.binary(max_size=200), max_size=12)


def peer_digest(data: bytes) -> bytes:
    """SM3 by OpenSSL 4, through ``cryptography``."""
    state = hashes.Hash(hashes.SM3())
    state.update(data)
    return state.finalize()


def peer_code(key: bytes, data: bytes) -> bytes:
    code = peer_hmac.HMAC(key, hashes.SM3())
    code.update(data)
    return code.finalize()


def test_the_standards_examples(vectors: Callable[[str], Any]) -> None:
    examples = vectors("sm3")["examples"]
    assert len(examples) == 2
    for example in examples:
        data = bytes.fromhex(example["data"])
        assert sm3.sm3(data).hexdigest() == example["digest"]
        assert sm3.new(data).digest() == bytes.fromhex(example["digest"])


class TestHash:
    @given(DATA)
    def test_as_openssl_4_does(self, data: bytes) -> None:
        assert sm3.sm3(data).digest() == peer_digest(data)

    @given(DATA)
    @settings(max_examples=20)
    def test_as_gmssl_does(self, data: bytes) -> None:
        assert sm3.sm3(data).hexdigest() == gmssl_sm3.sm3_hash(list(data))

    @pytest.mark.parametrize("size", [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1_000_003])
    def test_sizes_around_blocks(self, size: int) -> None:
        data = b"\xa5" * size
        assert sm3.sm3(data).digest() == peer_digest(data)

    @given(PIECES)
    def test_pieces_and_intermediate_digests(self, pieces: list[bytes]) -> None:
        state, whole = sm3.sm3(), b""
        for piece in pieces:
            state.update(piece)
            whole += piece
            assert state.digest() == state.digest() == peer_digest(whole)

    @given(DATA, DATA)
    def test_copies_go_their_own_way(self, first: bytes, second: bytes) -> None:
        state = sm3.sm3(first)
        clone = state.copy()
        clone.update(second)
        assert state.digest() == peer_digest(first)
        assert clone.digest() == peer_digest(first + second)

    def test_the_shape_of_hashlib(self) -> None:
        ours, model = sm3.sm3(usedforsecurity=False), hashlib.sha256(usedforsecurity=False)
        assert {name for name in dir(model) if not name.startswith("_")} <= set(dir(ours))
        assert (ours.name, ours.digest_size, ours.block_size) == ("sm3", 32, 64)
        assert ours.update(b"") is None  # type: ignore[func-returns-value]
        with pytest.raises(TypeError):
            sm3.sm3(b"", True)  # type: ignore[misc]

    def test_the_standard_librarys_hmac_takes_it(self) -> None:
        code = hmac.new(b"key", b"data", sm3.sm3)  # type: ignore[arg-type]
        assert code.digest() == peer_code(b"key", b"data")
        assert hmac.digest(b"key", b"data", sm3.sm3) == code.digest()  # type: ignore[arg-type]

    def test_the_standard_librarys_file_digest_takes_it(self, tmp_path: Path) -> None:
        file = tmp_path / "data"
        file.write_bytes(b"data" * 100_000)
        with file.open("rb") as stream:
            state = hashlib.file_digest(stream, sm3.sm3)  # type: ignore[arg-type]
        assert state.digest() == peer_digest(b"data" * 100_000)

    @pytest.mark.parametrize("size", [0, 1, 262_143, 262_144, 262_145, 1_000_003])
    def test_files(self, size: int, tmp_path: Path) -> None:
        file = tmp_path / "data"
        file.write_bytes(b"\xa5" * size)
        expected = peer_digest(b"\xa5" * size)
        assert sm3.file_digest(file).digest() == expected
        assert sm3.file_digest(str(file)).digest() == expected
        with file.open("rb") as stream:
            assert sm3.file_digest(stream).digest() == expected
            assert stream.read() == b""

    def test_a_file_from_where_it_stands(self) -> None:
        stream = io.BytesIO(b"head and data")
        stream.seek(5)
        assert sm3.file_digest(stream).digest() == peer_digest(b"and data")

    def test_a_pipe_that_gives_little_at_once(self) -> None:
        reader, writer = os.pipe()
        with open(reader, "rb", buffering=0) as stream, open(writer, "wb", buffering=0) as sink:

            def write() -> None:
                for _ in range(50):
                    sink.write(b"piece")
                sink.close()

            thread = threading.Thread(target=write)
            thread.start()
            assert sm3.file_digest(stream).digest() == peer_digest(b"piece" * 50)
            thread.join()

    def test_files_that_are_none(self, tmp_path: Path) -> None:
        with pytest.raises(TypeError, match="text mode"):
            sm3.file_digest(io.StringIO("text"))  # type: ignore[arg-type]
        for value in (None, 1, b"bytes"):
            with pytest.raises(TypeError, match="path or a binary file object"):
                sm3.file_digest(value)  # type: ignore[arg-type]
        with pytest.raises(FileNotFoundError):
            sm3.file_digest(tmp_path / "missing")
        with pytest.raises(IsADirectoryError):
            sm3.file_digest(tmp_path)

    def test_a_pipe_that_does_not_block(self) -> None:
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        with (
            open(reader, "rb", buffering=0) as stream,
            open(writer, "wb"),
            pytest.raises(BlockingIOError, match="make it blocking"),
        ):
            sm3.file_digest(stream)

    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, kind: str) -> None:
        data = bytes(range(250))
        state = sm3.sm3(BYTES_LIKE[kind](data))
        state.update(BYTES_LIKE[kind](data))
        assert state.digest() == peer_digest(data + data)

    def test_mapped_memory(self) -> None:
        with mmap.mmap(-1, 100_000) as memory:
            assert sm3.sm3(memory).digest() == peer_digest(bytes(100_000))

    @given(DATA)
    @settings(max_examples=5)
    def test_native_openssl(self, run_openssl: RunOpenssl, data: bytes) -> None:
        assert run_openssl("dgst", "-sm3", "-binary", "{d}", d=data) == sm3.sm3(data).digest()


class TestHmac:
    @given(st.binary(max_size=200), DATA)
    def test_as_openssl_4_does(self, key: bytes, data: bytes) -> None:
        assert sm3.hmac(key, data).digest() == peer_code(key, data)

    @pytest.mark.parametrize("size", [0, 1, 32, 63, 64, 65, 1000])
    def test_key_sizes(self, size: int) -> None:
        key = bytes(range(1, 256)) * 4
        assert sm3.hmac(key[:size], b"data").digest() == peer_code(key[:size], b"data")

    @given(PIECES)
    def test_pieces_and_copies(self, pieces: list[bytes]) -> None:
        code, whole = sm3.hmac(b"key"), b""
        for piece in pieces:
            clone = code.copy()
            code.update(piece)
            assert clone.digest() == peer_code(b"key", whole)
            whole += piece
            assert code.digest() == code.digest() == peer_code(b"key", whole)

    def test_the_shape_of_the_hmac_module(self) -> None:
        ours, model = sm3.hmac(b"key"), hmac.new(b"key", digestmod="sha256")
        wanted = {name for name in dir(model) if not name.startswith("_")}
        assert wanted - {"blocksize", "digest_cons", "inner", "outer"} <= set(dir(ours))
        assert (ours.name, ours.digest_size, ours.block_size) == ("hmac-sm3", 32, 64)
        assert ours.hexdigest() == ours.digest().hex()

    def test_the_functions_of_the_hmac_module(self) -> None:
        assert {"new", "digest", "compare_digest"} <= set(dir(sm3.hmac))
        expected = peer_code(b"key", b"data")
        assert sm3.hmac.new(b"key", b"data").digest() == expected
        assert sm3.hmac.new(b"key", msg=b"data").digest() == expected
        assert sm3.hmac.digest(b"key", b"data") == expected
        assert sm3.hmac.new(b"key").digest() == sm3.hmac(b"key").digest()
        assert sm3.hmac.compare_digest(expected, expected)
        assert not sm3.hmac.compare_digest(expected, bytes(32))
        assert isinstance(sm3.hmac(b"key"), sm3.HMAC)

    def test_codes_from_outside(self) -> None:
        code, good = sm3.hmac(b"key", b"data"), peer_code(b"key", b"data")
        code.verify(good)
        code.verify(bytearray(good))
        for bad in (b"", good[:31], good + b"\0", bytes(32), good[::-1]):
            with pytest.raises(sm3.InvalidTag, match="not the hmac-sm3"):
                code.verify(bad)
        for value in (None, good.hex()):
            with pytest.raises(TypeError, match="code must be bytes-like"):
                code.verify(value)

    def test_the_key_is_let_go(self) -> None:
        # Once there is a context, which is cleansed, nothing else holds the key.
        key = bytes(bytearray(b"some key"))
        before = sys.getrefcount(key)
        code = sm3.hmac(key, b"data")
        code.update(b"more")
        clone = code.copy()
        assert sys.getrefcount(key) == before
        assert clone.digest() == peer_code(key, b"datamore")

    @pytest.mark.parametrize("size", [65_535, 65_536, 65_537])
    def test_data_that_may_wait_and_more(self, size: int) -> None:
        data = bytes(size)
        assert sm3.hmac(b"key", data).digest() == peer_code(b"key", data)
        assert sm3.sm3(data).digest() == peer_digest(data)

    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, kind: str) -> None:
        make = BYTES_LIKE[kind]
        code = sm3.hmac(make(b"key!"), make(b"data"))
        code.update(make(b"more"))
        assert code.digest() == peer_code(b"key!", b"datamore")

    def test_native_openssl(self, run_openssl: RunOpenssl) -> None:
        command = ("dgst", "-sm3", "-binary", "-mac", "HMAC", "-macopt", "key:some key", "{d}")
        assert run_openssl(*command, d=b"data") == sm3.hmac(b"some key", b"data").digest()


class TestArguments:
    @pytest.mark.parametrize("value", [None, 1, "text", 1.5, [1]])
    def test_wrong_types(self, value: Any) -> None:
        for call in (sm3.sm3, sm3.sm3().update, sm3.hmac(b"key").update):
            with pytest.raises(TypeError, match="data must be bytes-like"):
                call(value)
        with pytest.raises(TypeError, match="key must be bytes-like"):
            sm3.hmac(value)
        with pytest.raises(TypeError, match="data must be bytes-like"):
            sm3.hmac(b"key", value)

    def test_memory_with_holes(self) -> None:
        with pytest.raises(TypeError, match="contiguous"):
            sm3.sm3(memoryview(bytes(20))[::2])

    @pytest.mark.parametrize("make", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_no_pickle(self, make: Callable[..., Any]) -> None:
        for state in (sm3.sm3(b"data"), sm3.hmac(b"secret key")):
            with pytest.raises(TypeError, match="not pickled"):
                make(state)

    def test_no_key_in_the_repr(self) -> None:
        assert "secret" not in repr(sm3.hmac(b"secret key"))
