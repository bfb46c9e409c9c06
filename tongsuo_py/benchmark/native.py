"""The C side: the same calls made from C, compiled against the Tongsuo of this checkout."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tongsuo_py.benchmark.worker import Missing

_ROOT = Path(__file__).resolve().parents[2]
SOURCE = _ROOT / "benchmarks" / "native" / "bench.c"

# What our extension is built with, from the checkout's own modules, which are not installed.
_FIND = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from tongsuo import accelerator
from tongsuo.build import find_prefix, library_dir
from tongsuo.errors import BuildError
try:
    prefix = find_prefix()
except BuildError as error:
    sys.exit(f"error: {error}")
includes, libraries, without = [], [], "the acceleration is not for this system"
if os.environ.get("TONGSUO_PY_ACCEL") == "0":
    without = "switched off by TONGSUO_PY_ACCEL=0"
try:
    found = accelerator.find()
    if found is not None:
        includes, libraries, without = found.includes, found.libraries, None
except BuildError as error:
    without = str(error)
tongsuo = library_dir(prefix)
print(json.dumps({
    "includes": [str(path) for path in (prefix / "include", *includes)],
    "libraries": list(map(str, (tongsuo / "libssl.a", *libraries, tongsuo / "libcrypto.a"))),
    "without": without,
}))
"""


@dataclass(frozen=True)
class Program:
    """The compiled program; ``without`` says why it does not have the provider, if so."""

    path: Path
    without: str | None


def compile_program(directory: Path) -> Program:
    """The C program, linked statically with Tongsuo's libraries; Missing with the reason."""
    if not SOURCE.exists():
        raise Missing("its source is in the checkout, not in an installed package")
    found = json.loads(_run([sys.executable, "-c", _FIND, str(_ROOT)]).splitlines()[-1])
    sources = [SOURCE, *(_ROOT / "native" / name for name in ("accel.c", "drbg.c"))]
    if found["without"] is None:
        sources += sorted((_ROOT / "native" / "accel").glob("*.c"))
    program = directory / "bench"
    compiler = shlex.split(os.environ.get("CC", "cc"))
    options = ["-O2", "-std=gnu11", f"-DTSPY_HAS_ACCEL={int(found['without'] is None)}"]
    options += [f"-I{path}" for path in (_ROOT, *found["includes"])]
    libraries = [*found["libraries"], "-pthread", "-ldl"]
    _run([*compiler, *options, "-o", str(program), *map(str, sources), *libraries])
    return Program(program, found["without"])


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        raise Missing(f"there is no {command[0]}") from None
    except subprocess.CalledProcessError as error:
        said = [line.strip() for line in error.stderr.splitlines() if line.strip()]
        told = [line for line in said if "error" in line.lower() or "undefined" in line] or said
        name = Path(command[0]).name
        raise Missing(f"{name} failed: {told[0] if told else error.returncode}") from None
    return done.stdout
