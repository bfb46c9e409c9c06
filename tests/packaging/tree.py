"""The source tree, copied to be built; and the commands that build and install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("include", "native", "tongsuo", "tongsuo_py")
FILES = (
    "CHANGELOG.md",
    "LICENSE",
    "MANIFEST.in",
    "NOTICE",
    "README.md",
    "build_ffi.py",
    "pyproject.toml",
    "setup.py",
)
LEFTOVERS = shutil.ignore_patterns("__pycache__", "*.so", "_tongsuo.c", "target")
# Variables that say which Tongsuo, or that would let a build or an import look elsewhere.
FOREIGN = ("TONGSUO_", "PYTHON", "VIRTUAL_ENV", "CFLAGS", "LDFLAGS", "SOURCE_DATE_EPOCH")


def copy_tree(target: Path) -> Path:
    """Copy what a clone of the repository would have of what is packaged."""
    target.mkdir(parents=True)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, target / name, ignore=LEFTOVERS)
    for name in FILES:
        shutil.copy2(ROOT / name, target / name)
    return target


@dataclass(frozen=True)
class Built:
    """A wheel, what pip said while it was built, and the folders, gone since, that it came from."""

    path: Path
    log: str
    source: Path
    prefix: Path


def packaged_files(tree: Path) -> set[str]:
    """The files of the repository that a source distribution consists of."""
    found = (path for name in FOLDERS for path in (tree / name).rglob("*") if path.is_file())
    return {path.relative_to(tree).as_posix() for path in found} | set(FILES)


def environment(**changes: str) -> dict[str, str]:
    """Our environment without what would decide in place of ``changes``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"} | changes


def run(
    *command: str | Path, env: Mapping[str, str], cwd: Path, timeout: int = 200
) -> subprocess.CompletedProcess[str]:
    """Run a command, its whole output in ``stdout``."""
    return subprocess.run(
        [str(part) for part in command],
        env=env,
        cwd=cwd,
        timeout=timeout,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def python(*arguments: str | Path, env: Mapping[str, str], cwd: Path) -> str:
    """Run this interpreter; return what it says. It has to succeed."""
    result = run(sys.executable, *arguments, env=env, cwd=cwd)
    assert result.returncode == 0, result.stdout
    return result.stdout


def tongsuo(version: str) -> Path:
    """The prefix of a pinned version, from the cache that ``make test`` filled."""
    script = ROOT / "tongsuo" / "build.py"
    env = {name: value for name, value in os.environ.items() if not name.startswith("TONGSUO_")}
    command = [sys.executable, str(script), "--version", version]
    result = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    return Path(result.stdout.splitlines()[-1])


def make_venv(folder: Path, interpreter: str | Path = sys.executable) -> Path:
    """Make an empty virtual environment, without even pip; return its interpreter."""
    result = run(
        interpreter, "-m", "venv", "--without-pip", folder, env=environment(), cwd=Path("/")
    )
    assert result.returncode == 0, result.stdout
    return folder / "bin" / "python"


def pip_install(interpreter: Path, *what: str | Path, env: Mapping[str, str], cwd: Path) -> str:
    """Install into the environment of ``interpreter``, with our own pip."""
    pip = ("-m", "pip", "--python", interpreter, "--disable-pip-version-check", "install", "-v")
    return python(*pip, *what, env=env, cwd=cwd)


def pip_wheel(tree: Path, target: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Build a wheel of ``tree`` with the setuptools and cffi that are installed here."""
    pip = ("-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-build-isolation")
    where = ("--wheel-dir", target, tree)
    return run(sys.executable, *pip, *where, env=environment(**env), cwd=target.parent)
