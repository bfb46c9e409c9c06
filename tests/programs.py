"""Other people's programs, run with files made for the occasion."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path


def runner(program: Path, folder: Path) -> Callable[..., bytes]:
    """Runs a program; ``{name}`` in an argument is a file of ``folder`` with that content."""

    def run(*arguments: str, fails: bool = False, **files: bytes) -> bytes:
        for name, content in files.items():
            (folder / name).write_bytes(content)
        paths = {name: str(folder / name) for name in files}
        command = [str(program), *(argument.format(**paths) for argument in arguments)]
        # Standard input is a file that is empty: a forgotten argument must not wait for ever.
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
        assert (result.returncode != 0) == fails, (command, result.stderr.decode())
        return result.stdout

    return run
