"""What a revocation list says: whose it is, until when, and the certificates on it."""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, showing
from tongsuo_py.cli.failures import EXIT_OK

SUMMARY = "show what a revocation list says"
EXAMPLES = """\
tongsuo-py crl show ca.crl
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the list, PEM or DER")
    showing.add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Show it."""
    from tongsuo_py import pki

    found = files.load(args.input, pki.load_crl)
    showing.show_revocation_list(args, found)
    return EXIT_OK
