"""What the tests of the commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tongsuo_py import pki


@pytest.fixture(autouse=True)
def no_passwords_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the user's own environment has must not change what a command does."""
    for variable in ("TONGSUO_PY_PASSWORD", "TONGSUO_PY_NEW_PASSWORD"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty directory, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ca(here: Path) -> pki.CA:
    """A root CA in the directory ``ca``."""
    made = pki.CA.create("Grid Root CA", country="CN")
    made.save("ca")
    return made
