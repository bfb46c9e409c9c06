"""The rounds: who is asked for what, how often, and what becomes of a side that fails."""

from __future__ import annotations

import pytest

from tongsuo_py.benchmark import compare, sides
from tongsuo_py.benchmark.compare import COUNTERPART, Result
from tongsuo_py.benchmark.rows import Row
from tongsuo_py.benchmark.sides import Lost, Side
from tongsuo_py.benchmark.timing import Spent

GCM = Row("SM4", "GCM encrypt", "sm4-gcm-encrypt", 16384, ("cryptography", "aes-gcm-encrypt"))
BATCH = Row("SM2", "sign_many", "sm2-sign-many", 32, single="sm2-sign")


class Scripted(Side):
    """A side whose answers are known: what one call takes, by operation."""

    def __init__(self, name: str, asked: list[tuple[str, str]], **takes: float) -> None:
        super().__init__(name, ())
        self.asked = asked
        self.takes = {operation.replace("_", "-"): time for operation, time in takes.items()}
        self.alive = True

    @property
    def running(self) -> bool:
        return self.alive

    def ask(self, operation: str, size: int, seconds: float) -> Spent | None:
        self.asked.append((self.name, operation))
        takes = self.takes.get(operation)
        if takes is not None and takes < 0:
            self.alive = False
            raise Lost("it ended")
        return None if takes is None else Spent(takes, takes / 2)


def measured(row: Row, rounds: int, *everyone: Side) -> Result:
    (result,) = compare.run([row], everyone, rounds, 0.1, lambda name: None)
    return result


def test_each_has_its_rounds_and_the_order_turns() -> None:
    asked: list[tuple[str, str]] = []
    result = measured(
        GCM,
        4,
        Scripted(sides.OURS, asked, sm4_gcm_encrypt=1000),
        Scripted(sides.C, asked, sm4_gcm_encrypt=800),
    )
    assert [name for name, _ in asked] == ["ours", "c"] + ["ours", "c", "c", "ours"] * 2
    assert result.cells["ours"].wall == [1000] * 4
    assert result.cells["c"].cpu == [400] * 4


def test_the_counterpart_is_asked_for_what_it_calls_it() -> None:
    asked: list[tuple[str, str]] = []
    result = measured(
        GCM,
        2,
        Scripted(sides.OURS, asked, sm4_gcm_encrypt=1000),
        Scripted(sides.CRYPTOGRAPHY, asked, aes_gcm_encrypt=100, sm4_gcm_encrypt=900),
    )
    assert result.cells[COUNTERPART].wall == [100, 100]
    assert result.cells[sides.CRYPTOGRAPHY].wall == [900, 900]


def test_packages_have_fewer_rounds_and_no_large_data() -> None:
    asked: list[tuple[str, str]] = []
    ours = Scripted(sides.OURS, asked, sm4_gcm_encrypt=1000)
    package = Scripted("gmssl", asked, sm4_gcm_encrypt=1e6)
    assert len(measured(GCM, 9, ours, package).cells["gmssl"].wall) == 3
    large = Row("SM4", "GCM encrypt", "sm4-gcm-encrypt", 1 << 20)
    assert "gmssl" not in measured(large, 9, ours, package).cells


def test_a_batch_stands_beside_single_calls() -> None:
    asked: list[tuple[str, str]] = []
    result = measured(
        BATCH,
        2,
        Scripted(sides.OURS, asked, sm2_sign_many=5e6, sm2_sign=100_000),
        Scripted(sides.C, asked, sm2_sign=90_000),
        Scripted("gmssl", asked, sm2_sign=9e6),
    )
    assert result.cells["ours"].wall == [5000, 5000]  # for one of a thousand
    assert result.cells["c"].wall == [90_000, 90_000]
    assert result.cells["gmssl"].wall == [9e6, 9e6]


def test_a_long_call_is_made_three_times() -> None:
    asked: list[tuple[str, str]] = []
    result = measured(GCM, 9, Scripted(sides.OURS, asked, sm4_gcm_encrypt=2e9))
    assert len(asked) == len(result.cells["ours"].wall) == 3


def test_a_long_call_is_made_once_where_there_is_one_round() -> None:
    asked: list[tuple[str, str]] = []
    result = measured(GCM, 1, Scripted(sides.OURS, asked, sm4_gcm_encrypt=2e9))
    assert len(asked) == len(result.cells["ours"].wall) == 1


def test_who_has_no_such_operation_is_asked_once() -> None:
    asked: list[tuple[str, str]] = []
    result = measured(
        GCM, 3, Scripted(sides.OURS, asked, sm4_gcm_encrypt=1), Scripted("gmssl", asked)
    )
    assert list(result.cells) == ["ours"]
    assert asked.count(("gmssl", "sm4-gcm-encrypt")) == 1


def test_a_side_that_ends_is_left_out_from_then_on() -> None:
    asked: list[tuple[str, str]] = []
    everyone = [
        Scripted(sides.OURS, asked, sm4_gcm_encrypt=1, sm3=1),
        Scripted("gmssl", asked, sm4_gcm_encrypt=-1, sm3=1),
    ]
    rows = [GCM, Row("SM3", "SM3", "sm3", 64)]
    first, second = compare.run(rows, everyone, 2, 0.1, lambda name: None)
    assert first.failed == {"gmssl": "it ended"}
    assert list(first.cells) == list(second.cells) == ["ours"]
    assert second.failed == {}


def test_a_side_that_ends_between_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it said until then is no result."""
    asked: list[tuple[str, str]] = []
    package = Scripted("gmssl", asked, sm4_gcm_encrypt=1)
    ask = package.ask

    def ends(operation: str, size: int, seconds: float) -> Spent | None:
        if asked.count(("gmssl", operation)) == 2:
            package.takes[operation] = -1
        return ask(operation, size, seconds)

    monkeypatch.setattr(package, "ask", ends)
    result = measured(GCM, 3, Scripted(sides.OURS, asked, sm4_gcm_encrypt=1), package)
    assert list(result.cells) == ["ours"]
    assert result.failed == {"gmssl": "it ended"}
    assert len(result.cells["ours"].wall) == 3
