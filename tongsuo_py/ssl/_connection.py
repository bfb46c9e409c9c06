"""One TLS or TLCP connection: what the standard library's private ``_ssl._SSLSocket`` is to it.

``SSLSocket`` and ``SSLObject`` are the standard library's own classes, whose work is all done by an
object of this class (their ``_sslobj``).
"""

from __future__ import annotations

import ssl as _stdlib
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from tongsuo_py._binding import errors, ffi, lib, x509
from tongsuo_py._binding.buffers import borrow, borrow_writable, unzeroed
from tongsuo_py._binding.handles import own_connection, own_x509, share_x509
from tongsuo_py._binding.ssl_callbacks import Listener, attach
from tongsuo_py.exceptions import ErrorEntry
from tongsuo_py.ssl import _alerts as alerts
from tongsuo_py.ssl import _hints as hints
from tongsuo_py.ssl import _messages as messages
from tongsuo_py.ssl import _negotiation as negotiation
from tongsuo_py.ssl import _session as sessions
from tongsuo_py.ssl import _suites as suites
from tongsuo_py.ssl._certificate import Certificate, decoded
from tongsuo_py.ssl._errors import (
    certificate_error,
    check,
    from_queue,
    no_record_at_all,
    ssl_error,
    system_error,
    telling,
    without_consequences,
)
from tongsuo_py.ssl._settings import Settings

if TYPE_CHECKING:
    from tongsuo_py.ssl._context import SSLContext

_FILLED = 1024  # bytes that are zeroed sooner than another copy of them is made
RECORD = 16384  # SSL_read never returns more: the plaintext of one record (RFC 8446, 5.1)
_BYTES, _COUNT = ffi.typeof("char[]"), ffi.typeof("size_t *")
_new, _unpack = ffi.new, ffi.unpack
_FINISHED = 128  # more than any Finished message has
_WANT = {
    code: (kind, int(number), f"The operation did not complete ({what})")
    for code, kind, number, what in (
        (lib.TSPY_E_WANT_READ, _stdlib.SSLWantReadError, _stdlib.SSL_ERROR_WANT_READ, "read"),
        (lib.TSPY_E_WANT_WRITE, _stdlib.SSLWantWriteError, _stdlib.SSL_ERROR_WANT_WRITE, "write"),
    )
}
_TIMED_OUT = {lib.TSPY_E_TIMEOUT_READ: "read", lib.TSPY_E_TIMEOUT_WRITE: "write"}
Look = TypeVar("Look")


def wanting(code: int) -> _stdlib.SSLError:
    """The exception for a call that may not wait; an event loop has one for each message.

    What ssl_error() would make of it. No local variable of who raises it: together with its
    traceback it would be garbage for the collector.
    """
    kind, number, message = _WANT[code]
    error = kind(number, message)
    error.library = error.reason = None  # type: ignore[assignment]
    return error


