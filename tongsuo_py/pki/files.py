"""Files that hold certificates and keys: written whole or not at all, keys for their owner only."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from tongsuo_py._files import StrPath, create, written_aside


@dataclass(frozen=True)
class File:
    """What is to be in a file of this name; a ``private`` one is made with mode 0600."""

    name: str
    content: bytes
    private: bool

    def __repr__(self) -> str:
        return f"<File {self.name}>"  # the content may be a key


def write_all(directory: StrPath, files: Iterable[File], *, overwrite: bool) -> None:
    """Write the files into the directory, which is made if it is missing.

    Each is written aside and renamed, so that no reader ever sees half of one. Without
    ``overwrite`` nothing that exists is touched: FileExistsError, and no file is written; a public
    file with this very content already is left as it is. (Their names are then reserved by empty
    files first.)
    """
    place = Path(directory)
    place.mkdir(parents=True, exist_ok=True)
    wanted = [file for file in files if file.private or not _holds(place / file.name, file.content)]
    reserved: list[Path] = []
    try:
        if not overwrite:
            for file in wanted:
                # An empty file under the name itself: of two writers only one can make it.
                os.close(create(place / file.name, private=file.private))
                reserved.append(place / file.name)
        _replace_all(place, wanted)
    except BaseException:
        for path in reserved:
            with suppress(FileNotFoundError):
                if not path.stat().st_size:  # it has not become a file yet
                    path.unlink()
        raise


def _replace_all(place: Path, files: Iterable[File]) -> None:
    """Write all of them aside, then give them their names."""
    with ExitStack() as asides:
        for file in files:
            aside = written_aside(place / file.name, private=file.private, overwrite=True)
            stream = asides.enter_context(aside)
            stream.write(file.content)
            stream.flush()  # here a full disk shows, before any file has its name


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False
