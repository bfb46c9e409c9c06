"""aiohttp: client and server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from library_peers import HOST, TIMEOUT, Answer, Serving, headers_of, in_a_loop
from library_tests import ClientTests, ServerTests

from tongsuo_py import ssl


class Response(aiohttp.ClientResponse):
    """One that remembers its connection's version, which the last byte of a body takes along."""

    async def start(self, connection: Any) -> aiohttp.ClientResponse:
        self.tls_version = connection.transport.get_extra_info("ssl_object").version()
        return await super().start(connection)


class TestAiohttpClient(ClientTests):
    library = "aiohttp"
    untrusted = aiohttp.ClientConnectorCertificateError
    cut_off = aiohttp.ClientPayloadError

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        async def main() -> list[Answer]:
            answers = []
            timeout = aiohttp.ClientTimeout(TIMEOUT)
            async with aiohttp.ClientSession(response_class=Response, timeout=timeout) as session:
                for body in bodies:
                    async with session.post(
                        f"https://localhost:{port}/echo", data=body, ssl=context
                    ) as response:
                        received = await response.read()
                        answers.append(Answer.of(response.headers, received, response.tls_version))
            return answers

        yield from asyncio.run(main())


class TestAiohttpServer(ServerTests):
    library = "aiohttp"
    cut_off = ConnectionResetError
    alerts = False

    def serve(self, context: ssl.SSLContext) -> AbstractContextManager[Serving]:
        return in_a_loop(self._serve(context))

    @asynccontextmanager
    async def _serve(self, context: ssl.SSLContext) -> AsyncIterator[Serving]:
        serving = Serving()

        async def echo(request: web.Request) -> web.Response:
            try:
                body = await request.read()
            except Exception as error:
                serving.failures.put(error)
                raise
            tls = request.transport.get_extra_info("ssl_object")
            return web.Response(body=body, headers=headers_of(tls))

        app = web.Application()
        app.router.add_post("/echo", echo)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, HOST, 0, ssl_context=context)
            await site.start()
            serving.port = runner.addresses[0][1]
            yield serving
        finally:
            await runner.cleanup()
