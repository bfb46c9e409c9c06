"""The data of one session, both ways at once."""

from __future__ import annotations

import select
import socket
import ssl as _stdlib
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from tongsuo_py import ssl
from tongsuo_py.cli.events import Log, now
from tongsuo_py.cli.failures import Failure
from tongsuo_py.cli.streams import CHUNK, Input, Output, Waker

_PATIENCE = 2.0  # how long, after sending failed, the peer's own word on it is waited for
_PREVIEW = 48


@dataclass
class Totals:
    """What went over one session; a message is what one record carries."""

    sent_messages: int = 0
    sent_bytes: int = 0
    received_messages: int = 0
    received_bytes: int = 0


class Channel:
    """A connected session that counts and reports, and whose waits have an end if so wished.

    One thread may ``send`` while another receives.
    """

    def __init__(
        self,
        sock: ssl.SSLSocket,
        log: Log,
        *,
        peer: str,
        idle_timeout: float | None,
        tags: dict[str, Any],
    ) -> None:
        self.sock = sock
        self.peer = peer
        self.totals = Totals()
        self._log = log
        self._tags = tags
        self._idle_timeout = idle_timeout
        self._active = time.monotonic()
        sock.settimeout(idle_timeout)

    def send(self, data: memoryview) -> None:
        """Send all of it. Raises what ``SSLSocket.send`` does, TimeoutError only if idle."""
        size, at = len(data), now()
        preview = self._preview(data)
        while data:
            try:
                data = data[self.sock.send(data) :]
                self._active = time.monotonic()
            except TimeoutError:
                self._check_idle()
        self.totals.sent_messages += 1
        self.totals.sent_bytes += size
        if self._log.verbose:
            self._log("sent", at, bytes=size, preview=preview, **self._tags)

    def receive_into(self, buffer: memoryview) -> memoryview:
        """The next message in ``buffer``; empty after the peer's close_notify."""
        while True:
            try:
                size = self.sock.recv_into(buffer)
                break
            except _stdlib.SSLZeroReturnError:  # so it says where our own went out before
                return buffer[:0]
            except TimeoutError:
                self._check_idle()
        if size:
            self._active = time.monotonic()
            self.totals.received_messages += 1
            self.totals.received_bytes += size
            if self._log.verbose:
                preview = self._preview(buffer[:size])
                self._log("received", bytes=size, preview=preview, **self._tags)
        return buffer[:size]

    def report_totals(self) -> None:
        """Tell what went over the session."""
        self._log("totals", **asdict(self.totals), **self._tags)

    def _check_idle(self) -> None:
        idle = time.monotonic() - self._active
        if self._idle_timeout is not None and idle >= self._idle_timeout:
            raise Failure(f"nothing moved for {self._idle_timeout:g} s (--idle-timeout)")

    def _preview(self, data: memoryview) -> str:
        return preview(bytes(data[: 4 * _PREVIEW])) if self._log.verbose else ""


