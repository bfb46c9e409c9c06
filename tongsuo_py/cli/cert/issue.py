"""A certificate with a new SM2 key, for TLS 1.3 with SM2 (RFC 8998).

The directory gets cert.pem (with its chain), cert.key and ca.pem (the root).
For TLCP, which takes two, see: tongsuo-py pair issue.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import directories, issuing, naming
from tongsuo_py.cli.failures import usage_errors

SUMMARY = "have a CA issue a certificate, with a new key"
EXAMPLES = """\
tongsuo-py cert issue www.example 192.0.2.1 --ca ca --out www
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    issuing.add_arguments(parser, "the certificate")


def run(args: argparse.Namespace) -> int:
    """Issue it."""
    ca = directories.authority(args)
    with usage_errors():
        issued = ca.issue(*args.hosts, **naming.given(args), **naming.profile(args))
    return issuing.deliver(args, issued, issued)
