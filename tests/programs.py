"""Other implementations' command lines: files in, a file or standard output out."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path


class Program:
    """An executable, run in a directory of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(
        self, *arguments: str, stdin: bytes = b"", fails: bool = False, **files: bytes | str
    ) -> bytes:
        """Standard output, or the file ``{out}`` if an argument names it.

        ``{name}`` in an argument is a file with the content given under that name. It has to
        succeed, or to fail if ``fails``.
        """
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "out")
            paths = {"out": str(out)}
            for name, content in files.items():
                raw = content.encode() if isinstance(content, str) else content
                Path(folder, name).write_bytes(raw)
                paths[name] = str(Path(folder, name))
            command = [str(self._path), *(argument.format(**paths) for argument in arguments)]
            result = subprocess.run(
                command, input=stdin, capture_output=True, timeout=60, check=False
            )
            assert (result.returncode != 0) == fails, (command, result.stdout, result.stderr)
            return out.read_bytes() if out.exists() else result.stdout
