"""A TLCP session between two processes, step by step; then three failing attacks.

It makes a CA and certificates, starts a server and a client (the commands of
these names) that talk over TCP on this machine, and checks all that it shows.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from tongsuo_py.cli import options

SUMMARY = "show a TLCP session step by step, and three attacks that fail"
EXIT_CODES = {
    0: "all that should work did, all that should be refused was",
    1: "something else was seen",
    2: "a wrong option or directory",
}
EXAMPLES = """\
tongsuo-py demo
tongsuo-py demo --dir tlcp-demo      (keeps the certificates)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--dir",
        type=Path,
        metavar="DIR",
        help="keep the CA and the certificates in this directory, which must be new or empty "
        "(default: a temporary one, removed at the end)",
    )
    parser.add_argument(
        "--suite",
        type=options.suite,
        default=options.SUITES[0],
        metavar="NAME",
        help=f"the cipher suite (default: %(default)s); one of {', '.join(options.SUITES)}",
    )


def run(args: argparse.Namespace) -> int:
    """Show it all; 0 only if all that was expected was observed."""
    from tongsuo_py.cli.demonstration import attacks, regular
    from tongsuo_py.cli.demonstration.stage import Stage
    from tongsuo_py.cli.demonstration.world import made_in
    from tongsuo_py.cli.output import Printer

    with made_in(args.dir) as world:
        stage = Stage(Printer(sys.stdout), world)
        stage.title()
        stage.act("The session", partial(regular.play, stage, world, args.suite))
        for number, attack in enumerate(attacks.ALL, 1):
            stage.act(
                f"Attack {number}: {attack.title}",
                partial(attack.play, stage, world, args.suite),
            )
    return stage.summary(kept=args.dir)
