"""The numbers in the documents about speed, from the results that runs left in docs/benchmarks.

    python benchmarks/documents.py           says whether the documents have them
    python benchmarks/documents.py --write   writes them there, and draws the plots anew

A table stands between the lines ``<!-- table NAME -->`` and ``<!-- end of table NAME -->``. Results
are what ``tongsuo-py bench ... --json FILE`` wrote: those of ``compare`` are in results.json, for
docs/benchmarks.md; those of ``schemes`` and ``growth`` in schemes.json and growth.json, for
docs/benchmarks-schemes.md.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tongsuo_py.benchmark import (
    compare_plots,
    growth,
    growth_report,
    plots,
    scheme_report,
    tables,
)
from tongsuo_py.benchmark.machine import line
from tongsuo_py.benchmark.report import Report
from tongsuo_py.benchmark.tables import Table

DOCS = Path(__file__).resolve().parent.parent / "docs"
FOLDER = DOCS / "benchmarks"
_PLACE = re.compile(r"(<!-- table ([\w-]+) -->\n).*?(<!-- end of table \2 -->)", re.DOTALL)


@dataclass(frozen=True)
class Contents:
    """What stands in each place of a document, by its name; and what draws its plots, by theirs."""

    places: Mapping[str, str]
    draw: Callable[[], Mapping[str, Any]]


def _results(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def comparison() -> Contents:
    """The contents of docs/benchmarks.md."""
    report = Report.from_json(_results("results.json"))
    found = {"machine": f"{_machine(report)}\n"}
    found["targets"] = markdown(tables.targets(report))
    for table in tables.groups(report):
        found[table.columns[0].lower().replace(" ", "-")] = markdown(table)
    found["packages"] = markdown(tables.packages(report))
    found["beside-c"] = markdown(tables.beside_c(report))
    found["beside-c-provider"] = markdown(tables.beside_c_with_provider(report))
    found["beside-ssl"] = markdown(tables.beside_ssl(report))
    return Contents(found, lambda: compare_plots.draw(report))


def schemes() -> Contents:
    """The contents of docs/benchmarks-schemes.md."""
    report, grown = _results("schemes.json"), _results("growth.json")
    results = scheme_report.from_dict(report)
    curves = [growth.from_dict(each) for each in grown["curves"]]
    about = f"median of {report['rounds']} rounds; {line(report)}"
    found = {
        "schemes-machine": f"{line(report)}; cryptography {report['cryptography']}. "
        f"{report['rounds']} rounds.\n",
        "schemes": markdown(scheme_report.totals_table(results, sessions=False)),
        "schemes-steps": markdown(scheme_report.steps_table(results, sessions=False)),
        "schemes-targets": _verdicts(scheme_report.verdicts(results)),
        "sessions": markdown(scheme_report.totals_table(results, sessions=True)),
        "growth-machine": f"{line(grown)}.\n",
        "growth-verdicts": _verdicts(growth_report.verdicts(curves)),
    }
    for part in ("data", "connections", "threads"):
        found[f"growth-{part}"] = "\n".join(map(markdown, growth_report.tables(curves, part)))
    return Contents(
        found,
        lambda: {
            **scheme_report.draw(results, about),
            **growth_report.draw(curves, line(grown)),
        },
    )


#: The documents by their names.
DOCUMENTS: Mapping[str, Callable[[], Contents]] = {
    "benchmarks.md": comparison,
    "benchmarks-schemes.md": schemes,
}


def _verdicts(verdicts: Iterator[tuple[bool | None, str]]) -> str:
    marks = {True: "✓ ", False: "✗ ", None: ""}
    return "".join(f"- {marks[good]}{text}\n" for good, text in verdicts)


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


def filled(text: str, places: Mapping[str, str]) -> str:
    """The document with each place filled; KeyError for one of which nothing was measured."""
    return _PLACE.sub(lambda found: f"{found[1]}\n{places[found[2]]}\n{found[3]}", text)


def main() -> int:
    """Check, or write."""
    parser = argparse.ArgumentParser(
        prog="benchmarks/documents.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--write", action="store_true", help="write tables and plots")
    parser.add_argument(
        "--only", choices=DOCUMENTS, default=None, help="one document: the others' results are old"
    )
    options = parser.parse_args()
    wrong = False
    for name, contents in DOCUMENTS.items():
        if options.only in (None, name):
            wrong |= not _write(name, contents()) if options.write else not _check(name, contents())
    return int(wrong)


def _check(name: str, contents: Contents) -> bool:
    before = (DOCS / name).read_text(encoding="utf-8")
    same = filled(before, contents.places) == before
    if not same:
        print(f"{name} does not say what its results have: --write", file=sys.stderr)
    return same


def _write(name: str, contents: Contents) -> bool:
    before = (DOCS / name).read_text(encoding="utf-8")
    (DOCS / name).write_text(filled(before, contents.places), encoding="utf-8")
    for figure_name, figure in contents.draw().items():
        plots.save(figure, FOLDER, figure_name)
    return True


if __name__ == "__main__":
    sys.exit(main())
