"""Files read in pieces, and written aside and renamed: who reads one sees all of it or nothing.

Nothing here knows of keys or certificates, so that every floor of the package may use it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

StrPath = str | os.PathLike[str]

_PIECE = 2**18  # bytes
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


def pieces(file: StrPath | BinaryIO) -> Iterator[bytes]:
    """A file from where it stands to its end, piece by piece."""
    with opened(file) as stream:
        while piece := read(stream, _PIECE):
            yield piece


def create(path: StrPath, *, private: bool) -> int:
    """The descriptor of a new, empty file; FileExistsError where there is one of this name.

    A ``private`` file is made with mode 0600.
    """
    mode = _PRIVATE_MODE if private else _PUBLIC_MODE
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


@contextmanager
def written_aside(path: StrPath, *, private: bool, overwrite: bool) -> Iterator[BinaryIO]:
    """What is written to the stream becomes the file ``path`` at the end of the ``with`` block.

    After an exception there is no new file, and what was there before is untouched. Without
    ``overwrite`` an existing file is FileExistsError, at the beginning where it can be told then;
    with it, ValueError for what is no regular file. A symbolic link is replaced, not followed.
    """
    final = Path(path)
    if not overwrite and os.path.lexists(final):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    if final.exists() and not final.is_file():  # as root one could replace /dev/null
        raise ValueError(f"{path} is not a regular file: it is not replaced")
    aside = final.parent / f".tongsuo-py-{os.urandom(8).hex()}"
    descriptor = create(aside, private=private)
    try:
        with open(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        _rename(aside, final, private=private, overwrite=overwrite)
    except BaseException:
        with suppress(FileNotFoundError):
            aside.unlink()
        raise


def _rename(aside: Path, final: Path, *, private: bool, overwrite: bool) -> None:
    if overwrite:
        os.replace(aside, final)
        return
    # Of two who make an empty file of this name only one can. (A hard link would do as well, but
    # not every file system has those.)
    os.close(create(final, private=private))
    try:
        os.replace(aside, final)
    except BaseException:
        final.unlink()
        raise
