"""What the rounds come to: medians, how far they went apart, and ratios between the sides.

A report is what ``--json`` writes, and all that the tables, the plots and the documents are made
from.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tongsuo_py.benchmark import sides as names
from tongsuo_py.benchmark.compare import COUNTERPART, Cell, Result
from tongsuo_py.benchmark.rows import Row, items
from tongsuo_py.benchmark.rows import rows as all_rows
from tongsuo_py.benchmark.sides import Side
from tongsuo_py.benchmark.targets import PACKAGE, TARGETS, Target

_NOT_PACKAGES = (
    names.OURS,
    names.PLAIN,
    names.C,
    names.C_WITH_PROVIDER,
    COUNTERPART,
    names.STDLIB,
)


@dataclass(frozen=True)
class Ratio:
    """How many times as fast one side is as another.

    ``value`` is the median of the rounds' own ratios, ``spread`` the middle half of them; ``best``
    compares each side's best round, for a machine that others share only ever adds time.
    """

    value: float
    spread: float
    best: float


@dataclass(frozen=True)
class Measured:
    """A row and what each side took for one item of it, in each round."""

    row: Row
    cells: Mapping[str, Cell]
    failed: Mapping[str, str] = field(default_factory=dict)

    def median(self, side: str) -> float | None:
        """Nanoseconds for one item; None if it was not measured."""
        return statistics.median(self.cells[side].wall) if side in self.cells else None

    def spread(self, side: str) -> float:
        """The middle half of the rounds, as a part of their median."""
        return _middle_half(self.cells[side].wall) / statistics.median(self.cells[side].wall)

    def speed(self, side: str) -> float | None:
        """Bytes in a second where the row moves bytes, otherwise items in a second."""
        median = self.median(side)
        if median is None:
            return None
        amount = 1.0 if self.row.moved is None else self.row.moved / items(self.row.operation)
        if self.row.action == "connections":
            amount = float(self.row.size)
        return amount / median * 1e9

    def ratio(self, ours: str, beside: str) -> Ratio | None:
        """How many times as fast ``ours`` is as ``beside``; None if one was not measured."""
        if ours not in self.cells or beside not in self.cells:
            return None
        mine, theirs = self.cells[ours].wall, self.cells[beside].wall
        # Who had fewer rounds had them at the beginning.
        each = [b / a for a, b in zip(mine, theirs, strict=False)]
        return Ratio(statistics.median(each), _middle_half(each), min(theirs) / min(mine))

    def cpu_ratio(self, ours: str, beside: str) -> float | None:
        """The same by the processor's clock, which leaves out what other programs took."""
        if ours not in self.cells or beside not in self.cells:
            return None
        pairs = zip(self.cells[ours].cpu, self.cells[beside].cpu, strict=False)
        return statistics.median(theirs / mine for mine, theirs in pairs)

    def best_package(self) -> str | None:
        """The package with the least time; ``cryptography`` is one where it has SM3 and SM4."""
        packages = [side for side in self.cells if side not in _NOT_PACKAGES]
        return min(packages, key=lambda side: self.median(side) or 0, default=None)


@dataclass(frozen=True)
class Reached:
    """A target and what was measured: None where it could not be."""

    target: Target
    ratio: Ratio | None
    package: str | None = None

    @property
    def good(self) -> bool | None:
        """Whether it is reached; None where that is not known."""
        return None if self.ratio is None else self.ratio.value >= self.target.least


@dataclass(frozen=True)
class Report:
    """All of a run: ``about`` says what machine, what versions, when and how long."""

    about: Mapping[str, Any]
    sides: Mapping[str, Mapping[str, str]]
    missing: Mapping[str, str]
    measured: Sequence[Measured]

    def with_result(self, result: Result) -> Report:
        """This, and one row more, unless we have no such operation."""
        if names.OURS not in {*result.cells, *result.failed}:
            return self
        measured = Measured(result.row, result.cells, result.failed)
        return replace(self, measured=[*self.measured, measured])

    def to_json(self) -> dict[str, Any]:
        """What can be written as JSON; times in nanoseconds for one item."""
        return {
            **self.about,
            "sides": dict(self.sides),
            "missing": dict(self.missing),
            "rows": [
                {
                    "name": each.row.name,
                    "group": each.row.group,
                    "text": each.row.text,
                    "size": each.row.size,
                    "sides": {
                        side: {
                            "median": _short(statistics.median(cell.wall)),
                            "best": _short(min(cell.wall)),
                            "rounds": [_short(value) for value in cell.wall],
                            "cpu": [_short(value) for value in cell.cpu],
                        }
                        for side, cell in each.cells.items()
                    },
                    **({"failed": dict(each.failed)} if each.failed else {}),
                }
                for each in self.measured
            ],
            "targets": [
                {
                    "target": reached.target.text,
                    "at_least": reached.target.least,
                    "measured": None if reached.ratio is None else _short(reached.ratio.value),
                }
                for reached in self.targets()
            ],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Report:
        """The report that ``to_json`` wrote; rows that are no more are left out."""
        own = ("sides", "missing", "rows", "targets")
        rows = {row.name: row for row in all_rows()}
        measured = [
            Measured(
                rows[each["name"]],
                {
                    side: Cell(list(cell["rounds"]), list(cell["cpu"]))
                    for side, cell in each["sides"].items()
                },
                each.get("failed", {}),
            )
            for each in value["rows"]
            if each["name"] in rows
        ]
        about = {name: about for name, about in value.items() if name not in own}
        return cls(about, value["sides"], value["missing"], measured)

    def targets(self) -> list[Reached]:
        """Every target of which there is something in this report."""
        by_name = {each.row.name: each for each in self.measured}
        found = []
        for target in TARGETS:
            each = by_name.get(target.row)
            if each is None:
                continue
            package = each.best_package() if target.beside == PACKAGE else None
            beside = package if target.beside == PACKAGE else target.beside
            ratio = None if beside is None else each.ratio(target.ours, beside)
            found.append(Reached(target, ratio, package))
        return found


def begin(about: Mapping[str, Any], sides: Iterable[Side], missing: Mapping[str, str]) -> Report:
    """The report of a run in which nothing was measured yet."""
    facts = {side.name: {"title": side.title, **side.facts} for side in sides}
    return Report(about, facts, missing, ())


def _middle_half(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    lower, _, upper = statistics.quantiles(values, n=4, method="inclusive")
    return upper - lower


def _short(value: float) -> float:
    """Five digits: what lies behind is noise."""
    return float(f"{value:.5g}")
