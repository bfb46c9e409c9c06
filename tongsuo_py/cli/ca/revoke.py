"""Take certificates back. It is known to nobody before the next list: crl make.

They are told by their serial numbers (hexadecimal, as ca list shows them) or by
files with them. Of a TLCP pair usually both are to be revoked.
"""

from __future__ import annotations

import argparse
import os
import re
import sys

from tongsuo_py.cli import directories, output
from tongsuo_py.cli.certificates import camel
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure, usage_errors

SUMMARY = "revoke certificates that it issued"
EXAMPLES = """\
tongsuo-py ca revoke platform/sign.pem platform/enc.pem --ca ca
tongsuo-py ca revoke 3f09c2 --ca ca --reason keyCompromise
"""

_HEX = re.compile("[0-9A-Fa-f]{1,40}")  # 20 octets (RFC 5280, 4.1.2.2)

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

    register = directories.register(args)
    reason = next((each for each in pki.RevocationReason if camel(each.name) == args.reason), None)
    with usage_errors():
        found = dict.fromkeys(register.find(_serial_number(text)) for text in args.certificates)
        revoked = {each.serial_number for each in register.revoked}
        for certificate in found:
            if certificate.serial_number in revoked:
                serial = f"{certificate.serial_number:x}"
                raise Failure(f"{serial} ({certificate.subject}) is revoked already", EXIT_USAGE)
        for certificate in found:
            register.revoke(certificate, reason)
    rows = [(f"{each.serial_number:x}", each.subject) for each in found]
    if args.json:
        output.print_json(
            [dict(zip(("serial_number", "subject"), row, strict=True)) for row in rows]
        )
    else:
        output.Printer(sys.stdout).table(("revoked", "subject"), rows)
    return EXIT_OK


def _serial_number(text: str) -> int:
    """What a file's certificate has, or what the text itself says."""
    from tongsuo_py import pki

    if os.path.exists(text):
        return pki.load_certificate(text).serial_number
    digits = text.replace(":", "")
    if not _HEX.fullmatch(digits):
        raise Failure(f"{text}: there is no such file, and it is no serial number", EXIT_USAGE)
    return int(digits, 16)
