"""A server in a process of its own, which says of each connection whether it was resumed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from peers import TIMEOUT

import tongsuo_py

# It ends with its standard input. Each line that comes there is a new list of ticket keys.
_PROGRAM = """
import json, socket, sys, threading
from tongsuo_py import ssl

options = json.loads(sys.argv[1])
if options["protocol"] == "TLCP":
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    context.load_ntls_cert_pair(*options["files"])
else:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = options["version"]
    context.load_cert_chain(*options["files"])
context.load_verify_locations(options["ca"])
context.verify_mode = ssl.CERT_REQUIRED
if options["redis"]:
    import redis
    client = redis.Redis(unix_socket_path=options["redis"], socket_timeout=5)
    context.session_store = ssl.RedisSessionStore(client)

def take(keys):
    context.set_ticket_keys([bytes.fromhex(key) for key in keys])

if options["keys"]:
    take(options["keys"])
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)

def serve():
    while True:
        plain, _ = listener.accept()
        plain.settimeout(20)
        with context.wrap_socket(plain, server_side=True) as sock:
            enc = sock.get_peer_enc_cert(True)
            answer = [sock.session_reused, (sock.getpeercert(True) or b"").hex()]
            answer.append((enc or b"").hex())
            sock.sendall(json.dumps(answer).encode() + b"\\n")
            sock.recv(1)

threading.Thread(target=serve, daemon=True).start()
for line in sys.stdin:
    take(json.loads(line))
    print("taken", flush=True)
"""


class ServerProcess:
    """Wants client certificates; to be used with ``with``."""

    def __init__(
        self,
        protocol: str,
        tls: SimpleNamespace,
        trust: SimpleNamespace,
        *,
        keys: list[bytes] | None = None,
        redis: Path | None = None,
    ) -> None:
        pair = trust.dir / "server"
        tlcp = protocol == "TLCP"
        files = ("sign.pem", "sign.key", "enc.pem", "enc.key")
        options = {
            "protocol": protocol,
            "version": {"TLS 1.2": 0x0303, "TLS 1.3": 0x0304}.get(protocol),
            "files": [str(pair / name) for name in files] if tlcp else [str(tls.ec)],
            "ca": str(trust.dir / "ca" / "ca.pem" if tlcp else tls.ca),
            "keys": [key.hex() for key in keys or ()],
            "redis": None if redis is None else str(redis),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", _PROGRAM, json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(Path(tongsuo_py.__file__).resolve().parents[1])},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self.address = ("127.0.0.1", int(self._out.readline()))

    def take(self, keys: list[bytes]) -> None:
        """Have it use other ticket keys from now on."""
        self._in.write(json.dumps([key.hex() for key in keys]) + "\n")
        self._in.flush()
        assert self._out.readline() == "taken\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        with self._in, self._out:
            self._in.close()
            try:
                status = self._process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
                raise
        assert status == 0 or error is not None


def visit(context: Any, server: ServerProcess, session: Any = None) -> SimpleNamespace:
    """Connect: was it ``reused``, with whose certificates (DER), and the new ``session``."""
    plain = socket.create_connection(server.address, TIMEOUT)
    with context.wrap_socket(plain, server_hostname="localhost", session=session) as sock:
        answer = b""
        while not answer.endswith(b"\n"):
            data = sock.recv(65536)
            assert data
            answer += data
        reused, sign, enc = json.loads(answer)
        assert sock.session_reused == reused
        result = SimpleNamespace(
            reused=reused,
            certificate=bytes.fromhex(sign),
            enc_certificate=bytes.fromhex(enc),
            session=sock.session,
        )
        sock.sendall(b".")
    return result
