"""PEM (RFC 7468): blocks found in text, with the byte of every mistake; and written."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from tongsuo_py.exceptions import FormatError

# A line ends as OpenSSL takes it to: whatever is white or a control character is not looked at.
_BEGIN = re.compile(rb"^-----BEGIN ((?:(?!--)[ -~]){1,64})-----[\0-\x20]*?$", re.MULTILINE)
_HEADER = re.compile(rb"\s*[!-9;-~]+:")
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=\s]")


class Block(NamedTuple):
    """One block: its label (``PRIVATE KEY``), where it begins and ends, and what it holds.

    ``body`` is all between the two lines: base64, below the headers of RFC 1421 if there are any;
    it begins at the byte ``inside``.
    """

    label: str
    start: int
    end: int
    inside: int
    body: bytes

    def decode(self) -> bytes:
        """What is in the base64 of the body. FormatError where it is none, or has headers."""
        if header := _HEADER.match(self.body):
            self._fail("base64", "a header", header.start())
        if foreign := _FOREIGN.search(self.body):
            self._fail("base64", f"the byte {foreign[0].hex()}", foreign.start())
        text = b"".join(self.body.split())
        try:
            return base64.b64decode(text, validate=True)
        except ValueError:
            size = len(self.body.rstrip())
            self._fail("base64 in groups of four characters", f"{len(text)} characters", size)

    def _fail(self, expected: str, found: str, offset: int) -> NoReturn:
        place = self.inside + offset
        raise FormatError(f"PEM {self.label}: expected {expected} at byte {place}, found {found}")


def blocks(data: bytes | memoryview, what: str = "PEM") -> Iterator[Block]:
    """The blocks in ``data``, in their order; other text is passed over.

    FormatError for one that is begun and not ended, when it is its turn; ``what`` names the input.
    """
    position = 0
    while begin := _BEGIN.search(data, position):
        label = bytes(begin[1])
        inside = begin.end()
        next_line = re.compile(rb"-----(?:(END )%b-----|BEGIN )" % re.escape(label))
        end = next_line.search(data, inside)
        if end is None or end[1] is None:
            place, found = (len(data), "the end") if end is None else (end.start(), "-----BEGIN")
            name = label.decode("ascii")
            raise FormatError(
                f"{what}: expected -----END {name}----- at byte {place}, found {found}"
            )
        body = bytes(data[inside : end.start()])
        yield Block(label.decode("ascii"), begin.start(), end.end(), inside, body)
        position = end.end()


def armour(der: bytes, label: str) -> bytes:
    """The PEM of DER, in lines of 64 characters."""
    text = base64.b64encode(der).decode("ascii")
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()
