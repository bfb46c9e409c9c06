"""Other people's programs, run with files made for the occasion."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path


class Program:
    """An executable, run with its input in files of a directory that is made for each run."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(
        self, *arguments: str, stdin: bytes = b"", fails: bool = False, **files: bytes | str
    ) -> bytes:
        """Standard output, or the file ``{out}`` if an argument names it.

        ``{name}`` in an argument is a file with the content given under that name. With ``fails``
        the program must not succeed.
        """
        with tempfile.TemporaryDirectory() as folder:
            paths = {name: str(Path(folder, name)) for name in (*files, "out")}
            for name, content in files.items():
                raw = content.encode() if isinstance(content, str) else content
                Path(paths[name]).write_bytes(raw)
            command = [str(self._path), *(argument.format(**paths) for argument in arguments)]
            result = subprocess.run(
                command, input=stdin, capture_output=True, timeout=60, check=False
            )
            assert (result.returncode != 0) == fails, (command, result.stdout, result.stderr)
            out = Path(paths["out"])
            return out.read_bytes() if out.exists() else result.stdout
