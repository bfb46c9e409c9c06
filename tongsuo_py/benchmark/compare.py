"""The rounds: for each row all sides in turn, for short times, so that all see one machine."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tongsuo_py.benchmark import sides as names
from tongsuo_py.benchmark.rows import LARGEST_FOR_PACKAGES, Row, items
from tongsuo_py.benchmark.sides import Lost, Side
from tongsuo_py.benchmark.timing import Spent

#: What stands for AES, SHA-256 and P-256 in a row, whichever side it is.
COUNTERPART = "counterpart"
_PACKAGES_ROUNDS = 3
_LONG = 0.25  # seconds: beside a call that takes longer nothing is that is done once
_LONG_ROUNDS = 3
_OWN = frozenset({names.OURS, names.PLAIN, names.C, names.C_WITH_PROVIDER})


@dataclass
class Cell:
    """What one side took in each round: nanoseconds for one item, by the wall and by the CPU."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


@dataclass
class Result:
    """A row and its cells by side; ``failed`` has what went wrong in a side that has none."""

    row: Row
    cells: dict[str, Cell] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Asked:
    """A cell to be filled: whom to ask for what."""

    column: str
    side: Side
    operation: str


def run(
    rows: Iterable[Row],
    sides: Sequence[Side],
    rounds: int,
    seconds: float,
    tell: Callable[[str], None],
) -> Iterator[Result]:
    """Measure row after row; ``tell`` is given the name of each before.

    A side that fails in a row is left out of it, and one that ended of all that follow.
    """
    alive = list(sides)
    for row in rows:
        tell(row.name)
        result = Result(row)
        _measure(row, result, _asked(row, alive), rounds, seconds)
        alive = [side for side in alive if side.running]
        yield result


def _asked(row: Row, sides: Sequence[Side]) -> Iterator[_Asked]:
    """Our sides first; the counterpart's operation is asked of its own side."""
    for side in sides:
        if row.counterpart is not None and side.name == row.counterpart[0]:
            yield _Asked(COUNTERPART, side, row.counterpart[1])
        operation = row.operation
        if side.name not in (names.OURS, names.PLAIN) and row.single is not None:
            operation = row.single
        if side.name in _OWN or ("/" not in operation and row.size <= LARGEST_FOR_PACKAGES):
            yield _Asked(side.name, side, operation)


def _measure(
    row: Row, result: Result, asked: Iterable[_Asked], rounds: int, seconds: float
) -> None:
    left: dict[_Asked, int] = {}
    for each in asked:
        # A first time, for what is loaded or looked up once, and to see how long it takes.
        spent = _ask(row, result, each, seconds / 4)
        if spent is None:
            continue
        most = rounds if each.column in (*_OWN, COUNTERPART) else _PACKAGES_ROUNDS
        if spent.wall > _LONG * 1e9:
            _keep(result, each, spent)
            most = min(most, _LONG_ROUNDS) - 1
        left[each] = min(most, rounds)
    for turn in range(rounds):
        order = [each for each, count in left.items() if turn < count]
        for each in reversed(order) if turn % 2 else order:
            spent = _ask(row, result, each, seconds)
            if spent is None:
                left[each] = 0
                result.cells.pop(each.column, None)
            else:
                _keep(result, each, spent)


def _keep(result: Result, each: _Asked, spent: Spent) -> None:
    cell = result.cells.setdefault(each.column, Cell())
    count = items(each.operation)
    cell.wall.append(spent.wall / count)
    cell.cpu.append(spent.cpu / count)


def _ask(row: Row, result: Result, each: _Asked, seconds: float) -> Spent | None:
    try:
        if row.cores:
            return each.side.ask_all(each.operation, row.size, seconds, _cores())
        return each.side.ask(each.operation, row.size, seconds)
    except Lost as error:
        result.failed[each.column] = str(error)
        return None


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
