"""What C asks or tells about a connection, passed on to the object that stands for it.

The object is found by the handle that ``attach`` puts into the C connection. What it raises in
answer to a question is reported as unraisable, and the handshake fails or goes on without, as in
the standard library. What it raises on being told something comes out of the call under way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tongsuo_py._binding.callbacks import Callee
from tongsuo_py._binding.library import ffi, lib

_INDEX = 0  # of the ex_data that OpenSSL leaves to the application


class Listener(Callee):
    """A connection as the callbacks see it."""

    def server_name_callback(self) -> Callable[[str | None], int | None] | None:
        """What to call with the name by which the client asks (None: none), if anything.

        It returns None to go on, or the alert to end with.
        """
        raise NotImplementedError

    def alpn_protocols(self) -> list[bytes]:
        """The protocols that this server speaks, the preferred first."""
        raise NotImplementedError

    def key_log(self, line: bytes) -> None:
        """A secret of the connection, as a line of a key log file."""
        raise NotImplementedError

    def message(self, sent: bool, version: int, content_type: int, data: bytes) -> None:
        """A protocol message came or went; no application data."""
        raise NotImplementedError

    def psk_client(self, hint: str | None) -> tuple[str | None, bytes]:
        """The identity and the key to use with a server that gave ``hint``."""
        raise NotImplementedError

    def psk_server(self, identity: str | None) -> bytes:
        """The key that belongs to a client's identity."""
        raise NotImplementedError


def attach(ssl: Any, listener: Listener) -> None:
    """Have the connection's callbacks go to ``listener``, which must live as long as it does."""
    lib.SSL_set_ex_data(ssl, _INDEX, listener.handle)


def listener_of(ssl: Any) -> Any:
    """What ``attach`` was given; None where the connection is being taken apart."""
    return ffi.from_handle(lib.SSL_get_ex_data(ssl, _INDEX))()


def _keep(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    """Keep what was raised for the call that is under way; the first, if there are several."""
    listener = listener_of(traceback.tb_frame.f_locals["ssl"])
    if listener.raised is None:
        listener.raised = error


def _text(pointer: Any) -> str | None:
    return None if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8")


@ffi.def_extern(error=lib.SSL_TLSEXT_ERR_ALERT_FATAL)  # type: ignore[untyped-decorator]
def tspy_server_name(ssl: Any, alert: Any, arg: Any) -> int:
    alert[0] = lib.SSL_AD_HANDSHAKE_FAILURE  # unless something better is found
    callback = listener_of(ssl).server_name_callback()
    if callback is None:
        return int(lib.SSL_TLSEXT_ERR_NOACK)
    name = lib.SSL_get_servername(ssl, lib.TLSEXT_NAMETYPE_host_name)
    answer = callback(None if name == ffi.NULL else ffi.string(name).decode("ascii"))
    if answer is None:
        return int(lib.SSL_TLSEXT_ERR_OK)
    alert[0] = lib.SSL_AD_INTERNAL_ERROR
    if not isinstance(answer, int):
        raise TypeError(f"a server name callback returns None or an alert's number, not {answer!r}")
    alert[0] = answer
    return int(lib.SSL_TLSEXT_ERR_ALERT_FATAL)


@ffi.def_extern(error=lib.SSL_TLSEXT_ERR_NOACK)  # type: ignore[untyped-decorator]
def tspy_select_alpn(
    ssl: Any, out: Any, out_length: Any, offered: Any, length: int, arg: Any
) -> int:
    places = {}
    at = 0
    while at < length:  # Tongsuo has checked that the lengths add up
        size = offered[at]
        places[bytes(ffi.buffer(offered + at + 1, size))] = at + 1
        at += 1 + size
    for protocol in listener_of(ssl).alpn_protocols():
        if protocol in places:
            out[0] = offered + places[protocol]
            out_length[0] = len(protocol)
            return int(lib.SSL_TLSEXT_ERR_OK)
    return int(lib.SSL_TLSEXT_ERR_NOACK)


@ffi.def_extern(onerror=_keep)  # type: ignore[untyped-decorator]
def tspy_key_log(ssl: Any, line: Any) -> None:
    listener_of(ssl).key_log(ffi.string(line))


@ffi.def_extern(onerror=_keep)  # type: ignore[untyped-decorator]
def tspy_message(
    sent: int, version: int, content_type: int, data: Any, length: int, ssl: Any, arg: Any
) -> None:
    listener = listener_of(ssl)
    if listener is not None:  # None: the connection is being taken apart
        listener.message(bool(sent), version, content_type, bytes(ffi.buffer(data, length)))


@ffi.def_extern(error=0)  # type: ignore[untyped-decorator]
def tspy_psk_client(
    ssl: Any, hint: Any, identity: Any, identity_size: int, psk: Any, psk_size: int
) -> int:
    name, key = listener_of(ssl).psk_client(_text(hint) or None)
    encoded = b"" if name is None else name.encode("utf-8")
    if len(encoded) >= identity_size:
        raise ValueError(f"a PSK identity has at most {identity_size - 1} bytes")
    ffi.memmove(identity, encoded + b"\0", len(encoded) + 1)
    return _put_key(psk, psk_size, key)


@ffi.def_extern(error=0)  # type: ignore[untyped-decorator]
def tspy_psk_server(ssl: Any, identity: Any, psk: Any, psk_size: int) -> int:
    return _put_key(psk, psk_size, listener_of(ssl).psk_server(_text(identity) or None))


def _put_key(psk: Any, size: int, key: bytes) -> int:
    if not isinstance(key, bytes | bytearray | memoryview):
        raise TypeError(f"a pre-shared key must be bytes, not {type(key).__name__}")
    if len(key) > size:
        raise ValueError(f"a pre-shared key has at most {size} bytes")
    ffi.memmove(psk, key, len(key))
    return len(key)
