"""One TLS or TLCP connection: what the standard library's private ``_ssl._SSLSocket`` is to it.

``SSLSocket`` and ``SSLObject`` are the standard library's own classes, whose work is all done by an
object of this class (their ``_sslobj``).
"""

from __future__ import annotations

import ssl as _stdlib
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from tongsuo_py._binding import errors, ffi, lib, x509
from tongsuo_py._binding.buffers import borrow, borrow_writable
from tongsuo_py._binding.callbacks import BioPair
from tongsuo_py._binding.handles import own_connection, own_x509, share_x509
from tongsuo_py.exceptions import ErrorEntry
from tongsuo_py.ssl import _hints as hints
from tongsuo_py.ssl import _suites as suites
from tongsuo_py.ssl._errors import (
    certificate_error,
    from_queue,
    no_record_at_all,
    ssl_error,
    system_error,
    telling,
    without_consequences,
)

if TYPE_CHECKING:
    import socket

    from tongsuo_py.ssl._context import SSLContext

_RECORD = 16384  # SSL_read never returns more: the plaintext of one record (RFC 8446, 5.1)
_FOREVER = -1
_WANT = {
    lib.TSPY_E_WANT_READ: (_stdlib.SSLWantReadError, _stdlib.SSL_ERROR_WANT_READ, "read"),
    lib.TSPY_E_WANT_WRITE: (_stdlib.SSLWantWriteError, _stdlib.SSL_ERROR_WANT_WRITE, "write"),
}
_TIMED_OUT = {lib.TSPY_E_TIMEOUT_READ: "read", lib.TSPY_E_TIMEOUT_WRITE: "write"}
_unzeroed = ffi.new_allocator(should_clear_after_alloc=False)


