"""A program may end while daemon threads are in the middle of calls: no crash, nothing printed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from fresh import run_python

PROGRAM = """
import socket, sys, threading, warnings
from pathlib import Path
from tongsuo_py import pki, ssl

warnings.simplefilter("ignore", ResourceWarning)  # they stay open, that is the point
what, ntls, directory = sys.argv[1], sys.argv[2] == "True", Path(sys.argv[3])
server = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER if ntls else ssl.PROTOCOL_TLS_SERVER)
(pki.CertificatePair if ntls else pki.KeyedCertificate).load(directory).configure(server)
client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT if ntls else ssl.PROTOCOL_TLS_CLIENT)
client.load_verify_locations(directory / "ca.pem")
begun = []

def start(*calls):
    for call in calls:
        begun.append(threading.Event())
        threading.Thread(target=call, args=(begun[-1],), daemon=True).start()

def pair():
    left, right = socket.socketpair()
    return (server.wrap_socket(left, server_side=True, do_handshake_on_connect=False),
            client.wrap_socket(right, server_hostname="localhost", do_handshake_on_connect=False))

def connected():
    left, right = pair()
    thread = threading.Thread(target=left.do_handshake)
    thread.start()
    right.do_handshake()
    thread.join()
    return left, right

def waiting_in_a_read(event):
    left, right = connected()
    event.set()
    right.recv(1)

def waiting_in_a_write(event):
    left, right = connected()
    event.set()
    right.sendall(bytes(8_000_000))

def waiting_in_a_handshake(event):
    left, right = pair()
    event.set()
    right.do_handshake()

def streaming():
    left, right = connected()
    def write(event):
        data = bytes(1_000_000)
        while True:
            right.sendall(data)
            event.set()
    def read(event):
        buffer = bytearray(65536)
        while left.recv_into(buffer):
            event.set()
    return write, read

def making_connections(event):
    while True:
        left, right = pair()
        for end in (left, right):
            end.setblocking(False)
        while not (left.version() and right.version()):
            for end in (left, right):
                try:
                    end.do_handshake()
                except ssl.SSLWantReadError:
                    pass
        event.set()

if what == "waiting":
    start(waiting_in_a_read, waiting_in_a_write, waiting_in_a_handshake)
elif what == "streaming":
    start(*streaming(), *streaming())
else:
    start(*[making_connections] * 3)
for event in begun:
    assert event.wait(20)
"""


@pytest.mark.parametrize("what", ["waiting", "streaming", "making connections"])
def test_daemon_threads(contexts: Any, trust: SimpleNamespace, what: str) -> None:
    directory = trust.dir / ("server" if contexts.ntls else "server_cert")
    for _ in range(1 if what == "waiting" else 5):  # each time it ends at another moment
        assert run_python(PROGRAM, what, contexts.ntls, directory) == ""
