"""What a context lets the program decide or hear: names, ALPN, shared keys, secrets, messages."""

from __future__ import annotations

import ssl as _stdlib
from collections.abc import Callable, Iterable
from typing import Any

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.buffers import c_text
from tongsuo_py.ssl._credentials import StrPath
from tongsuo_py.ssl._errors import ssl_error
from tongsuo_py.ssl._keylog import KeyLog
from tongsuo_py.ssl._messages import MessageCallback
from tongsuo_py.ssl._settings import Settings
from tongsuo_py.ssl._versions import CLIENTS, SERVERS

SNICallback = Callable[[Any, str | None, Any], int | None]
PSKClientCallback = Callable[[str | None], tuple[str | None, bytes]]
PSKServerCallback = Callable[[str | None], bytes]


class Callbacks(Settings):
    """The part of an SSLContext that calls back."""

    __slots__ = (
        "_alpn_protocols",
        "_key_log",
        "_message_callback",
        "_psk_client",
        "_psk_server",
        "_sni_callback",
    )

    _alpn_protocols: list[bytes]
    _key_log: KeyLog | None
    _message_callback: MessageCallback | None
    _psk_client: PSKClientCallback | None
    _psk_server: PSKServerCallback | None
    _sni_callback: SNICallback | None

    def _set_defaults(self) -> None:
        super()._set_defaults()
        self._alpn_protocols = []
        self._key_log = self._message_callback = self._sni_callback = None
        self._psk_client = self._psk_server = None

    # ---- what is negotiated ----

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """Application protocols to offer, or on a server to choose from, the preferred first.

        Each is ASCII text of 1 to 255 bytes (RFC 7301); SSLError for another length. A server that
        has none in common with the client goes on without. The same in TLS and TLCP.
        """
        protocols = [bytes(protocol, "ascii") for protocol in alpn_protocols]
        if any(not 0 < len(protocol) < 256 for protocol in protocols):
            raise _stdlib.SSLError("ALPN protocols must be 1 to 255 in length")
        coded = b"".join(bytes([len(protocol)]) + protocol for protocol in protocols)
        if lib.SSL_CTX_set_alpn_protos(self._ctx, coded or ffi.NULL, len(coded)) != 0:
            raise MemoryError
        self._alpn_protocols = protocols
        lib.SSL_CTX_set_alpn_select_cb(self._ctx, lib.tspy_select_alpn, ffi.NULL)

    @property
    def sni_callback(self) -> SNICallback | None:
        """Called on a server with (connection, name or None, context) at a client's first message.

        It may set ``connection.context`` to another context, which then has the certificates; in
        TLCP that one needs TLCP enabled and a pair of its own. It returns None, or the number of
        the alert (``ALERT_DESCRIPTION_*``) to end the handshake with. An exception in it does that
        too, with handshake_failure, and goes to ``sys.unraisablehook``.
        """
        return self._sni_callback

    @sni_callback.setter
    def sni_callback(self, callback: SNICallback | None) -> None:
        if self._protocol in CLIENTS:
            raise ValueError("sni_callback cannot be set on TLS_CLIENT context")
        self._sni_callback = None
        if callback is None:
            return
        if not callable(callback):
            raise TypeError("not a callable object")
        self._sni_callback = callback
        # Never taken back: handshakes in other threads look at it twice before they call it.
        lib.SSL_CTX_set_tlsext_servername_callback(self._ctx, lib.tspy_server_name)

    def set_servername_callback(self, server_name_callback: SNICallback | None) -> None:
        """As ``sni_callback``, with the name in its IDNA form."""
        if server_name_callback is None:
            self.sni_callback = None
            return
        if not callable(server_name_callback):
            raise TypeError("not a callable object")
        # Not by way of self, which would keep itself alive by its own callback.
        callback, encode = server_name_callback, self._encode_hostname

        def encoded(connection: Any, name: str | None, context: Any) -> int | None:
            return callback(connection, encode(name), context)

        self.sni_callback = encoded

    @staticmethod
    def _encode_hostname(hostname: str | bytes | None) -> str | None:
        if hostname is None:
            return None
        if isinstance(hostname, str):
            return hostname.encode("idna").decode("ascii")
        return hostname.decode("ascii")

    # ---- pre-shared keys ----

    def set_psk_client_callback(self, callback: PSKClientCallback | None) -> None:
        """A client's pre-shared key: ``callback(hint or None)`` returns (identity or None, key).

        The key is bytes; an empty one ends the handshake. For TLS 1.2 and 1.3 (RFC 4279, RFC 8446);
        TLCP has none: ValueError on a context for it.
        """
        self._check_psk(SERVERS, "client", "SERVER")
        self._psk_client = _callable_or_none(callback)
        function = ffi.NULL if callback is None else lib.tspy_psk_client
        lib.SSL_CTX_set_psk_client_callback(self._ctx, function)

    def set_psk_server_callback(
        self, callback: PSKServerCallback | None, identity_hint: str | None = None
    ) -> None:
        """A server's pre-shared keys: ``callback(identity or None)`` returns the key, as bytes.

        ``identity_hint`` is sent to clients of TLS 1.2; ValueError if it has more than 128 bytes.
        Otherwise as ``set_psk_client_callback``.
        """
        self._check_psk(CLIENTS, "server", "CLIENT")
        self._psk_server = _callable_or_none(callback)
        hint = ffi.NULL
        if callback is not None and identity_hint is not None:
            hint = c_text(identity_hint, "identity_hint")
        if lib.SSL_CTX_use_psk_identity_hint(self._ctx, hint) != 1:
            errors.clear()
            raise ValueError("failed to set identity hint: it is too long")
        function = ffi.NULL if callback is None else lib.tspy_psk_server
        lib.SSL_CTX_set_psk_server_callback(self._ctx, function)

    def _check_psk(self, refused: tuple[int, ...], side: str, protocol: str) -> None:
        if self._ntls:
            raise ValueError("TLCP has no pre-shared keys")
        if self._protocol in refused:
            raise ssl_error(
                f"Cannot add PSK {side} callback to a PROTOCOL_TLS_{protocol} context", number=0
            )

    # ---- looking on ----

    @property
    def keylog_filename(self) -> StrPath | None:
        """The file to which each session's secrets are added, for Wireshark and the like; or None.

        Lines as in RFC 9850, for TLCP with the label CLIENT_RANDOM of TLS 1.2. A file that is not
        there is made, readable for its owner alone. What goes wrong in writing is raised by the
        call that does the handshake.
        """
        return None if self._key_log is None else self._key_log.filename

    @keylog_filename.setter
    def keylog_filename(self, filename: StrPath | None) -> None:
        self._key_log = None  # whatever comes of it, the old one is over
        if filename is not None:
            self._key_log = KeyLog(filename)
            # Never taken back, as with server names.
            lib.SSL_CTX_set_keylog_callback(self._ctx, lib.tspy_key_log)

    @keylog_filename.deleter
    def keylog_filename(self) -> None:
        raise AttributeError("keylog_filename cannot be deleted")

    @property
    def _msg_callback(self) -> MessageCallback | None:
        """Called for each protocol message; private in the standard library as well."""
        return self._message_callback

    @_msg_callback.setter
    def _msg_callback(self, callback: MessageCallback | None) -> None:
        if callback is not None and not callable(callback):
            raise TypeError(f"{callback} is not callable.")
        self._message_callback = callback
        function = ffi.NULL if callback is None else lib.tspy_message
        lib.SSL_CTX_set_msg_callback(self._ctx, function)


def _callable_or_none(callback: Any) -> Any:
    if callback is not None and not callable(callback):
        raise TypeError("callback must be callable")
    return callback