class Connection:
    """A connection over a socket (``sock``) or over two memory BIOs (``bios``).

    Over a socket each call waits as long as the socket's timeout says. Two threads may use it at
    once, one reading and one writing; neither waits for the other.
    """

    def __init__(
        self,
        context: SSLContext,
        *,
        server_side: bool,
        server_hostname: str | None,
        owner: object,
        sock: socket.socket | None = None,
        bios: tuple[_stdlib.MemoryBIO, _stdlib.MemoryBIO] | None = None,
    ) -> None:
        self.context = context
        self.server_side = server_side
        self.server_hostname = server_hostname
        self._owner = weakref.ref(owner) if owner is not None else None
        self._sock = weakref.ref(sock) if sock is not None else None
        # The connection calls by a handle that does not keep this alive.
        self._bios = BioPair(*bios) if bios is not None else None
        fd = sock.fileno() if sock is not None else -1
        pointer = lib.tspy_conn_new(
            context._ctx,
            server_side,
            server_side and context._chooses_protocol,
            fd,
            ffi.NULL if self._bios is None else self._bios.handle,
        )
        if pointer == ffi.NULL:
            raise from_queue("could not make the connection")
        self._conn = own_connection(pointer, "")
        self._ssl = lib.tspy_conn_ssl(self._conn)
        context._prepare(self._ssl, server_side, server_hostname)

    # ---- I/O ----

    def _timeout(self) -> int:
        """How long a call may wait, in nanoseconds as C takes it: 0 not at all, -1 for ever."""
        if self._sock is None:
            return 0
        sock = self._sock()
        if sock is None or sock.fileno() < 0:
            raise _stdlib.SSLError(_stdlib.SSL_ERROR_SSL, "Underlying socket connection gone")
        timeout = sock.gettimeout()
        if timeout is None:
            return _FOREVER
        # A wait below the clock's resolution is still a wait.
        return max(int(timeout * 1e9), 1) if timeout else 0

    def _attempts(self) -> Iterator[int]:
        """The timeout for a call, and what is left of it each time that a signal interrupts."""
        timeout = self._timeout()
        deadline = monotonic_ns() + timeout
        yield timeout
        while True:
            # When all is over the call still looks once, as poll() does.
            yield max(deadline - monotonic_ns(), 1) if timeout > 0 else timeout

    def _raise(self, code: int, operation: str) -> None:
        """Raise what ``code``, one of transport.h's, stands for; return to call again."""
        if code == lib.TSPY_E_INTERRUPTED:
            return  # Python has run its signal handlers by the time it gets here
        if code in _WANT:
            kind, number, what = _WANT[code]
            raise kind(number, f"The operation did not complete ({what})")
        if code in _TIMED_OUT:
            raise TimeoutError(f"The {operation or _TIMED_OUT[code]} operation timed out")
        if code == lib.TSPY_E_CALLBACK and self._bios is not None:
            self._bios.reraise()
        if code == lib.TSPY_E_ZERO_RETURN:
            raise _stdlib.SSLZeroReturnError(
                _stdlib.SSL_ERROR_ZERO_RETURN, "TLS/SSL connection has been closed (EOF)"
            )
        if code == lib.TSPY_E_SYSCALL:
            number = ffi.errno
            if number:
                raise system_error(number)
            raise self._end_of_file(())
        raise self._protocol_error()

    def _protocol_error(self) -> _stdlib.SSLError:
        entries = without_consequences(errors.drain())
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
        for timeout in self._attempts():
            code = lib.tspy_conn_handshake(self._conn, timeout)
            if code == 0:
                return
            self._raise(code, "handshake")

    def read(self, size: int = 1024, buffer: Any = None) -> Any:
        """Bytes as ``_ssl`` does it: at most ``size``, or into ``buffer`` (then their number)."""
        if buffer is None:
            if size < 0:
                raise ValueError("size should not be negative")
            if size == 0:
                return b""
            size = min(size, _RECORD)
            target = _unzeroed("char[]", size)
            return ffi.buffer(target, self._read_into(target, size))[:]
        target = borrow_writable(buffer)
        room = len(target)
        if 0 < size < room:
            room = size
        return self._read_into(target, room) if room else 0

    def _read_into(self, target: Any, size: int) -> int:
        for timeout in self._attempts():
            count: int = lib.tspy_conn_read(self._conn, target, size, timeout)
            if count >= 0:
                return count
            if count == lib.TSPY_E_ZERO_RETURN and not self._shut_down_by_us():
                return 0
            self._raise(count, "read")
        raise AssertionError  # the attempts never end

    def _shut_down_by_us(self) -> bool:
        return bool(lib.SSL_get_shutdown(self._ssl) & lib.SSL_SENT_SHUTDOWN)

    def write(self, data: Any) -> int:
        """Send ``data``; returns how many bytes of it went: all, unless it had to stop waiting."""
        return self._write(data, partly=True)

    def write_all(self, data: Any) -> None:
        """Send all of ``data``; where it cannot wait any longer, that is an exception."""
        if len(borrow(data)):
            self._write(data, partly=False)

    def _write(self, data: Any, partly: bool) -> int:
        source = borrow(data)
        size = len(source)
        done = ffi.new("size_t *")
        try:
            for timeout in self._attempts():
                code = lib.tspy_conn_write(self._conn, source, size, done, timeout)
                if code == 0 or (partly and done[0] and (code in _WANT or code in _TIMED_OUT)):
                    return int(done[0])
                self._raise(code, "write")
        except BaseException:
            lib.tspy_conn_give_up_write(self._conn)
            raise
        raise AssertionError  # the attempts never end

    def pending(self) -> int:
        return int(lib.tspy_conn_pending(self._conn))

    def shutdown(self) -> Any:
        """Exchange close_notify with the peer; returns the socket, None over memory BIOs."""
        for timeout in self._attempts():
            code = lib.tspy_conn_shutdown(self._conn, timeout)
            if code == 0:
                return None if self._sock is None else self._sock()
            self._raise(code, "")

    def send_close_notify(self) -> None:
        """Tell the peer that nothing more comes from here; its data can still be read."""
        for timeout in self._attempts():
            code = lib.tspy_conn_close_notify(self._conn, timeout)
            if code == 0:
                return
            self._raise(code, "")

    def let_go(self) -> None:
        """The socket is about to be closed: calls that are under way in other threads fail."""
        lib.tspy_conn_let_go(self._conn)

    # ---- what it came to ----

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """While no other thread's call is inside the connection, and may free what we look at."""
        lib.tspy_conn_lock(self._conn)
        try:
            yield
        finally:
            lib.tspy_conn_unlock(self._conn)

    @property
    def owner(self) -> Any:
        return None if self._owner is None else self._owner()

    def version(self) -> str | None:
        with self._locked():
            if not lib.SSL_is_init_finished(self._ssl):
                return None
            return str(ffi.string(lib.SSL_get_version(self._ssl)).decode("ascii"))

    def cipher(self) -> tuple[str, str, int] | None:
        with self._locked():
            current = suites.current(self._ssl)
        return None if current is None else suites.as_tuple(current)

    def shared_ciphers(self) -> list[tuple[str, str, int]] | None:
        with self._locked():
            theirs = lib.SSL_get_client_ciphers(self._ssl)
            if not self.server_side or theirs == ffi.NULL:
                return None
            ours = lib.SSL_get_ciphers(self._ssl)
            return [
                suites.as_tuple(cipher)
                for cipher in suites.in_stack(theirs)
                if lib.sk_SSL_CIPHER_find(ours, ffi.cast("SSL_CIPHER *", cipher)) >= 0
            ]

    def compression(self) -> None:
        """Always None: TLS compression is not built in (CRIME)."""

    @property
    def session_reused(self) -> bool:
        return bool(lib.SSL_session_reused(self._ssl))

    def _peer_certificate(self) -> Any:
        """A handle on the peer's certificate, in TLCP its signing one; None if it sent none."""
        if lib.SSL_is_ntls(self._ssl):
            return self._shared(lib.SSL_get0_peer_sign_certificate_ntls)
        with self._locked():
            pointer = lib.SSL_get1_peer_certificate(self._ssl)
        return None if pointer == ffi.NULL else own_x509(pointer, "")

    def _shared(self, get: Any) -> Any:
        with self._locked():
            pointer = get(self._ssl)
            return None if pointer == ffi.NULL else share_x509(pointer, "")

    def _certificate(self, certificate: Any, binary_form: bool) -> Any:
        if certificate is None:
            return None
        if binary_form:
            return x509.certificate_der(certificate)
        if lib.SSL_get_verify_mode(self._ssl) & lib.SSL_VERIFY_PEER == 0:
            return {}
        return x509.decode(certificate)

    def _check_handshake_done(self) -> None:
        if not lib.SSL_is_init_finished(self._ssl):
            raise ValueError("handshake not done yet")

    def getpeercert(self, binary_form: bool = False) -> Any:
        self._check_handshake_done()
        return self._certificate(self._peer_certificate(), binary_form)

    def get_peer_enc_cert(self, binary_form: bool = False) -> Any:
        self._check_handshake_done()
        certificate = self._shared(lib.SSL_get0_peer_enc_certificate_ntls)
        return self._certificate(certificate, binary_form)

    def get_verified_chain(self) -> list[bytes]:
        """The peer's certificate and its issuers up to the trust anchor, as DER."""
        return self._chain(lib.SSL_get0_verified_chain)

    def get_unverified_chain(self) -> list[bytes]:
        """What the peer sent, as DER: in TLCP signing, encryption certificate, then the rest."""
        sent = self._chain(lib.SSL_get_peer_cert_chain)
        if self.server_side:
            # Of a client, OpenSSL keeps the certificate itself apart from the chain.
            own = self._peer_certificate()
            if own is not None:
                sent.insert(0, x509.certificate_der(own))
        return sent

    def _chain(self, get: Any) -> list[bytes]:
        self._check_handshake_done()
        with self._locked():
            chain = get(self._ssl)
            if chain == ffi.NULL:
                return []
            certificates = suites.stack(chain, lib.sk_X509_num, lib.sk_X509_value)
            return [x509.certificate_der(certificate) for certificate in certificates]
