"""Files written aside and renamed: who reads one sees all of it or nothing; keys are their owner's.

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

_PUBLIC_MODE, _PRIVATE_MODE = 0o644, 0o600  # the umask may take more away


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
    ``overwrite`` an existing file is FileExistsError, at the beginning where it can be told then.
    A symbolic link is replaced, not followed.
    """
    final = Path(path)
    if not overwrite and os.path.lexists(final):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
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
