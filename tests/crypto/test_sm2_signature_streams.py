"""Signatures over data in pieces, in files and over digests; with Z and without."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import gmalg
import pytest
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import BYTES_LIKE, peer_sm2

from tongsuo_py import sm2, sm3
from tongsuo_py.sm2 import curve

RunOpenssl = Callable[..., bytes]

DATA = b"message digest"
IDS = pytest.mark.parametrize("user_id", [sm2.DEFAULT_ID, b"", b"somebody", None])
EACH = pytest.mark.parametrize("encoding", get_args(sm2.SignatureEncoding))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(DATA)
    return path


class TestPieces:
    @IDS
    @EACH
    def test_the_same_as_the_whole(
        self, key: sm2.PrivateKey, user_id: bytes | None, encoding: Any
    ) -> None:
        public, signer = key.public_key(), key.signer(user_id, encoding)
        for byte in DATA:
            signer.update(bytes((byte,)))
        signature = signer.finalize()
        public.verify(signature, DATA, user_id, encoding)
        verifier = public.verifier(signature, user_id, encoding)
        verifier.update(DATA[:5])
        verifier.update(DATA[5:])
        verifier.finalize()

    @given(pieces=st.lists(st.binary(max_size=500), max_size=20))
    def test_any_pieces(self, key: sm2.PrivateKey, pieces: list[bytes]) -> None:
        whole, signer = b"".join(pieces), key.signer()
        for piece in pieces:
            signer.update(piece)
        key.public_key().verify(signer.finalize(), whole)
        verifier = key.public_key().verifier(key.sign(whole))
        for piece in pieces:
            verifier.update(piece)
        verifier.finalize()

    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, key: sm2.PrivateKey, kind: str) -> None:
        signer = key.signer()
        signer.update(BYTES_LIKE[kind](DATA))
        verifier = key.public_key().verifier(BYTES_LIKE[kind](signer.finalize()))
        verifier.update(BYTES_LIKE[kind](DATA))
        verifier.finalize()

    def test_other_data(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        signature = key.sign(DATA)
        for verifier, data in (
            (key.public_key().verifier(signature), DATA + b"\0"),
            (key.public_key().verifier(signature), DATA[1:]),
            (key.public_key().verifier(signature, b"another"), DATA),
            (key.public_key().verifier(signature, None), DATA),
            (key.public_key().verifier(signature[:-1]), DATA),
            (key.public_key().verifier(b""), DATA),
            (other_key.public_key().verifier(signature), DATA),
        ):
            verifier.update(data)
            with pytest.raises(sm2.InvalidSignature):
                verifier.finalize()

    def test_a_signature_that_changes_meanwhile(self, key: sm2.PrivateKey) -> None:
        signature = bytearray(key.sign(b""))
        verifier = key.public_key().verifier(signature)
        signature[:] = bytes(len(signature))
        verifier.finalize()

    def test_the_end(self, key: sm2.PrivateKey) -> None:
        signer, verifier = key.signer(), key.public_key().verifier(key.sign(b""))
        for stream in (signer, verifier):
            stream.finalize()
            for call in (stream.finalize, lambda stream=stream: stream.update(b"more")):
                with pytest.raises(ValueError, match="finalized: begin another"):
                    call()

    def test_wrong_arguments(self, key: sm2.PrivateKey) -> None:
        wrong: Any = "hex"
        with pytest.raises(ValueError, match="encoding must be one of"):
            key.signer(encoding=wrong)
        with pytest.raises(ValueError, match="encoding must be one of"):
            key.public_key().verifier(b"", encoding=wrong)
        with pytest.raises(TypeError, match="signature must be bytes-like"):
            key.public_key().verifier("30")
        with pytest.raises(ValueError, match="at most 8191 bytes, not 8192"):
            key.signer(bytes(8192))
        with pytest.raises(TypeError, match="user_id must be bytes-like"):
            key.public_key().verifier(b"", "me")
        with pytest.raises(TypeError, match="data must be bytes-like, not str"):
            key.signer().update("text")


class TestFiles:
    @IDS
    @EACH
    def test_by_path(
        self, key: sm2.PrivateKey, file: Path, user_id: bytes | None, encoding: Any
    ) -> None:
        for path in (file, str(file)):
            signature = key.sign_file(path, user_id, encoding)
            key.public_key().verify(signature, DATA, user_id, encoding)
            key.public_key().verify_file(signature, path, user_id, encoding)

    def test_file_objects(self, key: sm2.PrivateKey, file: Path) -> None:
        with file.open("rb") as stream:
            signature = key.sign_file(stream)
            assert not stream.closed
        key.public_key().verify(signature, DATA)
        key.public_key().verify_file(signature, io.BytesIO(DATA))

    @pytest.mark.parametrize("start", [0, 3, len(DATA)])
    def test_from_where_it_stands(self, key: sm2.PrivateKey, file: Path, start: int) -> None:
        with file.open("rb") as stream, io.BytesIO(DATA) as memory:
            for one in (stream, memory):
                one.seek(start)
                key.public_key().verify(key.sign_file(one), DATA[start:])

    def test_a_pipe(self, key: sm2.PrivateKey) -> None:
        reading, writing = os.pipe()
        os.write(writing, DATA)
        os.close(writing)
        with open(reading, "rb", buffering=0) as stream:
            key.public_key().verify(key.sign_file(stream), DATA)

    def test_a_pipe_that_does_not_wait(self, key: sm2.PrivateKey) -> None:
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        with open(reading, "rb", buffering=0) as stream, pytest.raises(BlockingIOError):
            key.sign_file(stream)
        os.close(writing)

    def test_one_that_is_larger_than_a_piece(self, key: sm2.PrivateKey, tmp_path: Path) -> None:
        data = os.urandom(2**18) * 3 + b"end"
        path = tmp_path / "large"
        path.write_bytes(data)
        signature = key.sign_file(path)
        key.public_key().verify(signature, data)
        path.write_bytes(data[:-1])
        with pytest.raises(sm2.InvalidSignature):
            key.public_key().verify_file(signature, path)

    def test_with_other_data(self, key: sm2.PrivateKey, file: Path) -> None:
        verifier = key.public_key().verifier(key.sign(b"head" + DATA + b"tail"))
        verifier.update(b"head")
        verifier.update_file(file)
        verifier.update(b"tail")
        verifier.finalize()

    def test_what_cannot_be_read(self, key: sm2.PrivateKey, tmp_path: Path, file: Path) -> None:
        with pytest.raises(FileNotFoundError):
            key.sign_file(tmp_path / "missing")
        with pytest.raises(IsADirectoryError):
            key.public_key().verify_file(b"", tmp_path)
        wrong: Any
        with file.open() as wrong, pytest.raises(TypeError, match="binary mode"):
            key.sign_file(wrong)
        for wrong in (None, 3, b"file"):
            with pytest.raises(TypeError, match="file must be a path or a binary file object"):
                key.sign_file(wrong)


class TestDigests:
    def test_the_standards(self, key: sm2.PrivateKey, vectors: Callable[[str], Any]) -> None:
        """The example in GB/T 32918.5-2017, whose Z and e are printed."""
        example = {name: bytes.fromhex(text) for name, text in vectors("sm2")["signature"].items()}
        public = key.public_key()
        assert public.z(example["user_id"]) == public.z() == example["z"]
        assert sm3.sm3(example["z"] + example["data"]).digest() == example["e"]
        public.verify_digest(example["r"] + example["s"], example["e"], encoding="raw")

    @EACH
    def test_the_same_as_over_the_data(self, key: sm2.PrivateKey, encoding: Any) -> None:
        public = key.public_key()
        digest = sm3.sm3(public.z(b"somebody") + DATA).digest()
        public.verify(key.sign_digest(digest, encoding=encoding), DATA, b"somebody", encoding)
        signature = key.sign(DATA, b"somebody", encoding)
        public.verify_digest(signature, digest, encoding=encoding)
        with pytest.raises(sm2.InvalidSignature):
            public.verify_digest(signature, bytes(32), encoding=encoding)

    @EACH
    def test_without_z(self, key: sm2.PrivateKey, encoding: Any) -> None:
        public, digest = key.public_key(), sm3.sm3(DATA).digest()
        signature = key.sign(DATA, None, encoding)
        public.verify_digest(signature, digest, encoding=encoding)
        public.verify(signature, DATA, None, encoding)
        for user_id in (sm2.DEFAULT_ID, b""):
            with pytest.raises(sm2.InvalidSignature):
                public.verify(signature, DATA, user_id, encoding)

    @given(digest=st.binary(min_size=32, max_size=32))
    def test_any_digest(self, key: sm2.PrivateKey, digest: bytes) -> None:
        # Those above n too, which are taken modulo n.
        key.public_key().verify_digest(key.sign_digest(digest), digest)

    @pytest.mark.parametrize("digest", [bytes(32), b"\xff" * 32, curve.N], ids=["0", "most", "n"])
    def test_other_programs(
        self, key: sm2.PrivateKey, run_openssl: RunOpenssl, digest: bytes
    ) -> None:
        public = key.public_key()
        raw = key.sign_digest(digest, encoding="raw")
        assert peer_sm2(public).verify(raw.hex(), digest)
        theirs = peer_sm2(public, key).sign(digest, f"{2**200:064x}")
        assert isinstance(theirs, str)
        public.verify_digest(theirs, digest, encoding="raw-hex")
        check = ("pkeyutl", "-verify", "-pubin", "-inkey", "{k}", "-in", "{d}", "-sigfile", "{s}")
        run_openssl(*check, k=public.to_pem(), d=digest, s=key.sign_digest(digest))
        signature = run_openssl(
            "pkeyutl", "-sign", "-inkey", "{k}", "-in", "{d}", k=key.to_pem(), d=digest
        )
        public.verify_digest(signature, digest)

    @pytest.mark.parametrize("length", [0, 20, 31, 33, 64])
    def test_other_lengths(self, key: sm2.PrivateKey, length: int) -> None:
        with pytest.raises(ValueError, match=f"a digest of SM3 has 32 bytes, not {length}"):
            key.sign_digest(bytes(length))
        with pytest.raises(ValueError, match=f"a digest of SM3 has 32 bytes, not {length}"):
            key.public_key().verify_digest(b"", bytes(length))

    def test_wrong_types(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(TypeError, match="digest must be bytes-like, not str"):
            key.sign_digest("0" * 32)
        with pytest.raises(TypeError, match="user_id must be bytes-like, not NoneType"):
            key.public_key().z(None)


class TestZ:
    @given(user_id=st.binary(max_size=100))
    def test_the_formula(self, key: sm2.PrivateKey, user_id: bytes) -> None:
        """Of GB/T 32918.2, 5.5, with the SM3 of OpenSSL."""
        state = hashes.Hash(hashes.SM3())
        for part in (
            (8 * len(user_id)).to_bytes(2, "big"),
            user_id,
            *(curve.A, curve.B, curve.G),
            key.public_key().to_bytes()[1:],
        ):
            state.update(part)
        assert key.public_key().z(user_id) == state.finalize()

    @given(data=st.binary(max_size=100), user_id=st.binary(min_size=1, max_size=50))
    @settings(max_examples=8)
    def test_gmalg_verifies_with_it(self, key: sm2.PrivateKey, data: bytes, user_id: bytes) -> None:
        digest = sm3.sm3(key.public_key().z(user_id) + data).digest()
        raw = key.sign_digest(digest, encoding="raw")
        peer = gmalg.SM2(pk=key.public_key().to_bytes(), uid=user_id)
        assert peer.verify(data, raw[:32], raw[32:])
