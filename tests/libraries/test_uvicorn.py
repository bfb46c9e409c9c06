"""uvicorn, serving an ASGI application over a context of ours."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from library_peers import HOST, TIMEOUT, Serving, headers_of
from library_tests import ServerTests
from uvicorn.protocols.http.h11_impl import H11Protocol

from tongsuo_py import ssl


class Disconnected(Exception):
    """The application was told ``http.disconnect`` in the middle of a request."""


class Protocol(H11Protocol):
    """uvicorn's, which shows applications their connection: ASGI has no way to tell its version."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.app_state = {"transport": transport}


class TestUvicorn(ServerTests):
    library = "uvicorn"
    cut_off = Disconnected
    alerts = False

    def name(self, error: BaseException) -> str:
        return "http.disconnect"

    @contextmanager
    def serve(self, context: ssl.SSLContext) -> Iterator[Serving]:
        serving = Serving()

        async def echo(
            scope: MutableMapping[str, Any],
            receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
            send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
        ) -> None:
            body, more = b"", True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    serving.failures.put(Disconnected())
                    return
                body += message["body"]
                more = message["more_body"]
            transport = scope["state"]["transport"]
            headers = headers_of(transport.get_extra_info("ssl_object"))
            lines = [(name.encode(), value.encode()) for name, value in headers.items()]
            lines.append((b"content-length", str(len(body)).encode()))
            await send({"type": "http.response.start", "status": 200, "headers": lines})
            await send({"type": "http.response.body", "body": body})

        config = uvicorn.Config(
            echo,
            host=HOST,
            port=0,
            lifespan="off",
            log_level="warning",
            http=Protocol,
            ssl_context_factory=lambda config, default: context,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            deadline = time.monotonic() + TIMEOUT
            while not server.started:
                assert thread.is_alive()
                assert time.monotonic() < deadline
                time.sleep(0.005)
            serving.port = server.servers[0].sockets[0].getsockname()[1]
            yield serving
        finally:
            server.should_exit = True
            thread.join(TIMEOUT)
            assert not thread.is_alive()
