"""What a command trusts: the CAs of --ca or of the system, and the revocation lists of --crl."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tongsuo_py.cli import options
from tongsuo_py.cli.failures import usage_errors
from tongsuo_py.exceptions import FormatError

if TYPE_CHECKING:
    from tongsuo_py import pki

SYSTEM = "what the system trusts"


@dataclass(frozen=True)
class Trust:
    """Certificates that are trusted, and revocation lists; without any, revocation is left out."""

    roots: tuple[pki.Certificate, ...]
    crls: tuple[pki.CRL, ...]


def add_options(parser: argparse.ArgumentParser, default: str = SYSTEM) -> None:
    """--ca and --crl, for ``given``."""
    group = parser.add_argument_group("trust")
    group.add_argument(
        "--ca",
        type=Path,
        metavar="FILE",
        help=f"file with the CA certificates to trust, or a directory with such a "
        f"{options.ROOT_FILE} (default: {default})",
    )
    group.add_argument(
        "--crl",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="revocation list, PEM or DER; repeat it for more. With one, each CA of the chain "
        "needs its own (default: none, revocation is left out)",
    )


def given(args: argparse.Namespace, own_root: pki.Certificate | None = None) -> Trust:
    """What the options say; without --ca, ``own_root`` is trusted if there is one.

    Raises Failure (2).
    """
    from tongsuo_py import pki

    with usage_errors():
        roots: Iterable[pki.Certificate]
        if args.ca is not None:
            roots = pki.load_certificates(options.ca_file(args.ca))
        elif own_root is not None:
            roots = [own_root]
        else:
            roots = _of_system()
        return Trust(tuple(roots), tuple(map(pki.load_crl, args.crl)))


def _of_system() -> Iterable[pki.Certificate]:
    from tongsuo_py import pki, ssl

    paths = ssl.get_default_verify_paths()
    files = [] if paths.cafile is None else [Path(paths.cafile)]
    if paths.capath is not None:
        files += sorted(Path(paths.capath).glob("????????.[0-9]"))  # named by their hashes
    found: dict[pki.Certificate, None] = {}
    for file in files:
        try:
            found.update(dict.fromkeys(pki.load_certificates(file)))
        except (OSError, FormatError):
            continue  # what cannot be read is no trust, as in the ssl module
    return found
