"""A request for a certificate (PKCS#10), signed with the key that it is for.

The private key stays here. What the request says is a wish: the CA decides.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, keyfiles, naming
from tongsuo_py.cli.failures import EXIT_OK, usage_errors

SUMMARY = "make a request for a key"
EXAMPLES = """\
tongsuo-py req make meter.example 192.0.2.7 --key sign.key --out meter.req
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    naming.add_hosts(parser)
    keyfiles.add_private(parser)
    files.add_output(parser, "the request")


def run(args: argparse.Namespace) -> int:
    """Make it."""
    from tongsuo_py import pki

    key = keyfiles.private(args, args.key)
    with usage_errors():
        request = pki.Request.create(key, *args.hosts, **naming.given(args))
    files.write(args, request.to_pem(), text=True)
    return EXIT_OK
