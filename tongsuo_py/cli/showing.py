"""How what a file says is shown: in short, whole with --text, or as JSON."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from tongsuo_py.cli import certificates, output, tree
from tongsuo_py.cli.output import Printer, printable

if TYPE_CHECKING:
    from tongsuo_py import pki


def add_options(parser: argparse.ArgumentParser) -> None:
    """--text and --json, of which one can be had."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--text", action="store_true", help="all of it, as openssl's -text has it")
    output.add_json(group)


def show(args: argparse.Namespace, fields: dict[str, Any], whole: Callable[[], str]) -> None:
    """Names and values, or what ``whole`` gives."""
    if args.text:
        show_text(whole())
    else:
        output.answer(args, fields)


def show_text(text: str) -> None:
    """Text of many lines, with what could steer a terminal made visible."""
    for line in text.splitlines():
        print(printable(line))


def show_certificates(args: argparse.Namespace, found: Iterable[pki.Certificate]) -> None:
    """Certificates as a tree, each below the one that issued it."""
    drawn = tuple(dict.fromkeys(found))
    if args.json:
        output.print_json([certificates.facts(each) for each in drawn])
    elif args.text:
        for each in drawn:
            show_text(each.to_text())
    else:
        tree.draw(
            Printer(sys.stdout),
            tree.forest(drawn),
            lambda each: certificates.annotated(each, drawn, ""),
        )


def show_request(args: argparse.Namespace, found: pki.Request) -> None:
    """A request."""
    show(args, request(found), found.to_text)


def request(found: pki.Request) -> dict[str, Any]:
    """What a request says."""
    return {
        "subject": found.subject,
        "names": certificates.names(found),
        "public_key": found.public_key_algorithm,
        "signature": found.signature_algorithm,
        "signed_by_its_key": found.is_signed(),
    }


def revocation_list(found: pki.CRL) -> dict[str, Any]:
    """What a revocation list says."""
    due = found.next_update
    return {
        "issuer": found.issuer,
        "number": found.number,
        "issued": found.this_update.isoformat(),
        "next_due": None if due is None else due.isoformat(),
        "signature": found.signature_algorithm,
        "revoked": [
            {
                "serial_number": f"{each.serial_number:x}",
                "date": each.date.isoformat(),
                "reason": None if each.reason is None else certificates.camel(each.reason.name),
            }
            for each in found.revoked
        ],
    }


def show_revocation_list(args: argparse.Namespace, found: pki.CRL) -> None:
    """A revocation list, its entries as a table."""
    fields = revocation_list(found)
    if args.json or args.text:
        show(args, fields, found.to_text)
        return
    entries = fields.pop("revoked")
    printer = Printer(sys.stdout)
    printer.fields({**fields, "revoked": len(entries)})
    if entries:
        printer.line()
        printer.table(
            ("serial number", "revoked on", "reason"), [tuple(each.values()) for each in entries]
        )