class Connection(Listener):
    """A connection; how its bytes come and go is for ``SocketConnection`` and ``MemoryConnection``.

    Two threads may use it at once, one reading and one writing.
    """

    #: Called for the socket; None over memory BIOs.
    _socket: Callable[[], Any]

    def __init__(
        self,
        context: SSLContext,
        fd: int,
        *,
        server_side: bool,
        server_hostname: str | None,
        owner: object,
        session: object,
    ) -> None:
        super().__init__()
        self._context = context
        # The program may let go of it once a server name callback has put another in its place.
        self._first_context = weakref.ref(context)
        self.server_side = server_side
        self.server_hostname = server_hostname
        checked = server_hostname if context._check_hostname else None
        self.checked_name = None if checked is None else checked.lower()
        self._owner = weakref.ref(owner) if owner is not None else None
        pointer = lib.tspy_conn_new(
            context._ctx,
            server_side,
            server_side and context._chooses_protocol,
            fd,
        )
        if pointer == ffi.NULL:
            raise from_queue("could not make the connection")
        self._conn = own_connection(pointer, "")
        self._ssl = lib.tspy_conn_ssl(self._conn)
        attach(self._ssl, self)
        context._prepare(self._ssl, server_side, server_hostname)
        if session is not None:
            self.session = session

    # ---- I/O ----

    def _call(self, function: Any, *arguments: Any) -> int:
        """What a function of transport.h comes to, called again each time that it says so."""
        raise NotImplementedError

    def _get(self, target: Any, size: int) -> int:
        """``_call`` that reads."""
        raise NotImplementedError

    def _put(self, source: Any, size: int, done: Any) -> int:
        """``_call`` that writes."""
        raise NotImplementedError

    def _raise(self, code: int, operation: str) -> NoReturn:
        """Raise what ``code``, one of transport.h's, stands for."""
        if code in _WANT:
            raise wanting(code)
        if code in _TIMED_OUT:
            raise TimeoutError(f"The {operation or _TIMED_OUT[code]} operation timed out")
        if code == lib.TSPY_E_REENTRANT:
            raise RuntimeError("a write within a write of the same thread, by a signal's handler")
        self.reraise()  # what a callback raised
        if code == lib.TSPY_E_ZERO_RETURN:
            raise ssl_error(
                "TLS/SSL connection has been closed (EOF)",
                number=_stdlib.SSL_ERROR_ZERO_RETURN,
                kind=_stdlib.SSLZeroReturnError,
            )
        if code == lib.TSPY_E_SYSCALL:
            number = ffi.errno
            if number:
                raise system_error(number)
            raise self._end_of_file(())
        raise self._protocol_error()

    def _protocol_error(self) -> _stdlib.SSLError:
        entries = without_consequences(errors.drain())
        tlcp = bool(lib.SSL_is_ntls(self._ssl))
        entries = tuple(alerts.named(entry, tlcp=tlcp) for entry in entries)
        if not lib.SSL_is_init_finished(self._ssl) and suites.pending(self._ssl) is None:
            entries = tuple(no_record_at_all(entry) for entry in entries)
        if entries and entries[-1].library_code == lib.ERR_LIB_SSL:
            reason = entries[-1].reason_code
            if reason == lib.SSL_R_CERTIFICATE_VERIFY_FAILED:
                return certificate_error(self._ssl, self.server_hostname, entries)
            if reason == lib.SSL_R_UNEXPECTED_EOF_WHILE_READING:
                return self._end_of_file(entries)
        message = telling(entries).reason if entries else "A failure in the SSL library occurred"
        hint = hints.for_handshake(
            self._ssl,
            entries,
            server_side=self.server_side,
            has_pair=self.context._has_ntls_pair,
        )
        return ssl_error(message, entries, hint=hint)

    def _end_of_file(self, entries: tuple[ErrorEntry, ...]) -> _stdlib.SSLError:
        return ssl_error(
            "EOF occurred in violation of protocol",
            entries,
            number=_stdlib.SSL_ERROR_EOF,
            kind=_stdlib.SSLEOFError,
            hint=hints.for_early_end(self._ssl, server_side=self.server_side),
        )

    def do_handshake(self) -> None:
        code = self._call(lib.tspy_conn_handshake)
        if code != 0:
            self._raise(code, "handshake")
        self.reraise()

    def read(self, size: int = 1024, buffer: Any = None) -> Any:
        """Bytes as ``_ssl`` does it: at most ``size``, or into ``buffer`` (then their number)."""
        if buffer is None:
            if size < 0:
                raise ValueError("size should not be negative")
            if size == 0:
                return b""
            if size <= _FILLED:
                data = bytes(size if size >= 2 else 2)  # C fills it; Python may share shorter ones
                count = self._read_into(data, size)
                return data if count == len(data) else data[:count]
            target = unzeroed(_BYTES, size if size < RECORD else RECORD)
            return _unpack(target, self._read_into(target, len(target)))
        target = borrow_writable(buffer)
        room = len(target)
        if 0 < size < room:
            room = size
        return self._read_into(target, room) if room else 0

    def _read_into(self, target: Any, size: int) -> int:
        count = self._get(target, size)
        return count if count > 0 and self.raised is None else self._came_to(count)

    def _came_to(self, count: int) -> int:
        """What a read returned, 0 at the peer's close_notify, or raise what it stands for."""
        if count < 0:
            if count != lib.TSPY_E_ZERO_RETURN or self._shut_down_by_us():
                self._raise(count, "read")
            count = 0
        self.reraise()
        return count

    def _shut_down_by_us(self) -> bool:
        return bool(lib.SSL_get_shutdown(self._ssl) & lib.SSL_SENT_SHUTDOWN)

    def write(self, data: Any, *, partly: bool = True) -> int:
        """Send ``data``; returns how many bytes of it went: all, unless it had to stop waiting.

        If not ``partly``, that is an exception then, even if some have gone.
        """
        source = data if type(data) is bytes else borrow(data)
        size, done = len(source), _new(_COUNT)
        try:
            code = self._put(source, size, done)
            if code == 0 and self.raised is None:
                return size
            if code != 0 and not (partly and done[0] and (code in _WANT or code in _TIMED_OUT)):
                self._raise(code, "write")
            self.reraise()
            return int(done[0])
        except BaseException:
            lib.tspy_conn_give_up_write(self._conn, done)
            raise

    def write_all(self, data: Any) -> None:
        """Send all of ``data``; where it cannot wait any longer, that is an exception."""
        if len(data if type(data) is bytes else borrow(data)):
            self.write(data, partly=False)

    def pending(self) -> int:
        return int(lib.tspy_conn_pending(self._conn))

    def shutdown(self) -> Any:
        """Exchange close_notify with the peer; returns the socket, None over memory BIOs."""
        code = self._call(lib.tspy_conn_shutdown)
        if code == 0 and lib.ERR_peek_error():
            raise self._protocol_error()  # it took the peer's fatal alert for a close_notify
        if code != 0:
            self._raise(code, "")
        self.reraise()
        return self._socket()

    def send_close_notify(self) -> None:
        """Tell the peer that nothing more comes from here; its data can still be read."""
        code = self._call(lib.tspy_conn_close_notify)
        if code != 0:
            self._raise(code, "")

    def let_go(self) -> None:
        """The socket is about to be closed: calls that are under way in other threads fail."""
        lib.tspy_conn_let_go(self._conn)

    # ---- what C asks and tells (Listener) ----

    @property
    def _for_program(self) -> Any:
        """The object by which the program knows this connection: SSLSocket or SSLObject."""
        return self.owner or self

    def server_name_callback(self) -> Callable[[str | None], int | None] | None:
        context = self._context if self._context.sni_callback else self._first_context()
        callback = None if context is None else context.sni_callback
        if callback is None:
            return None
        if self._owner is not None and self._owner() is None:
            return lambda _: int(_stdlib.ALERT_DESCRIPTION_INTERNAL_ERROR)
        return lambda name: callback(self._for_program, name, context)

    def alpn_protocols(self) -> list[bytes]:
        return self._context._alpn_protocols

    def key_log(self, line: bytes) -> None:
        log = self._context._key_log
        if log is not None:
            log.add(line)

    def message(self, sent: bool, version: int, content_type: int, data: bytes) -> None:
        callback = self._context._msg_callback
        if callback is not None:
            messages.report(callback, self._for_program, sent, version, content_type, data)

    def psk_client(self, hint: str | None) -> tuple[str | None, bytes]:
        callback = self._context._psk_client
        return (None, b"") if callback is None else callback(hint)

    def psk_server(self, identity: str | None) -> bytes:
        callback = self._context._psk_server
        return b"" if callback is None else callback(identity)

    # ---- the context ----

    @property
    def context(self) -> SSLContext:
        """The context; set it in a server name callback to have another one's certificates."""
        return self._context

    @context.setter
    def context(self, context: SSLContext) -> None:
        if not isinstance(context, Settings):
            raise TypeError("The value must be a SSLContext")
        context._check_takes_over(ntls=bool(lib.SSL_is_ntls(self._ssl)))

        def take() -> None:
            sessions.rebind(self, context)
            if lib.SSL_set_SSL_CTX(self._ssl, context._ctx) == ffi.NULL:
                raise from_queue("the connection could not take the context")
            function = ffi.NULL if context._msg_callback is None else lib.tspy_message
            lib.SSL_set_msg_callback(self._ssl, function)

        self._look(take)
        self._context = context

    # ---- what it came to ----

    def _look(self, look: Callable[[], Look]) -> Look:
        """``look()`` while no other thread is inside the connection, and may free what it sees.

        No context manager: a signal's handler may raise between the end of ``__enter__`` and the
        block, or at the start of ``__exit__``, and the lock would never be released.
        """
        held = ffi.new("int *")
        try:
            lib.tspy_conn_lock(self._conn, held)
            return look()
        finally:
            lib.tspy_conn_unlock(self._conn, held)

    @property
    def owner(self) -> Any:
        return None if self._owner is None else self._owner()

    def version(self) -> str | None:
        def look() -> str | None:
            if not lib.SSL_is_init_finished(self._ssl):
                return None
            return str(ffi.string(lib.SSL_get_version(self._ssl)).decode("ascii"))

        return self._look(look)

    def cipher(self) -> tuple[str, str, int] | None:
        current = self._look(lambda: suites.current(self._ssl))
        return None if current is None else suites.as_tuple(current)

    def shared_ciphers(self) -> list[tuple[str, str, int]] | None:
        def look() -> list[tuple[str, str, int]] | None:
            theirs = lib.SSL_get_client_ciphers(self._ssl)
            if not self.server_side or theirs == ffi.NULL:
                return None
            ours = lib.SSL_get_ciphers(self._ssl)
            return [
                suites.as_tuple(cipher)
                for cipher in suites.in_stack(theirs)
                if lib.sk_SSL_CIPHER_find(ours, ffi.cast("SSL_CIPHER *", cipher)) >= 0
            ]

        return self._look(look)

    def group(self) -> str | None:
        """The group for key agreement, None before there is one and where the key was sent."""

        def look() -> str | None:
            suite = suites.current(self._ssl)
            if suite is None:  # nor a session, where C would look without asking
                return None
            if not lib.SSL_is_ntls(self._ssl):
                return negotiation.group(self._ssl)
            return negotiation.NTLS_GROUP if suites.needs_client_pair(suites.name(suite)) else None

        return self._look(look)

    def client_sigalg(self) -> str | None:
        """The algorithm of the client's signature, None if it showed no certificate."""
        ours = not self.server_side
        return self._look(lambda: negotiation.sigalg(self._ssl, ours=ours))

    def server_sigalg(self) -> str | None:
        """The algorithm of the server's signature, None if there was none, as in a resumption."""
        ours = self.server_side
        return self._look(lambda: negotiation.sigalg(self._ssl, ours=ours))

    def verify_client_post_handshake(self) -> None:
        """Ask the client for its certificate; the question leaves with the next write or read."""
        self._look(lambda: check(lib.SSL_verify_client_post_handshake(self._ssl)))

    def selected_alpn_protocol(self) -> str | None:
        data, length = ffi.new("unsigned char const **"), ffi.new("unsigned int *")

        def look() -> str | None:
            lib.SSL_get0_alpn_selected(self._ssl, data, length)
            if data[0] == ffi.NULL:
                return None
            return str(ffi.buffer(data[0], length[0])[:].decode("ascii"))

        return self._look(look)

    def get_channel_binding(self, cb_type: str = "tls-unique") -> bytes | None:
        """The first Finished message of the handshake (RFC 5929); None before there is one."""
        if cb_type != "tls-unique":
            raise ValueError(f"'{cb_type}' channel binding type not implemented")
        # The client sends the first one, but in a resumed session the server does.
        ours = bool(lib.SSL_session_reused(self._ssl)) == self.server_side
        get = lib.SSL_get_finished if ours else lib.SSL_get_peer_finished
        buffer = ffi.new("char[]", _FINISHED)
        length = self._look(lambda: get(self._ssl, buffer, _FINISHED))
        return bytes(ffi.buffer(buffer, length)) if length else None

    def compression(self) -> None:
        """Always None: TLS compression is not built in (CRIME)."""

    def uses_ktls_for_send(self) -> bool:
        """Always False: the kernel's TLS is not built in. SSLSocket.sendfile asks, from 3.15 on."""
        return False

    @property
    def session(self) -> Any:
        """The session as it is now, an SSLSession; None before there is one."""
        return self._look(lambda: sessions.of(self))

    @session.setter
    def session(self, session: object) -> None:
        self._look(lambda: sessions.offer(self, session))

    @property
    def session_reused(self) -> bool:
        return bool(lib.SSL_session_reused(self._ssl))

    def _peer_certificate(self) -> Any:
        """A handle on the peer's certificate, in TLCP its signing one; None if it sent none."""
        if lib.SSL_is_ntls(self._ssl):
            return self._shared(lib.SSL_get0_peer_sign_certificate_ntls)
        pointer = self._look(lambda: lib.SSL_get1_peer_certificate(self._ssl))
        return None if pointer == ffi.NULL else own_x509(pointer, "")

    def _shared(self, get: Any) -> Any:
        def look() -> Any:
            pointer = get(self._ssl)
            return None if pointer == ffi.NULL else share_x509(pointer, "")

        return self._look(look)

    def _certificate(self, certificate: Any, binary_form: bool) -> Any:
        if certificate is None:
            return None
        if binary_form:
            return x509.certificate_der(certificate)
        if lib.SSL_get_verify_mode(self._ssl) & lib.SSL_VERIFY_PEER == 0:
            return {}
        return decoded(certificate)

    def _check_handshake_done(self) -> None:
        if not lib.SSL_is_init_finished(self._ssl):
            raise ValueError("handshake not done yet")

    def getpeercert(self, binary_form: bool = False) -> Any:
        self._check_handshake_done()
        return self._certificate(self._peer_certificate(), binary_form)

    def get_peer_enc_cert(self, binary_form: bool = False) -> Any:
        self._check_handshake_done()
        certificate = self._shared(lib.SSL_get0_peer_enc_certificate_ntls)
        if certificate is None and self.server_side and lib.SSL_is_ntls(self._ssl):
            certificate = self._look(lambda: sessions.enc_certificate(self))
        return self._certificate(certificate, binary_form)

    def get_verified_chain(self) -> list[Certificate]:
        """The peer's certificate and its issuers up to the trust anchor."""
        return self._chain(lib.SSL_get0_verified_chain)

    def get_unverified_chain(self) -> list[Certificate]:
        """What the peer sent: in TLCP signing, encryption certificate, then the rest."""
        sent = self._chain(lib.SSL_get_peer_cert_chain)
        if self.server_side:
            # Of a client, OpenSSL keeps the certificate itself apart from the chain.
            own = self._peer_certificate()
            if own is not None:
                sent.insert(0, Certificate(own))
        return sent

    def _chain(self, get: Any) -> list[Certificate]:
        def look() -> list[Certificate]:
            chain = get(self._ssl)
            if chain == ffi.NULL:
                return []
            certificates = suites.stack(chain, lib.sk_X509_num, lib.sk_X509_value)
            return [Certificate(share_x509(certificate, "")) for certificate in certificates]

        self._check_handshake_done()
        return self._look(look)
