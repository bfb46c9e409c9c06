"""A TLCP session over a connected socket: binding, handshake, and who the peer is."""

from __future__ import annotations

import socket
import ssl as _stdlib
from typing import Any

from tongsuo_py import pki, ssl
from tongsuo_py.cli.environment import describe
from tongsuo_py.cli.events import Log
from tongsuo_py.cli.failures import Failure


def attach(
    connection: socket.socket,
    context: ssl.SSLContext,
    log: Log,
    *,
    timeout: float,
    server_name: str | None = None,
    tags: dict[str, Any],
) -> ssl.SSLSocket:
    """Bind a new session to the connection, which it takes over. Raises OSError or SSLError.

    The end of the connection is never mistaken for the end of the data: what stops without a
    close_notify is an error.
    """
    connection.settimeout(timeout)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock = context.wrap_socket(
        connection,
        server_side=context.protocol == ssl.PROTOCOL_NTLS_SERVER,
        server_hostname=server_name,
        do_handshake_on_connect=False,
        suppress_ragged_eofs=False,
    )
    log("session", **tags)
    return sock


def handshake(sock: ssl.SSLSocket, log: Log, tags: dict[str, Any]) -> None:
    """Do the handshake and report what came of it. Raises SSLError, OSError, Failure."""
    peer = "client" if sock.server_side else "server"
    try:
        sock.do_handshake()
    except TimeoutError:
        timeout = sock.gettimeout()
        raise Failure(f"the {peer} did not finish the handshake within {timeout:g} s") from None
    except _stdlib.SSLEOFError as error:
        hint = "".join(str(error).partition("; ")[1:])
        raise Failure(f"the {peer} closed the connection during the handshake{hint}") from None
    suite = sock.cipher()
    assert suite is not None
    verified = sock.context.verify_mode != ssl.CERT_NONE
    log(
        "handshake",
        protocol="TLCP 1.1",
        version=sock.version(),
        suite=suite[0],
        bits=suite[2],
        **tags,
    )
    for role, der in (
        ("signing", sock.getpeercert(binary_form=True)),
        ("encryption", sock.get_peer_enc_cert(binary_form=True)),
    ):
        if der is None:
            log("no_certificate", peer=peer, role=role, **tags)
        else:
            certificate = pki.Certificate.from_der(der)
            fields = describe(f"the {peer}'s", role, certificate)
            log("peer_certificate", **fields, verified=verified, **tags)
