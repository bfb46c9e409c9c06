"""What child processes do in test_processes.py; importable, so that ``spawn`` finds it."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from peers import TIMEOUT, receive

from tongsuo_py import pki, ssl


def forked(work: Callable[[], bytes]) -> tuple[int, int]:
    """Run ``work`` in a child made by os.fork(): its process number, and a pipe to its result."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    status = 1
    try:
        os.write(writer, work())
        status = 0
    except BaseException as error:
        print(f"in the child: {error!r}", file=sys.stderr)
    finally:
        os._exit(status)


def client(directory: str, ntls: bool) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT if ntls else ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(Path(directory) / "ca.pem")
    return context


def server(directory: str, ntls: bool) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER if ntls else ssl.PROTOCOL_TLS_SERVER)
    (pki.CertificatePair if ntls else pki.KeyedCertificate).load(directory).configure(context)
    return context


def talk(context: Any, address: Any) -> bytes:
    """Connect and say four bytes; what comes back."""
    raw = socket.create_connection(address, TIMEOUT)
    with context.wrap_socket(raw, server_hostname="localhost") as sock:
        sock.sendall(b"ping")
        return receive(sock, 4)


def answer(context: Any, listener: socket.socket, times: int) -> None:
    """Serve so many connections, with our process number for each four bytes."""
    listener.settimeout(TIMEOUT)  # which a spawned process does not inherit
    for _ in range(times):
        raw, _ = listener.accept()
        raw.settimeout(TIMEOUT)
        with context.wrap_socket(raw, server_side=True) as sock:
            assert receive(sock, 4) == b"ping"
            sock.sendall(os.getpid().to_bytes(4, "big"))
            sock.recv(1)


def answer_with_files(directory: str, ntls: bool, listener: socket.socket, times: int) -> None:
    answer(server(directory, ntls), listener, times)
