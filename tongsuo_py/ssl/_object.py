"""SSLObject: the standard library's, over a connection of Tongsuo's."""

from __future__ import annotations

import ssl as _stdlib
from typing import Any

from tongsuo_py.ssl._certificate import as_der


class SSLObject(_stdlib.SSLObject):
    """TLS or TLCP without a socket, over memory BIOs; made by ``SSLContext.wrap_bio()``.

    Everything is as in the standard library, whose class does the work; beside it there is
    ``get_peer_enc_cert()``.
    """

    _sslobj: Any

    def get_peer_enc_cert(self, binary_form: bool = False) -> Any:
        """The peer's TLCP encryption certificate, in the form of ``getpeercert``; None in TLS.

        None also on a server's session that was resumed from a ticket of another implementation's:
        theirs carry the signing certificate alone.
        """
        return self._sslobj.get_peer_enc_cert(binary_form)

    def get_verified_chain(self) -> list[bytes]:
        """The peer's certificate and its issuers up to the trust anchor, as DER (CPython 3.13)."""
        return as_der(self._sslobj.get_verified_chain())

    def get_unverified_chain(self) -> list[bytes]:
        """The certificates as the peer sent them, as DER (CPython 3.13); not checked."""
        return as_der(self._sslobj.get_unverified_chain())

    def group(self) -> str | None:
        """The group for key agreement, such as "X25519" (CPython 3.15).

        In TLCP "curveSM2" for ECDHE suites; None where the key was sent instead (ECC, RSA).
        """
        name: str | None = self._sslobj.group()
        return name

    def client_sigalg(self) -> str | None:
        """The algorithm with which the client signed, None if it did not (CPython 3.15)."""
        name: str | None = self._sslobj.client_sigalg()
        return name

    def server_sigalg(self) -> str | None:
        """The algorithm with which the server signed, None if it did not (CPython 3.15)."""
        name: str | None = self._sslobj.server_sigalg()
        return name
