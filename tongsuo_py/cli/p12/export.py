"""A PKCS #12 file with a TLCP pair, or with --single one certificate and its key.

They come from a directory as pair issue or cert issue make it, or from files in
any format; the chain and the root are taken along.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import directories, files, passwords
from tongsuo_py.cli.failures import EXIT_OK, usage_errors

SUMMARY = "put a pair or a certificate into a file"
EXAMPLES = """\
tongsuo-py p12 export platform --out platform.p12
tongsuo-py p12 export --single www/cert.pem www/cert.key --out www.p12
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    directories.add_sources(parser)
    parser.add_argument("--single", action="store_true", help="one certificate, not a pair")
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
    from tongsuo_py import pki

    load = pki.load_keyed if args.single else pki.load_pair
    with usage_errors():
        found = load(*args.sources, password=passwords.asked(args, "what is encrypted"))
    password = passwords.new(args, "the PKCS #12 file", passwords.NEW_PASSWORD)
    data = found.to_pkcs12(password, encryption=args.encryption)
    files.write(args, data, private=True)
    return EXIT_OK
