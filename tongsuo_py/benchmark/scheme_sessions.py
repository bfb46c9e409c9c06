"""The paper's comparison as whole sessions: a handshake, and a reading through it, in memory.

Both ends are authenticated by certificates of one CA, and verify each other's chain and name. One
thread does what both ends do: ``handshake``, then the client ``send``s the reading and the server
``receive``s it, in records of 16 KiB. No session is resumed.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from tongsuo_py.benchmark import certificates
from tongsuo_py.benchmark.schemes import Stopwatch
from tongsuo_py.benchmark.sessions import AES, Session, contexts
from tongsuo_py.benchmark.tls import shake_hands

STEPS: Mapping[str, str] = {
    "handshake": "both ends of a full handshake, each authenticated",
    "send": "the client encrypts the reading",
    "receive": "the server decrypts it and checks its integrity",
}

SESSIONS: Mapping[str, Session] = {
    "TLCP ECC": Session("TLCP", "ECC-SM2-SM4-GCM-SM3", "sm2", mutual=True),
    "TLCP ECDHE": Session("TLCP", "ECDHE-SM2-SM4-GCM-SM3", "sm2", mutual=True),
    "TLS 1.3 RFC 8998": Session("TLS 1.3", "TLS_SM4_GCM_SM3", "sm2", mutual=True, group="curveSM2"),
    "TLS 1.2 RSA-2048": Session("TLS 1.2", "AES128-GCM-SHA256", "rsa2048", mutual=True),
    "TLS 1.3 P-256": Session("TLS 1.3", AES, "p256", mutual=True, group="prime256v1"),
}


def prepare(directory: Path) -> None:
    """Make the certificates, below ``directory``."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    certificates.make(directory)
    keys = (rsa.generate_private_key(65537, 2048) for _ in range(3))
    certificates.issue(directory / "rsa2048", *keys)


class Pair:
    """The two contexts of a session, in one module with the names of ``ssl``."""

    def __init__(self, module: ModuleType, name: str, directory: Path) -> None:
        self._agreed = SESSIONS[name].agreed
        self._server, self._client = contexts(module, SESSIONS[name], directory)

    def handshake(self) -> tuple[Any, Any]:
        """A client's and a server's end that have shaken hands."""
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self._client.wrap_bio(down, up, server_hostname=certificates.NAME)
        server = self._server.wrap_bio(up, down, server_side=True)
        shake_hands(client, server)
        return client, server

    def timed(self, reading: bytes) -> dict[str, int]:
        """A session that carries one reading: nanoseconds for each of STEPS."""
        buffer = memoryview(bytearray(len(reading)))
        watch = Stopwatch()
        client, server = self.handshake()
        watch("handshake")
        _send(client, reading)
        watch("send")
        _receive(server, buffer)
        watch("receive")
        self._check(client, server)
        if buffer != reading:
            raise AssertionError("another reading has arrived")
        return watch.laps

    def _check(self, client: Any, server: Any) -> None:
        found = client.version(), client.cipher()[0]
        if found != self._agreed:
            raise AssertionError(f"{found} was agreed on, not {self._agreed}")
        for end in (client, server):
            if not end.getpeercert():
                raise AssertionError("an end did not authenticate itself")


def _send(end: Any, reading: bytes) -> None:
    rest = memoryview(reading)
    while rest:
        rest = rest[end.write(rest) :]


def _receive(end: Any, buffer: memoryview) -> None:
    while buffer:
        buffer = buffer[end.read(len(buffer), buffer) :]
