"""The source distribution: all that a build needs, and nothing else."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path

import pytest
from tree import copy_tree, environment, packaged_files, python

import tongsuo_py

# One worker makes the wheel, and tests it.
pytestmark = pytest.mark.xdist_group("wheel")

GENERATED = {
    "PKG-INFO",
    "setup.cfg",
    *(
        f"tongsuo_py.egg-info/{name}"
        for name in (
            "PKG-INFO",
            "SOURCES.txt",
            "dependency_links.txt",
            "entry_points.txt",
            "requires.txt",
            "top_level.txt",
        )
    ),
}


def contents(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        names = [member.name for member in archive if member.isfile()]
    folders = {name.partition("/")[0] for name in names}
    assert folders == {f"tongsuo_py-{tongsuo_py.__version__}"}
    return {name.partition("/")[2] for name in names}


def test_its_name(sdist: Path) -> None:
    assert sdist.name == f"tongsuo_py-{tongsuo_py.__version__}.tar.gz"


def test_it_has_the_repository_and_nothing_else(sdist: Path, tree: Path) -> None:
    assert contents(sdist) == packaged_files(tree) | GENERATED


def test_it_has_what_a_build_reads(sdist: Path, tree: Path) -> None:
    """By the build file itself, should a folder be missing from the list of the test as well."""
    mentioned = re.findall(r'"((?:include|native)/\w+\.[ch])"', (tree / "build_ffi.py").read_text())
    assert len(mentioned) > 15
    assert set(mentioned) <= contents(sdist)
    for name in ("build.py", "Cargo.toml", "Cargo.lock", "src/lib.rs"):
        assert f"tongsuo/{name}" in contents(sdist)


def test_it_is_small(sdist: Path) -> None:
    """Tongsuo's source, which is pinned and not copied, would be 15 MB."""
    assert sdist.stat().st_size < 1_000_000


def test_what_lies_about_stays_out(tmp_path: Path) -> None:
    tree = copy_tree(tmp_path / "tree")
    junk = (
        "tongsuo_py/_tongsuo.abi3.so",
        "tongsuo_py/_tongsuo.c",
        "tongsuo_py/__pycache__/ssl.cpython-311.pyc",
        "tongsuo/__pycache__/build.cpython-311.pyc",
        "tongsuo/target/debug/libpin.rlib",
        "build/lib/tongsuo_py/old.py",
        "dist/tongsuo_py-0.0.1.tar.gz",
        ".venv/lib/python3.11/site-packages/x.py",
        "tests/test_x.py",
        "include/notes.txt",
        "native/transport.o",
        "server.key",
    )
    for name in junk:
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("junk")
    command = ("-m", "build", "--sdist", "--no-isolation", "--outdir", tmp_path / "dist", tree)
    python(*command, env=environment(TONGSUO_HOME="/nonexistent"), cwd=tmp_path)
    (sdist,) = (tmp_path / "dist").iterdir()
    assert contents(sdist) & set(junk) == set()


@pytest.mark.parametrize("command", ["egg_info", "dist_info"])
def test_metadata_needs_no_tongsuo(command: str, tmp_path: Path) -> None:
    """pip asks for it first, and shows nothing while it waits."""
    tree = copy_tree(tmp_path / "tree")
    python("setup.py", command, env=environment(TONGSUO_HOME="/nonexistent"), cwd=tree)
