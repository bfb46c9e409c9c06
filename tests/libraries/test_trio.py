"""trio's SSLStream, client and server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any

import trio
from library_peers import HOST, TIMEOUT, Answer, Http, Serving, Stream
from library_tests import ClientTests, ServerTests

from tongsuo_py import ssl


class TestTrioClient(ClientTests):
    library = "trio"
    untrusted = trio.BrokenResourceError
    cut_off = trio.BrokenResourceError

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        async def main() -> list[Answer]:
            with trio.fail_after(TIMEOUT):
                stream = await trio.open_ssl_over_tcp_stream(
                    "localhost", port, ssl_context=context, https_compatible=False
                )
                async with stream:
                    await stream.do_handshake()
                    http = Http(Stream(stream.receive_some, stream.send_all), stream)
                    return [await http.post(body) for body in bodies]

        yield from trio.run(main)


class TestTrioServer(ServerTests):
    library = "trio"
    cut_off = trio.BrokenResourceError
    alerts = False

    @contextmanager
    def serve(self, context: ssl.SSLContext) -> Iterator[Serving]:
        ready: Future[trio.lowlevel.TrioToken] = Future()
        serving, scope = Serving(), trio.CancelScope()

        async def handle(stream: trio.SSLStream[Any]) -> None:
            try:
                await stream.do_handshake()
            except trio.BrokenResourceError:  # a client that is refused
                return
            received = Stream(stream.receive_some, stream.send_all)
            http = Http(received, stream)
            try:
                while True:
                    await http.answer()
            except (EOFError, trio.BrokenResourceError) as error:
                if received.has_a_part:  # a client that has no more to ask may simply be gone
                    serving.failures.put(error)

        async def main() -> None:
            with scope:
                async with trio.open_nursery() as nursery:
                    listeners = await nursery.start(
                        partial(trio.serve_ssl_over_tcp, handle, 0, context, host=HOST)
                    )
                    serving.port = listeners[0].transport_listener.socket.getsockname()[1]
                    ready.set_result(trio.lowlevel.current_trio_token())

        thread = threading.Thread(target=trio.run, args=[main])
        thread.start()
        token = ready.result(TIMEOUT)
        try:
            yield serving
        finally:
            token.run_sync_soon(scope.cancel)
            thread.join(TIMEOUT)
            assert not thread.is_alive()
