"""Ours beside the same from C, the standard library and cryptography with AES, and others' packages.

Every side is a process of its own; they take turns in short rounds, so that what else the machine
does hits all of them. "x" columns say how many times as fast ours is as that side: the median of
the rounds' own ratios. The packages of PyPI are installed once, each into an environment of its own
in the user's cache directory.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tongsuo_py.cli import options, output
from tongsuo_py.cli.bench.progress import telling
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure

SUMMARY = "beside C, AES and P-256, and other packages"
EXAMPLES = """\
tongsuo-py bench compare
tongsuo-py bench compare --quick --only SM4-GCM --without-packages
tongsuo-py bench compare --json results.json --plots plots
"""

_ROUNDS, _SECONDS = 9, 0.04
_QUICK_SECONDS = 0.01


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--only", metavar="TEXT", help="the rows with TEXT in their names, whatever its case"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one short round: only to see that it runs"
    )
    parser.add_argument(
        "--rounds",
        type=options.positive,
        metavar="N",
        help=f"how often each side has its turn (default: {_ROUNDS})",
    )
    parser.add_argument(
        "--seconds",
        type=options.seconds,
        metavar="SECONDS",
        help=f"how long a turn is (default: {_SECONDS})",
    )
    parser.add_argument(
        "--without-packages",
        action="store_true",
        help="leave out the packages of PyPI, which have to be installed once",
    )
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="write all numbers there as JSON; - for standard output, in place of the tables",
    )
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="draw bars there, PNG and SVG (needs matplotlib)"
    )


def run(args: argparse.Namespace) -> int:
    """Measure, print the tables as they are done, write what was asked for."""
    from tongsuo_py.benchmark import compare, plots, report, rows, sides
    from tongsuo_py.benchmark.machine import facts
    from tongsuo_py.cli.bench.comparison import Tables

    chosen = [row for row in rows.rows() if args.only is None or row.matches(args.only)]
    if not chosen:
        raise Failure(f"--only: no row has {args.only!r} in its name", EXIT_USAGE)
    if args.plots is not None:
        try:
            plots.check()
        except plots.NoPlots as error:
            raise Failure(str(error), EXIT_USAGE) from None
    if args.json not in (None, "-"):
        _check_writable(Path(args.json))
    rounds = args.rounds or (1 if args.quick else _ROUNDS)
    seconds = args.seconds or (_QUICK_SECONDS if args.quick else _SECONDS)
    tables = None if args.json == "-" else Tables(output.Printer(sys.stdout))
    with (
        tempfile.TemporaryDirectory(prefix="tongsuo-py-bench-") as name,
        telling() as tell,
        sides.started(Path(name), not args.without_packages, tell) as (alive, missing),
    ):
        about = {**facts(), "rounds": rounds, "seconds": seconds}
        done = report.begin(about, alive, missing)
        if tables is not None:
            tell("")
            tables.begin(done)
        for result in compare.run(chosen, alive, rounds, seconds, tell):
            done = done.with_result(result)
            if tables is not None:
                tell("")
                tables.add(done)
        if tables is not None:
            tell("")
            tables.end(done)
    if args.json == "-":
        output.print_json(done.to_json())
    elif args.json is not None:
        Path(args.json).write_text(json.dumps(done.to_json(), indent=1) + "\n", encoding="utf-8")
    if args.plots is not None:
        from tongsuo_py.benchmark import compare_plots

        for name, figure in compare_plots.draw(done).items():
            plots.save(figure, args.plots, name)
    return EXIT_OK


def _check_writable(path: Path) -> None:
    """Before minutes of measuring."""
    if not path.absolute().parent.is_dir():
        raise Failure(f"{path}: there is no such folder", EXIT_USAGE)
