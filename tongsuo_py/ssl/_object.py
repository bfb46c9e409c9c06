"""SSLObject: the standard library's, over a connection of Tongsuo's."""

from __future__ import annotations

import ssl as _stdlib
from typing import Any


class SSLObject(_stdlib.SSLObject):
    """TLS or TLCP without a socket, over memory BIOs; made by ``SSLContext.wrap_bio()``.

    Everything is as in the standard library, whose class does the work; beside it there is
    ``get_peer_enc_cert()``.
    """

    _sslobj: Any

    def get_peer_enc_cert(self, binary_form: bool = False) -> Any:
        """The peer's TLCP encryption certificate, in the form of ``getpeercert``; None in TLS.

        None also on a server's session that was resumed from a ticket: a ticket carries the signing
        certificate alone.
        """
        return self._sslobj.get_peer_enc_cert(binary_form)

    def get_verified_chain(self) -> list[bytes]:
        """The peer's certificate and its issuers up to the trust anchor, as DER (CPython 3.13)."""
        chain: list[bytes] = self._sslobj.get_verified_chain()
        return chain

    def get_unverified_chain(self) -> list[bytes]:
        """The certificates as the peer sent them, as DER (CPython 3.13); not checked."""
        chain: list[bytes] = self._sslobj.get_unverified_chain()
        return chain
