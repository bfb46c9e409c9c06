"""Hexadecimal text from outside, with the place of every mistake."""

from __future__ import annotations

import re

from tongsuo_py.exceptions import FormatError

_DIGITS = re.compile(rb"[0-9A-Fa-f]*")


def decode(text: str | bytes, what: str) -> bytes:
    """The bytes that the digits stand for, two for each, in either case; white space around them.

    ``what`` is the name of the text in errors. Raises FormatError for everything else, with the
    place of the first byte that is no digit. Digits are never shown: they may be a secret.
    """
    # Nothing that is not ASCII is a digit, and it is a byte at the same place if it is the first.
    given = text.encode("utf-8", "replace") if isinstance(text, str) else text
    digits = given.strip()
    end = _end_of_digits(digits)
    if end != len(digits):
        position = given.index(digits) + end
        raise FormatError(
            f"{what}: expected a hexadecimal digit at byte {position}, found {digits[end]:02X}"
        )
    if end % 2:
        raise FormatError(f"{what}: expected an even number of hexadecimal digits, found {end}")
    return bytes.fromhex(digits.decode("ascii"))


def looks_like(data: bytes) -> bool:
    """Whether there is text in ``data``, and nothing in it but hexadecimal digits."""
    digits = data.strip()
    return bool(digits) and _end_of_digits(digits) == len(digits)


def _end_of_digits(data: bytes) -> int:
    digits = _DIGITS.match(data)
    return digits.end() if digits else 0
