"""A signed message (signedData): the content, who signed it, and the certificates for it."""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files
from tongsuo_py.cli.cms import messages
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure, usage_errors

SUMMARY = "sign a message"
EXAMPLES = """\
tongsuo-py cms sign --signer meter --out reading.p7s reading.json
tongsuo-py cms sign --signer www.p12 --detached --pem report.pdf > report.p7s
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "what is signed")
    messages.add_owner(parser, "--signer", "the signer's certificate")
    parser.add_argument(
        "--detached", action="store_true", help="leave the content out of the message"
    )
    parser.add_argument(
        "--no-attributes",
        action="store_true",
        help="sign the content itself, without the time (always so for --profile gmssl)",
    )
    messages.add_output(parser)


def run(args: argparse.Namespace) -> int:
    """Sign."""
    from tongsuo_py import pki
    from tongsuo_py.pki import cms

    if args.owner is None:
        raise Failure("who signs? Give --signer", EXIT_USAGE)
    owner = messages.owner(args)
    signer = owner.sign if isinstance(owner, pki.CertificatePair) else owner
    data = files.read(args.input, messages.LIMIT)
    with usage_errors():
        message = cms.sign(
            data,
            signer,
            detached=args.detached,
            attributes=not args.no_attributes and args.profile != "gmssl",
            profile=args.profile,
        )
    messages.write(args, message)
    return EXIT_OK
