"""Connections that are held and do nothing: a server's and a client's process, for ``Child``.

Both ends are authenticated. Each connection carries a message there and one back, as a session
does before it is idle, and then stays. They go over a Unix socket: there are more than 10,000 of
those, they have no ports to run out of, and only the memory of the two processes is looked at.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import ssl
import statistics
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import Any

from tongsuo_py.benchmark import certificates, memory
from tongsuo_py.benchmark.sessions import AES, Session, contexts

#: What a connection is, by its name: the module, its protocol, and how the server holds it.
WAYS: Mapping[str, str] = {
    "TLCP": "tongsuo_py.ssl, a blocking SSLSocket, ECC-SM2-SM4-GCM-SM3",
    "TLCP, asyncio": "the same, where the server's end is one of asyncio.start_unix_server",
    "TLS 1.3": "tongsuo_py.ssl, a blocking SSLSocket, P-256 and AES-128-GCM",
    "TLS 1.3, stdlib": "the standard library's ssl, likewise",
    "TLS 1.3, stdlib, asyncio": "likewise, the server's end one of asyncio.start_unix_server",
}
#: Held from the beginning and not counted: what the first connections need is needed once.
WARM_UP = 20
#: Files that a process has open besides its connections, at the most.
RESERVE = WARM_UP + 80
_MESSAGE = 64  # bytes
_TIMEOUT = 60.0  # seconds

_held: list[Any] = []
_state: dict[str, Any] = {}


def _contexts(way: str, directory: str) -> tuple[Any, Any]:
    from tongsuo_py import ssl as ours

    if way.startswith("TLCP"):
        session = Session("TLCP", "ECC-SM2-SM4-GCM-SM3", "sm2", mutual=True)
    else:
        session = Session("TLS 1.3", AES, "p256", mutual=True, group="prime256v1")
    return contexts(ssl if "stdlib" in way else ours, session, Path(directory))


def receive(end: Any, size: int) -> bytes:
    """So many bytes."""
    data = b""
    while len(data) < size:
        piece = end.recv(size - len(data))
        if not piece:
            raise ConnectionError("the other end has closed")
        data += piece
    return data


# ---- the server ----


def listen(way: str, directory: str, path: str, most: int) -> int:
    """Listen at ``path`` for connections of one of WAYS; how many files there can be."""
    room = memory.room_for_files(most + RESERVE)
    server, _ = _contexts(way, directory)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(128)
    if way.endswith("asyncio"):
        _state["loop"] = loop = asyncio.new_event_loop()
        loop.run_until_complete(asyncio.start_unix_server(_stay, sock=listener, ssl=server))
    else:
        _state["server"] = listener, server
    return room


async def _stay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _held.append((reader, writer))
    while data := await reader.read(_MESSAGE):
        writer.write(data)
        await writer.drain()
        _state["answered"] = _state.get("answered", 0) + 1


async def _until_answered(number: int) -> None:
    while _state.get("answered", 0) < number:
        await asyncio.sleep(0.0005)


def accept(count: int) -> int:
    """Accept so many more and answer each message; the nanoseconds that this process worked."""
    start = process_time_ns()
    if "loop" in _state:
        _state["loop"].run_until_complete(_until_answered(_state.get("answered", 0) + count))
    else:
        _accept(count)
    return process_time_ns() - start


def _accept(count: int) -> None:
    listener, context = _state["server"]
    for _ in range(count):
        raw, _ = listener.accept()
        raw.settimeout(_TIMEOUT)
        end = context.wrap_socket(raw, server_side=True)
        end.sendall(receive(end, _MESSAGE))
        _held.append(end)


def answer(times: int) -> None:
    """Answer the first connection, so many times."""
    if "loop" in _state:
        _state["loop"].run_until_complete(_until_answered(_state["answered"] + times))
        return
    for _ in range(times):
        _held[0].sendall(receive(_held[0], _MESSAGE))


# ---- the client ----


@cache
def _client(way: str, directory: str) -> Any:
    return _contexts(way, directory)[1]


def connect(way: str, directory: str, path: str, count: int) -> int:
    """Make so many more and say something through each; the nanoseconds of this process' work."""
    memory.room_for_files(len(_held) + count + RESERVE)
    context = _client(way, directory)
    start = process_time_ns()
    for _ in range(count):
        raw = socket.socket(socket.AF_UNIX)
        raw.settimeout(_TIMEOUT)
        raw.connect(path)
        end = context.wrap_socket(raw, server_hostname=certificates.NAME)
        end.sendall(bytes(_MESSAGE))
        receive(end, _MESSAGE)
        _held.append(end)
    return process_time_ns() - start


def ask(times: int) -> float:
    """Nanoseconds for a message through the first connection and its answer: the median."""
    spent = []
    for _ in range(times):
        start = perf_counter_ns()
        _held[0].sendall(bytes(_MESSAGE))
        receive(_held[0], _MESSAGE)
        spent.append(perf_counter_ns() - start)
    return statistics.median(spent)


# ---- both ----


def uses() -> int:
    """Bytes of resident memory."""
    gc.collect()
    return memory.resident()


ANSWERS = {function.__name__: function for function in (listen, accept, answer, connect, ask, uses)}
