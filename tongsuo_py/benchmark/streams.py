"""asyncio's streams over TCP, both ends on one event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from tongsuo_py.benchmark.memory import room_for_files

#: What the reader asks for at a time; also how much asyncio lets wait before it stops reading.
CHUNK = 65536

End = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_MESSAGE = bytes(64)  # what each of many connections sends there and back


class Streams:
    """A server and its clients, by ``start_server`` and ``open_connection`` with these contexts.

    Its functions run the event loop until what they do is done.
    """

    def __init__(self, server: Any, client: Any) -> None:
        self._contexts = (server, client)
        self._loop = asyncio.new_event_loop()
        self._accepted: asyncio.Queue[End] = asyncio.Queue()
        self._server: asyncio.Server | None = None
        self._ends: tuple[End, End] | None = None
        self._answering: set[asyncio.Task[None]] = set()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._loop.run_until_complete(work)

    def handshake(self) -> None:
        """Connect, shake hands on both sides, and close."""
        self._run(self._handshake())

    def transfer(self, data: bytes, total: int) -> None:
        """Carry ``total`` bytes from the client to the server, written in pieces of ``data``."""
        self._run(self._transfer(data, total))

    def echo(self, data: bytes) -> None:
        """Send ``data`` to the server, and back."""
        self._run(self._echo(data))

    def connections(self, count: int) -> None:
        """Open so many connections at once, send 64 bytes there and back on each, close them."""
        self._run(self._connections(count))

    def close(self) -> None:
        """Close the connections, the server and the loop."""
        self._run(self._close())
        self._loop.close()

    async def _pair(self) -> tuple[End, End]:
        """A new connection: the client's end, and the server's."""
        server, client = self._contexts
        if self._server is None:

            async def accept(*end: Any) -> None:
                await self._accepted.put(end)

            self._server = await asyncio.start_server(
                accept, "127.0.0.1", 0, ssl=server, limit=CHUNK
            )
        port = self._server.sockets[0].getsockname()[1]
        end = await asyncio.open_connection(
            "127.0.0.1", port, ssl=client, server_hostname="localhost", limit=CHUNK
        )
        return end, await self._accepted.get()

    async def _lasting(self) -> tuple[End, End]:
        if self._ends is None:
            self._ends = await self._pair()
        return self._ends

    async def _handshake(self) -> None:
        for _, writer in await self._pair():
            writer.transport.abort()

    async def _transfer(self, data: bytes, total: int) -> None:
        (_, writer), (reader, _) = await self._lasting()

        async def send() -> None:
            for _ in range(total // len(data)):
                writer.write(data)
                await writer.drain()

        async def receive() -> None:
            received = 0
            while received < total:
                received += len(await reader.read(CHUNK))

        await asyncio.gather(send(), receive())

    async def _echo(self, data: bytes) -> None:
        (our_reader, our_writer), (their_reader, their_writer) = await self._lasting()
        our_writer.write(data)
        their_writer.write(await their_reader.readexactly(len(data)))
        await our_reader.readexactly(len(data))

    async def _connections(self, count: int) -> None:
        room_for_files(2 * count + 100)  # both ends are ours
        # All of them at once would overrun the queue that a system keeps of those not accepted.
        server = await asyncio.start_server(
            self._answer, "127.0.0.1", 0, ssl=self._contexts[0], backlog=4 * count
        )
        async with server:
            port = server.sockets[0].getsockname()[1]
            everyone = asyncio.gather(*(self._ask(port) for _ in range(count)))
            await everyone
            while self._answering:
                await asyncio.gather(*self._answering)

    async def _ask(self, port: int) -> None:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=self._contexts[1], server_hostname="localhost"
        )
        writer.write(_MESSAGE)
        await reader.readexactly(len(_MESSAGE))
        writer.close()
        await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._answering.add(task)
        try:
            writer.write(await reader.readexactly(len(_MESSAGE)))
            await reader.read()
            writer.close()
            await writer.wait_closed()
        finally:
            self._answering.discard(task)

    async def _close(self) -> None:
        for _, writer in self._ends or ():
            writer.transport.abort()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
