"""A connection over a socket, whose calls wait as long as the socket's timeout says."""

from __future__ import annotations

import weakref
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from tongsuo_py._binding import lib
from tongsuo_py.ssl._connection import Connection
from tongsuo_py.ssl._errors import ssl_error

if TYPE_CHECKING:
    import socket

    from tongsuo_py.ssl._context import SSLContext

_READ, _WRITE = lib.tspy_conn_read, lib.tspy_conn_write
_INTERRUPTED = lib.TSPY_E_INTERRUPTED
_FOREVER = -1


class SocketConnection(Connection):
    """A connection over ``sock``; whoever reads and whoever writes do not wait for each other."""

    def __init__(
        self,
        context: SSLContext,
        sock: socket.socket,
        *,
        server_side: bool,
        server_hostname: str | None,
        owner: object,
        session: object = None,
    ) -> None:
        super().__init__(
            context,
            sock.fileno(),
            server_side=server_side,
            server_hostname=server_hostname,
            owner=owner,
            session=session,
        )
        self._socket = weakref.ref(sock)

    def _timeout(self) -> int:
        """How long a call may wait, in nanoseconds as C takes it: 0 not at all, -1 for ever."""
        sock = self._socket()
        if sock is None or sock.fileno() < 0:
            raise ssl_error("Underlying socket connection gone")
        timeout = sock.timeout
        if timeout is None:
            return _FOREVER
        # A wait below the clock's resolution is still a wait.
        return max(int(timeout * 1e9), 1) if timeout else 0

    def _call(self, function: Any, *arguments: Any) -> int:
        timeout = self._timeout()
        end = monotonic_ns() + timeout if timeout > 0 else 0
        code: int = function(self._conn, *arguments, timeout)
        return code if code != _INTERRUPTED else self._again(timeout, end, function, *arguments)

    # The two most frequent ones, without the list of arguments.

    def _get(self, target: Any, size: int) -> int:
        timeout = self._timeout()
        end = monotonic_ns() + timeout if timeout > 0 else 0
        code: int = _READ(self._conn, target, size, timeout)
        return code if code != _INTERRUPTED else self._again(timeout, end, _READ, target, size)

    def _put(self, source: Any, size: int, done: Any) -> int:
        timeout = self._timeout()
        end = monotonic_ns() + timeout if timeout > 0 else 0
        code: int = _WRITE(self._conn, source, size, done, timeout)
        if code == _INTERRUPTED:
            code = self._again(timeout, end, _WRITE, source, size, done)
        return code

    def _again(self, timeout: int, end: int, function: Any, *arguments: Any) -> int:
        """Go on with a call as long as it says so; Python has run its signal handlers by now."""
        code: int = _INTERRUPTED
        while code == _INTERRUPTED:
            # When all is over the call still looks once, as poll() does.
            left = max(end - monotonic_ns(), 1) if timeout > 0 else timeout
            code = function(self._conn, *arguments, left)
        return code
