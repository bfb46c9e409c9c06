"""The C side: the same calls, compiled against the Tongsuo that the package is linked with."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from types import TracebackType

SOURCE = Path(__file__).parent / "native" / "bench.c"


def compile_program(prefix: Path, library: Path, directory: Path) -> Path:
    """bench.c, linked statically with the libraries of a prefix."""
    program = directory / "bench"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    options = ["-O2", "-std=gnu11", "-I", str(prefix / "include"), "-o", str(program)]
    libraries = [str(library / "libssl.a"), str(library / "libcrypto.a"), "-pthread", "-ldl"]
    subprocess.run([*compiler, *options, str(SOURCE), *libraries], check=True)
    return program


class NativeSide:
    """The running C program: one question, one answer."""

    def __init__(self, program: Path, trust: Path, suite: str) -> None:
        self._process = subprocess.Popen(
            [str(program), str(trust), suite],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> NativeSide:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def measure(self, operation: str, size: int, seconds: float) -> float:
        """Nanoseconds for one call, over about ``seconds``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{operation} {size} {seconds}\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().split()
        if len(answer) != 2:
            raise RuntimeError(f"the C program ended at {operation}")
        return float(answer[1]) / float(answer[0])
