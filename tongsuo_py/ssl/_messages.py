"""Protocol messages as ``SSLContext._msg_callback`` shows them, for debugging."""

from __future__ import annotations

import enum
import ssl as _stdlib
from typing import Any, Protocol

_CHANGE_CIPHER_SPEC = 0x0101  # not a handshake message; CPython's own number for it


class MessageCallback(Protocol):
    """``(conn, direction, version, content_type, msg_type, data)``; see the standard library's."""

    def __call__(
        self,
        conn: Any,
        direction: str,
        version: int,
        content_type: int,
        msg_type: int,
        data: bytes,
        /,
    ) -> object: ...


def report(
    callback: MessageCallback, conn: Any, sent: bool, version: int, content_type: int, data: bytes
) -> None:
    """Call ``callback``, with members of the standard library's enums where they have the value."""
    content = _stdlib._TLSContentType  # type: ignore[attr-defined]
    names: type[enum.IntEnum] = _stdlib._TLSMessageType  # type: ignore[attr-defined]
    kind = -1
    if content_type == content.CHANGE_CIPHER_SPEC:
        kind = _CHANGE_CIPHER_SPEC
    elif content_type == content.ALERT:
        names = _stdlib._TLSAlertType  # type: ignore[attr-defined]
        kind = data[1]
    elif content_type in (content.HANDSHAKE, content.INNER_CONTENT_TYPE):
        kind = data[0]
    elif content_type == content.HEADER:
        names = content
        kind = data[0]
        version = int.from_bytes(data[1:3], "big")
    callback(
        conn,
        "write" if sent else "read",
        _named(_stdlib.TLSVersion, version),
        _named(content, content_type),
        _named(names, kind),
        data,
    )


def _named(names: type[enum.IntEnum], number: int) -> int:
    try:
        return names(number)
    except ValueError:
        return number
