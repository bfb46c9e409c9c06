"""Requests that commands are given as files, and the wishes in them that a CA may overrule."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from tongsuo_py.cli import files, naming

if TYPE_CHECKING:
    from tongsuo_py import pki


def add_request(parser: argparse.ArgumentParser) -> None:
    """The file with the request, and --host, for ``request`` and ``terms``."""
    files.add_input(parser, "the request, PEM or DER")
    naming.add_days(parser, "398, but not longer than the CA")
    parser.add_argument(
        "--host",
        dest="hosts",
        action="append",
        metavar="NAME",
        help="a host name or address that it is for, in place of all that the request asks for; "
        "repeat it for more",
    )
    naming.add_profile(parser)


def request(args: argparse.Namespace) -> pki.Request:
    """The request. Raises Failure (2)."""
    from tongsuo_py import pki

    return files.load(args.input, pki.load_request)


def terms(args: argparse.Namespace) -> dict[str, Any]:
    """How it is to be answered, by the names of these things in ``pki``."""
    return {"hosts": args.hosts, "days": args.days, **naming.profile(args)}
