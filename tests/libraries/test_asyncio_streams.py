"""asyncio's streams, its two ways to start TLS later, and the same with uvloop's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

import uvloop
from library_peers import HOST, START_TLS, TIMEOUT, Answer, Http, Serving, in_a_loop
from library_tests import ClientTests, ServerTests

from tongsuo_py import ssl


class Stream:
    """A reader and a writer in the shape that ``Http`` wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.readuntil, self.readexactly = reader.readuntil, reader.readexactly
        self._writer = writer

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()


def http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Http:
    return Http(Stream(reader, writer), writer.get_extra_info("ssl_object"))


class Protocol(asyncio.Protocol):
    """A protocol for ``loop.start_tls``, without asyncio's own streams: it feeds a reader."""

    def __init__(self, serve: Callable[[Protocol], None] | None = None) -> None:
        self.reader = asyncio.StreamReader()
        self.readuntil, self.readexactly = self.reader.readuntil, self.reader.readexactly
        self._serve = serve

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        if self._serve is not None:
            self._serve(self)
            self._serve = None

    def data_received(self, data: bytes) -> None:
        self.reader.feed_data(data)

    def connection_lost(self, error: Exception | None) -> None:
        if error is None:
            self.reader.feed_eof()
        else:
            self.reader.set_exception(error)

    async def send(self, data: bytes) -> None:
        self.transport.write(data)

    async def start_tls(self, context: ssl.SSLContext, **kwargs: Any) -> Http:
        loop = asyncio.get_running_loop()
        self.transport = await loop.start_tls(self.transport, self, context, **kwargs)
        return Http(self, self.transport.get_extra_info("ssl_object"))


# ---- clients ----


class StreamsClient(ClientTests):
    untrusted = ssl.SSLCertVerificationError
    cut_off = asyncio.IncompleteReadError
    run: Callable[..., Any]

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        async def main() -> list[Answer]:
            async with asyncio.timeout(TIMEOUT), self.connect(port, context) as connection:
                return [await connection.post(body) for body in bodies]

        yield from self.run(main())

    @asynccontextmanager
    async def connect(self, port: int, context: ssl.SSLContext) -> AsyncIterator[Http]:
        reader, writer = await asyncio.open_connection(
            HOST, port, ssl=context, server_hostname="localhost"
        )
        yield http(reader, writer)
        writer.close()
        await writer.wait_closed()


class StartTlsClient(StreamsClient):
    start_tls = True

    @asynccontextmanager
    async def connect(self, port: int, context: ssl.SSLContext) -> AsyncIterator[Http]:
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(START_TLS)
        assert await reader.readexactly(len(START_TLS)) == START_TLS
        await writer.start_tls(context, server_hostname="localhost")
        yield http(reader, writer)
        writer.close()
        await writer.wait_closed()


class LoopStartTlsClient(StreamsClient):
    start_tls = True

    @asynccontextmanager
    async def connect(self, port: int, context: ssl.SSLContext) -> AsyncIterator[Http]:
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(Protocol, HOST, port)
        await protocol.send(START_TLS)
        assert await protocol.readexactly(len(START_TLS)) == START_TLS
        yield await protocol.start_tls(context, server_hostname="localhost")
        protocol.transport.close()
        await protocol.reader.read()


# ---- servers ----


class StreamsServer(ServerTests):
    cut_off = asyncio.IncompleteReadError
    alerts = False
    run: Callable[..., Any]

    def serve(self, context: ssl.SSLContext) -> AbstractContextManager[Serving]:
        return in_a_loop(self._serve(context), self.run)

    @asynccontextmanager
    async def _serve(self, context: ssl.SSLContext) -> AsyncIterator[Serving]:
        serving = Serving()
        self.tasks: set[asyncio.Task[None]] = set()
        server = await self.listen(context, serving)
        serving.port = server.sockets[0].getsockname()[1]
        try:
            yield serving
        finally:
            server.close()
            await asyncio.gather(*self.tasks)
            await server.wait_closed()

    async def listen(self, context: ssl.SSLContext, serving: Serving) -> asyncio.Server:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self.answer(http(reader, writer), writer, serving)

        return await asyncio.start_server(handle, HOST, 0, ssl=context)

    async def answer(self, connection: Http, writer: Any, serving: Serving) -> None:
        """Answer until the client ends it."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        try:
            while True:
                await connection.answer()
        except Exception as error:
            if not isinstance(error, asyncio.IncompleteReadError) or error.partial:
                serving.failures.put(error)
        finally:
            writer.close()


class StartTlsServer(StreamsServer):
    start_tls = True

    async def listen(self, context: ssl.SSLContext, serving: Serving) -> asyncio.Server:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            assert await reader.readexactly(len(START_TLS)) == START_TLS
            writer.write(START_TLS)
            try:
                await writer.start_tls(context)
            except ssl.SSLError:  # a client that is refused; the loop has closed its connection
                return
            await self.answer(http(reader, writer), writer, serving)

        return await asyncio.start_server(handle, HOST, 0)


class LoopStartTlsServer(StreamsServer):
    start_tls = True

    async def listen(self, context: ssl.SSLContext, serving: Serving) -> asyncio.Server:
        async def handle(protocol: Protocol) -> None:
            assert await protocol.readexactly(len(START_TLS)) == START_TLS
            await protocol.send(START_TLS)
            try:
                connection = await protocol.start_tls(context, server_side=True)
            except ssl.SSLError:
                return
            await self.answer(connection, protocol.transport, serving)

        def start(protocol: Protocol) -> None:
            self.tasks.add(asyncio.ensure_future(handle(protocol)))

        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: Protocol(start), HOST, 0)


# ---- each with both event loops ----


class TestAsyncioClient(StreamsClient):
    library, run = "asyncio streams", staticmethod(asyncio.run)


class TestAsyncioServer(StreamsServer):
    library, run = "asyncio streams", staticmethod(asyncio.run)


class TestAsyncioStartTlsClient(StartTlsClient):
    library, run = "asyncio StreamWriter.start_tls", staticmethod(asyncio.run)


class TestAsyncioStartTlsServer(StartTlsServer):
    library, run = "asyncio StreamWriter.start_tls", staticmethod(asyncio.run)


class TestAsyncioLoopStartTlsClient(LoopStartTlsClient):
    library, run = "asyncio loop.start_tls", staticmethod(asyncio.run)


class TestAsyncioLoopStartTlsServer(LoopStartTlsServer):
    library, run = "asyncio loop.start_tls", staticmethod(asyncio.run)


class TestUvloopClient(StreamsClient):
    library, run = "uvloop streams", staticmethod(uvloop.run)


class TestUvloopServer(StreamsServer):
    library, run = "uvloop streams", staticmethod(uvloop.run)


class TestUvloopStartTlsClient(StartTlsClient):
    library, run = "uvloop StreamWriter.start_tls", staticmethod(uvloop.run)


class TestUvloopStartTlsServer(StartTlsServer):
    library, run = "uvloop StreamWriter.start_tls", staticmethod(uvloop.run)


class TestUvloopLoopStartTlsClient(LoopStartTlsClient):
    library, run = "uvloop loop.start_tls", staticmethod(uvloop.run)


class TestUvloopLoopStartTlsServer(LoopStartTlsServer):
    library, run = "uvloop loop.start_tls", staticmethod(uvloop.run)
