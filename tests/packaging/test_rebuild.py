"""Building again, in place and beside: what has changed is in the result."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tree import copy_tree, environment, pip_install, pip_wheel, run

from tongsuo.accelerator import wanted

# One worker has the virtual environment in which all this is built.
pytestmark = pytest.mark.xdist_group("venv")

QUICK = {"CFLAGS": "-O0"}


def say(python: Path, expression: str, cwd: Path) -> str:
    code = f"import tongsuo_py; from tongsuo_py._binding import lib, library; print({expression})"
    result = run(python, "-I", "-c", code, env=environment(), cwd=cwd)
    assert result.returncode == 0, result.stdout
    return result.stdout.strip()


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_editable(venv: Path, prefix: Path, tmp_path: Path) -> None:
    tree = copy_tree(tmp_path / "tree")
    env = environment(TONGSUO_HOME=str(prefix), **QUICK)

    def install() -> None:
        pip_install(venv, "--no-build-isolation", "--no-deps", "-e", tree, env=env, cwd=tmp_path)

    install()
    assert say(venv, "tongsuo_py.__file__", tmp_path) == str(tree / "tongsuo_py" / "__init__.py")
    assert say(venv, "hasattr(lib, 'TSPY_ADDED')", tmp_path) == "False"

    # Python is what lies in the tree ...
    replace(tree / "tongsuo_py" / "__init__.py", "__version__ = ", 'added = "yes"\n__version__ = ')
    assert say(venv, "tongsuo_py.added", tmp_path) == "yes"

    # ... and C after the next install: in declarations and in code.
    replace(tree / "native" / "transport.h", "enum {", "enum {\n    TSPY_ADDED = 42,")
    replace(tree / "native" / "compat.h", "#if TSPY", "#define TSPY_ANSWER 7\n\n#if TSPY")
    replace(tree / "include" / "rand.h", "*/\n", "*/\n#define TSPY_ANSWER ...\n")
    install()
    assert say(venv, "(lib.TSPY_ADDED, lib.TSPY_ANSWER)", tmp_path) == "(42, 7)"


def test_another_tongsuo(venv: Path, prefix: Path, older_prefix: Path, tmp_path: Path) -> None:
    """The objects of the first build lie in the tree, newer than either library.

    And once with the acceleration, where there is one, once without.
    """
    tree = copy_tree(tmp_path / "tree")
    for version, home, accel in (("8.5.0", prefix, wanted()), ("8.4.0", older_prefix, False)):
        settings: Mapping[str, str] = {"TONGSUO_HOME": str(home), **QUICK}
        if not accel:
            settings = {**settings, "TONGSUO_PY_ACCEL": "0"}
        built = pip_wheel(tree, tmp_path / "dist", **settings)
        assert built.returncode == 0, built.stdout
        (wheel,) = (tmp_path / "dist").iterdir()
        env = environment()
        pip_install(venv, "--force-reinstall", "--no-deps", wheel, env=env, cwd=tmp_path)
        assert say(venv, "library.TONGSUO_VERSION", tmp_path) == f"Tongsuo {version}"
        assert say(venv, "bool(lib.tspy_accel_built())", tmp_path) == str(accel)
    assert (tree / "build").is_dir()
