"""Installed from the wheel, with every CPython that is here, and nothing to build with in reach."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tree import environment, make_venv, pip_install, run

# One worker makes the wheel, and tests it.
pytestmark = pytest.mark.xdist_group("wheel")

PROGRAM = Path(__file__).with_name("program.py")
FACTS = """
import sys, sysconfig
abi3 = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
print(abi3 and "%d.%d" % sys.version_info[:2], sys.executable)
"""


def candidates() -> Iterator[str]:
    """Interpreters: ours, on PATH by their usual names, and beside the one that ours is made of."""
    yield sys.executable
    for minor in range(11, 20):
        yield shutil.which(f"python3.{minor}") or ""
        pattern = f"{glob.escape(str(Path(sys.base_prefix).parent))}/*/bin/python3.{minor}"
        yield from sorted(glob.glob(pattern))


def interpreters() -> dict[str, str]:
    """One interpreter for each version of CPython from 3.11 on that can be found and runs."""
    found: dict[str, str] = {}
    for candidate in filter(None, candidates()):
        facts = subprocess.run([candidate, "-c", FACTS], capture_output=True, text=True)
        version, _, path = facts.stdout.strip().partition(" ")
        if facts.returncode == 0 and version != "False":
            found.setdefault(version, path)
    return found


INTERPRETERS = interpreters()


def test_which_interpreters_are_here(record_property: pytest.FixtureRequest) -> None:
    """At least the one that runs the tests; the names of the next test say which others."""
    record_property("interpreters", " ".join(INTERPRETERS))  # type: ignore[operator]
    assert f"{sys.version_info[0]}.{sys.version_info[1]}" in INTERPRETERS


@pytest.mark.parametrize("version", INTERPRETERS)
def test_the_wheel_is_all_that_is_needed(version: str, released: Path, tmp_path: Path) -> None:
    """No compiler, no cargo, no cache, no Tongsuo: those folders are empty before and after."""
    python = make_venv(tmp_path / "venv", INTERPRETERS[version])
    pip_install(python, "--only-binary", ":all:", released, env=environment(), cwd=tmp_path)
    home, cache = tmp_path / "home", tmp_path / "cache"
    for folder in (home, cache):
        folder.mkdir()
    env = {"HOME": str(home), "XDG_CACHE_HOME": str(cache), "PATH": str(python.parent)}
    for tool in ("cc", "gcc", "cargo", "make", "perl", "openssl"):
        assert shutil.which(tool, path=env["PATH"]) is None
    result = run(python, "-W", "error", "-I", PROGRAM, env=env, cwd=tmp_path)
    assert result.stdout == "NTLSv1.1 ECC-SM2-SM4-GCM-SM3\n"
    assert result.returncode == 0
    assert os.listdir(home) == os.listdir(cache) == []
    command = run(python.with_name("tongsuo-py"), "--version", env=env, cwd=tmp_path)
    assert command.returncode == 0, command.stdout
