"""Encrypted files: the format as OpenSSL 4 has it, every alteration, what is left on the disk."""

from __future__ import annotations

import io
import os
import stat
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import written_out
from cryptography.exceptions import InvalidTag as PeerInvalidTag
from damage import EVERY_BIT, flipped, flips
from fresh import UNMEASURED, run_python
from hypothesis import given, settings
from hypothesis import strategies as st

from tongsuo_py import sm4
from tongsuo_py.exceptions import FormatError

KEY = bytes(range(16))
PASSWORD, ITERATIONS = "a password, и ещё 口令", 1000
HEADER, CHUNK, TAG = 77, 65_536, 16
SIZES = [0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]


def encrypted(data: bytes, **options: Any) -> bytes:
    target = io.BytesIO()
    sm4.encrypt_file(io.BytesIO(data), target, **(options or {"key": KEY}))
    return target.getvalue()


def decrypted(sealed: bytes, **options: Any) -> bytes:
    target = io.BytesIO()
    sm4.decrypt_file(io.BytesIO(sealed), target, **(options or {"key": KEY}))
    return target.getvalue()


class TestFormat:
    @pytest.mark.parametrize("size", SIZES)
    def test_the_documented_one_under_a_key(self, size: int) -> None:
        data = os.urandom(size)
        sealed = encrypted(data)
        assert len(sealed) == HEADER + size + TAG * max(1, -(-size // CHUNK))
        assert written_out.decrypt_file(sealed, KEY) == data
        assert decrypted(sealed) == data
        assert decrypted(written_out.encrypt_file(data, KEY, 0)) == data

    @pytest.mark.parametrize("size", [0, 100, CHUNK + 1])
    def test_the_documented_one_under_a_password(self, size: int) -> None:
        data, secret = os.urandom(size), PASSWORD.encode()
        sealed = encrypted(data, password=PASSWORD, iterations=ITERATIONS)
        assert int.from_bytes(sealed[9:13], "big") == ITERATIONS
        assert written_out.decrypt_file(sealed, secret) == data
        for word in (PASSWORD, secret, bytearray(secret)):
            assert decrypted(sealed, password=word) == data
        assert decrypted(written_out.encrypt_file(data, secret, 77), password=PASSWORD) == data

    def test_the_peer_notices_too(self) -> None:
        # What it is compared with is no echo of the file.
        with pytest.raises(PeerInvalidTag):
            written_out.decrypt_file(flipped(encrypted(b"data"), -1), KEY)

    def test_the_default_iterations(self) -> None:
        sealed = encrypted(b"data", password=PASSWORD)
        assert int.from_bytes(sealed[9:13], "big") == 600_000

    def test_a_key_for_each_file(self) -> None:
        files = [encrypted(b"the same") for _ in range(50)]
        assert len({file[13:45] for file in files}) == 50
        assert len({file[HEADER : HEADER + 8] for file in files}) == 50

    @given(st.binary(max_size=300))
    @settings(max_examples=30)
    def test_whatever_is_in_it(self, data: bytes) -> None:
        assert decrypted(encrypted(data)) == data


class Dribble(io.RawIOBase):
    """A raw file that gives and takes a few bytes at a time."""

    def __init__(self, data: bytes = b"") -> None:
        self._source, self.taken = io.BytesIO(data), bytearray()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.readinto(memoryview(buffer)[:1000])

    def write(self, data: Any) -> int:
        piece = bytes(data[:700])
        self.taken += piece
        return len(piece)


class TestFileObjects:
    def test_raw_ones(self) -> None:
        data = os.urandom(CHUNK + 5)
        sealed, plain = Dribble(), Dribble()
        sm4.encrypt_file(Dribble(data), sealed, key=KEY)  # type: ignore[arg-type]
        assert decrypted(bytes(sealed.taken)) == data
        sm4.decrypt_file(Dribble(bytes(sealed.taken)), plain, key=KEY)  # type: ignore[arg-type]
        assert plain.taken == data
        assert not sealed.closed

    def test_one_that_takes_nothing(self) -> None:
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        with (
            open(reader, "rb"),
            open(writer, "wb", buffering=0) as sink,
            pytest.raises(BlockingIOError, match="make it blocking"),
        ):
            sm4.encrypt_file(io.BytesIO(bytes(10 * CHUNK)), sink, key=KEY)

    def test_from_where_it_stands(self) -> None:
        source = io.BytesIO(b"skip" + encrypted(b"data"))
        source.seek(4)
        target = io.BytesIO(b"kept")
        target.seek(4)
        sm4.decrypt_file(source, target, key=KEY)
        assert target.getvalue() == b"keptdata"

    def test_nothing_comes_before_its_tag_is_checked(self) -> None:
        in_the_second = HEADER + CHUNK + TAG + 100
        altered = flipped(encrypted(bytes(3 * CHUNK)), in_the_second)
        target = io.BytesIO()
        with pytest.raises(sm4.InvalidTag):
            sm4.decrypt_file(io.BytesIO(altered), target, key=KEY)
        assert target.getvalue() == bytes(CHUNK)

    def test_text(self) -> None:
        text: Any = io.StringIO("text")
        for function in (sm4.encrypt_file, sm4.decrypt_file):
            with pytest.raises(TypeError, match="text mode"):
                function(text, io.BytesIO(), key=KEY)
        for target in (text, None, 1, b"bytes"):
            with pytest.raises(TypeError, match="path or a binary file object"):
                sm4.encrypt_file(io.BytesIO(b"data"), target, key=KEY)
        with pytest.raises(TypeError, match="path or a binary file object"):
            sm4.encrypt_file(None, io.BytesIO(), key=KEY)  # type: ignore[arg-type]


def refused(sealed: bytes, **options: Any) -> None:
    """It does not open, gives out nothing, and says no more than that."""
    target = io.BytesIO()
    with pytest.raises(sm4.InvalidTag) as caught:
        sm4.decrypt_file(io.BytesIO(sealed), target, **(options or {"key": KEY}))
    assert str(caught.value) == MESSAGE
    assert caught.value.errors == ()
    assert caught.value.__cause__ is None


MESSAGE = "the key or the password is not the right one, or the file was altered or cut off"


class TestAltered:
    def test_every_bit(self) -> None:
        sealed = encrypted(b"plaintext")
        for bad in flips(sealed, EVERY_BIT):
            if bad[:13] != sealed[:13]:  # up to the iterations
                with pytest.raises(ValueError, match=r"SM4 file|encrypted with a password: give"):
                    decrypted(bad)
            else:
                refused(bad)

    def test_every_bit_of_one_with_a_password(self) -> None:
        sealed = encrypted(b"plaintext", password=PASSWORD, iterations=50)
        for bad in flips(sealed, EVERY_BIT):
            # More iterations than these would only take longer.
            if bad[:11] == sealed[:11] and int.from_bytes(bad[9:13], "big"):
                refused(bad, password=PASSWORD)

    def test_every_length(self) -> None:
        sealed = encrypted(b"plaintext")
        for length in range(HEADER):
            with pytest.raises(FormatError, match=f"at byte {length}, found the end"):
                decrypted(sealed[:length])
        for length in range(HEADER, len(sealed)):
            refused(sealed[:length])
        for more in (b"\0", bytes(16), sealed, sealed[HEADER:]):
            refused(sealed + more)

    @pytest.mark.parametrize("size", [2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK])
    def test_cut_between_chunks(self, size: int) -> None:
        sealed = encrypted(os.urandom(size))
        for chunks in range(-(-size // CHUNK)):
            end = HEADER + chunks * (CHUNK + TAG)
            for length in (end, end + 1, end + TAG):
                with pytest.raises(sm4.InvalidTag):
                    decrypted(sealed[:length])

    def test_chunks_in_any_other_order(self) -> None:
        sealed = encrypted(os.urandom(4 * CHUNK - 100))
        other = encrypted(os.urandom(4 * CHUNK - 100))
        head, chunks = parts(sealed)
        other_head, others = parts(other)
        first, second, third, last = range(4)
        for order in (
            (second, first, third, last),
            (first, third, second, last),
            (first, second, last, third),
            (last, first, second, third),
            (first, first, second, third, last),
            (first, second, second, third, last),
            (first, second, third, last, last),
            (first, third, last),
            (second, third, last),
            (first, second, third),
            (first, second, last),
            (last,),
        ):
            with pytest.raises(sm4.InvalidTag):
                decrypted(head + b"".join(chunks[index] for index in order))
        # Two files, under the same key, spliced.
        for index in range(4):
            mixed = [*chunks[:index], others[index], *chunks[index + 1 :]]
            with pytest.raises(sm4.InvalidTag):
                decrypted(head + b"".join(mixed))
        with pytest.raises(sm4.InvalidTag):
            decrypted(other_head + b"".join(chunks))
        assert decrypted(head + b"".join(chunks)) == decrypted(sealed)

    def test_wrong_secrets(self) -> None:
        refused(encrypted(b"data"), key=KEY[::-1])
        sealed = encrypted(b"data", password=PASSWORD, iterations=ITERATIONS)
        for word in (PASSWORD + " ", PASSWORD[:-1], PASSWORD.upper()):
            refused(sealed, password=word)

    def test_the_other_kind_of_secret(self) -> None:
        with pytest.raises(ValueError, match="encrypted with a key: give that"):
            decrypted(encrypted(b"data"), password=PASSWORD)
        with pytest.raises(ValueError, match="encrypted with a password: give that"):
            decrypted(encrypted(b"data", password=PASSWORD, iterations=1), key=KEY)

    @pytest.mark.parametrize(
        ("at", "new", "message"),
        [
            (0, b"s", "expected 53 .* at byte 0, found 73"),
            (6, b"\0", "expected 45 .* at byte 6, found 00"),
            (7, b"\2", "expected 01 .* at byte 7, found 02"),
            (8, b"\2", "expected 00 for a key or 01 for a password at byte 8, found 02"),
            (9, b"\0\0\0\1", "expected 0 to 0 iterations at byte 9, found 1"),
            (8, b"\1\0\0\0\0", "expected 1 to 10000000 iterations at byte 9, found 0"),
            (8, b"\1\0\x98\x96\x81", "1 to 10000000 iterations at byte 9, found 10000001"),
        ],
    )
    def test_headers(self, at: int, new: bytes, message: str) -> None:
        sealed = encrypted(b"data")
        with pytest.raises(FormatError, match=f"SM4 file: .*{message}"):
            decrypted(sealed[:at] + new + sealed[at + len(new) :])


def parts(sealed: bytes) -> tuple[bytes, list[bytes]]:
    body = sealed[HEADER:]
    chunks = [body[i : i + CHUNK + TAG] for i in range(0, len(body), CHUNK + TAG)]
    return sealed[:HEADER], chunks


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A directory with a file ``plain`` and it encrypted, ``sealed``; both stay as they are."""
    (tmp_path / "plain").write_bytes(b"plaintext" * 20_000)
    sm4.encrypt_file(tmp_path / "plain", tmp_path / "sealed", key=KEY)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    yield tmp_path
    for name, content in before.items():
        assert (tmp_path / name).read_bytes() == content


# A limit to the size of files is as good as a full disk, and needs none.
FULL_DISK = """
import os, resource, sys
from tongsuo_py import sm4
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    sm4.decrypt_file(sys.argv[1], sys.argv[2], key=bytes.fromhex(sys.argv[3]))
except OSError as error:
    print(os.strerror(error.errno), end="")
"""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


class TestPaths:
    def test_there_and_back(self, place: Path) -> None:
        sm4.decrypt_file(str(place / "sealed"), place / "again", key=KEY)
        assert (place / "again").read_bytes() == (place / "plain").read_bytes()
        assert mode(place / "again") == 0o600
        assert mode(place / "sealed") & 0o400

    def test_a_file_that_is_there_stays(self, place: Path) -> None:
        (place / "there").write_bytes(b"before")
        for function, source in ((sm4.encrypt_file, "plain"), (sm4.decrypt_file, "sealed")):
            with pytest.raises(FileExistsError):
                function(place / source, place / "there", key=KEY)
            assert (place / "there").read_bytes() == b"before"
        sm4.decrypt_file(place / "sealed", place / "there", key=KEY, overwrite=True)
        assert (place / "there").read_bytes() == (place / "plain").read_bytes()

    def test_onto_itself(self, place: Path) -> None:
        file = place / "file"
        file.write_bytes(b"data")
        sm4.encrypt_file(file, file, key=KEY, overwrite=True)
        sm4.decrypt_file(file, file, key=KEY, overwrite=True)
        assert file.read_bytes() == b"data"

    @pytest.mark.parametrize("length", [HEADER, HEADER + CHUNK + TAG, -1])
    @pytest.mark.parametrize("overwrite", [False, True])
    def test_nothing_is_left_of_what_does_not_open(
        self, place: Path, length: int, overwrite: bool
    ) -> None:
        (place / "cut").write_bytes((place / "sealed").read_bytes()[:length])
        (place / "there").write_bytes(b"before")
        names = set(os.listdir(place))
        target = place / ("there" if overwrite else "new")
        with pytest.raises(sm4.InvalidTag):
            sm4.decrypt_file(place / "cut", target, key=KEY, overwrite=overwrite)
        assert set(os.listdir(place)) == names
        assert (place / "there").read_bytes() == b"before"

    @pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
    @pytest.mark.parametrize("function", [sm4.encrypt_file, sm4.decrypt_file])
    def test_nothing_is_left_of_what_is_interrupted(
        self, place: Path, function: Callable[..., None], error: type[BaseException]
    ) -> None:
        names = set(os.listdir(place))

        def interrupt(done: int, total: int | None) -> None:
            assert len(os.listdir(place)) == len(names) + 1  # what is written aside
            raise error

        source = place / ("plain" if function is sm4.encrypt_file else "sealed")
        with pytest.raises(error):
            function(source, place / "new", key=KEY, progress=interrupt)
        assert set(os.listdir(place)) == names

    def test_nothing_is_left_on_a_full_disk(self, place: Path) -> None:
        names = set(os.listdir(place))
        arguments = (place / "sealed", place / "new", KEY.hex())
        assert run_python(FULL_DISK, *arguments, **UNMEASURED) == "File too large"
        assert set(os.listdir(place)) == names

    def test_sources_that_are_none(self, place: Path) -> None:
        for function in (sm4.encrypt_file, sm4.decrypt_file):
            with pytest.raises(FileNotFoundError):
                function(place / "missing", place / "new", key=KEY)
            with pytest.raises(IsADirectoryError):
                function(place, place / "new", key=KEY)
        assert not (place / "new").exists()

    def test_targets_that_are_no_files(self, place: Path) -> None:
        os.mkfifo(place / "fifo")
        for name in ("fifo", "."):
            with pytest.raises(ValueError, match="not a regular file"):
                sm4.decrypt_file(place / "sealed", place / name, key=KEY, overwrite=True)
        with pytest.raises(FileNotFoundError):
            sm4.decrypt_file(place / "sealed", place / "no" / "new", key=KEY)


class TestProgress:
    @pytest.mark.parametrize("size", SIZES)
    def test_files(self, size: int, tmp_path: Path) -> None:
        plain, sealed = tmp_path / "plain", tmp_path / "sealed"
        plain.write_bytes(bytes(size))
        for function, source, target in (
            (sm4.encrypt_file, plain, sealed),
            (sm4.decrypt_file, sealed, tmp_path / "again"),
        ):
            seen: list[tuple[int, int | None]] = []
            function(source, target, key=KEY, progress=lambda *now: seen.append(now))  # noqa: B023
            assert {total for _, total in seen} == {source.stat().st_size}
            assert [done for done, _ in seen] == sorted({done for done, _ in seen})
            assert seen[-1][0] == source.stat().st_size
            assert len(seen) == max(1, -(-size // CHUNK))

    def test_what_has_no_known_size(self) -> None:
        seen: list[tuple[int, int | None]] = []
        sm4.encrypt_file(
            io.BytesIO(bytes(100)), io.BytesIO(), key=KEY, progress=lambda *now: seen.append(now)
        )
        assert seen == [(100, None)]

    @pytest.mark.parametrize("function", [sm4.encrypt_file, sm4.decrypt_file])
    def test_constant_memory(self, function: Callable[..., None], tmp_path: Path) -> None:
        plain, sealed = tmp_path / "plain", tmp_path / "sealed"
        plain.write_bytes(bytes(5 * 2**20))
        sm4.encrypt_file(plain, sealed, key=KEY)
        source = plain if function is sm4.encrypt_file else sealed
        tracemalloc.start()
        try:
            function(source, tmp_path / "new", key=KEY)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 10 * CHUNK


@pytest.mark.parametrize("function", [sm4.encrypt_file, sm4.decrypt_file])
class TestArguments:
    def make(self) -> tuple[BinaryIO, BinaryIO]:
        return io.BytesIO(encrypted(b"data")), io.BytesIO()

    def test_one_secret(self, function: Callable[..., None]) -> None:
        for secrets in ({}, {"key": KEY, "password": PASSWORD}):
            with pytest.raises(TypeError, match="either a key or a password"):
                function(*self.make(), **secrets)

    @pytest.mark.parametrize("size", [0, 15, 17, 32])
    def test_keys_of_a_wrong_size(self, function: Callable[..., None], size: int) -> None:
        with pytest.raises(ValueError, match=f"16 bytes, not {size}"):
            function(*self.make(), key=bytes(size))

    @pytest.mark.parametrize("value", [1, "a text of 16 by.", 1.5])
    def test_wrong_types_of_keys(self, function: Callable[..., None], value: Any) -> None:
        with pytest.raises(TypeError, match="key must be bytes-like"):
            function(*self.make(), key=value)

    def test_passwords(self, function: Callable[..., None]) -> None:
        for word in ("", b""):
            with pytest.raises(ValueError, match="the password is empty"):
                function(*self.make(), password=word)
        with pytest.raises(TypeError, match="password must be bytes-like"):
            function(*self.make(), password=1)


@pytest.mark.parametrize("number", [0, -1, 10_000_001, "1", 1.0])
def test_iterations(number: Any) -> None:
    with pytest.raises(ValueError, match="iterations is an int from 1 to 10000000"):
        encrypted(b"data", password=PASSWORD, iterations=number)
