"""One handshake with a server that nobody trusts yet, watched: what it said until it ended."""

from __future__ import annotations

import socket
import ssl as _stdlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tongsuo_py import pki, ssl
from tongsuo_py.cli.events import Log
from tongsuo_py.cli.failures import explain, reason_of
from tongsuo_py.cli.network import connect
from tongsuo_py.exceptions import FormatError

# Handshake messages (RFC 8446, appendix B.3; the same numbers in TLCP).
_SERVER_HELLO, _CERTIFICATE, _CERTIFICATE_REQUEST = 2, 11, 13
_HEADER = 4  # the type and the length of a handshake message
_STREAM_ENDED = "TLSV1_ALERT_DECODE_ERROR"  # OpenSSL's answer to an end without a close_notify
_GREETING = 1.0  # seconds for a server that speaks first


@dataclass(frozen=True)
class Target:
    """The server; ``name`` is what its certificates must be for.

    ``announced``: the name goes into our hello (server_name, RFC 6066), unless it is an address.
    """

    host: str
    port: int
    name: str
    timeout: float
    announced: bool = True


@dataclass(frozen=True)
class Handshake:
    """What came of one handshake.

    ``completed``: a session stood and was not refused afterwards; ``answered``: at least the server
    chose a suite; ``silent``: it let the time run out. ``why`` tells in words what ended
    it. ``certificates`` is what the server sent, in its order, unchecked (``unreadable`` of them
    left out); ``session`` can be offered to it again with the same context.
    """

    completed: bool
    answered: bool
    asks_for_certificate: bool
    certificates: tuple[pki.Certificate, ...] = ()
    unreadable: int = 0
    silent: bool = False
    why: str = ""
    reason: str | None = None
    suite: str = ""
    bits: int = 0
    group: str | None = None
    signature: str | None = None
    alpn: str | None = None
    resumed: bool = False
    session: ssl.SSLSession | None = None


def shake_hands(
    target: Target,
    context: ssl.SSLContext,
    protocol: str,
    *,
    session: ssl.SSLSession | None = None,
) -> Handshake:
    """One connection and its handshake, ended right after it; ``protocol`` is its name in errors.

    Raises Failure where there is no TCP connection.
    """
    watcher = _Watcher()
    facts: dict[str, Any] = {}
    context._msg_callback = watcher
    with connect(target.host, target.port, target.timeout, Log(quiet=True)) as connection:
        try:
            sock = context.wrap_socket(
                connection,
                server_hostname=target.name if target.announced else None,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=False,
                session=session,
            )
            with sock:
                sock.do_handshake()
                facts |= _facts(sock)
                _take_leave(sock, answer_to_certificate=watcher.asks)
                facts["session"] = sock.session
        except OSError as error:
            return Handshake(
                completed=False,
                silent=isinstance(error, TimeoutError),
                why=_why(error, target, protocol, answered=watcher.answered),
                reason=reason_of(error),
                **facts,
                **watcher.seen(),
            )
    return Handshake(completed=True, **facts, **watcher.seen())


def _facts(sock: ssl.SSLSocket) -> dict[str, Any]:
    suite = sock.cipher()
    assert suite is not None
    return {
        "suite": suite[0],
        "bits": suite[2],
        "group": sock.group(),
        "signature": sock.server_sigalg(),
        "alpn": sock.selected_alpn_protocol(),
        "resumed": sock.session_reused,
    }


def _take_leave(sock: ssl.SSLSocket, *, answer_to_certificate: bool) -> None:
    """End the session; in TLS 1.3 only after what the server has to say of it.

    That is tickets, or that it refuses our certificate: a client has finished the handshake before
    the server has looked at what it sent. Raises the SSLError of an alert.
    """
    with suppress(TimeoutError, ConnectionError, _stdlib.SSLZeroReturnError, _stdlib.SSLEOFError):
        newest = sock.version() == "TLSv1.3"
        if not (newest and answer_to_certificate):  # which Tongsuo does not read after our own end
            sock.send_close_notify()
        if newest:
            # The end of the stream makes every server end, also one that waits for a request.
            socket.socket.shutdown(sock, socket.SHUT_WR)
            try:
                sock.recv(1)
            except _stdlib.SSLError as error:
                if reason_of(error) != _STREAM_ENDED:
                    raise


def _why(error: OSError, target: Target, protocol: str, *, answered: bool) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {target.timeout:g} s"
    if isinstance(error, _stdlib.SSLEOFError) and not answered:
        return "it closed the connection at our first message"
    return explain(error, "server", protocol=protocol)


@dataclass
class _Watcher:
    """Takes the handshake's messages as they come (``SSLContext._msg_callback``)."""

    answered: bool = False
    asks: bool = False
    _sent: list[tuple[int, bytes]] = field(default_factory=list)

    def __call__(
        self,
        conn: Any,
        direction: str,
        version: int,
        content_type: int,
        msg_type: int,
        data: bytes,
    ) -> None:
        if direction != "read" or content_type != 22:
            return
        if msg_type == _SERVER_HELLO:
            self.answered = True
        elif msg_type == _CERTIFICATE:
            self._sent.append((version, data[_HEADER:]))
        elif msg_type == _CERTIFICATE_REQUEST:
            self.asks = True

    def seen(self) -> dict[str, Any]:
        """The fields of a Handshake that do not depend on its end."""
        certificates, unreadable = [], 0
        for version, body in self._sent:
            for der in certificates_in(body, newest=version == ssl.TLSVersion.TLSv1_3):
                try:
                    certificates.append(pki.Certificate.from_der(der))
                except FormatError:
                    unreadable += 1
        return {
            "answered": self.answered,
            "asks_for_certificate": self.asks,
            "certificates": tuple(certificates),
            "unreadable": unreadable,
        }


def certificates_in(body: bytes, *, newest: bool) -> Iterator[bytes]:
    """The certificates (DER) in the body of a Certificate message (RFC 5246, 7.4.2; TLCP's alike).

    ``newest`` is for TLS 1.3's (RFC 8446, 4.4.2). Of a message that breaks off, those before that
    place: what is wrong with it, the handshake says.
    """
    at = 3 if not newest else 1 + body[0] + 3 if body else 0
    while at + 3 <= len(body):
        begin, end = at + 3, at + 3 + int.from_bytes(body[at : at + 3], "big")
        if end > len(body):
            return
        yield body[begin:end]
        # In TLS 1.3 each has extensions after it.
        at = end + (2 + int.from_bytes(body[end : end + 2], "big") if newest else 0)


def first_words(target: Target) -> str | None:
    """What a server that spoke no protocol of ours says without any, such as plain HTTP.

    The first line of a greeting, or of its answer to an HTTP request; None if it says nothing.
    Raises Failure where there is no TCP connection.
    """
    with connect(target.host, target.port, target.timeout, Log(quiet=True)) as connection:
        for request, patience in ((b"", _GREETING), (b"HEAD / HTTP/1.0\r\n\r\n", target.timeout)):
            with suppress(OSError):
                connection.settimeout(min(patience, target.timeout))
                connection.sendall(request)
                said = _first_line(connection)
                if said:
                    return said
    return None


def _first_line(connection: socket.socket) -> str:
    return connection.recv(256).partition(b"\n")[0].decode("latin-1").strip()[:80]
