"""Bytes as text: hexadecimal digits and base64, on the way in and out."""

from __future__ import annotations

import argparse
import base64
import binascii
import re

from tongsuo_py.cli import files
from tongsuo_py.cli.failures import EXIT_USAGE, Failure

_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}|\s)+")
_BASE64 = re.compile(rb"(?:[0-9A-Za-z+/]|\s)+={0,2}\s*")


def add_option(group: argparse._ArgumentGroup) -> None:
    """--text, for ``write``."""
    group.add_argument(
        "--text",
        choices=("hex", "base64"),
        help="write a line of hex digits or of base64 in place of bytes",
    )


def write(args: argparse.Namespace, data: bytes, *, private: bool = False) -> None:
    """Data to --out, as bytes or as the text that --text asks for."""
    if args.text == "hex":
        data = data.hex().encode() + b"\n"
    elif args.text == "base64":
        data = base64.b64encode(data) + b"\n"
    files.write(args, data, private=private, text=args.text is not None)


def decoded(data: bytes) -> bytes:
    """Bytes from a file that has them as they are, or as text in hex digits or base64.

    For data that cannot look like text by chance: signatures, ciphertexts.
    """
    if _HEX.fullmatch(data):
        return bytes.fromhex(data.decode("ascii"))
    if _BASE64.fullmatch(data):
        try:
            return base64.b64decode(b"".join(data.split()), validate=True)
        except binascii.Error:
            return data
    return data


def sized(name: str, size: int, what: str) -> bytes:
    """All of a file, which is ``size`` bytes as they are, or as text. Raises Failure (2)."""
    data = files.read(name)
    if len(data) != size:
        data = decoded(data)
    if len(data) != size:
        message = f"{files.shown(name)}: {what} must have {size} bytes, and has {len(data)}"
        raise Failure(message, EXIT_USAGE)
    return data


def from_hex(digits: str, what: str) -> bytes:
    """Bytes from hex digits, between which there may be spaces. Raises Failure (2)."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise Failure(
            f"{what}: these are not hexadecimal digits, two for a byte", EXIT_USAGE
        ) from None


def is_printable(data: bytes) -> bool:
    """Whether these bytes are text that may go to a terminal."""
    try:
        return all(c.isprintable() or c in "\n\t" for c in data.decode("utf-8"))
    except UnicodeDecodeError:
        return False
