"""What a private key is, without what is secret about it."""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, keyfiles, output, passwords
from tongsuo_py.cli.failures import EXIT_OK

SUMMARY = "show the public half of a private key"
EXAMPLES = """\
tongsuo-py key show sm2.key
tongsuo-py key show --json < sm2.key
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the private key, in any format")
    passwords.add_option(parser, "the key")
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Show it."""
    key = keyfiles.private(args, args.input)
    output.answer(args, {"kind": "SM2 private key", **keyfiles.described(key.public_key())})
    return EXIT_OK
