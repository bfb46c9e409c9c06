"""httpx: its client without and with asyncio, and with trio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import trio
from library_peers import TIMEOUT, Answer
from library_tests import ClientTests

from tongsuo_py import ssl


def version(response: httpx.Response) -> str | None:
    return response.extensions["network_stream"].get_extra_info("ssl_object").version()


class TestHttpx(ClientTests):
    library = "httpx.Client"
    untrusted = httpx.ConnectError
    cut_off = httpx.RemoteProtocolError

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        with httpx.Client(verify=context, timeout=TIMEOUT) as client:
            for body in bodies:
                with client.stream(
                    "POST", f"https://localhost:{port}/echo", content=body
                ) as response:
                    seen = version(response)
                    yield Answer.of(response.headers, response.read(), seen)


class TestHttpxAsyncio(ClientTests):
    library = "httpx.AsyncClient, asyncio"
    untrusted = httpx.ConnectError
    cut_off = httpx.RemoteProtocolError
    run: Callable[..., Any] = staticmethod(asyncio.run)

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        async def main() -> None:
            async with httpx.AsyncClient(verify=context, timeout=TIMEOUT) as client:
                for body in bodies:
                    async with client.stream(
                        "POST", f"https://localhost:{port}/echo", content=body
                    ) as response:
                        seen = version(response)
                        answers.append(Answer.of(response.headers, await response.aread(), seen))

        answers: list[Answer] = []
        self.run(main())
        yield from answers


class TestHttpxTrio(TestHttpxAsyncio):
    library = "httpx.AsyncClient, trio"

    @staticmethod
    def run(main: Any) -> None:
        async def whole() -> None:
            await main

        trio.run(whole)
