"""The numbers in docs/benchmarks.md, from the results that a run left in docs/benchmarks.

    python benchmarks/documents.py           says whether the document has them
    python benchmarks/documents.py --write   writes them into it, and draws the plots anew

A table stands between the lines ``<!-- table NAME -->`` and ``<!-- end of table NAME -->``. Results
are what ``tongsuo-py bench ... --json docs/benchmarks/results.json`` wrote.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tongsuo_py.benchmark import compare_plots, plots, tables
from tongsuo_py.benchmark.machine import line
from tongsuo_py.benchmark.report import Report
from tongsuo_py.benchmark.tables import Table

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "benchmarks"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
RESULTS = FOLDER / "results.json"
_PLACE = re.compile(r"(<!-- table ([\w-]+) -->\n).*?(<!-- end of table \2 -->)", re.DOTALL)


def read() -> Report:
    """The report of the run that the document tells about."""
    return Report.from_json(json.loads(RESULTS.read_text(encoding="utf-8")))


def made(report: Report) -> dict[str, str]:
    """What stands in each place of the document, by its name."""
    found = {"machine": f"{_machine(report)}\n"}
    found["targets"] = markdown(tables.targets(report))
    for table in tables.groups(report):
        found[table.columns[0].lower().replace(" ", "-")] = markdown(table)
    found["packages"] = markdown(tables.packages(report))
    found["beside-c"] = markdown(tables.beside_c(report))
    found["beside-ssl"] = markdown(tables.beside_ssl(report))
    return found


def _machine(report: Report) -> str:
    about = report.about
    sides = [
        f"{facts['title']} {facts.get('version', '')} ({facts['library']})"
        for facts in report.sides.values()
        if "version" in facts
    ]
    text = f"{line(about)}. {about['rounds']} rounds of {about['seconds']:g} s for each side."
    text += f" Measured: {'; '.join(dict.fromkeys(sides))}."
    if report.missing:
        text += " Left out: " + "; ".join(f"{n}: {why}" for n, why in report.missing.items()) + "."
    return text


def markdown(table: Table) -> str:
    """A table as Markdown, its numbers at the right."""

    def lines() -> Iterator[Sequence[str]]:
        yield table.columns
        yield ["---", *("--:" for _ in table.columns[1:])]
        yield from table.rows

    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines())


def filled(text: str, places: dict[str, str]) -> str:
    """The document with each place filled; KeyError for one of which nothing was measured."""
    return _PLACE.sub(lambda found: f"{found[1]}\n{places[found[2]]}\n{found[3]}", text)


def main() -> int:
    """Check, or write."""
    parser = argparse.ArgumentParser(prog="benchmarks/documents.py", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write tables and plots")
    options = parser.parse_args()
    report = read()
    before = DOCUMENT.read_text(encoding="utf-8")
    after = filled(before, made(report))
    if options.write:
        DOCUMENT.write_text(after, encoding="utf-8")
        for name, figure in compare_plots.draw(report).items():
            plots.save(figure, FOLDER, name)
    elif before != after:
        print(f"{DOCUMENT.name} does not say what {RESULTS.name} has: --write", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
