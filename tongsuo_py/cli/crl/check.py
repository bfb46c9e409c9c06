"""Whether a revocation list is its CA's and in date, and what it says of certificates."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tongsuo_py.cli import certificates, files, options, output
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG, usage_errors

if TYPE_CHECKING:
    from tongsuo_py import pki

SUMMARY = "check a revocation list, and certificates against it"
EXIT_CODES = {
    EXIT_OK: "the list is good, and none of the certificates is on it",
    EXIT_WRONG: "it is not the CA's, it is out of date, or one of them is",
}
EXAMPLES = """\
tongsuo-py crl check ca.crl --ca ca.pem
tongsuo-py crl check ca.crl --ca ca.pem platform/sign.pem platform/enc.pem
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("list", metavar="LIST", help="the list, PEM or DER; - is standard input")
    parser.add_argument(
        "certificates",
        nargs="*",
        metavar="CERTIFICATE",
        help="certificates of that CA to look for; of a file with several the first",
    )
    parser.add_argument(
        "--ca",
        type=Path,
        required=True,
        metavar="FILE",
        help=f"the certificate of the CA whose list it is, or a directory with a "
        f"{options.ROOT_FILE} that begins with it",
    )
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Check it."""
    from tongsuo_py import pki
    from tongsuo_py.exceptions import InvalidSignature

    files.only_one_standard_input(**{"LIST": args.list, "CERTIFICATE": _first_standard(args)})
    with usage_errors(files.shown(args.list)):
        found = pki.load_crl(files.read(args.list))
    with usage_errors():
        issuer = pki.load_certificate(options.trusted_file(args))
    wrong = []
    try:
        found.verify(issuer)
    except InvalidSignature as error:
        wrong.append(str(error))
    wrong += _out_of_date(found)
    states = {name: _state(found, name) for name in args.certificates}
    output.answer(
        args,
        {
            "issuer": found.issuer,
            "wrong": wrong or None,
            "list": "wrong" if wrong else "good",
            "certificates": [],
        },
    )
    return EXIT_OK
