"""A message (envelopedData) that only the owners of some certificates can read.

It is not authenticated: sign it first if that matters.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files
from tongsuo_py.cli.cms import messages
from tongsuo_py.cli.failures import EXIT_OK, usage_errors

SUMMARY = "encrypt a message for the owners of certificates"
EXAMPLES = """\
tongsuo-py cms encrypt --to platform/enc.pem --out order.p7m order.json
tongsuo-py cms encrypt --to a.pem --to b.pem --pem < report > report.p7m
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "what is encrypted")
    parser.add_argument(
        "--to",
        required=True,
        action="append",
        metavar="FILE",
        help="a recipient's certificate, PEM or DER (of a pair, that for encryption); repeat it "
        "for more",
    )
    messages.add_output(parser)


def run(args: argparse.Namespace) -> int:
    """Encrypt."""
    from tongsuo_py import pki
    from tongsuo_py.pki import cms

    recipients = []
    for name in args.to:
        with usage_errors(name):
            recipients.append(pki.load_certificates(files.read(name))[0])
    data = files.read(args.input, messages.LIMIT)
    with usage_errors():
        message = cms.encrypt(data, recipients, profile=args.profile)
    messages.write(args, message)
    return EXIT_OK
