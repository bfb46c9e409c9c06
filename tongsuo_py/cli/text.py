"""Bytes as text: hexadecimal digits and base64, on the way in and out."""

from __future__ import annotations

import argparse
import base64
import binascii
import re

from tongsuo_py.cli.failures import EXIT_USAGE, Failure

_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}|\s)+")
_BASE64 = re.compile(rb"(?:[0-9A-Za-z+/]|\s)+={0,2}\s*")


def add_option(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """--text, for ``encoded``."""
    parser.add_argument(
        "--text",
        choices=("hex", "base64"),
        help="write a line of hex digits or of base64 in place of bytes",
    )


def encoded(data: bytes, form: str | None) -> bytes:
    """The bytes as they are (None), or as a line of text: "hex" or "base64"."""
    if form is None:
        return data
    return (data.hex().encode() if form == "hex" else base64.b64encode(data)) + b"\n"


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


def from_hex(digits: str, what: str) -> bytes:
    """Bytes from hex digits, between which there may be spaces. Raises Failure (2)."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise Failure(
            f"{what}: these are not hexadecimal digits, two for a byte", EXIT_USAGE
        ) from None
