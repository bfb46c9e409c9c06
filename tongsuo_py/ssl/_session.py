"""SSLSession: what a client keeps of a connection to resume it, and what resuming may not skip.

A resumed handshake brings no certificates. What the full one has checked is taken over with the
session, so a session must not be used where more is asked for than was checked when it was made.
"""

from __future__ import annotations

import hashlib
import ssl as _stdlib
from typing import TYPE_CHECKING, Any, NoReturn, Self

from tongsuo_py._binding import errors, ffi, lib, x509
from tongsuo_py._binding.handles import own_session, own_x509
from tongsuo_py.ssl import _trust as trust
from tongsuo_py.ssl._errors import check

if TYPE_CHECKING:
    from tongsuo_py.ssl._connection import Connection
    from tongsuo_py.ssl._context import SSLContext

_STDLIB_SESSION = _stdlib.SSLSession


class SSLSession:
    """A session as it was when ``sock.session`` was read; it does not change any more.

    It is of use to connections of the same context: as ``session=`` of ``wrap_socket`` and
    ``wrap_bio``, or set as ``sock.session`` before the handshake. Two are equal where their IDs
    are. In TLS 1.3 what can be resumed comes after the handshake: read ``sock.session`` once some
    data has been received.
    """

    __slots__ = ("__weakref__", "_checked", "_context", "_handle")

    _handle: Any
    _context: SSLContext
    _checked: object  # what the handshake demanded; None: it was not over

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        raise TypeError(f"cannot create '{cls.__module__}.{cls.__qualname__}' instances")

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        # As with SSLContext: isinstance() is true for the standard library's class too.
        return _STDLIB_SESSION

    @property
    def id(self) -> bytes:
        """The session's ID, at most 32 bytes; with a ticket, a digest of that."""
        length = ffi.new("unsigned int *")
        pointer = lib.SSL_SESSION_get_id(self._handle, length)
        return bytes(ffi.buffer(pointer, length[0]))

    @property
    def time(self) -> int:
        """When it was made, in seconds since 1970."""
        return int(lib.SSL_SESSION_get_time_ex(self._handle))

    @property
    def timeout(self) -> int:
        """For how many seconds from ``time`` on it can be resumed, as far as we are concerned."""
        return int(lib.SSL_SESSION_get_timeout(self._handle))

    @property
    def ticket_lifetime_hint(self) -> int:
        """For how many seconds the server means to take the ticket; 0 if it did not say."""
        return int(lib.SSL_SESSION_get_ticket_lifetime_hint(self._handle))

    @property
    def has_ticket(self) -> bool:
        """Whether there is a ticket; otherwise it is resumed by its ID, if at all."""
        return bool(lib.SSL_SESSION_has_ticket(self._handle))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SSLSession):
            return NotImplemented
        return self is other or self.id == other.id

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> NoReturn:
        raise TypeError("an SSLSession holds secrets and its context: it cannot be pickled")


def of(connection: Connection) -> SSLSession | None:
    """The session of a connection, which the caller has locked; None where there is none yet.

    A copy: Tongsuo writes a ticket that comes later into the object that the connection has, and
    marks it as not to be resumed when the connection fails.
    """
    pointer = lib.SSL_get0_session(connection._ssl)
    if pointer == ffi.NULL:
        return None
    session: SSLSession = object.__new__(SSLSession)
    session._handle = own_session(lib.SSL_SESSION_dup(pointer), "no memory for a session")
    session._context = connection.context
    done = lib.SSL_is_init_finished(connection._ssl)
    session._checked = _demands(connection) if done else None
    return session


def offer(connection: Connection, session: object) -> None:
    """Have a client connection, which the caller has locked, resume ``session`` if it may.

    It may not where the server would get away with less than is asked of it now: another name, or
    certificates that were not verified in this way. Then the handshake is a full one. Raises
    TypeError and ValueError where the standard library does.
    """
    if not isinstance(session, SSLSession):
        raise TypeError("Value is not a SSLSession.")
    if session._context is not connection.context:
        raise ValueError("Session refers to a different SSLContext.")
    if connection.server_side:
        raise ValueError("Cannot set session for server-side SSLSocket.")
    if lib.SSL_is_init_finished(connection._ssl):
        raise ValueError("Cannot set session after handshake.")
    if session._checked is None or session._checked != _demands(connection):
        return
    # A copy again: of two connections that resume it at once, both would write into it.
    copy = own_session(lib.SSL_SESSION_dup(session._handle), "no memory for a session")
    check(lib.SSL_set_session(connection._ssl, copy))


def _demands(connection: Connection) -> object:
    """What a server's certificates have to stand up to, to be compared with another time.

    As the connection has it, since the context may have been changed after it was made.
    """
    parameters = lib.SSL_get0_param(connection._ssl)
    return (
        lib.SSL_get_verify_mode(connection._ssl),
        lib.X509_VERIFY_PARAM_get_flags(parameters),
        lib.X509_VERIFY_PARAM_get_hostflags(parameters),
        connection.checked_name,
    )


def domain(mode: int, flags: int, anchors: bytes) -> bytes:
    """The session ID context of a server: which sessions it takes, for they must bear the same.

    A digest of how and when clients are verified and, where they are, against which trust anchors
    (those that were loaded; what a directory of them holds is read too late to count). So a session
    made without a certificate cannot be resumed where one is required; nor one made with another
    CA's, whatever keys or stores the two contexts share.
    """
    return hashlib.sha256(f"{mode} {flags} ".encode("ascii") + anchors).digest()


def digest_of_anchors(ctx: Any) -> bytes:
    """A digest of the trust anchors that were loaded, in whatever order."""
    ders = sorted(map(x509.certificate_der, trust.certificates(ctx)))
    return hashlib.sha256(b"".join(hashlib.sha256(der).digest() for der in ders)).digest()


def rebind(connection: Connection, context: SSLContext) -> None:
    """A server's connection, which the caller has locked, is about to take over ``context``.

    What Tongsuo resumes it decides before it asks for a context by the server's name. So the
    session of a full handshake has to bear what the new context demands; and one that was resumed
    under other demands ends the handshake: ValueError.
    """
    if not connection.server_side or lib.SSL_is_init_finished(connection._ssl):
        return
    new = context._domain()
    if new == connection.context._domain():
        return
    pointer = lib.SSL_get0_session(connection._ssl)
    if pointer == ffi.NULL:
        context._bind_sessions(connection._ssl)
        return
    if lib.SSL_session_reused(connection._ssl):
        raise ValueError(
            "the client resumes a session of another server name, which verifies clients otherwise"
        )
    check(lib.SSL_SESSION_set1_id_context(pointer, new, len(new)))


def enc_certificate(connection: Connection) -> Any:
    """A client's TLCP encryption certificate from the session of a connection, which is locked.

    A handle of the caller's own, or None. What Tongsuo puts into a ticket is the signing
    certificate alone, so native/tickets.c adds this one to it.
    """
    data, size = ffi.new("void **"), ffi.new("size_t *")
    session = lib.SSL_get0_session(connection._ssl)
    if session == ffi.NULL:
        return None
    lib.SSL_SESSION_get0_ticket_appdata(session, data, size)
    if not size[0]:
        return None
    place = ffi.new("unsigned char const **", ffi.cast("unsigned char *", data[0]))
    certificate = lib.d2i_X509(ffi.NULL, place, size[0])
    if certificate == ffi.NULL:  # what another program with our ticket keys keeps there
        errors.clear()
        return None
    return own_x509(certificate, "")
