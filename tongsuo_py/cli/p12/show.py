"""Which certificates a PKCS #12 file has, and for which of them the key. No key is shown."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from tongsuo_py.cli import certificates, output, tree
from tongsuo_py.cli.failures import EXIT_OK
from tongsuo_py.cli.p12 import opened

if TYPE_CHECKING:
    from tongsuo_py import pki

SUMMARY = "show what certificates a file has"
EXAMPLES = """\
tongsuo-py p12 show platform.p12
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    opened.add_input(parser)
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Show them."""
    found = opened.load(args)
    keyed: dict[pki.Certificate, str | None] = dict(zip(found.entries, found.names, strict=True))
    drawn = tuple(dict.fromkeys([*found.entries, *found.certificates]))
    if args.json:
        output.print_json(
            {
                "certificates": [
                    {"has_key": each in keyed, "name": keyed.get(each), **certificates.facts(each)}
                    for each in drawn
                ],
                "keys_without_certificate": len(found.private_keys),
            }
        )
        return EXIT_OK

    def describe(certificate: pki.Certificate) -> list[certificates.Entry]:
        role = ""
        if certificate in keyed:
            name = keyed[certificate]
            role = "with its key" + ("" if name is None else f", named {name}")
        return certificates.annotated(certificate, drawn, role)

    printer = output.Printer(sys.stdout)
    tree.draw(printer, tree.forest(drawn), describe)
    if found.private_keys:
        printer.line()
        printer.fields({"keys_without_a_certificate": len(found.private_keys)})
    return EXIT_OK
