"""A TCP proxy between two sockets that does one thing wrong, at one offset of one direction."""

from __future__ import annotations

import selectors
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

from relay import FaultyWire, RecordWire, Wire

_CHUNK = 65536
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends a reset
_PATIENCE = 20.0  # seconds after which nobody can still be waiting for this proxy
_LOOK = 0.02  # how often it looks whether it is to end
_PAUSE = 0.005  # seconds, long enough for the other side to look what there is


class Spoken:
    """What a wire takes from and gives to: as a MemoryBIO, over bytes and a socket."""

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        self.waiting = b""
        self.write = write

    def read(self) -> bytes:
        said, self.waiting = self.waiting, b""
        return said


class Proxy:
    """Connects one client to ``address``; ``up`` and ``down`` are the wires of the two directions.

    The faults are those of FaultyWire, and three that only a network has: ``reset`` and ``fin`` at
    an offset end the connection there, both ways; ``hold`` lets nothing more through but keeps it
    open, until the proxy ends. A wire with ``bytewise`` sends each byte by itself.

    Use it with ``with``: at the end its thread is over, whatever happened.
    """

    def __init__(
        self,
        address: Any,
        up: Wire | None = None,
        down: Wire | None = None,
        *,
        bytewise: bool = False,
    ) -> None:
        self._address = address
        self._wires = up or Wire(), down or Wire()
        self._bytewise = bytewise
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ending = threading.Event()
        self.address = self._listener.getsockname()
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self._ending.set()
        self._listener.close()
        self._thread.join(_PATIENCE)
        assert not self._thread.is_alive()
        if error is None and self.error is not None:
            raise self.error

    def _run(self) -> None:
        try:
            self._listener.settimeout(_PATIENCE)
            client, _ = self._listener.accept()
            with client, socket.create_connection(self._address) as server:
                for sock in (client, server):
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._relay(client, server)
        except BaseException as error:
            self.error = error

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        directions = {
            client: (self._wires[0], Spoken(self._sender(server)), server),
            server: (self._wires[1], Spoken(self._sender(client)), client),
        }
        with selectors.DefaultSelector() as selector:
            for sock in directions:
                selector.register(sock, selectors.EVENT_READ)
            while selector.get_map() and not self._ending.is_set():
                for key, _ in selector.select(_LOOK):
                    sock: Any = key.fileobj
                    wire, spoken, target = directions[sock]
                    spoken.waiting = _received(sock)
                    if not spoken.waiting:
                        selector.unregister(sock)
                        with suppress(OSError):
                            target.shutdown(socket.SHUT_WR)
                        continue
                    wire.carry(spoken, spoken)
                    while wire.is_paused:
                        time.sleep(_PAUSE)
                        wire.carry(spoken, spoken)
                    if wire.is_cut:
                        self._cut(wire, client, server)
                        return

    def _sender(self, target: socket.socket) -> Callable[[bytes], None]:
        def send(data: bytes) -> None:
            with suppress(ConnectionError):  # whoever has closed does not want it
                for start in range(0, len(data), 1 if self._bytewise else len(data)):
                    target.sendall(data[start : start + 1] if self._bytewise else data)

        return send

    def _cut(self, wire: Wire, client: socket.socket, server: socket.socket) -> None:
        how = wire.how if isinstance(wire, Cut | CutRecord) else "fin"
        if how == "hold":
            self._ending.wait(_PATIENCE)
        elif how == "reset":
            for sock in (client, server):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        else:
            for sock in (client, server):
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_WR)
            # Closed with something unread it would be a reset as well.
            with selectors.DefaultSelector() as selector:
                for sock in (client, server):
                    selector.register(sock, selectors.EVENT_READ)
                while selector.get_map() and not self._ending.is_set():
                    for key, _ in selector.select(_LOOK):
                        if not _received(key.fileobj):
                            selector.unregister(key.fileobj)


def _received(sock: Any) -> bytes:
    """What is there; nothing at the end, whatever that was like."""
    try:
        data: bytes = sock.recv(_CHUNK)
        return data
    except ConnectionError:
        return b""


class Cut(FaultyWire):
    """Nothing passes from ``offset`` on: ``how`` is ``fin``, ``reset`` or ``hold``."""

    def __init__(self, how: str, offset: int) -> None:
        super().__init__("cut", offset)
        self.how = how


class CutRecord(RecordWire):
    """The same, ``at`` bytes into the record of that ``number``: signatures differ in length."""

    def __init__(self, how: str, number: int, at: int) -> None:
        super().__init__(self._shorten)
        self.how = how
        self._where = number, at

    def _shorten(self, number: int, record: bytes) -> list[bytes]:
        wanted, at = self._where
        self.is_cut |= number == wanted
        return [record[:at] if number == wanted else b"" if self.is_cut else record]
