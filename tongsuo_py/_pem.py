"""PEM (RFC 7468, RFC 1421): the blocks in a text, whatever they hold."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field

from tongsuo_py.exceptions import FormatError

_BEGIN = re.compile(rb"-----BEGIN ([ -~]{1,64}?)-----[ \t]*(?:\r?\n|$)")
_HEADER = re.compile(rb"[A-Za-z0-9-]+:.*(?:\r?\n[ \t].*)*(?:\r?\n|$)")


@dataclass(frozen=True)
class Block:
    """One block: its label, whether it is encrypted as a whole (RFC 1421), and what it holds.

    ``text`` is the whole block, ``start`` the byte of the input where it begins. (What it holds may
    be a key, so it is not shown.)
    """

    label: str
    encrypted: bool
    der: bytes = field(repr=False)
    text: bytes = field(repr=False)
    start: int


def is_pem(data: bytes) -> bool:
    """Whether there is a block in it."""
    return _BEGIN.search(data) is not None


def blocks(data: bytes) -> list[Block]:
    """All blocks, in their order; other text around them is passed over.

    Raises FormatError where a block does not end, or is not base64.
    """
    found = []
    position = 0
    while begin := _BEGIN.search(data, position):
        label = begin[1].decode("ascii")
        end_line = b"-----END " + begin[1] + b"-----"
        end = data.find(end_line, begin.end())
        if end < 0:
            raise FormatError(
                f"PEM: expected {end_line.decode()} for the block that begins at byte "
                f"{begin.start()}, found the end"
            )
        body = begin.end()
        encrypted = False
        while header := _HEADER.match(data, body, end):
            encrypted |= header[0].startswith(b"Proc-Type:") and b"ENCRYPTED" in header[0]
            body = header.end()
        position = end + len(end_line)
        text = data[begin.start() : position] + b"\n"
        der = _decoded(data[body:end], label, begin.start())
        found.append(Block(label, encrypted, der, text, begin.start()))
    return found


def _decoded(body: bytes, label: str, start: int) -> bytes:
    try:
        return binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except binascii.Error as error:
        raise FormatError(
            f"PEM: expected base64 in the block {label} that begins at byte {start}, "
            f"found something else ({error})"
        ) from None
