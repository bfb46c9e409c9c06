"""The sessions of a server context, passed on to a store outside of Tongsuo.

What a store raises is reported as unraisable and the handshake goes on without the session, as a
full one. Only what is no ``Exception`` (KeyboardInterrupt) comes out of the call under way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from tongsuo_py._binding import errors
from tongsuo_py._binding.buffers import borrow
from tongsuo_py._binding.callbacks import Callee
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._binding.ssl_callbacks import listener_of

_INDEX = 0  # of the ex_data that OpenSSL leaves to the application
_ID_SIZE = 32  # bytes: what Tongsuo makes; any other is not one of ours
_T = TypeVar("_T")


class SessionListener(Callee):
    """What a context does with its sessions; the same object as long as the context lives.

    ``listening`` tells whether it wants to know of any at all.
    """

    listening = False

    def made(self, id: bytes, data: bytes, timeout: int) -> None:
        """There is a session, to be kept for ``timeout`` seconds. ``data`` holds its secrets."""
        raise NotImplementedError

    def wanted(self, id: bytes) -> bytes | None:
        """A client wants to resume this one."""
        raise NotImplementedError

    def dropped(self, id: bytes) -> None:
        """The session is not to be resumed any more."""
        raise NotImplementedError


def attach(ctx: Any, listener: SessionListener) -> None:
    """Have a context's sessions go to ``listener``, once and for all.

    There is no way back, since a handshake in another thread may be about to call it: OpenSSL looks
    at the callbacks twice, first whether they are there. ``listening`` says what they are to do.
    """
    lib.SSL_CTX_set_ex_data(ctx, _INDEX, listener.handle)
    lib.SSL_CTX_sess_set_new_cb(ctx, lib.tspy_session_made)
    lib.SSL_CTX_sess_set_get_cb(ctx, lib.tspy_session_wanted)
    lib.SSL_CTX_sess_set_remove_cb(ctx, lib.tspy_session_dropped)


def keep_inside(ctx: Any, inside: bool) -> None:
    """Whether a context keeps its sessions itself.

    What it has it does not forget: a session that is flushed while a handshake resumes it makes
    OpenSSL's server contradict itself (seen: "unexpected message").
    """
    outside = 0 if inside else lib.SSL_SESS_CACHE_NO_INTERNAL
    lib.SSL_CTX_set_session_cache_mode(ctx, lib.SSL_SESS_CACHE_SERVER | outside)


def _listener(ctx: Any) -> SessionListener | None:
    """The context's listener, if it is there and listening."""
    handle = lib.SSL_CTX_get_ex_data(ctx, _INDEX)
    if handle == ffi.NULL:
        return None
    listener: SessionListener | None = ffi.from_handle(handle)()
    return listener if listener is not None and listener.listening else None


def _interruptible(ssl: Any, call: Callable[[], _T]) -> _T | None:
    """What ``call`` returns; None after an interruption, which the connection will raise."""
    try:
        return call()
    except Exception:
        raise  # for CFFI to report
    except BaseException as error:
        connection = listener_of(ssl)
        if connection is None:
            raise
        connection.raised = error
        return None


def _id(session: Any) -> bytes:
    length = ffi.new("unsigned int *")
    return bytes(ffi.buffer(lib.SSL_SESSION_get_id(session, length), length[0]))


def _encoded(session: Any) -> bytes:
    size = lib.i2d_SSL_SESSION(session, ffi.NULL)
    buffer = ffi.new("unsigned char[]", max(size, 1))
    try:
        if size <= 0 or lib.i2d_SSL_SESSION(session, ffi.new("unsigned char **", buffer)) != size:
            raise errors.failure("a session could not be encoded")
        return bytes(ffi.buffer(buffer, size))
    finally:
        lib.OPENSSL_cleanse(buffer, len(buffer))


def _decoded(data: object, id: bytes) -> Any:
    """The session in ``data``, which must be the one with that ID and nothing more."""
    encoded = borrow(data, "a stored session")
    place = ffi.new("unsigned char const **", ffi.cast("unsigned char *", encoded))
    end = place[0] + len(encoded)
    session = lib.d2i_SSL_SESSION(ffi.NULL, place, len(encoded))
    if session == ffi.NULL:
        errors.clear()
        raise ValueError("what the session store returned is no session")
    if place[0] != end or _id(session) != id:
        lib.SSL_SESSION_free(session)
        raise ValueError("the session store returned something else than this session")
    return session


@ffi.def_extern(error=0)  # type: ignore[untyped-decorator]
def tspy_session_made(ssl: Any, session: Any) -> int:
    listener = _listener(lib.tspy_first_ctx(ssl))
    # A ticket of TLS 1.3 that holds its session has an ID that nobody will ask for.
    stateless = not lib.SSL_get_options(ssl) & lib.SSL_OP_NO_TICKET
    if listener is None or (stateless and lib.SSL_version(ssl) == lib.TLS1_3_VERSION):
        return 0
    if lib.SSL_is_ntls(ssl) and not lib.tspy_keep_enc_certificate(ssl):
        raise MemoryError
    data, timeout = _encoded(session), lib.SSL_SESSION_get_timeout(session)
    _interruptible(ssl, lambda: listener.made(_id(session), data, timeout))
    return 0  # we did not keep the pointer


@ffi.def_extern(error=ffi.NULL)  # type: ignore[untyped-decorator]
def tspy_session_wanted(ssl: Any, pointer: Any, length: int, copy: Any) -> Any:
    copy[0] = 0  # what we return is the caller's
    listener = _listener(lib.tspy_first_ctx(ssl))
    if listener is None or length != _ID_SIZE:
        return ffi.NULL
    id = bytes(ffi.buffer(pointer, length))
    data = _interruptible(ssl, lambda: listener.wanted(id))
    if data is None:
        return ffi.NULL
    session = _decoded(data, id)
    if lib.SSL_SESSION_get_protocol_version(session) != lib.SSL_version(ssl):
        lib.SSL_SESSION_free(session)  # no fault of the store's: a client may ask for anything
        return ffi.NULL
    return session


@ffi.def_extern()  # type: ignore[untyped-decorator]
def tspy_session_dropped(ctx: Any, session: Any) -> None:
    listener = _listener(ctx)
    if listener is not None and (id := _id(session)):
        listener.dropped(id)
