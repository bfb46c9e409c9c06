"""What a request asks for, and whether it is signed by its own key."""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, showing
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG
from tongsuo_py.cli.req import reading

SUMMARY = "show what a request asks for"
EXIT_CODES = {EXIT_WRONG: "it is not signed by its own key"}
EXAMPLES = """\
tongsuo-py req show meter.req
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the request, PEM or DER")
    showing.add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Show it."""
    found = reading.request(args)
    showing.show_request(args, found)
    return EXIT_OK if found.is_signed() else EXIT_WRONG
