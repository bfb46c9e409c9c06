"""The bar over long files: on a terminal only, and never in the data."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command import ESCAPE, on_a_terminal, run

from tongsuo_py import sm3

LONG = 64 * 2**20


@pytest.fixture
def long(tmp_path: Path) -> Path:
    path = tmp_path / "long"
    with path.open("wb") as file:
        file.truncate(LONG)  # no disk is needed for it
    return path


def test_on_a_terminal(long: Path) -> None:
    code, shown = on_a_terminal(["sm3", long])
    assert code == 0
    assert re.search(r"long .* [0-9.]+/67\.1 MB", ESCAPE.sub("", shown))
    assert f"{sm3.sm3(bytes(LONG)).hexdigest()}  {long}" in ESCAPE.sub("", shown)


def test_not_for_short_files(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"short")
    code, shown = on_a_terminal(["sm3", tmp_path / "short"])
    assert code == 0
    assert "MB" not in shown
    assert ESCAPE.sub("", shown) == shown


def test_not_in_a_pipe(long: Path) -> None:
    finished = run("sm3", long)
    assert finished.stderr == b""
    assert finished.stdout.count(b"\n") == 1
