"""What certificates say, drawn as a tree: each below the one that issued it."""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, showing
from tongsuo_py.cli.failures import EXIT_OK

SUMMARY = "show what certificates say"
EXAMPLES = """\
tongsuo-py cert show www/cert.pem
tongsuo-py cert show --text www/cert.pem
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the certificates, PEM or DER")
    showing.add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Show them."""
    from tongsuo_py import pki

    found = files.load(args.input, pki.load_certificates)
    showing.show_certificates(args, found)
    return EXIT_OK
