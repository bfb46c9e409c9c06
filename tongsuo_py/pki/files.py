"""Files that hold certificates and keys: written whole or not at all, keys for their owner only."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tongsuo_py._files import StrPath, aside, create

__all__ = ["File", "StrPath", "write_all"]


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
    file with this very content already is left as it is. (Names are then reserved by empty files
    first: a hard link would do without them, but not every file system has those.)
    """
    place = Path(directory)
    place.mkdir(parents=True, exist_ok=True)
    wanted = [file for file in files if file.private or not _holds(place / file.name, file.content)]
    reserved: list[Path] = []
    written: list[tuple[Path, Path]] = []
    try:
        if not overwrite:
            for file in wanted:
                # An empty file under the name itself: of two writers only one can make it.
                os.close(create(place / file.name, private=file.private))
                reserved.append(place / file.name)
        for file in wanted:
            path = aside(place / file.name)
            descriptor = create(path, private=file.private)
            written.append((path, place / file.name))
            with open(descriptor, "wb") as stream:
                stream.write(file.content)
                stream.flush()
                os.fsync(stream.fileno())
        for path, final in written:
            os.replace(path, final)
            if final in reserved:
                reserved.remove(final)
    except BaseException:
        for path in [*reserved, *(path for path, _ in written)]:
            with suppress(FileNotFoundError):
                path.unlink()
        raise


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except FileNotFoundError:
        return False
