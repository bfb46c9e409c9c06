"""The sides as processes: their answers, their failures, their ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tongsuo_py
from tongsuo_py.benchmark import native, sides
from tongsuo_py.benchmark.sides import Lost, Side
from tongsuo_py.benchmark.worker import Missing

PROGRAM = str(Path(__file__).with_name("answering_badly.py"))
PATH = {"PYTHONPATH": str(Path(tongsuo_py.__file__).resolve().parent.parent)}


def started(*arguments: str) -> Side:
    side = Side("bad", [sys.executable, PROGRAM, *arguments], PATH)
    side.start()
    return side


@pytest.fixture
def side() -> Iterator[Side]:
    made = started()
    yield made
    made.close()
    assert not made.running


def test_an_answer(side: Side) -> None:
    assert side.facts == {"library": "none"}
    spent = side.ask("sleep", 3, 0.02)
    assert spent is not None
    assert 3e6 <= spent.wall < 1e9
    assert side.ask("absent", 3, 0.02) is None
    assert side.ask("sleep", 1, 0.01) is not None


def test_what_a_side_prints_is_no_answer(side: Side) -> None:
    assert side.ask("print", 1, 0) is not None
    assert side.ask("absent", 1, 0) is None


@pytest.mark.parametrize(
    ("operation", "reason"),
    [("raise", "ValueError: not today"), ("refuse", "ValueError: no such thing")],
)
def test_an_operation_that_fails_each_time(side: Side, operation: str, reason: str) -> None:
    for _ in range(2):
        with pytest.raises(Lost, match=f"^{reason}$"):
            side.ask(operation, 1, 0)
    assert side.running
    assert side.ask("sleep", 1, 0) is not None


def test_a_side_that_ends(side: Side) -> None:
    with pytest.raises(Lost, match=r"^it ended$"):
        side.ask("end", 1, 0)
    assert not side.running
    with pytest.raises(Lost, match=r"^it ended$"):
        side.ask("sleep", 1, 0)


def test_a_side_that_does_not_answer(side: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sides, "_PATIENCE", 0.2)
    with pytest.raises(Lost, match=r"^it gave no answer in 0 s$"):
        side.ask("hang", 1, 0)
    assert not side.running  # or its answer would be taken for that to the next question


@pytest.mark.parametrize(
    ("argument", "reason"),
    [("missing", "it is not here"), ("broken", "RuntimeError: it does not start")],
)
def test_a_side_that_cannot_run(argument: str, reason: str) -> None:
    with pytest.raises(Missing, match=f"^{reason}$"):
        started(argument)


def test_a_program_that_ends_at_once() -> None:
    with pytest.raises(Missing, match=r"^it ended$"):
        Side("bad", [sys.executable, "-c", ""]).start()


def test_a_process_for_each_core(side: Side) -> None:
    one = side.ask("sleep", 20, 0)
    three = side.ask_all("sleep", 20, 0.02, 3)
    assert one is not None
    assert three is not None
    assert three.wall < one.wall  # the calls of all of them in the same time
    copies = list(side._copies)
    assert len(copies) == 2
    assert side.ask_all("absent", 1, 0, 3) is None
    assert side._copies == copies
    side.close()
    assert not any(copy.running for copy in copies)


def test_all_that_can_run_without_packages(tmp_path: Path) -> None:
    with sides.started(tmp_path, False, print) as (alive, missing):
        found = {side.name: side for side in alive}
        everyone = [sides.OURS, sides.PLAIN, sides.STDLIB, sides.CRYPTOGRAPHY]
        if native.SOURCE.exists():
            everyone.insert(2, sides.C)
            if sides.C_WITH_PROVIDER in found:
                everyone.insert(3, sides.C_WITH_PROVIDER)
            else:
                assert "acceleration" in missing.pop(sides.C_WITH_PROVIDER)
        else:
            for name in (sides.C, sides.C_WITH_PROVIDER):
                assert "checkout" in missing.pop(name)
        assert list(found) == everyone
        assert missing == {}
        assert found[sides.PLAIN].facts["accelerated"] == "nothing"
        for name in set(everyone) - {sides.STDLIB, sides.CRYPTOGRAPHY}:
            assert found[name].facts["library"] == found[sides.OURS].facts["library"]
            assert found[name].ask("sm3", 64, 0) is not None
            assert found[name].ask("tls13-p256/handshake", 0, 0) is not None
        for side in alive:
            assert side.ask("nonsense", 0, 0) is None
    assert not any(side.running for side in alive)


def test_without_cryptography(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so, and what needs its certificates is left out."""
    (tmp_path / "cryptography.py").write_text("raise ImportError")
    searched = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", searched)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    (tmp_path / "trust").mkdir()
    with sides.started(tmp_path / "trust", False, print) as (alive, missing):
        assert "pip install 'tongsuo-py[bench]'" in missing[sides.CRYPTOGRAPHY]
        found = {side.name: side for side in alive}
        for name in (sides.OURS, sides.STDLIB, *([sides.C] if sides.C in found else [])):
            assert found[name].ask("tls13-p256/handshake", 0, 0) is None
        assert found[sides.OURS].ask("tlcp-ecc/handshake", 0, 0) is not None
        assert found[sides.STDLIB].ask("sha256", 64, 0) is not None
