"""A program for test_allocations.py: how often memory is allocated for a record, as JSON.

With ``PYTHONMALLOC=malloc`` the objects of Python count as well.
"""

from __future__ import annotations

import ctypes
import gc
import json
import socket
import ssl as stdlib
import sys
from collections.abc import Callable
from itertools import repeat
from typing import Any

from tongsuo_py import pki, ssl
from tongsuo_py.benchmark.tls import shake_hands

WARM_UP, FEW, MANY = 100, 200, 4_000

allocations = ctypes.CDLL(None).tspy_test_allocations
allocations.restype = ctypes.c_long


def ends(way: str) -> tuple[Any, Any]:
    """The client's and the server's end of a TLCP connection."""
    ca = pki.CA.create("records")
    server, client = (
        ssl.SSLContext(protocol)
        for protocol in (ssl.PROTOCOL_NTLS_SERVER, ssl.PROTOCOL_NTLS_CLIENT)
    )
    ca.issue_pair("localhost").configure(server)
    ca.configure_trust(client)
    if way == "memory":
        up, down = stdlib.MemoryBIO(), stdlib.MemoryBIO()
        pair = (
            client.wrap_bio(down, up, server_hostname="localhost"),
            server.wrap_bio(up, down, server_side=True),
        )
    else:
        below, above = socket.socketpair()
        for sock in (below, above):
            sock.setblocking(False)
        pair = (
            client.wrap_socket(above, server_hostname="localhost", do_handshake_on_connect=False),
            server.wrap_socket(below, server_side=True, do_handshake_on_connect=False),
        )
    shake_hands(*pair)
    return pair


def per_record(transfer: Callable[[], object], times: int) -> float:
    before = allocations()
    for _ in repeat(None, times):  # whose numbers are no objects
        transfer()
    return float(allocations() - before) / times


def main(way: str, size: int) -> None:
    client, server = ends(way)
    data, buffer = memoryview(bytes(size)), bytearray(size)
    if way == "memory":

        def transfer() -> None:
            client.write(data)
            server.read(size, buffer)
    else:

        def transfer() -> None:
            client.send(data)
            server.recv_into(buffer)

    gc.disable()  # it comes when it likes, and allocates
    per_record(transfer, WARM_UP)
    print(json.dumps([per_record(transfer, FEW), per_record(transfer, MANY)]))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
