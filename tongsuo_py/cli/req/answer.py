"""A certificate for the key of a request. Look at the request first: req show.

Its subject, and the names that it asks for unless --host gives others, are
taken over; nothing else of the request is. For TLCP, which takes two
certificates, see: tongsuo-py pair answer.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import directories, files
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG, usage_errors
from tongsuo_py.cli.req import reading

SUMMARY = "have a CA answer a request with a certificate"
EXIT_CODES = {EXIT_WRONG: "the request is not signed by its own key"}
EXAMPLES = """\
tongsuo-py req answer meter.req --ca ca --out meter.pem
tongsuo-py req answer meter.req --ca ca --host meter.example --out meter.pem
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    reading.add_request(parser)
    parser.add_argument(
        "--profile",
        choices=("single", "sign", "enc"),
        default="single",
        help="single: for TLS 1.3; sign or enc: one of TLCP's two (default: single)",
    )
    directories.add_authority(parser)
    files.add_output(parser, "the certificate with its chain")


def run(args: argparse.Namespace) -> int:
    """Answer it."""
    request, ca = reading.request(args), directories.authority(args)
    with usage_errors():
        certificate = ca.answer(request, profile=args.profile, **reading.terms(args))
    directories.register(args).add(certificate)
    chain = b"".join(each.to_pem() for each in (certificate, *ca.chain))
    files.write(args, chain, text=True)
    return EXIT_OK
