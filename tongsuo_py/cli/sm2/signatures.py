"""What signing and verifying share: over what a signature is, and in which form."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Literal, cast

from tongsuo_py.cli import files, text
from tongsuo_py.cli.failures import EXIT_USAGE, Failure, usage_errors
from tongsuo_py.cli.progress import pieces

if TYPE_CHECKING:
    from tongsuo_py import sm2

FORMATS = ("der", "raw")

_HALF = 32  # bytes of r, and of s


def add_message(parser: argparse.ArgumentParser, what: str) -> None:
    """The input, --digest, --id, --id-hex and --no-id."""
    files.add_input(parser, what)
    group = parser.add_argument_group("what the signature is over")
    over = group.add_mutually_exclusive_group()
    over.add_argument(
        "--id", metavar="TEXT", help="the signer's ID (default: 1234567812345678), in UTF-8"
    )
    over.add_argument("--id-hex", metavar="HEX", help="the signer's ID, as hex digits")
    over.add_argument(
        "--no-id",
        action="store_true",
        help="SM3 of the message alone, without the digest of ID and public key (not standard)",
    )
    over.add_argument(
        "--digest",
        action="store_true",
        help="the input is the digest already: 32 bytes, or their hex digits or base64",
    )


def user_id(args: argparse.Namespace) -> bytes | None:
    """The ID that the options name, None for --no-id."""
    from tongsuo_py import sm2

    if args.no_id:
        return None
    if args.id_hex is not None:
        identity = text.from_hex(args.id_hex, "--id-hex")
    elif args.id is not None:
        identity = args.id.encode("utf-8", "surrogateescape")
    else:
        return sm2.DEFAULT_ID
    if len(identity) > sm2.LONGEST_ID:
        message = f"an ID has at most {sm2.LONGEST_ID} bytes, this one has {len(identity)}"
        raise Failure(message, EXIT_USAGE)
    return identity


def digest(name: str) -> bytes:
    """The digest in a file, as bytes or as text. Raises Failure (2)."""
    return text.sized(name, 32, "a digest")


def feed(stream: sm2.Signer | sm2.Verifier, name: str) -> None:
    """Give it all that is in the file, with a progress bar."""
    with files.opened(name) as file:
        for piece in pieces(file, files.shown(name)):
            stream.update(piece)


def read(name: str, form: str) -> tuple[bytes, Literal["der", "raw"]]:
    """The signature in a file, and its form, found out where that is "auto".

    Raises Failure (2) where the file has none, and where it could be both.
    """
    from tongsuo_py import sm2

    data, shown = text.decoded(files.read(name)), files.shown(name)
    candidates = cast("tuple[Literal['der', 'raw'], ...]", FORMATS if form == "auto" else (form,))
    fitting: list[Literal["der", "raw"]] = []
    errors = []
    for candidate in candidates:
        try:
            sm2.convert_signature(data, candidate, candidate)
            fitting.append(candidate)
        except sm2.FormatError as error:
            errors.append(error)
    if len(fitting) > 1:
        raise Failure(f"{shown}: this is a signature in both forms: say --format", EXIT_USAGE)
    if not fitting:
        with usage_errors(shown):
            raise errors[-1 if len(data) == 2 * _HALF else 0]
    return data, fitting[0]
