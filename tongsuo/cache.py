"""The cache directory: the lock on a build, and the folders that must not outlive it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tongsuo.errors import BuildError

# Scratch folders are called .<key>.work-<random> or .<key>.stage-<random>.
SCRATCH = re.compile(r"\.(\d+\.\d+\.\d+-\w+-[0-9a-f]{16})\.(?:work|stage)-\w+")


def cache_dir() -> Path:
    """Return our folder in the user's cache directory."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(root):  # the standard says to ignore a relative one
        return Path(root, "tongsuo-py")
    try:
        home = Path.home()
    except RuntimeError:
        raise BuildError("no home directory: name a cache in XDG_CACHE_HOME") from None
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "tongsuo-py"


@contextlib.contextmanager
def locked(path: Path, say_waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file ``path``; the kernel lets go of it however the process ends."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say_waiting(file.read().strip() or "?")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextlib.contextmanager
def scratch(parent: Path, key: str, purpose: str) -> Iterator[Path]:
    """Make a folder that is gone afterwards, or after the next build if we are killed."""
    path = Path(tempfile.mkdtemp(prefix=f".{key}.{purpose}-", dir=parent))
    try:
        yield path
    finally:
        _remove_tree(path)


def remove_leftovers(folder: Path, cache: Path, own_key: str) -> None:
    """Remove what killed builds left in ``folder``: all whose lock nobody holds but us."""
    for path in folder.iterdir():
        match = SCRATCH.fullmatch(path.name)
        if match is None:
            continue
        with contextlib.ExitStack() as stack:
            if match[1] != own_key:
                try:
                    file = stack.enter_context(open(cache / f"{match[1]}.lock", "rb"))
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except FileNotFoundError:
                    pass
                except BlockingIOError:
                    continue
            _remove_tree(path)


def _remove_tree(path: Path) -> None:
    """Remove a folder, also if a compiler that is just dying still writes to it."""
    for _ in range(5):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(0.1)
