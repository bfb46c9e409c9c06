"""A release: what auditwheel makes of the wheel from here, and which ones cibuildwheel makes."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.tags import sys_tags
from packaging.utils import parse_wheel_filename
from tree import ROOT, Built, environment, python, run

# One worker makes the wheel, and tests it.
pytestmark = pytest.mark.xdist_group("wheel")

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="auditwheel is for Linux")


@on_linux
def test_its_tag_is_one_that_this_machine_takes(released: Path) -> None:
    *_, tags = parse_wheel_filename(released.name)
    assert {(tag.interpreter, tag.abi) for tag in tags} == {("cp311", "abi3")}
    libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    assert all(tag.platform.startswith(libc) for tag in tags)
    assert tags & set(sys_tags())


@on_linux
def test_nothing_had_to_be_repaired(wheel: Built, released: Path) -> None:
    """No library was put beside the extension, which is as it was linked."""
    with zipfile.ZipFile(wheel.path) as before, zipfile.ZipFile(released) as after:
        files = {name for name in after.namelist() if not name.endswith("/")}
        assert set(before.namelist()) == files
        changed = [name for name in before.namelist() if before.read(name) != after.read(name)]
    assert {name.rpartition("/")[2] for name in changed} == {"RECORD", "WHEEL"}


@on_linux
def test_a_newer_glibc_than_the_tag_promises_is_refused(wheel: Built, tmp_path: Path) -> None:
    """A check that lets everything pass would be none."""
    env = environment(PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    plat = f"manylinux_2_5_{platform.machine()}"
    result = run(
        *(sys.executable, "-m", "auditwheel", "repair", "--plat", plat),
        *("--wheel-dir", tmp_path / "wheels", wheel.path),
        env=env,
        cwd=tmp_path,
    )
    assert result.returncode != 0
    assert "too-recent versioned symbols" in result.stdout


def test_twine_takes_it(released: Path) -> None:
    command = ("-m", "twine", "check", "--strict", released)
    assert "PASSED" in python(*command, env=environment(), cwd=released.parent)


@pytest.mark.parametrize(
    ("system", "architectures", "wheels"),
    [
        (
            "linux",
            "x86_64,aarch64",
            {
                "cp311-manylinux_x86_64",
                "cp311-manylinux_aarch64",
                "cp311-musllinux_x86_64",
                "cp311-musllinux_aarch64",
            },
        ),
        ("macos", "x86_64,arm64", {"cp311-macosx_x86_64", "cp311-macosx_arm64"}),
    ],
)
def test_cibuildwheel_reads_its_settings(
    system: str, architectures: str, wheels: set[str], tmp_path: Path
) -> None:
    """It tells which wheels it would make; it refuses a setting that it does not know."""
    command = ("--print-build-identifiers", "--platform", system, "--archs", architectures, ROOT)
    said = python("-m", "cibuildwheel", *command, env=environment(), cwd=tmp_path)
    assert set(said.split()) >= wheels
    assert set(re.findall(r"^cp\S+$", said, re.MULTILINE)) == wheels


def test_what_cibuildwheel_runs_is_there() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["cibuildwheel"]
    script = config["before-all"].removeprefix("sh ")
    subprocess.run(["sh", "-n", ROOT / script], check=True)
    (program, _) = config["test-command"]
    assert (ROOT / program.rpartition("{project}/")[2]).is_file()
