"""Large data is sent from where the caller has it, and received where the caller wants it."""

from __future__ import annotations

import array
import mmap
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from peers import at_once, receive, session
from resources import traced_peak

from tongsuo_py import ssl

SIZE = 1 << 20
SMALL = SIZE // 16  # what the calls may need besides, those of the other thread included


@pytest.fixture(scope="module")
def ends(tlcp: Any) -> Iterator[tuple[ssl.SSLSocket, ssl.SSLSocket]]:
    """Both ends of a connection that stands."""
    with session(tlcp.server("ECC-SM2-SM4-GCM-SM3"), tlcp.client(pair=False)) as sockets:
        yield sockets


def mapped(data: bytes) -> mmap.mmap:
    memory = mmap.mmap(-1, len(data))
    memory[:] = data
    return memory


WRITABLE: dict[str, Callable[[bytes], Any]] = {
    "bytearray": bytearray,
    "memoryview": lambda data: memoryview(bytearray(100) + data)[100:],
    "array": lambda data: array.array("I", data),
    "mmap": mapped,
}
DATA = bytes(range(256)) * (SIZE // 256)


def fill(sock: ssl.SSLSocket, buffer: Any) -> None:
    """Receive until it is full."""
    view, done = memoryview(buffer).cast("B"), 0
    while done < len(view):
        count = sock.recv_into(view[done:])
        assert count > 0
        done += count


@pytest.mark.parametrize("memory", ["bytes", *WRITABLE])
@pytest.mark.parametrize("name", ["send", "sendall"])
def test_what_is_sent(ends: Any, name: str, memory: str) -> None:
    server, client = ends
    data, buffer = WRITABLE.get(memory, bytes)(DATA), bytearray(SIZE)
    send = getattr(client, name)

    def transfer() -> None:
        assert at_once(lambda: send(data), lambda: fill(server, buffer))[1] is None

    assert traced_peak(transfer) < SMALL
    assert buffer == DATA


@pytest.mark.parametrize("memory", WRITABLE)
def test_what_is_received(ends: Any, memory: str) -> None:
    server, client = ends
    buffer = WRITABLE[memory](bytes(SIZE))

    def transfer() -> None:
        assert at_once(lambda: client.sendall(DATA), lambda: fill(server, buffer)) == [None, None]

    assert traced_peak(transfer) < SMALL
    assert memoryview(buffer).cast("B") == DATA


def test_that_a_copy_would_show(ends: Any) -> None:
    server, client = ends

    def transfer() -> None:
        at_once(lambda: client.sendall(bytes(bytearray(DATA))), lambda: receive(server, SIZE))

    assert traced_peak(transfer) > SIZE


@pytest.mark.parametrize("size", [1, 2, 3, 1023, 1024, 1025, 16384, 20000])
def test_what_recv_returns(ends: Any, size: int) -> None:
    # Short results are written in place too; but not into what the interpreter may share.
    server, client = ends
    single = [bytes((number,)) for number in range(256)]
    for sent in {1, max(size - 1, 1), size}:
        message = DATA[1 : 1 + sent]
        client.sendall(message)
        pieces = []
        while sum(map(len, pieces)) < sent:
            pieces.append(server.recv(size))
            assert type(pieces[-1]) is bytes
        assert b"".join(pieces) == message
    assert server.recv(0) == b""
    assert single == [bytes((number,)) for number in range(256)]
    assert (bytes(1), bytes(2)) == (b"\0", b"\0\0")
