"""Ours beside the same from C, beside AES and P-256, and beside the packages of others.

Every side is a process of its own; they take turns in short rounds, so that what else the machine
does hits all of them. Columns with an x say how many times as fast ours is as that side: the median
of the rounds' own ratios. AES, SHA-256 and P-256 are those of cryptography, hashlib and ssl. The
packages of PyPI are installed once, each into an environment of its own in the user's cache.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tongsuo_py.cli import options, output
from tongsuo_py.cli.bench import results
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
    results.add(parser)


def run(args: argparse.Namespace) -> int:
    """Measure, print the tables as they are done, write what was asked for."""
    from tongsuo_py.benchmark import compare, compare_plots, report, rows, sides
    from tongsuo_py.benchmark.machine import facts
    from tongsuo_py.cli.bench.comparison import Tables

    chosen = [row for row in rows.rows() if args.only is None or row.matches(args.only)]
    if not chosen:
        raise Failure(f"--only: no row has {args.only!r} in its name", EXIT_USAGE)
    results.check(args)
    rounds = args.rounds or (1 if args.quick else _ROUNDS)
    seconds = args.seconds or (_QUICK_SECONDS if args.quick else _SECONDS)
    with (
        tempfile.TemporaryDirectory(prefix="tongsuo-py-bench-") as name,
        telling() as tell,
        sides.started(Path(name), not args.without_packages, tell) as (alive, missing),
    ):
        about = {**facts(), "rounds": rounds, "seconds": seconds}
        done = report.begin(about, alive, missing)
        tables = Tables(output.Printer(sys.stdout) if results.as_tables(args) else None, tell)
        tables.begin(done)
        for result in compare.run(chosen, alive, rounds, seconds, tell):
            done = done.with_result(result)
            tables.add(done)
        tables.end(done)
    results.write(args, done.to_json(), lambda: compare_plots.draw(done))
    return EXIT_OK
