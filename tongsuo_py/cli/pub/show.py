"""What a public key is: of a file with the key, a certificate, or a private key."""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, keyfiles, output, passwords
from tongsuo_py.cli.failures import EXIT_OK

SUMMARY = "show a public key"
EXAMPLES = """\
tongsuo-py pub show sm2.pub
tongsuo-py pub show --json cert.pem
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the key, or what has it inside")
    passwords.add_option(parser, "a private key")
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Show it."""
    key = keyfiles.public_of_any(args, args.input)
    output.answer(args, {"kind": "SM2 public key", **keyfiles.described(key)})
    return EXIT_OK
