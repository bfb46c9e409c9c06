"""A PKCS #12 file with a TLCP pair, or with one certificate, its key and its chain.

It comes from a directory as pair issue or cert issue make it, or from files with
the certificates and keys of a pair in any format.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tongsuo_py.cli import files, passwords
from tongsuo_py.cli.failures import EXIT_OK, usage_errors

if TYPE_CHECKING:
    from tongsuo_py import pki

SUMMARY = "put a pair or a certificate into a file"
EXAMPLES = """\
tongsuo-py p12 export platform --out platform.p12
tongsuo-py p12 export sign.pem sign.key enc.pem enc.key --out pair.p12
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "sources",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="directory, or files with the certificates and their keys",
    )
    passwords.add_option(parser, "what is encrypted among them")
    group = files.add_output(parser, "the PKCS #12 file")
    passwords.add_option(group, "the PKCS #12 file", passwords.NEW_PASSWORD)
    group.add_argument(
        "--encryption",
        choices=("aes-256-cbc", "sm4-cbc"),
        default="aes-256-cbc",
        help="aes-256-cbc opens everywhere; sm4-cbc, with SM3, in little but Tongsuo (default: "
        "aes-256-cbc)",
    )


def run(args: argparse.Namespace) -> int:
    """Make it."""
    with usage_errors():
        found = _load(args)
    password = passwords.new(args, "the PKCS #12 file", passwords.NEW_PASSWORD)
    data = found.to_pkcs12(password, encryption=args.encryption)
    files.write(args, data, private=True)
    return EXIT_OK


def _load(args: argparse.Namespace) -> pki.CertificatePair | pki.KeyedCertificate:
    from tongsuo_py import pki

    password = passwords.asked(args, "what is encrypted")
    first, *others = args.sources
    if not others and (first / "cert.key").is_file():
        return pki.KeyedCertificate.load(first, password)
    return pki.load_pair(*args.sources, password=password)
