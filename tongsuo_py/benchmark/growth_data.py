"""Time and memory against the size of the data, in a process of its own (``Child``)."""

from __future__ import annotations

import io
import os
import ssl
import threading
from collections.abc import Callable, Mapping
from time import process_time_ns
from typing import Any

from tongsuo_py import sm3, sm4
from tongsuo_py.benchmark import memory

PIECE = 1 << 16  # bytes at a time, of what takes its data in pieces
_GIVEN_BACK = 1 << 25  # bytes
_ENOUGH_NS = 50_000_000  # for one measurement

#: What is measured, and what its work is.
OPERATIONS: Mapping[str, str] = {
    "SM3": "hashed in pieces of 64 KiB",
    "SM4-CTR": "encrypted in pieces of 64 KiB",
    "SM4-GCM": "encrypted at once: the result, as long as the data, is in memory",
    "encrypted file": "encrypt_file in one thread, through a pipe, decrypt_file in another",
    "TLCP stream": "sent and received by one thread, in memory, SM4-GCM",
}
#: Those whose result is in memory, all of it.
IN_MEMORY = ("SM4-GCM",)

_block = memoryview(os.urandom(PIECE))


def _pieces(size: int) -> Any:
    for _ in range(size // PIECE):
        yield _block
    if size % PIECE:
        yield _block[: size % PIECE]


def _sm3(size: int) -> Callable[[], object]:
    def run() -> bytes:
        state = sm3.sm3()
        for piece in _pieces(size):
            state.update(piece)
        return state.digest()

    return run


def _ctr(size: int) -> Callable[[], object]:
    key, counter = os.urandom(16), os.urandom(16)

    def run() -> None:
        stream = sm4.encryptor(key, sm4.CTR(counter))
        for piece in _pieces(size):
            stream.update(piece)
        stream.finalize()

    return run


def _gcm(size: int) -> Callable[[], object]:
    cipher, nonce, data = sm4.GCM(os.urandom(16)), os.urandom(12), bytes(size)
    return lambda: cipher.encrypt(nonce, data, None)


class _Source(io.RawIOBase):
    """A file of so many bytes, which is nowhere."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = min(len(buffer), self._left, PIECE)
        buffer[:count] = _block[:count]
        self._left -= count
        return count


class _Sink(io.RawIOBase):
    """A file that forgets what is written to it, and counts."""

    size = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.size += len(data)
        return len(data)


def _file(size: int) -> Callable[[], object]:
    key = os.urandom(16)

    def run() -> None:
        reader, writer = os.pipe()

        def encrypt() -> None:
            with open(writer, "wb") as target:
                sm4.encrypt_file(_Source(size), target, key=key)  # type: ignore[arg-type]

        thread = threading.Thread(target=encrypt)
        thread.start()
        sink = _Sink()
        with open(reader, "rb") as source:
            sm4.decrypt_file(source, sink, key=key)  # type: ignore[arg-type]
        thread.join()
        if sink.size != size:
            raise AssertionError(f"{sink.size} bytes of {size}")

    return run


def _stream(size: int) -> Callable[[], object]:
    client, server = _tlcp_pair()
    buffer = memoryview(bytearray(PIECE))

    def run() -> None:
        for piece in _pieces(size):
            left = len(piece)
            while piece:
                piece = piece[client.write(piece) :]
            while left:
                left -= server.read(left, buffer)

    return run


def _tlcp_pair() -> tuple[Any, Any]:
    """Two ends of a TLCP connection in memory, after the handshake."""
    from tongsuo_py import pki
    from tongsuo_py import ssl as ours
    from tongsuo_py.benchmark.tls import shake_hands

    ca = pki.CA.create("tongsuo-py bench")
    contexts = [
        ours.SSLContext(protocol)
        for protocol in (ours.PROTOCOL_NTLS_CLIENT, ours.PROTOCOL_NTLS_SERVER)
    ]
    ca.configure_trust(contexts[0])
    ca.issue_pair("localhost").configure(contexts[1])
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = contexts[0].wrap_bio(down, up, server_hostname="localhost")
    server = contexts[1].wrap_bio(up, down, server_side=True)
    shake_hands(client, server)
    return client, server


_MAKE = {
    "SM3": _sm3,
    "SM4-CTR": _ctr,
    "SM4-GCM": _gcm,
    "encrypted file": _file,
    "TLCP stream": _stream,
}
_made: dict[str, tuple[int, Callable[[], object]]] = {}


def measure(operation: str, size: int) -> dict[str, float]:
    """``time``: nanoseconds for one; ``memory``: how many bytes more there were at the most.

    By the clock of the process' own work, which other programs do not disturb. It is done as often
    as 50 ms allow, and once at least.
    """
    if operation not in _made or _made[operation][0] != size:
        _made.pop(operation, None)  # what it holds is let go first
        call = _MAKE[operation](size)
        # What is loaded or looked up once; and memory that the system has not given away before
        # costs a virtual machine as much as the work. (malloc gives back what is so large.)
        if size <= PIECE or (operation in IN_MEMORY and size > _GIVEN_BACK):
            call()
        _made[operation] = size, call
    call = _made[operation][1]
    spent = calls = 0

    def run() -> None:
        nonlocal spent, calls
        start, batch = process_time_ns(), 1
        while spent < _ENOUGH_NS:
            for _ in range(batch):
                call()
            calls += batch
            spent = process_time_ns() - start
            batch = calls if spent < _ENOUGH_NS / 4 else 1

    most = memory.peak(run)
    return {"time": spent / calls, "memory": most}


ANSWERS = {"measure": measure}
