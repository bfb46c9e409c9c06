"""What a server context does about resumption: its ticket keys, its store, whom it resumes."""

from __future__ import annotations

import ssl as _stdlib
from collections.abc import Sequence
from typing import Any

from tongsuo_py._binding import ffi, lib, session_callbacks
from tongsuo_py._binding.buffers import borrow, secret
from tongsuo_py.ssl import _session as sessions
from tongsuo_py.ssl._callbacks import Callbacks
from tongsuo_py.ssl._errors import check
from tongsuo_py.ssl._stores import SessionStore
from tongsuo_py.ssl._versions import CLIENTS

_KEY_SIZE = lib.TSPY_TICKET_KEY_SIZE
_NAME_SIZE = 16  # of a key's first bytes, by which a ticket says what it was encrypted with


class _Listener(session_callbacks.SessionListener):
    """A context's store, as the callbacks see it: one listener for each, whichever the store."""

    store: SessionStore | None = None

    @property
    def listening(self) -> bool:  # type: ignore[override]
        return self.store is not None

    def made(self, id: bytes, data: bytes, timeout: int) -> None:
        store = self.store
        if store is not None:
            store.put(id, data, timeout)

    def wanted(self, id: bytes) -> bytes | None:
        store = self.store
        return None if store is None else store.get(id)

    def dropped(self, id: bytes) -> None:
        store = self.store
        if store is not None:
            store.remove(id)


class Resumption(Callbacks):
    """The part of an SSLContext that decides how a server resumes sessions."""

    __slots__ = ("_session_listener",)

    _session_listener: _Listener

    def _set_defaults(self) -> None:
        super()._set_defaults()
        self._session_listener = _Listener()
        lib.tspy_ctx_keep_enc_certificate(self._ctx)

    def set_ticket_keys(self, keys: Sequence[Any]) -> None:
        """Share the keys of session tickets with other servers, in TLS and TLCP.

        The first of ``keys`` encrypts new tickets; all decrypt, and a ticket of another than the
        first is replaced by a new one. So to change keys put the new one last on every server, then
        first, and take the old one off when its tickets are over (7200 seconds, a session's
        ``timeout``). May be called at any time. Without it a context has a random key of its own.
        It takes ``OP_NO_TICKET`` out of ``options``, since with that there are no such tickets.

        Each key is 80 random bytes (``os.urandom(80)``), a name of 16 and two secrets of 32, for
        AES-256-CBC with HMAC-SHA-256: as nginx and OpenSSL have them. They decrypt what was
        recorded of TLS 1.2 and TLCP, and let whoever has them be resumed as any client: change them
        daily, and keep them as you keep private keys.

        Raises TypeError for a key that is not bytes-like; ValueError for another length, no key at
        all, two of one name, or a client's context.
        """
        if self._protocol in CLIENTS:
            raise ValueError("ticket keys are for servers")
        views = [borrow(key, "a ticket key") for key in keys]
        if not views:
            raise ValueError("at least one ticket key is needed")
        if any(len(view) != _KEY_SIZE for view in views):
            raise ValueError(f"a ticket key has {_KEY_SIZE} bytes")
        if len({ffi.buffer(view)[:_NAME_SIZE] for view in views}) != len(views):
            raise ValueError("two ticket keys have one name: the first 16 bytes must differ")
        with secret(len(views) * _KEY_SIZE) as joined:
            for index, view in enumerate(views):
                ffi.memmove(joined + index * _KEY_SIZE, view, _KEY_SIZE)
            if not lib.tspy_ctx_set_ticket_keys(self._ctx, joined, len(views)):
                raise MemoryError
        self.options &= ~_stdlib.OP_NO_TICKET

    @property
    def session_store(self) -> SessionStore | None:
        """Where a server keeps its sessions, instead of in the context; None, the default, is that.

        See ``SessionStore`` for the interface; contexts that share one resume each other's
        sessions, if they verify clients in the same way against the same CAs.

        Setting a store turns ``OP_NO_TICKET`` on, in ``options``: clients that take tickets, and
        most do, would keep their sessions themselves. In TLS 1.3 the tickets then stand for what is
        in the store. Clear the option afterwards to have a store for the others alone. Raises
        TypeError for an object without the methods, ValueError on a client's context.
        """
        return self._session_listener.store

    @session_store.setter
    def session_store(self, store: SessionStore | None) -> None:
        if self._protocol in CLIENTS:
            raise ValueError("a session store is for servers")
        names = ("get", "put", "remove")
        if store is not None and not all(callable(getattr(store, name, None)) for name in names):
            raise TypeError("a session store has the methods get, put and remove")
        self._session_listener.store = None  # the context's own sessions are none of a store's
        session_callbacks.keep_inside(self._ctx, store is None)
        if store is None:
            return
        session_callbacks.attach(self._ctx, self._session_listener)
        self._session_listener.store = store
        self.options |= _stdlib.OP_NO_TICKET

    def _bind_sessions(self, ssl: Any) -> None:
        """Have a server's connection take such sessions alone as demands like its own have made."""
        domain = self._domain_for(lib.SSL_get_verify_mode(ssl), lib.SSL_get0_param(ssl))
        check(lib.SSL_set_session_id_context(ssl, domain, len(domain)))

    def _domain(self) -> bytes:
        """What ``_bind_sessions`` would put on a new connection."""
        mode = lib.SSL_CTX_get_verify_mode(self._ctx)
        if mode and self._post_handshake_auth:
            mode |= lib.SSL_VERIFY_POST_HANDSHAKE
        return self._domain_for(mode, lib.SSL_CTX_get0_param(self._ctx))

    def _domain_for(self, mode: int, parameters: Any) -> bytes:
        digest = self._digest_of_trust() if mode else b""
        return sessions.domain(mode, lib.X509_VERIFY_PARAM_get_flags(parameters), digest)

    def _digest_of_trust(self) -> bytes:
        # Who loads an anchor meanwhile puts a new list in its place, and this result is forgotten.
        known = self._trust_digest
        if not known:
            known.append(sessions.digest_of_anchors(self._ctx))
        return known[0]
