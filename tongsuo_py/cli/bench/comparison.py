"""The comparison in the terminal: each table as soon as its rows are there."""

from __future__ import annotations

from itertools import groupby

from tongsuo_py.benchmark import tables
from tongsuo_py.benchmark.machine import line
from tongsuo_py.benchmark.report import Report
from tongsuo_py.cli.bench.tables import print_numbers
from tongsuo_py.cli.output import Printer


class Tables:
    """Prints a report while it grows."""

    def __init__(self, printer: Printer) -> None:
        self._printer = printer
        self._printed = 0

    def begin(self, report: Report) -> None:
        """Who takes part, and who does not, and why."""
        printer = self._printer
        printer.paragraph(line(report.about), "title")
        rounds, seconds = report.about["rounds"], report.about["seconds"]
        printer.line((f"{rounds} rounds of {seconds:g} s for each side, in turn", ""))
        printer.line()
        versions = {
            facts["title"]: ", ".join(
                facts[name] for name in ("version", "library", "accelerated") if name in facts
            ).replace(", nothing", ", not accelerated")
            for facts in report.sides.values()
        }
        printer.fields(versions)
        for reason, names in groupby(
            sorted(report.missing, key=report.missing.__getitem__), report.missing.__getitem__
        ):
            printer.verdict(False, f"left out: {', '.join(names)}: {reason}")

    def add(self, report: Report) -> None:
        """Print the groups that are complete: all but the last."""
        self._groups(report, 1)

    def end(self, report: Report) -> None:
        """Print what is left, and the tables that are made from all of it."""
        self._groups(report, 0)
        for table in (tables.beside_c(report), tables.beside_ssl(report), tables.packages(report)):
            self._print(table)
        self._print(tables.targets(report))
        for each in report.measured:
            for side, reason in each.failed.items():
                self._printer.verdict(False, f"{each.row.name}: {side}: {reason}")

    def _groups(self, report: Report, left: int) -> None:
        made = list(tables.groups(report))
        for table in made[self._printed : len(made) - left]:
            self._print(table)
            self._printed += 1

    def _print(self, table: tables.Table) -> None:
        if not table.rows:
            return
        print_numbers(self._printer, table.columns, table.rows)
        if table.title:
            self._printer.paragraph(table.title, "dim")
