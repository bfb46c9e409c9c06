"""Whether all who signed a message did so, and have certificates that are trusted."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tongsuo_py.cli import files, output, text, trust
from tongsuo_py.cli.cms import messages
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG, usage_errors

if TYPE_CHECKING:
    from tongsuo_py.pki import cms

SUMMARY = "verify a signed message"
EXIT_CODES = {
    0: "all signatures are good",
    1: "one is not, or its certificate is not trusted",
    2: "a wrong option or file",
}
EXAMPLES = """\
tongsuo-py cms verify --ca ca.pem reading.p7s
tongsuo-py cms verify --ca ca.pem --content report.pdf report.p7s
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the message, PEM or DER")
    parser.add_argument(
        "--content", metavar="FILE", help="the content of a message that is detached from it"
    )
    trust.add_options(parser)
    parser.add_argument(
        "--any-signer",
        action="store_true",
        help="do NOT check the certificates: anybody can have signed",
    )
    group = parser.add_argument_group("output")
    group.add_argument("--out", metavar="FILE", help="write the content there, if all is good")
    group.add_argument(
        "--force", action="store_true", help="replace the file of --out if there is one"
    )
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Verify."""
    from tongsuo_py.pki import cms

    files.only_one_standard_input(FILE=args.input, **{"--content": args.content})
    message = files.read(args.input, 2 * messages.LIMIT)
    content = None if args.content is None else files.read(args.content, messages.LIMIT)
    trusted = trust.given(args)
    roots = None if args.any_signer else trusted.roots
    try:
        with usage_errors(files.shown(args.input)):
            verified = cms.verify(message, content, roots=roots, crls=trusted.crls)
    except cms.InvalidSignature as error:
        if not args.json:
            raise
        output.print_json({"verified": False, "reason": str(error)})
        return EXIT_WRONG
    if args.out is not None:
        files.write(args, verified.content, text=text.is_printable(verified.content))
    if args.out != files.STANDARD:
        _tell(args, verified)
    return EXIT_OK


def _tell(args: argparse.Namespace, verified: cms.Verified) -> None:
    signers = [
        {
            "subject": signer.certificate.subject,
            "serial_number": f"{signer.certificate.serial_number:x}",
            "signing_time": signer.signing_time and signer.signing_time.isoformat(),
        }
        for signer in verified.signers
    ]
    if args.json:
        size = len(verified.content)
        output.print_json({"verified": True, "signers": signers, "content_bytes": size})
        return
    trusted = "whoever that is: certificates are NOT CHECKED" if args.any_signer else ""
    output.Printer(sys.stdout).fields(
        {
            "verified": ", ".join(filter(None, ["all signatures are good", trusted])),
            "signer": [
                f"{each['subject']}, number {each['serial_number']}"
                + (f", at {each['signing_time']}" if each["signing_time"] else "")
                for each in signers
            ],
            "content": output.count(len(verified.content), "byte"),
        }
    )
