"""Programs in C on native/accel, linked as the extension is."""

from __future__ import annotations

import os
import shlex
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path

import pytest

from tongsuo import accelerator
from tongsuo.accelerator import Accelerator
from tongsuo.errors import BuildError
from tongsuo_py._binding import lib

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "native"


class Toolchain:
    """Compiles with the Tongsuo of ``prefix``; native/accel once, into ``folder``."""

    def __init__(self, accelerator: Accelerator, prefix: Path, folder: Path) -> None:
        compiler = shlex.split(os.environ.get("CC", "cc"))
        # Optimised as the extension is.
        flags = shlex.split(sysconfig.get_config_var("CFLAGS") or "-O3")
        self._compiler = [*compiler, *flags, "-std=gnu11", "-fPIC", "-DTSPY_HAS_ACCEL=1"]
        self._compiler += shlex.split(os.environ.get("TONGSUO_PY_SANITIZE", ""))
        self._compiler += [
            f"-I{path}" for path in (*accelerator.includes, prefix / "include", NATIVE)
        ]
        library = next(path for path in (prefix / "lib", prefix / "lib64") if path.is_dir())
        self._linked = [library / "libssl.a", *accelerator.libraries, library / "libcrypto.a"]
        self._objects = []
        sources = [NATIVE / "accel.c", NATIVE / "drbg.c", *sorted((NATIVE / "accel").glob("*.c"))]
        for source in sources:
            self._objects.append(folder / f"{source.stem}.o")
            self._run("-c", source, "-o", self._objects[-1])

    def program(self, target: Path, source: Path, options: Sequence[str] = ()) -> Path:
        """``source`` and native/accel as a program; ``options`` go to the compiler."""
        linked = [*self._objects, *self._linked, "-pthread", "-ldl"]
        self._run(*options, "-o", target, source, *linked)
        return target

    def _run(self, *arguments: str | Path) -> None:
        command = [*self._compiler, *(str(argument) for argument in arguments)]
        subprocess.run(command, check=True, timeout=200)


def find_toolchain(prefix: Path, folder: Path) -> Toolchain:
    """For a Tongsuo, or skips: with a wheel, what builds it may be missing."""
    if not lib.tspy_accel_built():
        pytest.skip("the extension was built without acceleration")
    try:
        # The run may be one with the acceleration switched off.
        with pytest.MonkeyPatch.context() as environment:
            environment.delenv("TONGSUO_PY_ACCEL", raising=False)
            found = accelerator.find()
    except BuildError as error:
        pytest.skip(f"nothing to compile with: {error}")
    assert found is not None
    return Toolchain(found, prefix, folder)
