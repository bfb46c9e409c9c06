"""The Python side: one call of each operation through tongsuo_py."""

from __future__ import annotations

import socket
from pathlib import Path

from benchmarks.timing import Call
from tongsuo_py import sm2, sm3, sm4, ssl


class PythonSide:
    """The operations by name; ``trust`` holds the pairs ``server`` and ``client``."""

    def __init__(self, trust: Path, suite: str) -> None:
        self._contexts = [
            self._context(ssl.PROTOCOL_NTLS_SERVER, trust / "server", suite),
            self._context(ssl.PROTOCOL_NTLS_CLIENT, trust / "client", suite),
        ]
        self._ends: list[ssl.SSLSocket] = []
        self._key = sm2.PrivateKey.from_pem((trust / "server" / "sign.key").read_bytes())

    def _context(self, protocol: int, pair: Path, suite: str) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.load_ntls_cert_pair(
            pair / "sign.pem", pair / "sign.key", pair / "enc.pem", pair / "enc.key"
        )
        context.load_verify_locations(pair / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        context.set_ciphers(suite)
        return context

    def call(self, operation: str, size: int) -> Call:
        """A function without arguments that does the operation once."""
        data = bytes(size)
        key, nonce, iv = bytes(16), bytes(12), bytes(16)
        if operation == "sm3":
            return lambda: sm3.sm3(data).digest()
        if operation == "sm4-gcm-encrypt":
            gcm = sm4.GCM(key)
            return lambda: gcm.encrypt(nonce, data, None)
        if operation == "sm4-cbc-encrypt":
            return lambda: _stream(key, sm4.CBC(iv), data)
        if operation == "sm4-ctr-encrypt":
            return lambda: _stream(key, sm4.CTR(iv), data)
        private, public = self._key, self._key.public_key()
        if operation == "sm2-sign":
            return lambda: private.sign(data)
        if operation == "sm2-verify":
            signature = private.sign(data)
            return lambda: public.verify(signature, data)
        if operation == "sm2-encrypt":
            return lambda: public.encrypt(data)
        if operation == "sm2-decrypt":
            ciphertext = public.encrypt(data)
            return lambda: private.decrypt(ciphertext)
        if operation == "tlcp-handshake":
            return self._handshake
        if operation == "tlcp-transfer":
            if not self._ends:
                self._ends = self._pair()
            buffer = bytearray(size)
            return lambda: self._transfer(data, buffer)
        raise ValueError(operation)

    def _pair(self) -> list[ssl.SSLSocket]:
        """A pair of connected ends, both driven by this thread on non-blocking sockets."""
        ends = []
        for context, sock in zip(self._contexts, socket.socketpair(), strict=True):
            sock.setblocking(False)
            server = context is self._contexts[0]
            ends.append(
                context.wrap_socket(
                    sock,
                    server_side=server,
                    server_hostname=None if server else "localhost",
                    do_handshake_on_connect=False,
                )
            )
        waiting = [ends[1], ends[0]]
        while waiting:
            for end in list(waiting):
                try:
                    end.do_handshake()
                except ssl.SSLWantReadError:
                    continue
                waiting.remove(end)
        return ends

    def _handshake(self) -> None:
        for end in self._pair():
            end.close()

    def _transfer(self, data: bytes, buffer: bytearray) -> None:
        server, client = self._ends
        source, target = memoryview(data), memoryview(buffer)
        sent = received = 0
        while received < len(data):
            if sent < len(data):
                sent += client.send(source[sent:])
            received += server.recv_into(target[received:])

    def close(self) -> None:
        """Close what is open."""
        for end in self._ends:
            end.close()


def _stream(key: bytes, mode: sm4.Mode, data: bytes) -> None:
    encryptor = sm4.encryptor(key, mode=mode)
    encryptor.update(data)
    encryptor.finalize()
