"""Options that say for whom and for how long a certificate is, in every command that makes one."""

from __future__ import annotations

import argparse
from typing import Any

from tongsuo_py.cli import options
from tongsuo_py.cli.failures import EXIT_USAGE, Failure

_ATTRIBUTES = ("common_name", "role", "organization", "country")


def add_hosts(parser: argparse.ArgumentParser) -> None:
    """The host names and addresses, and ``add_subject``."""
    parser.add_argument(
        "hosts",
        nargs="*",
        metavar="NAME",
        help="host names and IP addresses that it is for; the first is its common name too",
    )
    group = add_subject(parser)
    group.add_argument("--common-name", metavar="TEXT", help="common name (CN)")
    group.add_argument("--role", metavar="TEXT", help="what it is (OU): platform, meter, ...")


def add_subject(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """The attributes of a subject that a CA has too."""
    group = parser.add_argument_group("subject")
    group.add_argument("--organization", metavar="TEXT", help="organization (O)")
    group.add_argument("--country", metavar="CC", help="country (C), two capital letters")
    return group


def add_days(parser: argparse.ArgumentParser, default: str) -> None:
    """--days."""
    parser.add_argument(
        "--days",
        type=options.positive,
        metavar="N",
        help=f"for how long it is valid (default: {default})",
    )


def add_profile(parser: argparse.ArgumentParser) -> None:
    """--side and --crl-url, for ``profile``."""
    group = parser.add_argument_group("what it says")
    group.add_argument(
        "--side",
        choices=("both", "server", "client"),
        default="both",
        help="the sides of a connection that it may be used on (default: both)",
    )
    group.add_argument(
        "--crl-url",
        dest="crl_urls",
        action="append",
        default=[],
        metavar="URL",
        help="where the CA's revocation lists are to be had; repeat it for more",
    )


def profile(args: argparse.Namespace) -> dict[str, Any]:
    """What ``add_profile``'s options say, by its names in ``pki``."""
    return {"side": args.side, "crl_urls": args.crl_urls}


def given(args: argparse.Namespace) -> dict[str, Any]:
    """The attributes and the days that were given, by their names in ``pki``.

    Raises Failure (2) where there is no name at all.
    """
    if not getattr(args, "hosts", True) and args.common_name is None:
        raise Failure("give a NAME, or --common-name", EXIT_USAGE)
    names = (*_ATTRIBUTES, "days")
    return {name: value for name in names if (value := getattr(args, name, None)) is not None}
