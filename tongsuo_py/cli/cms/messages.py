"""What the commands on messages share: who has a certificate with its key, and the output."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from tongsuo_py.cli import files, passwords
from tongsuo_py.cli.failures import usage_errors
from tongsuo_py.cli.parser import listed
from tongsuo_py.exceptions import FormatError, PasswordError

if TYPE_CHECKING:
    from tongsuo_py import pki

#: Bytes of the longest message: all of it is in memory, some of it several times.
LIMIT = 2**28

_PROFILES = {
    "gm": "GM/T 0010 (default)",
    "pkcs7": "PKCS #7 and CMS, as OpenSSL has them",
    "gmssl": "as GmSSL reads and writes them",
}


def add_owner(parser: argparse.ArgumentParser, option: str, what: str) -> None:
    """An option for files that together hold a certificate with its key; see ``owner``."""
    group = parser.add_argument_group("certificate and key")
    group.add_argument(
        option,
        dest="owner",
        type=Path,
        action="append",
        metavar="FILE",
        help=f"{what} with its key: PEM, DER, PKCS #12 or a directory, also of a pair for TLCP; "
        "repeat it where they are in several files",
    )
    passwords.add_option(group, "the private keys")


def owner(args: argparse.Namespace) -> pki.KeyedCertificate | pki.CertificatePair:
    """The certificate with its key, or the pair, of ``add_owner``. Raises Failure (2)."""
    from tongsuo_py import pki

    password = passwords.asked(args)
    with usage_errors():
        try:
            return pki.load_keyed(*args.owner, password=password)
        except PasswordError:
            raise
        except FormatError as error:
            no_single_one = error
        try:
            return pki.load_pair(*args.owner, password=password)
        except FormatError:
            raise no_single_one from None


def add_output(parser: argparse.ArgumentParser) -> None:
    """--profile, and --out, --force and --pem for ``write``."""
    parser.add_argument(
        "--profile",
        choices=_PROFILES,
        default="gm",
        metavar="NAME",
        help=f"whose identifiers the message has\n{listed(_PROFILES)}",
    )
    group = files.add_output(parser, "the message")
    group.add_argument("--pem", action="store_true", help="write PEM in place of DER")


def write(args: argparse.Namespace, message: bytes) -> None:
    """A message to --out."""
    from tongsuo_py.pki import cms

    if args.pem:
        message = cms.to_pem(message, "CMS" if args.profile == "gmssl" else "PKCS7")
    files.write(args, message, text=args.pem)
