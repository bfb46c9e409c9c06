"""SSLSocket: the standard library's, over a connection of Tongsuo's."""

from __future__ import annotations

import ssl as _stdlib
from typing import Any

from tongsuo_py.ssl._certificate import as_der


class SSLSocket(_stdlib.SSLSocket):
    """A socket that speaks TLS or TLCP; made by ``SSLContext.wrap_socket()``.

    Everything is as in the standard library, whose class does the work; beside it there is
    ``get_peer_enc_cert()``. One thread may read while another writes.
    """

    _sslobj: Any
    _shut_down: Any = None

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of ``data``; where it raises what ``send`` does, a part may have gone."""
        connection = self._sslobj
        if connection is None:
            super().sendall(data, flags)
            return
        if flags != 0:
            raise ValueError(
                f"non-zero flags not allowed in calls to sendall() on {self.__class__}"
            )
        connection.write_all(data)

    def shutdown(self, how: int) -> None:
        """Shut the socket down, without a close_notify; what follows is not encrypted."""
        # Another thread may be in a call on it, which wakes up now and goes on after close().
        self._shut_down = self._sslobj or self._shut_down
        super().shutdown(how)

    def _real_close(self) -> None:
        for connection in (self._sslobj, self._shut_down):
            if connection is not None:
                connection.let_go()
        super()._real_close()  # type: ignore[misc]

    def send_close_notify(self) -> None:
        """End our half of the connection: the peer reads an end of file, we can still read.

        What ``unwrap()`` does without waiting for the peer's close_notify; when that comes,
        ``recv()`` raises SSLZeroReturnError, as always after our own. Raises what ``send()`` does.
        """
        self._checkClosed()  # type: ignore[attr-defined]
        if self._sslobj is None:
            raise ValueError(f"No SSL wrapper around {self}")
        self._sslobj.send_close_notify()

    def get_peer_enc_cert(self, binary_form: bool = False) -> Any:
        """The peer's TLCP encryption certificate, in the form of ``getpeercert``; None in TLS.

        None also on a server's session that was resumed from a ticket of another implementation's:
        theirs carry the signing certificate alone.
        """
        self._check_connected()  # type: ignore[attr-defined]
        return self._sslobj.get_peer_enc_cert(binary_form)

    def get_verified_chain(self) -> list[bytes]:
        """The peer's certificate and its issuers up to the trust anchor, as DER (CPython 3.13)."""
        return [] if self._sslobj is None else as_der(self._sslobj.get_verified_chain())

    def get_unverified_chain(self) -> list[bytes]:
        """The certificates as the peer sent them, as DER (CPython 3.13); not checked."""
        return [] if self._sslobj is None else as_der(self._sslobj.get_unverified_chain())

    def group(self) -> str | None:
        """The group for key agreement, such as "X25519" (CPython 3.15).

        In TLCP "curveSM2" for ECDHE suites; None where the key was sent instead (ECC, RSA).
        """
        self._checkClosed()  # type: ignore[attr-defined]
        return None if self._sslobj is None else self._sslobj.group()

    def client_sigalg(self) -> str | None:
        """The algorithm with which the client signed, None if it did not (CPython 3.15)."""
        self._checkClosed()  # type: ignore[attr-defined]
        return None if self._sslobj is None else self._sslobj.client_sigalg()

    def server_sigalg(self) -> str | None:
        """The algorithm with which the server signed, None if it did not (CPython 3.15)."""
        self._checkClosed()  # type: ignore[attr-defined]
        return None if self._sslobj is None else self._sslobj.server_sigalg()
