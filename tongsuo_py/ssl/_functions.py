"""The standard library's functions that make connections or tell what there is, with ours."""

from __future__ import annotations

import socket
import ssl as _stdlib
import warnings
from typing import Any

from tongsuo_py._binding import ffi, lib
from tongsuo_py.ssl._constants import PROTOCOL_NAMES
from tongsuo_py.ssl._context import SSLContext
from tongsuo_py.ssl._defaults import unverified_context
from tongsuo_py.ssl._errors import from_queue
from tongsuo_py.ssl._socket import SSLSocket

_DEFAULT_TIMEOUT: Any = socket._GLOBAL_DEFAULT_TIMEOUT  # type: ignore[attr-defined]


def get_protocol_name(protocol_code: int) -> str:
    """The name of a ``PROTOCOL_*`` constant, TLCP's too; ``<unknown>`` for anything else."""
    return PROTOCOL_NAMES.get(protocol_code, "<unknown>")


def get_server_certificate(
    addr: tuple[str, int],
    ssl_version: int = _stdlib.PROTOCOL_TLS_CLIENT,
    ca_certs: Any = None,
    timeout: float | None = _DEFAULT_TIMEOUT,
) -> str:
    """The certificate of the server at ``addr``, as PEM; with TLCP the signing one.

    It is verified only where ``ca_certs`` names what to trust. ``timeout`` is in seconds. Raises
    OSError where there is no connection, SSLError where there is no handshake.
    """
    return fetch_certificate(SSLContext, addr, ssl_version, ca_certs, timeout)


def fetch_certificate(
    kind: type[SSLContext],
    addr: tuple[str, int],
    ssl_version: int = _stdlib.PROTOCOL_TLS_CLIENT,
    ca_certs: Any = None,
    timeout: float | None = _DEFAULT_TIMEOUT,
) -> str:
    """What ``get_server_certificate`` returns, by a context of the class ``kind``."""
    context = unverified_context(
        kind,
        ssl_version,
        cert_reqs=_stdlib.CERT_NONE if ca_certs is None else _stdlib.CERT_REQUIRED,
        cafile=ca_certs,
    )
    with (
        socket.create_connection(addr, timeout=timeout) as plain,
        context.wrap_socket(plain, server_hostname=addr[0]) as secure,
    ):
        certificate = secure.getpeercert(True)
    assert certificate is not None  # no suite that is enabled goes without one
    return _stdlib.DER_cert_to_PEM_cert(certificate)


def get_sigalgs() -> list[str]:
    """The names of the signature algorithms that Tongsuo has for TLS (CPython 3.15)."""
    names = lib.SSL_get1_builtin_sigalgs(ffi.NULL)
    if names == ffi.NULL:
        raise from_queue()
    try:
        return str(ffi.string(names).decode("ascii")).split(":")
    finally:
        lib.OPENSSL_free(names)


def wrap_socket(
    sock: socket.socket,
    keyfile: Any = None,
    certfile: Any = None,
    server_side: bool = False,
    cert_reqs: int = _stdlib.CERT_NONE,
    ssl_version: int = _stdlib.PROTOCOL_TLS,
    ca_certs: Any = None,
    do_handshake_on_connect: bool = True,
    suppress_ragged_eofs: bool = True,
    ciphers: str | None = None,
) -> SSLSocket:
    """An SSLSocket without a context of the program's own; verifies nothing by default.

    CPython 3.11 only, and deprecated there: use ``SSLContext.wrap_socket()``.
    """
    warnings.warn(
        "ssl.wrap_socket() is deprecated, use SSLContext.wrap_socket()",
        DeprecationWarning,
        stacklevel=2,
    )
    if server_side and not certfile:
        raise ValueError("certfile must be specified for server-side operations")
    if keyfile and not certfile:
        raise ValueError("certfile must be specified")
    context = SSLContext(ssl_version)
    context.verify_mode = cert_reqs
    if ca_certs:
        context.load_verify_locations(ca_certs)
    if certfile:
        context.load_cert_chain(certfile, keyfile)
    if ciphers:
        context.set_ciphers(ciphers)
    return context.wrap_socket(
        sock,
        server_side=server_side,
        do_handshake_on_connect=do_handshake_on_connect,
        suppress_ragged_eofs=suppress_ragged_eofs,
    )
