"""Files encrypted and authenticated with SM4-GCM, chunk by chunk; docs/sm4-file.md has the format.

It is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015): each chunk's nonce
has its number and whether it is the last, so that chunks which are missing, doubled, moved, cut
off, appended or of another file do not authenticate.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from hmac import compare_digest
from stat import S_ISREG
from typing import BinaryIO, NamedTuple, NoReturn

from tongsuo_py._binding import lib
from tongsuo_py._binding.buffers import borrow, secret, take
from tongsuo_py._binding.errors import check
from tongsuo_py._files import StrPath, opened, read, written_aside
from tongsuo_py.exceptions import FormatError, InvalidTag
from tongsuo_py.sm3 import hkdf, pbkdf2_hmac
from tongsuo_py.sm4.aead import GCM
from tongsuo_py.sm4.key import KEY_SIZE, key_view

Progress = Callable[[int, int | None], object]

#: What one guess of a password costs if nothing else is said, and what a file may cost at most.
ITERATIONS, MOST_ITERATIONS = 600_000, 10_000_000

#: How every container begins: its name, and the version of the format.
MAGIC = b"SM4FILE\x01"
_SALT, _CHECK, _TAG = 32, 32, 16
_FIELDS = 1 + 4 + _SALT + _CHECK
_CHUNK = 65_536
_WRONG = "the key or the password is not the right one, or the file was altered or cut off"


class _Header(NamedTuple):
    """What stands before the chunks, but for the check value that ends it."""

    by_password: bool
    iterations: int
    salt: bytes

    def encoded(self) -> bytes:
        return MAGIC + bytes((self.by_password,)) + self.iterations.to_bytes(4, "big") + self.salt

    def derive(self, key: object, password: str | bytes | bytearray | None) -> tuple[GCM, bytes]:
        """The cipher of this file, and the value that shows the right key."""
        if password is not None:
            word = password.encode("utf-8") if isinstance(password, str) else password
            key = pbkdf2_hmac(word, self.salt, self.iterations)
        material = hkdf(key, KEY_SIZE + _CHECK, salt=self.salt, info=self.encoded())
        return GCM(material[:KEY_SIZE]), material[KEY_SIZE:]


def encrypt_file(
    source: StrPath | BinaryIO,
    target: StrPath | BinaryIO,
    *,
    key: object = None,
    password: str | bytes | bytearray | None = None,
    iterations: int = ITERATIONS,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> None:
    """Encrypt a file of any size, in constant memory.

    ``source`` and ``target`` are paths or binary file objects, which stay open. Give either
    ``key``, 16 bytes, or ``password``, one guess of which costs ``iterations`` (at most
    10,000,000) of PBKDF2 with HMAC-SM3. ``progress`` is called with the bytes read so far, and all
    there are to read (None where that is not known).

    A path gets its file when all is written; if anything fails nothing is left. FileExistsError
    if it is there already, unless ``overwrite``.
    """
    _one_of(key, password)
    if not isinstance(iterations, int) or not 1 <= iterations <= MOST_ITERATIONS:
        raise ValueError(f"iterations is an int from 1 to {MOST_ITERATIONS}, not {iterations!r}")
    by_password = password is not None
    with secret(_SALT) as salt:
        check(lib.RAND_bytes(salt, _SALT), "Tongsuo's random generator failed")
        header = _Header(by_password, iterations if by_password else 0, take(salt))
    cipher, check_value = header.derive(key, password)
    with opened(source) as plain, _output(target, private=False, overwrite=overwrite) as sealed:
        _write(sealed, header.encoded() + check_value)
        for nonce, chunk in _chunks(plain, _CHUNK, 0, progress):
            _write(sealed, cipher.encrypt(nonce, chunk))


def decrypt_file(
    source: StrPath | BinaryIO,
    target: StrPath | BinaryIO,
    *,
    key: object = None,
    password: str | bytes | bytearray | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> None:
    """Decrypt what ``encrypt_file`` wrote; arguments as for that.

    A path gets its file, with mode 0600, when all is authenticated; if anything fails nothing is
    left. A file object as ``target`` is given each chunk as soon as that is authenticated: do not
    act on what came through a pipe before this function has returned, for only then is it known
    that nothing was cut off.

    Raises InvalidTag for the wrong key or password, and for a file that is altered, incomplete,
    or followed by anything; FormatError where it is not such a file at all, and ValueError where
    it needs a password and a key is given, or the other way round.
    """
    _one_of(key, password)
    with opened(source) as sealed:
        header, check_value = _read_header(sealed)
        if (password is not None) != header.by_password:
            wanted = "a password" if header.by_password else "a key"
            raise ValueError(f"this file was encrypted with {wanted}: give that")
        cipher, expected = header.derive(key, password)
        if not compare_digest(check_value, expected):
            raise InvalidTag(_WRONG)
        with _output(target, private=True, overwrite=overwrite) as plain:
            start = len(MAGIC) + _FIELDS
            for nonce, chunk in _chunks(sealed, _CHUNK + _TAG, start, progress):
                try:
                    _write(plain, cipher.decrypt(nonce, chunk))
                except InvalidTag:
                    raise InvalidTag(_WRONG) from None


def _one_of(key: object, password: str | bytes | bytearray | None) -> None:
    if (key is None) == (password is None):
        raise TypeError("give either a key or a password")
    if password is None:
        key_view(key)
    elif not len(password if isinstance(password, str) else borrow(password, "password")):
        raise ValueError("the password is empty")


def _read_header(stream: BinaryIO) -> tuple[_Header, bytes]:
    """The header and the check value of a file; FormatError where it is not what it should be."""
    data = read(stream, len(MAGIC) + _FIELDS)
    for at, byte in enumerate(MAGIC):
        if data[at : at + 1] != bytes((byte,)):
            _fail(f"{byte:02X} (of the mark {MAGIC!r})", data, at)
    at = len(MAGIC)
    by_password, iterations = data[at : at + 1], int.from_bytes(data[at + 1 : at + 5], "big")
    if by_password not in (b"\0", b"\1"):
        _fail("00 for a key or 01 for a password", data, at)
    if len(data) < at + _FIELDS:
        _fail(f"a header of {at + _FIELDS} bytes", data, len(data))
    least, most = (1, MOST_ITERATIONS) if by_password == b"\1" else (0, 0)
    if not least <= iterations <= most:
        _fail(f"{least} to {most} iterations", data, at + 1, f"{iterations}")
    salt, check_value = data[at + 5 : -_CHECK], data[-_CHECK:]
    return _Header(by_password == b"\1", iterations, salt), check_value


def _fail(expected: str, data: bytes, at: int, found: str | None = None) -> NoReturn:
    found = found or data[at : at + 1].hex().upper() or "the end"
    raise FormatError(f"an SM4 file: expected {expected} at byte {at}, found {found}")


def _chunks(
    stream: BinaryIO, size: int, done: int, progress: Progress | None
) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a stream with their nonces; one that is empty if there is nothing."""
    total = _size(stream, done)
    number, chunk, last = 0, read(stream, size), False
    while not last:
        following = read(stream, size)
        last = not following
        done += len(chunk)
        yield number.to_bytes(11, "big") + bytes((last,)), chunk
        if progress is not None:
            progress(done, total)
        number, chunk = number + 1, following


def _size(stream: BinaryIO, done: int) -> int | None:
    """The bytes that a stream will have given when it ends, if that can be known."""
    try:
        state = os.fstat(stream.fileno())
        return done + state.st_size - stream.tell() if S_ISREG(state.st_mode) else None
    except (AttributeError, OSError, ValueError):
        return None


def _output(
    target: StrPath | BinaryIO, *, private: bool, overwrite: bool
) -> AbstractContextManager[BinaryIO]:
    if isinstance(target, str | os.PathLike):
        return written_aside(target, private=private, overwrite=overwrite)
    if not hasattr(target, "write") or isinstance(target, io.TextIOBase):
        raise TypeError(
            f"target must be a path or a binary file object, not {type(target).__name__}"
        )
    return nullcontext(target)


def _write(stream: BinaryIO, data: bytes) -> None:
    """All of it: a raw file may take less at once."""
    if not isinstance(stream, io.RawIOBase):
        stream.write(data)
        return
    rest = memoryview(data)
    while rest:
        count = stream.write(rest)
        if count is None:
            raise BlockingIOError("the target takes no data now: make it blocking")
        rest = rest[count:]
