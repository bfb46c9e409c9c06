"""Which certificates a command trusts: those of --ca, or those that the system does."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from tongsuo_py.cli import options
from tongsuo_py.cli.failures import usage_errors
from tongsuo_py.exceptions import FormatError

if TYPE_CHECKING:
    from tongsuo_py import pki

SYSTEM = "what the system trusts"


def add_option(parser: argparse.ArgumentParser, default: str = SYSTEM) -> None:
    """--ca, for ``roots``."""
    parser.add_argument(
        "--ca",
        type=Path,
        metavar="FILE",
        help=f"file with the CA certificates to trust, or a directory with such a "
        f"{options.ROOT_FILE} (default: {default})",
    )


def roots(args: argparse.Namespace) -> tuple[pki.Certificate, ...]:
    """The certificates to trust, as the options say. Raises Failure (2)."""
    from tongsuo_py import pki

    file = options.trusted_file(args)
    with usage_errors():
        return tuple(_of_system() if file is None else pki.load_certificates(file))


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
