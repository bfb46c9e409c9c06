"""The other side in a cell of the matrix: native Tongsuo, or OpenSSL 4 through pyOpenSSL.

A peer uses one suite and nothing else, as ``Suite.context`` does for our side. Its ``server`` takes
connections one after the other by ``accept``; its ``client`` comes with the session in a file, or
leaves one there. What either returns is led through the connection: ``take`` has it receive just
these bytes, ``give`` send them, and ``end`` close the connection, or see that we did.
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import pytest
from identities import Identity
from native_peer import TIMEOUT, Client, Server
from OpenSSL import SSL
from suites import Suite

_binding = SSL._lib  # for what pyOpenSSL has no method for
_VERSIONS = {"TLS 1.2": SSL.TLS1_2_VERSION, "TLS 1.3": SSL.TLS1_3_VERSION}


class NativePeer:
    """``s_server`` and ``s_client``."""

    def __init__(
        self, openssl: Path, version: str, suite: Suite, identity: Identity, mutual: bool
    ) -> None:
        self._openssl, self._version = openssl, version
        self._suite, self._identity, self._mutual = suite, identity, mutual

    def _options(self, side: str) -> list[str | Path]:
        return self._suite.options(side, self._identity, mutual=self._mutual, version=self._version)

    def server(self, *, tickets: bool) -> NativeServer:
        options = self._options("server") + ([] if tickets else ["-no_ticket"])
        return NativeServer(self._openssl, *options, connections=3)

    def client(self, address: tuple[str, int], session: Path) -> NativeClient:
        option = "-sess_in" if session.exists() else "-sess_out"
        return NativeClient(self._openssl, address, *self._options("client"), option, session)


class NativeServer(Server):
    """s_server, led through one connection after the other."""

    _connection = _taken = 0

    def accept(self, suite: Suite) -> Self:
        self._connection, self._taken = self._connection + 1, 0
        report = self.established(self._connection)
        assert report.count(f"CIPHER is {suite.name}\n") == self._connection
        return self

    def take(self, data: bytes) -> None:
        start, self._taken = self._taken, self._taken + len(data)
        assert self.received(self._taken, self._connection)[start : self._taken] == data

    def give(self, data: bytes) -> None:
        self.send(data)

    def end(self) -> None:
        self.take(b"DONE\n")  # what it says to a close_notify

    def check_statistics(self, *, kept: bool) -> None:
        """It ends, having resumed two sessions, which it kept itself or had its client keep."""
        assert self.wait() == 0
        assert self.stdout.count(b"Reused session-id\n") == 2
        found = re.search(rb" (\d+) items in the session cache\n", self.stdout)
        assert found, self
        assert (int(found[1]) > 0) == kept


class NativeClient(Client):
    """s_client, led through its connection."""

    _taken = 0

    def connect(self, suite: Suite) -> Self:
        report = self.established()
        assert f"Protocol version: {suite.version}\nCiphersuite: {suite.name}\n" in report
        assert "Verification: OK\n" in report
        return self

    def take(self, data: bytes) -> None:
        start, self._taken = self._taken, self._taken + len(data)
        assert self.received(self._taken)[start:] == data

    def give(self, data: bytes) -> None:
        self.send(data)

    def end(self) -> None:
        self.end_input()
        assert self.wait() == 0


class OpenSSL4Peer:
    """pyOpenSSL, on the OpenSSL that cryptography brings."""

    def __init__(self, suite: Suite, identity: Identity, mutual: bool) -> None:
        self._suite, self._identity, self._mutual = suite, identity, mutual
        # A session belongs to the context that it was made with.
        self._client: SSL.Context | None = None
        self._sessions: dict[Path, Any] = {}  # in place of files

    def _context(self, side: str) -> SSL.Context:
        suite, identity = self._suite, self._identity
        context = SSL.Context(SSL.TLS_CLIENT_METHOD if side == "client" else SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(_VERSIONS[suite.protocol])
        context.set_max_proto_version(_VERSIONS[suite.protocol])
        if suite.protocol == "TLS 1.3":
            context.set_tls13_ciphersuites(suite.name.encode())
        else:
            context.set_cipher_list(suite.name.encode())
        if suite.group:
            assert _binding.SSL_CTX_set1_curves_list(context._context, suite.group.encode()) == 1
        if suite.signature:
            algorithms = suite.signature.encode()
            assert _binding.SSL_CTX_set1_sigalgs_list(context._context, algorithms) == 1
        if side == "client" or self._mutual:
            context.load_verify_locations(str(identity.ca))
            context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT)
        if side == "server" or self._mutual:
            certificate, key = identity.files(side)
            context.use_certificate_chain_file(str(certificate))
            context.use_privatekey_file(str(key))
        return context

    @contextmanager
    def server(self, *, tickets: bool) -> Iterator[OpenSSL4Server]:
        context = self._context("server")
        context.set_session_id(b"matrix")
        if not tickets:
            context.set_options(SSL.OP_NO_TICKET)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(TIMEOUT)
            server = OpenSSL4Server(context, listener)
            try:
                yield server
            finally:
                server.close()

    @contextmanager
    def client(self, address: tuple[str, int], session: Path) -> Iterator[OpenSSL4Client]:
        self._client = self._client or self._context("client")
        with socket.create_connection(address) as plain:
            client = OpenSSL4Client(self._client, plain)
            if session in self._sessions:
                client.connection.set_session(self._sessions[session])
            yield client
            self._sessions[session] = client.connection.get_session()


class OpenSSL4End:
    """A connection of pyOpenSSL."""

    def __init__(self, context: SSL.Context, plain: socket.socket) -> None:
        # A timeout in Python would make a non-blocking socket of it, which pyOpenSSL does not hide.
        plain.settimeout(None)
        limit = struct.pack("ll", int(TIMEOUT), 0)
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection = SSL.Connection(context, plain)

    def check(self, suite: Suite) -> Self:
        self.connection.do_handshake()
        assert self.connection.get_cipher_name() == suite.name
        if suite.group:
            assert self.connection.get_group_name() == suite.group
        return self

    def take(self, data: bytes) -> None:
        received = bytearray()
        while len(received) < len(data):
            received += self.connection.recv(len(data) - len(received))
        assert received == data

    def give(self, data: bytes) -> None:
        self.connection.sendall(data)


class OpenSSL4Server:
    """Connections of pyOpenSSL at a listening socket."""

    def __init__(self, context: SSL.Context, listener: socket.socket) -> None:
        self._context, self._listener = context, listener
        self.address = listener.getsockname()
        self._plain: socket.socket | None = None

    def accept(self, suite: Suite) -> OpenSSL4Accepted:
        self.close()
        self._plain, _ = self._listener.accept()
        end = OpenSSL4Accepted(self._context, self._plain)
        end.connection.set_accept_state()
        return end.check(suite)

    def close(self) -> None:
        if self._plain is not None:
            self._plain.close()

    def check_statistics(self, *, kept: bool) -> None:
        """It has none."""


class OpenSSL4Accepted(OpenSSL4End):
    """The end of a server."""

    def end(self) -> None:
        with pytest.raises(SSL.ZeroReturnError):  # our close_notify
            self.connection.recv(1)
        self.connection.shutdown()


class OpenSSL4Client(OpenSSL4End):
    """The end of a client."""

    def connect(self, suite: Suite) -> Self:
        self.connection.set_connect_state()
        return self.check(suite)

    def end(self) -> None:
        if not self.connection.shutdown():
            with pytest.raises(SSL.ZeroReturnError):
                self.connection.recv(1)
