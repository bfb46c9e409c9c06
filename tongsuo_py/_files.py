"""Files read in pieces, and written whole or not at all; private ones for their owner only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

StrPath = str | os.PathLike[str]

_PUBLIC_MODE, _PRIVATE_MODE = 0o644, 0o600  # the umask may take more away


@contextmanager
def opened(file: StrPath | BinaryIO) -> Iterator[BinaryIO]:
    """The file to read: one to be closed again if it is a path, or the object as it is."""
    if isinstance(file, str | os.PathLike):
        with open(file, "rb") as stream:
            yield stream
    elif hasattr(file, "read"):
        yield file
    else:
        raise TypeError(f"file must be a path or a binary file object, not {type(file).__name__}")


def read(stream: BinaryIO, size: int) -> bytes:
    """So many bytes of a stream, or what there is until its end."""
    pieces, missing = [], size
    while missing:
        piece = stream.read(missing)
        if piece is None:
            raise BlockingIOError("the file has no data yet: make it blocking")
        if isinstance(piece, str):
            raise TypeError("the file is open in text mode: open it in binary mode")
        if not piece:
            break
        pieces.append(piece)
        missing -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def create(path: StrPath, *, private: bool) -> int:
    """A descriptor to write a file that was not there before: FileExistsError if it was."""
    mode = _PRIVATE_MODE if private else _PUBLIC_MODE
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


def aside(path: Path) -> Path:
    """A name beside this one that nobody else has."""
    return path.with_name(f".{path.name}.{os.urandom(6).hex()}")


@contextmanager
def written_aside(path: StrPath, *, private: bool, overwrite: bool) -> Iterator[BinaryIO]:
    """A file to write, which gets its name when the block ends and not before.

    When the block raises, nothing is left of it, and what had the name still has it. Without
    ``overwrite`` that is FileExistsError (before anything is written), with it only a regular
    file is replaced: ValueError for anything else.
    """
    target = Path(os.path.realpath(path))
    if overwrite and target.exists() and not target.is_file():
        raise ValueError(f"{target} is not a regular file: open it, and pass the file object")
    reserved = None
    temporary = aside(target)
    try:
        if not overwrite:
            # An empty file under the name itself: of two writers only one can make it.
            os.close(create(target, private=private))
            reserved = target
        with open(create(temporary, private=private), "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:
        for leftover in (temporary, reserved):
            if leftover is not None:
                with suppress(FileNotFoundError):
                    leftover.unlink()
        raise
