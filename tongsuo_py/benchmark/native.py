"""The C side: the same calls made from C, compiled against the Tongsuo of this checkout."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tongsuo_py.benchmark.worker import Missing

_ROOT = Path(__file__).resolve().parents[2]
SOURCE = _ROOT / "benchmarks" / "native" / "bench.c"


def compile_program(directory: Path, tell: Callable[[str], None]) -> Path:
    """The C program, linked statically with Tongsuo's libraries; Missing with the reason.

    ``tell`` is given a line before that is begun.
    """
    if not SOURCE.exists():
        raise Missing("its program is in the source's checkout, and this is an installed package")
    tell("compiling the C program")
    prefix = _prefix()
    library = next((path.parent for path in sorted(prefix.glob("lib*/libssl.a"))), None)
    if library is None:
        raise Missing(f"{prefix} has no libssl.a")
    program = directory / "bench"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    options = ["-O2", "-std=gnu11", "-I", str(prefix / "include"), "-o", str(program)]
    libraries = [str(library / "libssl.a"), str(library / "libcrypto.a"), "-pthread", "-ldl"]
    _run([*compiler, *options, str(SOURCE), *libraries])
    return program


def _prefix() -> Path:
    """Where the Tongsuo of the checkout is, which is what our extension was built with."""
    lines = _run([sys.executable, str(_ROOT / "tongsuo" / "build.py")]).splitlines()
    return Path(lines[-1])


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        raise Missing(f"there is no {command[0]}") from None
    except subprocess.CalledProcessError as error:
        said = [line for line in error.stderr.splitlines() if line.strip()]
        raise Missing(f"{command[0]} failed: {said[-1] if said else error.returncode}") from None
    return done.stdout
