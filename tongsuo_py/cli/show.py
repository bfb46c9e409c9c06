"""What files are, in words; certificates, requests and revocation lists with what they say.

Keys are never shown. Where the bytes can be more than one thing, all are named.
What is inside of PKCS #12, which takes a password, is shown by: tongsuo-py p12 show.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tongsuo_py.cli import certificates, files, output, showing
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG
from tongsuo_py.exceptions import FormatError

if TYPE_CHECKING:
    from tongsuo_py import pki
    from tongsuo_py.pki.identify import Identity

SUMMARY = "say what any file is; draw certificates as a tree"
EXIT_CODES = {
    EXIT_OK: "every file is something known",
    EXIT_WRONG: "one of them is not, or is damaged",
}
EXAMPLES = """\
tongsuo-py show *.pem *.key
tongsuo-py show --text platform/sign.pem
tongsuo-py show - < unknown
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="files of any kind; - is standard input"
    )
    showing.add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Say what they are."""
    found = [_look(name) for name in args.files]
    if args.json:
        output.print_json([each.to_json() for each in found])
    else:
        printer = output.Printer(sys.stdout)
        for each in found:
            if each is not found[0]:
                printer.line()
            _draw(args, printer, each)
    return EXIT_OK if all(each.is_known for each in found) else EXIT_WRONG


@dataclass(frozen=True)
class _File:
    """A file, everything that it can be, and what of it can be shown."""

    name: str
    identities: tuple[Identity, ...]
    certificates: tuple[pki.Certificate, ...] = ()
    requests: tuple[pki.Request, ...] = ()
    crls: tuple[pki.CRL, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether something fits, and all of it can be read."""
        return bool(self.identities) and all(each.readable for each in _parts(self.identities))

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON can carry it."""
        return {
            "file": self.name,
            "is": [_identity(each) for each in self.identities],
            "certificates": [certificates.facts(each) for each in self.certificates],
            "requests": [showing.request(each) for each in self.requests],
            "revocation_lists": [showing.revocation_list(each) for each in self.crls],
        }


def _look(name: str) -> _File:
    from tongsuo_py import pki
    from tongsuo_py.pki.encoded import load_all

    with files.opened(name) as stream:
        data = stream.read(files.LIMIT)  # what is longer is told by how it begins
    identities = pki.identify(data)
    kinds = {each.kind for each in _parts(identities)}

    def all_of(kind: str, load: Any) -> tuple[Any, ...]:
        try:
            return tuple(load(data)) if kind in kinds else ()
        except FormatError:
            return ()  # one that is cut off, between good ones: the identities say so

    return _File(
        files.shown(name),
        identities,
        all_of("certificate", pki.load_certificates),
        all_of("certificate request", lambda data: load_all(pki.Request, data)),
        all_of("revocation list", lambda data: load_all(pki.CRL, data)),
    )


def _parts(identities: tuple[Identity, ...]) -> Iterator[Identity]:
    """Each of them, or what it consists of."""
    for each in identities:
        yield from each.contents or (each,)


def _identity(found: Identity) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "format": found.format,
        "algorithm": found.algorithm,
        "encrypted": found.encrypted,
        "details": found.details,
        "readable": found.readable,
        "contents": [_identity(each) for each in found.contents],
    }


def _draw(args: argparse.Namespace, printer: output.Printer, found: _File) -> None:
    printer.line((found.name, "title"))
    if not found.identities:
        printer.paragraph("nothing that is known here", "bad", "  ")
    elif len(found.identities) > 1:
        printer.paragraph("one of these, which have the same form:", indent="  ")
    for each in _parts(found.identities):
        printer.marked("  - ", str(each), "dim" if each.readable else "bad")
    if found.certificates:
        printer.line()
        showing.show_certificates(args, found.certificates)
    for request in found.requests:
        printer.line()
        showing.show_request(args, request)
    for crl in found.crls:
        printer.line()
        showing.show_revocation_list(args, crl)
