"""What the scripts say, in one line, where they cannot do their work."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from tree import ROOT

SCRIPTS = ("before-wheels", "newcomer", "newest", "sanitize", "setup", "wheel")
# What they need to come to the point of seeing what is missing.
TOOLS = ("sh", "dirname", "ls", "rm", "mkdir", "mktemp", "sed", "cat", "realpath")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout in which nothing was made yet."""
    folder = tmp_path / "tree"
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    (folder / "tongsuo_py").mkdir()
    (folder / "tongsuo_py" / "__init__.py").write_text('__version__ = "1.2.3"\n')
    return folder


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH with nothing more on it than the scripts' own tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found is not None
        (folder / tool).symlink_to(found)
    return str(folder)


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_is_a_shell_script(name: str) -> None:
    subprocess.run(["sh", "-n", ROOT / "scripts" / name], check=True)


@pytest.mark.parametrize(
    ("command", "wheel", "settings", "wanted"),
    [
        ("newest", False, {}, "newest: there is no wheel in dist/: `make wheel` makes one"),
        ("newest", True, {}, "newest: Docker is not installed: on Debian and Ubuntu `apt inst"),
        ("newcomer", False, {}, "newcomer: there is no wheel in dist/: `make wheel` makes one"),
        ("newcomer", True, {}, "newcomer: Docker is not installed: on Debian and Ubuntu `apt"),
        ("newcomer debian windows", True, {}, "newcomer: no such system: windows (debian, ubunt"),
        ("wheel", False, {"RELEASE": "v1.2.4"}, "wheel: the tag is v1.2.4, but the package is v"),
        ("sanitize", False, {"CC": "cc"}, "sanitize: cc has no libasan: install gcc with its sa"),
    ],
)
def test_one_clear_line(
    command: str, wheel: bool, settings: dict[str, str], wanted: str, tree: Path, path: str
) -> None:
    if wheel:
        (tree / "dist").mkdir()
        (tree / "dist" / "tongsuo_py-1.2.3-cp311-abi3-manylinux_2_34_x86_64.whl").touch()
    if "CC" in settings:  # a compiler that answers as those do that have no such library
        compiler = Path(path, "cc")
        compiler.write_text('#!/bin/sh\necho "${1#*=}"\n')
        compiler.chmod(0o755)
    before = set(tree.rglob("*"))
    name, *arguments = command.split()
    result = subprocess.run(
        ["sh", tree / "scripts" / name, *arguments],
        env={"PATH": path, "HOME": str(tree), **settings},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 1, result.stderr
    assert result.stderr.startswith(wanted)
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""
    assert set(tree.rglob("*")) == before
