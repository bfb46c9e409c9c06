"""A new SM2 private key, from Tongsuo's random numbers."""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files
from tongsuo_py.cli.failures import EXIT_OK

SUMMARY = "make a private key"
EXAMPLES = """\
tongsuo-py key make --out sm2.key
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_output(parser, "the key")


def run(args: argparse.Namespace) -> int:
    """Make it."""
    from tongsuo_py import sm2

    files.write(args, sm2.PrivateKey.generate().to_pem(), private=True, text=True)
    return EXIT_OK
