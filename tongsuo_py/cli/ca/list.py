"""The certificates that a CA issued, as its register has them."""

from __future__ import annotations

import argparse
import sys

from tongsuo_py.cli import directories, output
from tongsuo_py.cli.failures import EXIT_OK, usage_errors

SUMMARY = "list the certificates that it issued"
EXAMPLES = """\
tongsuo-py ca list --ca ca
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    directories.add_authority(parser, key=False)
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """List them."""
    register = directories.register(args)
    with usage_errors():
        revoked = {each.serial_number: f"{each.date:%Y-%m-%d}" for each in register.revoked}
        issued = [
            {
                "serial_number": f"{each.serial_number:x}",
                "subject": each.subject,
                "not_after": f"{each.not_after:%Y-%m-%d}",
                "revoked": revoked.get(each.serial_number),
            }
            for each in register.issued
        ]
    if args.json:
        output.print_json(issued)
    elif issued:
        output.Printer(sys.stdout).table(
            ("serial number", "subject", "valid until", "revoked on"),
            [tuple(each.values()) for each in issued],
        )
    return EXIT_OK
