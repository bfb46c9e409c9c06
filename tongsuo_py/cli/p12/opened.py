"""PKCS #12 files that commands are given."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tongsuo_py.cli import files, passwords
from tongsuo_py.cli.failures import EXIT_USAGE, Failure

if TYPE_CHECKING:
    from tongsuo_py import pki


def add_input(parser: argparse.ArgumentParser) -> None:
    """The file, and where its password is, for ``load``."""
    files.add_input(parser, "the PKCS #12 file")
    passwords.add_option(parser, "the file")
    parser.add_argument(
        "--no-mac",
        action="store_true",
        help="take a file without a MAC too, of which nobody can tell whether it was altered",
    )


def load(args: argparse.Namespace) -> pki.PKCS12:
    """What is in it. Raises Failure (2)."""
    from tongsuo_py import pki

    password = passwords.asked(args, files.shown(args.input))
    return files.load(
        args.input,
        lambda data: pki.load_pkcs12(data, password, require_mac=not args.no_mac),
    )


def single_or_pair(found: pki.PKCS12) -> pki.KeyedCertificate | pki.CertificatePair:
    """The one certificate with a key, or the two of a TLCP pair. Raises Failure (2) for others."""
    number = len(found.entries)
    if number == 1:
        return found.entries[0]
    if number != 2:
        raise Failure(f"it has {number} certificates with their keys, not one or two", EXIT_USAGE)
    return found.pair()
