"""Tables in the documents that the tests make: each test knows a cell or more of them.

A document has the two lines ``<!-- table NAME -->`` and ``<!-- end of table NAME -->``; what stands
between them is made here. A test says what it saw with ``Table.record``, which fails where the
document says something else. So this works in any part of the tests, on any worker of xdist.

``pytest --tables=check`` prints the tables at the end as well, and fails where the document has a
cell that no test recorded; ``--tables=write`` writes them. Both leave alone the tables of which no
test ran, so each can be had by running its own folder. A line that a test tells (``tell``) is
printed at the end in any case.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTHING = "–"  # a cell that no test fills
_PROPERTY = "table cell"
_LINE = "told"

Row = tuple[str, ...]
Cells = dict[tuple[Row, str], str]


@dataclass(frozen=True)
class Table:
    """A table: ``index`` are the headings that name a row, ``columns`` those of what was seen.

    ``note`` is Markdown to be written below it, which is not compared: versions, say.
    """

    document: str
    name: str
    index: tuple[str, ...]
    columns: tuple[str, ...]
    note: str = ""

    def record(self, node: pytest.Item, row: Row, column: str, value: str) -> None:
        """The test ``node`` saw ``value``; AssertionError where the document has another one."""
        assert len(row) == len(self.index)
        assert column in self.columns
        # The process that makes the table is not the one where xdist runs the test.
        node.user_properties.append((_PROPERTY, [astuple(self), row, column, value]))
        if node.config.getoption("tables") != "write":
            written = self.committed().get((row, column))
            assert written == value, (
                f"{self.document} has {written!r} for {', '.join(row)}: {column}, "
                f"and this test saw {value!r} (to write it anew: pytest --tables=write)"
            )

    def committed(self) -> Cells:
        """What the document says."""
        _, table, _ = self._parts()
        lines = [line for line in table.splitlines() if line.startswith("|")]
        cells: Cells = {}
        width = len(self.index)
        for line in lines[2:]:
            values = [value.strip() for value in line.strip("|").split("|")]
            for column, value in zip(self.columns, values[width:], strict=True):
                if value != NOTHING:
                    cells[tuple(values[:width]), column] = value
        return cells

    def markdown(self, cells: Cells) -> str:
        """The table of these cells, sorted by row."""

        def lines() -> Iterator[list[str]]:
            yield [*self.index, *self.columns]
            yield ["---"] * (len(self.index) + len(self.columns))
            for row in sorted({row for row, _ in cells}):
                yield [*row, *(cells.get((row, column), NOTHING) for column in self.columns)]

        return "".join(f"| {' | '.join(line)} |\n" for line in lines())

    def write(self, cells: Cells) -> None:
        """Put the table of these cells into the document."""
        before, _, after = self._parts()
        text = f"\n{self.markdown(cells)}\n" + (f"{self.note}\n\n" if self.note else "")
        (ROOT / self.document).write_text(before + text + after, encoding="utf-8")

    def _parts(self) -> tuple[str, str, str]:
        """The document up to the table, the table, and the rest."""
        start, end = f"<!-- table {self.name} -->\n", f"<!-- end of table {self.name} -->"
        text = (ROOT / self.document).read_text(encoding="utf-8")
        before, found, rest = text.partition(start)
        table, ended, after = rest.partition(end)
        assert found and ended, f"{self.document} has no place for the table {self.name!r}"  # noqa: PT018
        return before + start, table, end + after


def tell(node: pytest.Item, line: str) -> None:
    """Have a line printed at the end of the run, whatever becomes of the test ``node``."""
    node.user_properties.append((_LINE, line))


# In the process that the others report to:
_seen: dict[Table, Cells] = {}
_told: list[str] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--tables",
        choices=["check", "write"],
        help="print the tables that tests make for the documents, and check or write them",
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        for name, value in report.user_properties:
            if name == _LINE:
                _told.append(value)
            elif name == _PROPERTY and report.passed:
                (document, table, index, columns, note), row, column, cell = value
                made = Table(document, table, tuple(index), tuple(columns), note)
                _seen.setdefault(made, {})[tuple(row), column] = cell


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    mode = session.config.getoption("tables")
    if hasattr(session.config, "workerinput"):
        return
    for table, cells in _seen.items():
        if mode == "check" and _unseen(table, cells):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
        # What a test that failed would have recorded is not known.
        if mode == "write" and not session.testsfailed:
            table.write(cells)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if _told:
        terminalreporter.section("told by the tests")
    for line in sorted(_told):
        terminalreporter.write_line(line)
    mode = config.getoption("tables")
    if mode is None:
        return
    for table, cells in _seen.items():
        terminalreporter.section(f"{table.document}: {table.name}")
        terminalreporter.write(table.markdown(cells))
        if mode == "check":
            for row, columns in groupby(_unseen(table, cells), itemgetter(0)):
                unseen = "; ".join(column for _, column in columns)
                terminalreporter.write_line(f"Not seen in this run: {', '.join(row)}: {unseen}")
        if mode == "write":
            failed = terminalreporter.stats.get("failed") or terminalreporter.stats.get("error")
            terminalreporter.write_line("Not written: a test failed" if failed else "Written")


def _unseen(table: Table, cells: Cells) -> list[tuple[Row, str]]:
    """What the document has and no test recorded."""
    return sorted(table.committed().keys() - cells.keys())
