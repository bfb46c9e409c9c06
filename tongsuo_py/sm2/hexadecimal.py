"""Hexadecimal text, with the place of every mistake."""

from __future__ import annotations

from binascii import unhexlify
from typing import NoReturn

from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py.exceptions import FormatError

_DIGITS = b"0123456789abcdefABCDEF"


def decode(text: object, name: str, what: str) -> bytes:
    """The bytes that hexadecimal ``text`` stands for: str or ASCII in anything bytes-like.

    Digits of either case, two for a byte, and nothing else: FormatError for white space too. It
    names the place, not what is there, which may be a secret. ``name`` is the argument's, for
    TypeError; ``what`` is what the text should be.
    """
    # Of text one byte for each character, also where that is no digit.
    digits = text.encode("ascii", "replace") if isinstance(text, str) else to_bytes(text, name)
    try:
        return unhexlify(digits)
    except ValueError:
        _fail(digits, what)


def _fail(digits: bytes, what: str) -> NoReturn:
    for place, digit in enumerate(digits):
        if digit not in _DIGITS:
            raise FormatError(
                f"{what}: expected a hexadecimal digit at byte {place}, found another character"
            ) from None
    raise FormatError(
        f"{what}: expected a second hexadecimal digit at byte {len(digits)}, found the end"
    ) from None
