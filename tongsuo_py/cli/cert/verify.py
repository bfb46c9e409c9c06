"""Whether a certificate is good: its chain to a trusted CA, times, usage, name.

Everything that is wrong is said, not the first thing only. More certificates in
its file are what may stand between it and the CA.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, output, verifying
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG, usage_errors

SUMMARY = "verify a certificate, with everything that is wrong"
EXIT_CODES = {EXIT_OK: "it is good", EXIT_WRONG: "something is wrong with it"}
EXAMPLES = """\
tongsuo-py cert verify www/cert.pem --ca ca
tongsuo-py cert verify sign.pem --ca ca.pem --crl ca.crl --host a.example
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the certificate, PEM or DER")
    verifying.add_options(parser)
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Verify it."""
    from tongsuo_py import pki

    certificate, *chain = files.load(args.input, pki.load_certificates)
    asked = verifying.asked(args, chain)
    with usage_errors():
        found = pki.verify_chain(certificate, **asked)
    return verifying.tell(args, [certificate, *found.chain], found.problems, {})