def preview(data: bytes) -> str:
    """The beginning of a message as text in quotes if it is text, in hexadecimal if not."""
    text = data.decode("utf-8", "replace").rstrip("\ufffd").rstrip("\r\n")
    if "\ufffd" in text or not all(c.isprintable() or c.isspace() for c in text):
        return data[: _PREVIEW // 3].hex(" ") + (" ..." if len(data) > _PREVIEW // 3 else "")
    shown = " ".join(text.split())
    return f'"{shown[:_PREVIEW]}{"..." if len(shown) > _PREVIEW else ""}"'


def echo(channel: Channel) -> None:
    """Send back what comes, until the peer says that it is done; then say so too."""
    buffer = memoryview(bytearray(CHUNK))
    while message := channel.receive_into(buffer):
        channel.send(message)
    channel.sock.send_close_notify()


class Relay:
    """Copies ``source`` to the peer and what the peer sends to ``sink``, until both have ended.

    The end of the source is told to the peer with a close_notify (with ``keep_open``, only after
    the peer's own). Raises what went wrong first, as far as that can be told.
    """

    def __init__(
        self, channel: Channel, source: Input, sink: Output, *, keep_open: bool = False
    ) -> None:
        self._channel = channel
        self._source = source
        self._sink = sink
        self._keep_open = keep_open
        self._thread = threading.Thread(target=self._upload, name="upload", daemon=True)
        self._stop = threading.Event()  # for the uploading thread
        self._waker = Waker()  # the same, while it waits for input
        self._over = threading.Event()  # nothing more will be received
        self._uploaded = Waker()
        self._complete = False  # all input was sent
        self._upload_error: BaseException | None = None
        self._gave_up = False  # the connection was cut because of the upload

    def run(self) -> None:
        """Copy until both directions have ended."""
        self._thread.start()
        try:
            self._download()
            self._over.set()
            self._finish_upload()
        except BaseException as error:
            if self._gave_up and self._upload_error is not None and not isinstance(error, Failure):
                raise self._upload_error from None
            raise
        finally:
            self._over.set()
            self._ask_upload_to_stop()
            if not self._complete:
                cut(self._channel.sock, socket.SHUT_WR)  # in case it waits to send
            self._thread.join(_PATIENCE)
            if not self._thread.is_alive():
                self._waker.close()
                self._uploaded.close()

    def _download(self) -> None:
        buffer = memoryview(bytearray(CHUNK))
        while message := self._channel.receive_into(buffer):
            self._sink.write(message)

    def _finish_upload(self) -> None:
        """The peer has sent all; wait until we have too, unless it is gone altogether."""
        poll = select.poll()
        poll.register(self._uploaded, select.POLLIN)
        poll.register(self._channel.sock, select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll()}
        if self._uploaded.fileno() not in ready:
            # It may be at the very last step: that is the peer's usual reason to close.
            self._ask_upload_to_stop()
            self._thread.join(_PATIENCE)
        if self._upload_error is not None:
            raise self._upload_error
        if not self._complete:
            peer = self._channel.peer
            raise Failure(f"the {peer} ended the session before our input ended")
        self._channel.sock.send_close_notify()

    def _upload(self) -> None:
        try:
            with self._source.turn(self._stop) as ours:
                while ours:
                    data = self._source.read(self._waker)
                    if data is None or self._stop.is_set():
                        return
                    if not data:
                        break
                    self._channel.send(memoryview(data))
            if not self._stop.is_set():
                if not self._keep_open:
                    self._channel.sock.send_close_notify()
                self._complete = True
        except BaseException as error:
            self._upload_error = error
            # The peer may have said why: an alert that is still to be read tells more than our
            # failure to send. Input that cannot be read is a matter of our own.
            if isinstance(error, Failure) or not self._over.wait(_PATIENCE):
                self._gave_up = True
                cut(self._channel.sock)
        finally:
            self._uploaded.wake()

    def _ask_upload_to_stop(self) -> None:
        self._stop.set()
        self._waker.wake()
        self._source.stopped()


def cut(sock: socket.socket, how: int = socket.SHUT_RDWR) -> None:
    """End the TCP connection below a session, so that a thread that waits for it wakes up."""
    with suppress(OSError):  # it may be gone already
        socket.socket.shutdown(sock, how)


def close(sock: socket.socket, linger: float = 1.0) -> None:
    """Close a connection without losing what was sent last.

    Closing one that has unread data resets it, and the reset can overtake an alert. So: say that
    nothing follows, then wait a moment for the peer to end too.
    """
    raw = socket.socket(fileno=sock.detach())
    with raw:
        try:
            raw.shutdown(socket.SHUT_WR)
            deadline = time.monotonic() + linger
            while (left := deadline - time.monotonic()) > 0:
                raw.settimeout(left)
                if not raw.recv(65536):
                    break
        except OSError:
            pass  # reset, or still sending: then so be it
