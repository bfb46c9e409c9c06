"""Whether a pair is whole and good: its keys, its certificates, and their chains.

It may come as a directory, as PEM or DER files with certificates and keys in any
order, or as PKCS #12; which certificate is which is told by key usage.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import directories, output, passwords, trust, verifying
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG, usage_errors

SUMMARY = "check that a pair is whole and good"
EXIT_CODES = {
    EXIT_OK: "it is good",
    EXIT_WRONG: "something is wrong with it",
    2: "a wrong option or password, or these files are no pair",
}
EXAMPLES = """\
tongsuo-py pair check platform --host platform.example
tongsuo-py pair check sign.pem sign.key enc.p12 --ca ca.pem
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    directories.add_sources(parser)
    passwords.add_option(parser, "what is encrypted")
    verifying.add_options(parser, f"the root that comes with the pair, otherwise {trust.SYSTEM}")
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Check it."""
    from tongsuo_py import pki

    with usage_errors():
        pair = pki.load_pair(*args.sources, password=passwords.asked(args, "what is encrypted"))
    sign, enc = pair.sign, pair.enc
    asked = verifying.asked(args, [*sign.chain, *enc.chain], pair.root)
    with usage_errors():
        found = pki.verify_pair(sign, enc, **asked)
    roles: dict[pki.Certificate, str] = {sign: "signing", enc: "encryption"}
    chains = [sign, enc, *found.sign.chain, *found.enc.chain]
    return verifying.tell(args, chains, found.problems, roles)
