"""Processes that answer: what they return, what they raise, and how they end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import tongsuo_py
from tongsuo_py.benchmark import children
from tongsuo_py.benchmark.children import Child, ChildFailed


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Iterator[Child]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    with Child("answering", {"TONGSUO_PY_TEST": "a value"}) as made:
        yield made


def test_answers(child: Child) -> None:
    for value in ({}, {"a": 1, "b": [1.5, "é", None, True]}):
        assert child.ask("echo", **value) == value
    assert child.ask("variable", name="TONGSUO_PY_TEST") == "a value"


def test_it_has_the_package_that_we_have(child: Child) -> None:
    assert child.ask("package") == tongsuo_py.__file__
    assert "" not in child.ask("searched")  # what lies where we are is none of ours


def test_two_at_once(child: Child) -> None:
    with Child("answering") as other:
        child.start("echo", number=1)
        other.start("echo", number=2)
        assert other.result() == {"number": 2}
        assert child.result() == {"number": 1}


def test_what_it_raises(child: Child) -> None:
    with pytest.raises(ChildFailed, match=r"^ValueError: the reason$"):
        child.ask("fail", text="the reason")
    with pytest.raises(ChildFailed, match="KeyError"):
        child.ask("nothing")
    assert child.ask("echo", still="there") == {"still": "there"}


def test_it_has_ended(child: Child) -> None:
    with pytest.raises(ChildFailed, match="ended with exit code 3"):
        child.ask("leave", code=3)
    with pytest.raises(ChildFailed, match="ended"):
        child.ask("echo")


def test_no_such_module() -> None:
    with Child("tongsuo_py.benchmark.nothing") as child, pytest.raises(ChildFailed):
        child.ask("echo")


def test_it_ends_with_us(child: Child) -> None:
    child.close()
    assert child._process.returncode == 0


def test_after_an_error_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    with pytest.raises(RuntimeError), Child("answering") as child:
        raise RuntimeError
    assert child._process.returncode == -9


def test_one_that_does_not_end_is_killed(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_GRACE", 0.1)
    child.start("sleep", seconds=100)
    child.close()
    assert child._process.returncode == -9
