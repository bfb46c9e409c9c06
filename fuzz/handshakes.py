"""What the targets of connections start from: contexts, first flights, sessions, all in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any, Literal

from fuzz.seeds import HOST, authority, keyed, pair
from tongsuo_py import ssl

Kind = Literal["client", "server", "dual"]


@cache
def context(kind: Kind) -> Any:
    """A TLCP client, a TLCP server, or a server of both TLS and TLCP."""
    if kind == "client":
        client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
        authority().configure_trust(client)
        return client
    protocol = ssl.PROTOCOL_NTLS_SERVER if kind == "server" else ssl.PROTOCOL_TLS_SERVER
    server = ssl.SSLContext(protocol)
    if kind == "dual":
        server.enable_ntls()
    pair().configure(server)
    return server


def certificate_messages() -> Iterator[bytes]:
    """Bodies of Certificate messages: TLCP's with a pair, and TLS 1.3's, after a byte for which."""
    pair_sent = b"".join(
        len(each.to_der()).to_bytes(3, "big") + each.to_der() for each in (pair().sign, pair().enc)
    )
    yield b"\0" + len(pair_sent).to_bytes(3, "big") + pair_sent
    one = keyed().to_der()
    entry = len(one).to_bytes(3, "big") + one + b"\0\0"  # no extensions
    yield b"\1\0" + len(entry).to_bytes(3, "big") + entry


def client_hellos() -> Iterator[bytes]:
    """What a client of TLCP and one of TLS begin with."""
    yield _first_flight(context("client"))
    tls = ssl.create_default_context()
    yield _first_flight(tls)


def server_flights() -> Iterator[bytes]:
    """A server's answer to a hello, which has another random number than the target's client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context("server").wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(_first_flight(context("client")))
    _advance(connection)
    yield outgoing.read()


class Store(dict[bytes, bytes]):
    """A server's store of sessions."""

    def put(self, id: bytes, data: bytes, timeout: int) -> None:
        """Keep it."""
        self[id] = data

    def remove(self, id: bytes) -> None:
        """Keep it no longer."""
        self.pop(id, None)


def server_with(store: ssl.SessionStore) -> Any:
    """The context of a TLCP server with this store."""
    server = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    pair().configure(server)
    server.session_store = store
    return server


def sessions() -> Iterator[bytes]:
    """What a server of TLCP puts into its store."""
    store = Store()
    upwards, downwards = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (
        context("client").wrap_bio(downwards, upwards, server_hostname=HOST),
        server_with(store).wrap_bio(upwards, downwards, server_side=True),
    )
    while not store:
        for side in sides:
            with suppress(ssl.SSLWantReadError):
                side.do_handshake()
    yield from store.values()


def resuming_hello(id: bytes) -> bytes:
    """A hello of TLCP that asks for the session of this ID, of 32 bytes."""
    hello = _first_flight(context("client"))
    record, message, before, after = hello[:3], hello[5:6], hello[9:43], hello[44:]
    body = before + bytes((len(id),)) + id + after
    message += len(body).to_bytes(3, "big") + body
    return record + len(message).to_bytes(2, "big") + message


def _first_flight(client: Any) -> bytes:
    outgoing = ssl.MemoryBIO()
    _advance(client.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=HOST))
    return outgoing.read()


def _advance(connection: Any) -> None:
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        return
    raise AssertionError("the handshake cannot be over yet")
