"""SSLSocket: the standard library's, over a connection of Tongsuo's."""

from __future__ import annotations

import ssl as _stdlib
from typing import Any


class SSLSocket(_stdlib.SSLSocket):
    """A socket that speaks TLS or TLCP; made by ``SSLContext.wrap_socket()``.

    Everything is as in the standard library, whose class does the work; beside it there is
    ``get_peer_enc_cert()``. One thread may read while another writes.
    """

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send all of ``data``; raises what ``send`` raises, after which it may have gone in part."""
        connection: Any = self._sslobj
        if connection is None:
            super().sendall(data, flags)
            return
        if flags != 0:
            raise ValueError(
                f"non-zero flags not allowed in calls to sendall() on {self.__class__}"
            )
        connection.write_all(data)

    def get_peer_enc_cert(self, binary_form: bool = False) -> Any:
        """The peer's TLCP encryption certificate, in the form of ``getpeercert``; None in TLS."""
        self._check_connected()  # type: ignore[attr-defined]
        connection: Any = self._sslobj
        return connection.get_peer_enc_cert(binary_form)

    def get_verified_chain(self) -> list[bytes]:
        """The peer's certificate and its issuers up to the trust anchor, as DER (CPython 3.13)."""
        connection: Any = self._sslobj
        return [] if connection is None else connection.get_verified_chain()

    def get_unverified_chain(self) -> list[bytes]:
        """The certificates as the peer sent them, as DER (CPython 3.13); none of them is trusted."""
        connection: Any = self._sslobj
        return [] if connection is None else connection.get_unverified_chain()
