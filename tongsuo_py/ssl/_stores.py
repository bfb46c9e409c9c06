"""Where servers keep sessions outside of their process, for several machines to resume them."""

from __future__ import annotations

import threading
from collections import OrderedDict
from time import monotonic
from typing import Any, Protocol


class SessionStore(Protocol):
    """What ``SSLContext.session_store`` takes: an object with these three methods.

    Handshakes call it from any thread and wait for it. Whatever it raises is reported to
    ``sys.unraisablehook``, and the handshake goes on without the session, as a full one.

    ``data`` holds the session's master secret: whoever reads it can decrypt recorded connections of
    the session (those of TLS 1.3 excepted), and whoever writes it can be resumed as any client.
    Keep it where the private keys could be kept, and let it travel encrypted and authenticated.
    """

    def get(self, id: bytes, /) -> bytes | None:
        """The data of a session; None where there is none, or not any more."""

    def put(self, id: bytes, data: bytes, timeout: int, /) -> None:
        """Keep a session for ``timeout`` seconds. ``id`` has at most 32 bytes, of any value."""

    def remove(self, id: bytes, /) -> None:
        """Forget a session; no error where it is not there."""


class MemorySessionStore:
    """Sessions in this process: at most ``limit``, the oldest going first; thread-safe.

    For contexts of one process that share their sessions, and for tests.
    """

    def __init__(self, limit: int = 20_000) -> None:
        if limit < 1:
            raise ValueError("the limit must be at least 1")
        self._limit = limit
        self._entries: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, id: bytes, /) -> bytes | None:
        """The data of a session that is kept and not yet over."""
        with self._lock:
            end, data = self._entries.get(id, (0.0, b""))
            if end > monotonic():
                return data
            self._entries.pop(id, None)
            return None

    def put(self, id: bytes, data: bytes, timeout: int, /) -> None:
        """Keep a session for ``timeout`` seconds, and drop the oldest where there are too many."""
        with self._lock:
            self._entries.pop(id, None)  # the place in the order is that of the last put
            self._entries[id] = monotonic() + timeout, data
            while len(self._entries) > self._limit:
                self._entries.popitem(last=False)

    def remove(self, id: bytes, /) -> None:
        """Forget a session."""
        with self._lock:
            self._entries.pop(id, None)

    def __len__(self) -> int:
        """How many are kept, those included whose time is over and that nobody asked for."""
        return len(self._entries)


class RedisSessionStore:
    """Sessions in Redis, or what speaks its protocol, for servers on several machines.

    ``client`` is a ``redis.Redis`` (pip install tongsuo-py[redis]) that returns bytes, its default.
    A handshake waits for it, so give it a short ``socket_timeout`` and no retries; and since the
    data is secret (see ``SessionStore``), a ``rediss://`` URL or a Unix socket, and a password.
    Redis itself forgets the sessions when their time is over.
    """

    def __init__(self, client: Any, prefix: bytes | str = b"tls-session:") -> None:
        self._client = client
        self._prefix = prefix.encode("utf-8") if isinstance(prefix, str) else bytes(prefix)

    def get(self, id: bytes, /) -> bytes | None:
        """The data of a session."""
        data: bytes | None = self._client.get(self._prefix + id)
        return data

    def put(self, id: bytes, data: bytes, timeout: int, /) -> None:
        """Keep a session for ``timeout`` seconds."""
        self._client.set(self._prefix + id, data, ex=max(timeout, 1))

    def remove(self, id: bytes, /) -> None:
        """Forget a session."""
        self._client.delete(self._prefix + id)
