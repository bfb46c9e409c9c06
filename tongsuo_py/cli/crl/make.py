"""The next revocation list of a CA, with all that was revoked by ca revoke.

It takes the place of the one before. Make one in good time before it is out of
date, also when nothing was revoked: verifiers refuse an old one.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import directories, files, options
from tongsuo_py.cli.failures import EXIT_OK, usage_errors

SUMMARY = "make the next list of a CA"
EXAMPLES = """\
tongsuo-py crl make --ca ca --out ca.crl --force
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--days",
        type=options.positive,
        default=30,
        metavar="N",
        help="until the next list is due (default: 30)",
    )
    directories.add_authority(parser)
    files.add_output(parser, "the list")


def run(args: argparse.Namespace) -> int:
    """Make it."""
    ca, register = directories.authority(args), directories.register(args)
    with usage_errors():
        made = register.issue_crl(ca, days=args.days)
    files.write(args, made.to_pem(), text=True)
    return EXIT_OK
