"""What ``cert verify`` and ``pair check`` ask of certificates, and how they say what came of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tongsuo_py.cli import certificates, output, tree, trust
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG, usage_errors

if TYPE_CHECKING:
    from tongsuo_py import pki


def add_options(parser: argparse.ArgumentParser, default: str = trust.SYSTEM) -> None:
    """What is trusted, and --chain, --purpose, --host and --at."""
    trust.add_options(parser, default)
    group = parser.add_argument_group("what it has to be good for")
    group.add_argument(
        "--purpose", choices=("server", "client"), help="the side that it is used on"
    )
    group.add_argument("--host", metavar="NAME", help="the host name or address that it is for")
    group.add_argument(
        "--at",
        type=moment,
        metavar="TIME",
        help="the time to look at it, such as 2030-01-31 or 2030-01-31T12:00+08:00; UTC unless "
        "it has a zone (default: now)",
    )
    group.add_argument(
        "--chain",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="more certificates that may stand between it and a root; repeat it for more",
    )


def asked(
    args: argparse.Namespace,
    chain: Iterable[pki.Certificate],
    own_root: pki.Certificate | None = None,
) -> dict[str, Any]:
    """The arguments of ``pki.verify_chain``, beside the certificate. Raises Failure (2)."""
    from tongsuo_py import pki

    given = trust.given(args, own_root)
    with usage_errors():
        more = [each for file in args.chain for each in pki.load_certificates(file)]
    return {
        "roots": given.roots,
        "crls": given.crls,
        "intermediates": [*chain, *more],
        "purpose": args.purpose,
        "host": args.host,
        "at": args.at,
    }


def moment(text: str) -> datetime:
    """A time from the command line."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time such as 2030-01-31 or 2030-01-31T12:00+08:00"
        ) from None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def tell(
    args: argparse.Namespace,
    chains: Iterable[pki.Certificate],
    problems: Iterable[pki.Problem],
    roles: Mapping[pki.Certificate, str],
) -> int:
    """Show the certificates as a tree, with what is wrong; the exit code.

    ``roles`` says what those are for of which it is known.
    """
    drawn, problems = tuple(dict.fromkeys(chains)), tuple(problems)
    if args.json:
        output.print_json(
            {
                "verified": not problems,
                "certificates": [
                    {"role": roles.get(each), **certificates.facts(each)} for each in drawn
                ],
                "problems": [
                    {
                        "subject": None if each.certificate is None else each.certificate.subject,
                        "depth": each.depth,
                        "code": each.code,
                        "reason": each.reason,
                    }
                    for each in problems
                ],
            }
        )
    else:
        _draw(drawn, problems, roles)
    return EXIT_WRONG if problems else EXIT_OK


def _draw(
    drawn: tuple[pki.Certificate, ...],
    problems: tuple[pki.Problem, ...],
    roles: Mapping[pki.Certificate, str],
) -> None:
    def describe(certificate: pki.Certificate) -> list[certificates.Entry]:
        wrong = [each.reason for each in problems if each.certificate == certificate]
        return certificates.annotated(certificate, drawn, roles.get(certificate, ""), wrong)

    printer = output.Printer(sys.stdout)
    tree.draw(printer, tree.forest(drawn), describe)
    printer.line()
    for problem in problems:
        printer.verdict(False, str(problem))
    if not problems:
        printer.verdict(True, "verified")
