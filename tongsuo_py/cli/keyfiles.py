"""SM2 keys that commands are given as files, in whatever format they are."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tongsuo_py.cli import files, passwords
from tongsuo_py.cli.failures import usage_errors

if TYPE_CHECKING:
    from tongsuo_py import sm2


def add_private(parser: argparse.ArgumentParser) -> None:
    """--key and --password-file, for ``private``."""
    group = parser.add_argument_group("key")
    group.add_argument(
        "--key", required=True, metavar="FILE", help="the private key, in any format"
    )
    passwords.add_option(group, "an encrypted key")


def add_public(parser: argparse.ArgumentParser) -> None:
    """--key, for ``public``."""
    parser.add_argument_group("key").add_argument(
        "--key",
        required=True,
        metavar="FILE",
        help="the public key in any format, or a certificate with it",
    )


def private(args: argparse.Namespace, name: str) -> sm2.PrivateKey:
    """The private key in a file. Raises Failure (2)."""
    from tongsuo_py import sm2

    data = files.read(name)
    with usage_errors(files.shown(name)):
        return sm2.PrivateKey.from_pem(data, passwords.asked(args, files.shown(name)))


def public(name: str) -> sm2.PublicKey:
    """The public key in a file, or in a certificate. Raises Failure (2)."""
    from tongsuo_py import sm2

    data = files.read(name)
    with usage_errors(files.shown(name)):
        return sm2.PublicKey.from_pem(data)
