"""Directories that hold certificates and their keys: a CA, a pair, a certificate."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tongsuo_py.cli import options, passwords
from tongsuo_py.cli.failures import EXIT_USAGE, Failure, usage_errors

if TYPE_CHECKING:
    from tongsuo_py import pki


def add_sources(parser: argparse.ArgumentParser) -> None:
    """The positional argument ``sources``, for ``pki.load_pair`` and its like."""
    parser.add_argument(
        "sources",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="directory, or files with the certificates and their keys",
    )


def add_output(parser: argparse.ArgumentParser, what: str, *, keys: bool = True) -> None:
    """--out and --force for ``saving``; with ``keys`` what ``new_password`` needs too."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="DIR",
        help=f"directory for {what}; it is made if it is missing",
    )
    group.add_argument("--force", action="store_true", help="replace the files that are there")
    if keys:
        group.add_argument(
            "--encrypt", action="store_true", help="encrypt the private keys with a password"
        )
        passwords.add_option(group, "the new private keys", passwords.NEW_PASSWORD)


def new_password(args: argparse.Namespace) -> str | None:
    """The password for the keys that are about to be written, None without --encrypt."""
    if not args.encrypt:
        return None
    return passwords.new(args, "the new private keys", passwords.NEW_PASSWORD)


@contextmanager
def saving() -> Iterator[None]:
    """What keeps files from being written ends the command with 2, and says what to do."""
    try:
        with usage_errors():
            yield
    except Failure as failure:
        if isinstance(failure.__context__, FileExistsError):
            message = f"{failure.__context__.filename}: this file exists: use --force to replace it"
            raise Failure(f"{message}, or another directory", EXIT_USAGE) from None
        raise


def add_authority(parser: argparse.ArgumentParser, *, key: bool = True) -> None:
    """--ca, and where the password of its ``key`` is, for ``authority`` and ``register``."""
    group = parser.add_argument_group("the CA")
    group.add_argument(
        "--ca",
        type=Path,
        required=True,
        metavar="DIR",
        help="its directory, as ca create makes it",
    )
    if key:
        passwords.add_option(group, "its key")


def authority(args: argparse.Namespace) -> pki.CA:
    """The CA in the directory of --ca. Raises Failure (2)."""
    from tongsuo_py import pki

    with usage_errors():
        return pki.CA.load(args.ca, passwords.asked(args, "the CA's key"))


def register(args: argparse.Namespace) -> pki.Register:
    """The register of the CA in the directory of --ca. Raises Failure (2) if there is no CA."""
    from tongsuo_py import pki

    with usage_errors():
        pki.load_certificate(args.ca / options.ROOT_FILE)
    return pki.Register(args.ca)
