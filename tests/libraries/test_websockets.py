"""websockets, with threads and with asyncio; the other side is the one with threads, over ours."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import websockets.asyncio.client
import websockets.asyncio.server
import websockets.sync.client
import websockets.sync.server
from library_peers import (
    HOST,
    TIMEOUT,
    Answer,
    Serving,
    connect,
    headers_of,
    in_a_loop,
)
from library_tests import ClientTests, ServerTests
from websockets.exceptions import ConnectionClosedError

from tongsuo_py import ssl

PART_OF_A_MESSAGE = b"\x7f" + (100_000).to_bytes(8, "big") + bytes(50_000)


def answer_of(message: bytes, version: str | None) -> Answer:
    head, _, body = message.partition(b"\n")
    return Answer.of(json.loads(head), body, version)


def message(body: bytes, tls: Any) -> bytes:
    return json.dumps(headers_of(tls)).encode() + b"\n" + body


@contextmanager
def serving_websockets(context: ssl.SSLContext, *, cut_off: bool = False) -> Iterator[Serving]:
    """The server with threads."""
    serving = Serving()

    def echo(connection: websockets.sync.server.ServerConnection) -> None:
        try:
            for body in connection:
                if cut_off:
                    connection.socket.sendall(b"\x82" + PART_OF_A_MESSAGE)
                    socket.socket.shutdown(connection.socket, socket.SHUT_WR)
                else:
                    connection.send(message(body, connection.socket))
        except ConnectionClosedError as error:
            serving.failures.put(error)

    with websockets.sync.server.serve(echo, HOST, 0, ssl=context) as server:
        serving.port = server.socket.getsockname()[1]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield serving
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Client:
    """The client with threads, over our SSLSocket."""

    tls: ssl.SSLSocket
    connection: websockets.sync.client.ClientConnection

    def post(self, body: bytes) -> Answer:
        self.connection.send(body)
        return answer_of(self.connection.recv(TIMEOUT), self.tls.version())


class WebsocketsClient(ClientTests):
    untrusted = ssl.SSLCertVerificationError
    cut_off = ConnectionClosedError

    @contextmanager
    def peer(
        self, context: ssl.SSLContext, *, cut_off: bool = False, raises: Any = ()
    ) -> Iterator[int]:
        with serving_websockets(context, cut_off=cut_off) as serving:
            yield serving.port


class TestSyncClient(WebsocketsClient):
    library = "websockets.sync"

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        with websockets.sync.client.connect(
            f"wss://localhost:{port}", ssl=context, proxy=None
        ) as connection:
            for body in bodies:
                connection.send(body)
                yield answer_of(connection.recv(TIMEOUT), connection.socket.version())


class TestAsyncioClient(WebsocketsClient):
    library = "websockets.asyncio"

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        async def main() -> None:
            async with (
                asyncio.timeout(TIMEOUT),
                websockets.asyncio.client.connect(
                    f"wss://localhost:{port}", ssl=context, proxy=None
                ) as connection,
            ):
                tls = connection.transport.get_extra_info("ssl_object")
                for body in bodies:
                    await connection.send(body)
                    answers.append(answer_of(await connection.recv(), tls.version()))

        answers: list[Answer] = []
        asyncio.run(main())
        yield from answers


class WebsocketsServer(ServerTests):
    cut_off = ConnectionClosedError

    @contextmanager
    def peer(self, port: int, context: ssl.SSLContext, session: Any = None) -> Iterator[Any]:
        tls = connect(port, context, session)
        with websockets.sync.client.connect(f"ws://localhost:{port}", sock=tls) as connection:
            yield Client(tls, connection)

    def part_of_a_request(self, body: bytes) -> bytes:
        return b"\x82" + bytes([PART_OF_A_MESSAGE[0] | 0x80]) + PART_OF_A_MESSAGE[1:]  # masked


class TestSyncServer(WebsocketsServer):
    library = "websockets.sync"

    def serve(self, context: ssl.SSLContext) -> AbstractContextManager[Serving]:
        return serving_websockets(context)


class TestAsyncioServer(WebsocketsServer):
    library = "websockets.asyncio"
    alerts = False

    def serve(self, context: ssl.SSLContext) -> AbstractContextManager[Serving]:
        return in_a_loop(self._serve(context))

    @asynccontextmanager
    async def _serve(self, context: ssl.SSLContext) -> AsyncIterator[Serving]:
        serving = Serving()

        async def echo(connection: websockets.asyncio.server.ServerConnection) -> None:
            tls = connection.transport.get_extra_info("ssl_object")
            try:
                async for body in connection:
                    await connection.send(message(body, tls))
            except ConnectionClosedError as error:
                serving.failures.put(error)

        async with websockets.asyncio.server.serve(echo, HOST, 0, ssl=context) as server:
            serving.port = next(iter(server.sockets)).getsockname()[1]
            yield serving
