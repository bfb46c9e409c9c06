"""The comparison in the terminal: each table as soon as its rows are there."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter

from tongsuo_py.benchmark import tables
from tongsuo_py.benchmark.machine import line
from tongsuo_py.benchmark.report import Report
from tongsuo_py.benchmark.sides import title
from tongsuo_py.cli.bench.progress import Tell
from tongsuo_py.cli.bench.tables import print_numbers
from tongsuo_py.cli.output import Printer, count


class Tables:
    """Prints a report while it grows, in place of the line that ``tell`` writes; or nothing."""

    def __init__(self, printer: Printer | None, tell: Tell) -> None:
        self._printer = printer
        self._tell = tell
        self._printed = 0

    def begin(self, report: Report) -> None:
        """Who takes part, and who does not, and why."""
        printer = self._printer
        if printer is None:
            return
        self._tell("")
        printer.paragraph(line(report.about), "title")
        rounds, seconds = report.about["rounds"], report.about["seconds"]
        printer.line((f"{count(rounds, 'round')} of {seconds:g} s for each side, in turn", ""))
        printer.line()
        width = max(len(facts["title"]) for facts in report.sides.values()) + 2
        for facts in report.sides.values():
            versions = [facts[name] for name in ("version", "library") if name in facts]
            if "accelerated" in facts:
                versions.append(f"accelerated: {facts['accelerated']}")
            printer.entry(facts["title"], ", ".join(versions), label_width=width)
        by_reason = sorted(report.missing.items(), key=itemgetter(1))
        for reason, sides in groupby(by_reason, itemgetter(1)):
            names = "; ".join(title(name) for name, _ in sides)
            printer.verdict(False, f"left out: {names}: {reason}")

    def add(self, report: Report) -> None:
        """Print the groups that are complete: all but the last."""
        self._groups(report, 1)

    def end(self, report: Report) -> None:
        """Print what is left, and the tables that are made from all of it."""
        self._groups(report, 0)
        for make in (
            tables.beside_c,
            tables.beside_c_with_provider,
            tables.beside_ssl,
            tables.packages,
        ):
            self._print(make(report))
        if report.about["rounds"] > 1:  # one round says nothing of them
            self._print(tables.targets(report))
        if self._printer is not None:
            for each in report.measured:
                for side, reason in each.failed.items():
                    self._printer.verdict(False, f"{each.row.name}: {side}: {reason}")

    def _groups(self, report: Report, left: int) -> None:
        made = list(tables.groups(report))
        for table in made[self._printed : len(made) - left]:
            self._print(table)
            self._printed += 1

    def _print(self, table: tables.Table) -> None:
        if self._printer is None or not table.rows:
            return
        self._tell("")
        print_numbers(self._printer, table.columns, table.rows)
        if table.title:
            self._printer.paragraph(table.title, "dim")
