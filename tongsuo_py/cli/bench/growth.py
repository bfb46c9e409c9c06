"""How time and memory grow: with the data, with the connections held, with the threads.

data: SM3, SM4 in CTR and GCM mode, the encrypted file format and a TLCP stream, from one byte to
one gibibyte; the time, and how much memory there is at the most.

connections: a server's process and a client's hold up to 10,000 idle TLCP connections, both ends
authenticated; the memory of either, the work of both to make them, and the time of an echo
through one of them meanwhile. Beside them, up to 1,000: through asyncio, and TLS 1.3 with this
package and with the standard library's ssl. The limit of open files is raised as far as the system
allows.

threads: signatures, verifications, SM4-GCM and handshakes with 1 thread up to twice the cores.

Nothing is to grow faster than its work. The slope is that of a straight line through the points on
two logarithmic axes: 1 is in proportion, 0 not at all. It begins where what is always there (the
value at the first point) is less than a tenth.
"""

from __future__ import annotations

import argparse
import os
import sys
from itertools import chain
from typing import TYPE_CHECKING

from tongsuo_py.cli import options, output
from tongsuo_py.cli.bench import results
from tongsuo_py.cli.bench.progress import Tell, telling
from tongsuo_py.cli.bench.tables import print_numbers
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure

if TYPE_CHECKING:
    from tongsuo_py.benchmark.growth import Curve

SUMMARY = "time and memory against data, idle connections and threads"
EXAMPLES = """\
tongsuo-py bench growth
tongsuo-py bench growth --plots plots --json growth.json
tongsuo-py bench growth --only connections --connections 5000
"""

_MOST_CONNECTIONS = 10_000
_QUICK_CONNECTIONS, _QUICK_SIZE = 200, 10**6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--only",
        metavar="TEXT",
        help="data, connections or threads; or what has TEXT in its name",
    )
    parser.add_argument(
        "--quick", action="store_true", help="less of everything: only to see that it runs"
    )
    parser.add_argument(
        "--connections",
        type=options.positive,
        metavar="NUMBER",
        help=f"how many TLCP connections are held at the most (default: {_MOST_CONNECTIONS:,})",
    )
    results.add(parser)


def run(args: argparse.Namespace) -> int:
    """Measure, print the tables, write what was asked for."""
    from tongsuo_py.benchmark import growth_report
    from tongsuo_py.benchmark.machine import facts, line

    results.check(args)
    chosen = _chosen(args.only)
    with telling() as tell:
        curves = _measure(args, chosen, tell)
    about = facts()
    if results.as_tables(args):
        printer = output.Printer(sys.stdout)
        printer.line((line(about), "title"))
        for table in growth_report.tables(curves):
            print_numbers(printer, table.columns, table.rows)
        printer.line()
        for good, text in growth_report.verdicts(curves):
            printer.verdict(good, text)
    results.write(
        args,
        {**about, "curves": [curve.as_dict() for curve in curves]},
        lambda: growth_report.draw(curves, line(about)),
    )
    return EXIT_OK


def _measure(args: argparse.Namespace, chosen: dict[str, list[str]], tell: Tell) -> list[Curve]:
    from tongsuo_py.benchmark import growth

    quick = args.quick
    curves: list[Curve] = []
    if chosen["data"]:
        sizes = [size for size in growth.SIZES if not quick or size <= _QUICK_SIZE]
        curves += growth.data(chosen["data"], sizes, 1 if quick else 3, tell)
    if chosen["connections"]:
        most = args.connections or (_QUICK_CONNECTIONS if quick else _MOST_CONNECTIONS)
        curves += growth.connections(chosen["connections"], most, tell)
    if chosen["threads"]:
        counts = growth.thread_counts(os.cpu_count() or 1)
        rounds, seconds = (1, 0.02) if quick else (3, 0.5)
        curves += growth.threads(chosen["threads"], counts, rounds, seconds, tell)
    return curves


def _chosen(only: str | None) -> dict[str, list[str]]:
    """The names of what is measured, by its part."""
    from tongsuo_py.benchmark import growth_data, growth_idle, growth_threads

    every = {
        "data": list(growth_data.OPERATIONS),
        "connections": list(growth_idle.WAYS),
        "threads": list(growth_threads.OPERATIONS),
    }
    if only is None:
        return every
    if only in every:
        return {part: names if part == only else [] for part, names in every.items()}
    chosen = {
        part: [name for name in names if only.lower() in name.lower()]
        for part, names in every.items()
    }
    if not any(chosen.values()):
        names = ", ".join([*every, *chain.from_iterable(every.values())])
        raise Failure(f"--only: nothing has {only!r} in its name: {names}", EXIT_USAGE)
    return chosen
