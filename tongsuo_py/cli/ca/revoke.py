"""Take certificates back. It is known to nobody before the next list: crl make.

They are told by their serial numbers (hexadecimal, as ca list shows them) or by
files with them. Of a TLCP pair usually both are to be revoked.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from tongsuo_py.cli import directories, output
from tongsuo_py.cli.certificates import camel
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure, usage_errors

if TYPE_CHECKING:
    from tongsuo_py import pki

SUMMARY = "revoke certificates that it issued"
EXAMPLES = """\
tongsuo-py ca revoke platform/sign.pem platform/enc.pem --ca ca
tongsuo-py ca revoke 3f09c2 --ca ca --reason keyCompromise
"""

#: RFC 5280, 5.3.1; removeFromCRL is for delta lists alone.
_REASONS = (
    "keyCompromise",
    "caCompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "aaCompromise",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "certificates",
        nargs="+",
        metavar="CERTIFICATE",
        help="serial number, or file with the certificate (of several in it the first)",
    )
    parser.add_argument(
        "--reason",
        choices=_REASONS,
        metavar="REASON",
        help=f"why: {', '.join(_REASONS)} (default: not said)",
    )
    directories.add_authority(parser, key=False)
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Revoke them, all or none."""
    from tongsuo_py import pki

    register = pki.Register(args.ca)
    reason = next((each for each in pki.RevocationReason if camel(each.name) == args.reason), None)
    with usage_errors():
        found = [register.find(_serial_number(text)) for text in args.certificates]
        already = {each.serial_number for each in register.revoked}
    for certificate in found:
        if certificate.serial_number in already or found.count(certificate) > 1:
            serial = f"{certificate.serial_number:x}"
            raise Failure(f"{serial} ({certificate.subject}) is revoked already", EXIT_USAGE)
    for certificate in found:
        register.revoke(certificate, reason)
    fields = [_fields(certificate, args.reason) for certificate in found]
    output.answer(args, {"revoked": fields if args.json else [f"{f['serial_number']}  {f['subject']}" for f in fields]})
    return EXIT_OK
