"""A connection over memory BIOs: what ``asyncio`` and other event loops use."""

from __future__ import annotations

import ssl as _stdlib
from threading import RLock
from typing import TYPE_CHECKING, Any

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.buffers import borrow, unzeroed
from tongsuo_py.ssl._connection import RECORD, Connection, wanting

if TYPE_CHECKING:
    from tongsuo_py.ssl._context import SSLContext

_READ, _WRITE = lib.tspy_conn_read, lib.tspy_conn_write
_READ_GIVEN, _WRITE_RECORD = lib.tspy_conn_read_given, lib.tspy_conn_write_record
_WANT_READ, _INTERRUPTED = lib.TSPY_E_WANT_READ, lib.TSPY_E_INTERRUPTED
_HEADER = 5  # bytes: content type, version (2), length (2)
_FIRST_TYPE, _LAST_TYPE = 20, 24  # of content (RFC 8446, 5.1)
_SMALL = lib.TSPY_SMALL
_BYTES = ffi.typeof("char[]")
_buffer, _unpack = ffi.buffer, ffi.unpack


class MemoryConnection(Connection):
    """A connection that reads ``incoming`` and writes ``outgoing``; no call of it waits.

    C has buffers of its own, and their bytes are carried here around each call: a callback for each
    read and write would cost more than a small record itself. Nothing is taken from ``incoming``
    but the record that the connection is about to read, so that what follows a close_notify stays.
    """

    def __init__(
        self,
        context: SSLContext,
        incoming: _stdlib.MemoryBIO,
        outgoing: _stdlib.MemoryBIO,
        *,
        server_side: bool,
        server_hostname: str | None,
        owner: object,
        session: object = None,
    ) -> None:
        super().__init__(
            context,
            -1,
            server_side=server_side,
            server_hostname=server_hostname,
            owner=owner,
            session=session,
        )
        self._incoming = incoming
        self._outgoing = outgoing
        self._memory = lib.tspy_conn_memory(self._conn)
        self._kept = memoryview(_buffer(self._memory.output, _SMALL))
        self._plaintext = unzeroed(_BYTES, _SMALL)
        self._given = b""  # C reads it where it is
        self._turn = RLock()  # what two threads write must come out in the order of the records

    # ---- to and fro ----

    def _record(self) -> bytes:
        """The record that it reads next, or as much of it as is there."""
        incoming = self._incoming
        data = incoming.read(_HEADER)
        if len(data) == _HEADER and _FIRST_TYPE <= data[0] <= _LAST_TYPE:
            data += incoming.read(data[3] << 8 | data[4])
        self._given = data
        return data

    def _give(self) -> bool:
        """Give it what it wants to read, or the end; False if there is nothing."""
        memory = self._memory
        data = self._record() if memory.record else self._incoming.read(memory.wanted)
        if data:
            self._given = data
            lib.tspy_conn_give(self._conn, data, len(data))
        elif self._incoming.eof:
            memory.end = 1
        else:
            return False
        return True

    def _take(self) -> None:
        """Carry away what it wrote."""
        memory, size = self._memory, self._memory.written
        small = size <= _SMALL
        output = self._kept[:size] if small else _buffer(memory.output, size)
        try:
            self._outgoing.write(output)
        except BaseException:
            errors.clear()  # what else the call came to is not told any more
            raise
        finally:
            if small:
                memory.written = 0
            else:
                lib.tspy_conn_taken(self._conn)

    def _call(self, function: Any, *arguments: Any) -> int:
        with self._turn:
            while True:
                code: int = function(self._conn, *arguments, 0)
                if self._memory.written:
                    self._take()
                if not (code == _INTERRUPTED or (code == _WANT_READ and self._give())):
                    return code

    def _get(self, target: Any, size: int) -> int:
        return self._call(_READ, target, size)

    def _put(self, source: Any, size: int, done: Any) -> int:
        return self._call(_WRITE, source, size, done)

    def _socket(self) -> None:
        """There is none."""

    # ---- the short way, for what is most frequent: one crossing to C and back ----

    def read(self, size: int = 1024, buffer: Any = None) -> Any:
        if buffer is not None or size <= 0:
            return super().read(size, buffer)
        with self._turn:
            if not self._memory.record:
                return super().read(size)
            incoming = self._incoming
            record = incoming.read(_HEADER)  # as _record(), whose call a small one would feel
            if len(record) == _HEADER and _FIRST_TYPE <= record[0] <= _LAST_TYPE:
                record += incoming.read(record[3] << 8 | record[4])
            self._given = record
            given = len(record)
            if given == 0 and not incoming.eof:
                raise wanting(_WANT_READ)  # C could say no more
            if given <= _SMALL:  # it is longer than what is in it
                target, limit = self._plaintext, _SMALL
            else:
                target, limit = unzeroed(_BYTES, RECORD), RECORD
            count: int = _READ_GIVEN(
                self._conn, target, size if size < limit else limit, record, given
            )
            if count <= 0 or self.raised is not None:
                count = self._read_on(count)
                if count == _WANT_READ:
                    return super().read(size)
            return _unpack(target, count)

    def _read_into(self, target: Any, size: int) -> int:
        with self._turn:
            if self._memory.record:
                record = self._record()
                if not record and not self._incoming.eof:
                    raise wanting(_WANT_READ)
                count: int = _READ_GIVEN(self._conn, target, size, record, len(record))
                if count <= 0 or self.raised is not None:
                    count = self._read_on(count)
                if count != _WANT_READ:
                    return count
            return super()._read_into(target, size)

    def _read_on(self, count: int) -> int:
        """What came of it; TSPY_E_WANT_READ: nothing, but there is more to look at."""
        if count == 0:
            count = self._memory.moved
            self._take()
        elif self._memory.written:
            self._take()
        if count > 0 and self.raised is None:
            return count
        if count == _WANT_READ and (self._incoming.pending or self._incoming.eof):
            return count
        return self._came_to(count)

    def verify_client_post_handshake(self) -> None:
        super().verify_client_post_handshake()
        self._memory.record = 0  # a read would write the request now, whether anything came or not

    def write(self, data: Any, *, partly: bool = True) -> int:
        source = data if type(data) is bytes else borrow(data)
        size = len(source)
        if size > RECORD or not partly:
            return super().write(data, partly=partly)
        with self._turn:
            made = _WRITE_RECORD(self._conn, source, size)
            if made > 0:
                self._outgoing.write(self._kept[:made])
            elif self._memory.written:
                self._take()
            if made == _WANT_READ:
                return super().write(data, partly=partly)
            count = size if made > 0 else self._memory.moved
        if made < 0:
            self._raise(made, "write")
        if self.raised is not None:
            self.reraise()
        return count
