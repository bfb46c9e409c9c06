"""A new SM2 private key, from Tongsuo's random numbers."""

from __future__ import annotations

import argparse

from tongsuo_py.cli.failures import EXIT_OK
from tongsuo_py.cli.key import forms
from tongsuo_py.cli.passwords import PASSWORD

SUMMARY = "make a private key"
EXAMPLES = """\
tongsuo-py key make --out sm2.key
tongsuo-py key make --encrypt sm4-cbc --password-file password --out sm2.key
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    forms.add_arguments(parser, PASSWORD)


def run(args: argparse.Namespace) -> int:
    """Make it."""
    from tongsuo_py import sm2

    forms.check(args)
    forms.write(args, sm2.PrivateKey.generate(), PASSWORD)
    return EXIT_OK
