"""The attacker in the middle: a TCP proxy that understands records just enough to alter one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from tongsuo_py.cli.events import now

#: What is done to a record, header included.
Tamper = Callable[[bytes], bytes]

_HEADER = 5  # content type, version (2 bytes), length (2 bytes): GB/T 38636-2020, 6.3.3
_APPLICATION_DATA = 23
_EXPLICIT_NONCE = 8  # of a GCM record, before the ciphertext
_PATIENCE = 30.0


def flip_a_bit(record: bytes) -> bytes:
    """The record with the lowest bit of its first byte of ciphertext flipped."""
    altered = bytearray(record)
    altered[_HEADER + _EXPLICIT_NONCE] ^= 1
    return bytes(altered)


@dataclass(frozen=True)
class Altered:
    """A record as it came and as it went on, and when (as events have it)."""

    before: bytes
    after: bytes
    time: int


class Proxy:
    """Stands between one client and the server at ``target``; listens on ``port`` of 127.0.0.1.

    Records pass unchanged, but for the first one with application data from the client after
    ``tamper_with_next()``: that one goes through ``tamper``, and is kept in ``altered``.
    """

    def __init__(self, target: tuple[str, int], tamper: Tamper) -> None:
        self._target = target
        self._tamper = tamper
        self._armed = threading.Event()
        self.altered: Altered | None = None
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def tamper_with_next(self) -> None:
        """Alter the next record with application data that the client sends."""
        self._armed.set()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        for sock in (self._listener, *self._sockets):
            with suppress(OSError):  # it may be connected no more
                sock.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for sock in (self._listener, *self._sockets):
            sock.close()

    def _run(self) -> None:
        try:
            client, _ = self._listener.accept()
            self._sockets.append(client)
            server = socket.create_connection(self._target, _PATIENCE)
            self._sockets.append(server)
        except OSError:
            return
        back = threading.Thread(target=self._copy, args=(server, client), daemon=True)
        back.start()
        self._copy_records(client, server)
        back.join()

    def _copy(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one of them is gone

    def _copy_records(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while header := _exactly(source, _HEADER):
                record = header + _exactly(source, int.from_bytes(header[3:5], "big"))
                if header[0] == _APPLICATION_DATA and self._armed.is_set() and self.altered is None:
                    self.altered = Altered(record, self._tamper(record), now())
                    record = self.altered.after
                sink.sendall(record)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one of them is gone


def _exactly(source: socket.socket, size: int) -> bytes:
    """So many bytes, or fewer at the end of the stream."""
    data = b""
    while len(data) < size and (more := source.recv(size - len(data))):
        data += more
    return data
