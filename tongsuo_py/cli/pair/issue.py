"""TLCP's two certificates with new SM2 keys, both made here.

The directory gets sign.pem and enc.pem (with their chain), sign.key and
enc.key, and ca.pem (the root). Devices that make their signing key themselves
send a request: see tongsuo-py req make.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import directories, issuing, naming
from tongsuo_py.cli.failures import usage_errors

SUMMARY = "have a CA issue a pair, with new keys"
EXAMPLES = """\
tongsuo-py pair issue platform.example 192.0.2.1 --ca ca --out platform
tongsuo-py pair issue --common-name meter-0001 --ca ca --out meter
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    issuing.add_arguments(parser, "the pair")


def run(args: argparse.Namespace) -> int:
    """Issue it."""
    ca = directories.authority(args)
    with usage_errors():
        pair = ca.issue_pair(*args.hosts, **naming.given(args), **naming.profile(args))
    return issuing.deliver(args, pair, pair.sign, pair.enc)
