"""Whether a revocation list is its CA's and in date, and what it says of certificates."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongsuo_py.cli import files, options, output
from tongsuo_py.cli.certificates import camel
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG, usage_errors
from tongsuo_py.exceptions import InvalidSignature

if TYPE_CHECKING:
    from tongsuo_py import pki

SUMMARY = "check a revocation list, and certificates against it"
EXIT_CODES = {
    EXIT_OK: "the list is good, and none of the certificates is on it",
    EXIT_WRONG: "it is not the CA's, it is out of date, or one of them is",
}
EXAMPLES = """\
tongsuo-py crl check ca.crl --ca ca.pem
tongsuo-py crl check ca.crl platform/sign.pem platform/enc.pem --ca ca.pem
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

    numbered = {f"CERTIFICATE {n}": name for n, name in enumerate(args.certificates, 1)}
    files.only_one_standard_input(LIST=args.list, **numbered)
    found = files.load(args.list, pki.load_crl)
    with usage_errors():
        issuer = pki.load_certificate(options.ca_file(args.ca))
    wrong = list(_wrong(found, issuer))
    states = [_state(found, name) for name in args.certificates]
    if args.json:
        fields = {"issuer": found.issuer, "number": found.number, "wrong": wrong}
        output.print_json({**fields, "certificates": states})
    else:
        printer = output.Printer(sys.stdout)
        for text in wrong or ["the list is its CA's, and in date"]:
            printer.verdict(not wrong, text)
        for state in states:
            when = f"revoked on {state['revoked']}" if state["revoked"] else "not revoked"
            why = f" ({state['reason']})" if state["reason"] else ""
            printer.verdict(not state["revoked"], f"{state['file']}: {when}{why}")
    return EXIT_WRONG if wrong or any(state["revoked"] for state in states) else EXIT_OK


def _wrong(found: pki.CRL, issuer: pki.Certificate) -> Iterator[str]:
    """What is wrong with the list itself."""
    try:
        found.verify(issuer)
    except InvalidSignature as error:
        yield str(error)
    now, due = datetime.now(UTC), found.next_update
    if found.this_update > now:
        yield f"it is from the future: issued on {found.this_update:%Y-%m-%d %H:%M} UTC"
    if due is not None and due < now:
        yield f"it is out of date: the next one was due on {due:%Y-%m-%d %H:%M} UTC"


def _state(found: pki.CRL, name: str) -> dict[str, Any]:
    """What the list says of the certificate in a file."""
    from tongsuo_py import pki

    certificate = files.load(name, pki.load_certificate)
    with usage_errors():
        entry = found.find(certificate)
    revoked = reason = None
    if entry is not None:
        revoked = f"{entry.date:%Y-%m-%d}"
        reason = None if entry.reason is None else camel(entry.reason.name)
    return {"file": name, "subject": certificate.subject, "revoked": revoked, "reason": reason}
