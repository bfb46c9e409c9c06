"""A new CA with an SM2 key: a root, or with --below one that another CA stands for.

The directory gets ca.pem (the certificate, and those above it) and ca.key.
Clients and servers need a root's ca.pem to trust it; ca.key is for nobody else.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tongsuo_py.cli import certificates, directories, naming, output, passwords
from tongsuo_py.cli.failures import EXIT_OK, usage_errors

SUMMARY = "make a root CA, or one below another"
EXAMPLES = """\
tongsuo-py ca create "Grid Root CA" --country CN --out root
tongsuo-py ca create "Meter CA" --below root --encrypt --out meters
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", metavar="NAME", help="its common name (CN)")
    parser.add_argument(
        "--below",
        type=Path,
        metavar="DIR",
        help="directory of the CA that issues its certificate (default: none, it is a root)",
    )
    passwords.add_option(parser, "the key of --below")
    naming.add_days(parser, "ten years, but not longer than the CA above it")
    naming.add_subject(parser)
    directories.add_output(parser, "the CA")
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Make it."""
    from tongsuo_py import pki

    with usage_errors():
        if args.below is None:
            ca = pki.CA.create(args.name, **naming.given(args))
        else:
            above = pki.CA.load(args.below, passwords.asked(args, "the key of --below"))
            ca = above.issue_ca(args.name, **naming.given(args))
            pki.Register(args.below).add(ca.certificate)
    with directories.saving():
        ca.save(args.out, directories.new_password(args), overwrite=args.force)
    output.answer(args, certificates.summary(ca.certificate, args.out))
    return EXIT_OK
