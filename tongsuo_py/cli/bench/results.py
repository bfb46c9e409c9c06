"""Where the results of a measurement go besides the terminal: --json and --plots."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tongsuo_py.cli import output
from tongsuo_py.cli.failures import EXIT_USAGE, Failure


def add(parser: argparse.ArgumentParser) -> None:
    """--json and --plots."""
    parser.add_argument(
        "--json",
        metavar="FILE",
        help="write all numbers there as JSON; - for standard output, in place of the tables",
    )
    parser.add_argument(
        "--plots", type=Path, metavar="DIR", help="draw there, PNG and SVG (needs matplotlib)"
    )


def check(args: argparse.Namespace) -> None:
    """Raise Failure where they cannot be written: before minutes of measuring, not after."""
    from tongsuo_py.benchmark import plots

    if args.plots is not None:
        try:
            plots.check()
        except plots.NoPlots as error:
            raise Failure(str(error), EXIT_USAGE) from None
    if args.json not in (None, "-") and not Path(args.json).absolute().parent.is_dir():
        raise Failure(f"{args.json}: there is no such folder", EXIT_USAGE)


def as_tables(args: argparse.Namespace) -> bool:
    """Whether the tables are printed."""
    return bool(args.json != "-")


def write(
    args: argparse.Namespace, report: Mapping[str, Any], draw: Callable[[], Mapping[str, Any]]
) -> None:
    """Write what was asked for; ``draw`` gives figures by the names of their files."""
    from tongsuo_py.benchmark import plots

    if args.json == "-":
        output.print_json(report)
    elif args.json is not None:
        Path(args.json).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    if args.plots is not None:
        for name, figure in draw().items():
            plots.save(figure, args.plots, name)
