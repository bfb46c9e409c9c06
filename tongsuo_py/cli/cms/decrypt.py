"""The content of an encrypted message (envelopedData), for one of its recipients."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tongsuo_py.cli import files, keyfiles, text
from tongsuo_py.cli.cms import messages
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure, usage_errors

if TYPE_CHECKING:
    from tongsuo_py.pki import cms

SUMMARY = "decrypt a message"
EXIT_CODES = {
    1: "it could not be decrypted",
    2: "a wrong option, file, key or password, or it is for somebody else",
}
EXAMPLES = """\
tongsuo-py cms decrypt --recipient platform --out order.json order.p7m
tongsuo-py cms decrypt --key enc.key order.p7m > order.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the message, PEM or DER")
    messages.add_owner(parser, "--recipient", "the recipient's certificate")
    parser.add_argument("--key", metavar="FILE", help="the recipient's private key alone")
    files.add_output(parser, "the content")


def run(args: argparse.Namespace) -> int:
    """Decrypt."""
    from tongsuo_py.pki import cms

    files.only_one_standard_input(FILE=args.input, **{"--key": args.key})
    recipient = _recipient(args)
    message = files.read(args.input, 2 * messages.LIMIT)
    with usage_errors(files.shown(args.input)):
        content = cms.decrypt(message, recipient)
    files.write(args, content, private=True, text=text.is_printable(content))
    return EXIT_OK


def _recipient(args: argparse.Namespace) -> cms.Recipient:
    if (args.owner is None) == (args.key is None):
        raise Failure("who is the recipient? Give --recipient or --key, one of them", EXIT_USAGE)
    return keyfiles.private(args, args.key) if args.owner is None else messages.owner(args)
