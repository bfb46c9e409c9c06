"""asyncio's streams over TLCP and TLS, with the contexts as they are."""

from __future__ import annotations

import asyncio
import contextlib
import ssl as stdlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from tongsuo_py import ssl

TIMEOUT = 30
HOST = "127.0.0.1"
X509_V_ERR_HOSTNAME_MISMATCH = 62
X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN = 19
X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY = 20
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(params=["TLCP", "TLCP both sides", "TLS"])
def contexts(
    request: pytest.FixtureRequest, tls: SimpleNamespace, tlcp: Any
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's and a client's."""
    if request.param == "TLS":
        return tls_contexts(ssl, tls)
    mutual = request.param == "TLCP both sides"
    return tlcp.server(mutual=mutual), tlcp.client(pair=mutual)


def tls_contexts(module: Any, tls: SimpleNamespace) -> tuple[Any, Any]:
    server = module.SSLContext(stdlib.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.ec)
    client = module.SSLContext(stdlib.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(tls.ca)
    return server, client


def run(main: Awaitable[None]) -> None:
    """Run to the end; nothing may be left for the event loop's exception handler."""

    async def whole() -> None:
        problems: list[Any] = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: problems.append(context))
        await asyncio.wait_for(main, TIMEOUT)
        await asyncio.sleep(0)
        assert problems == []

    asyncio.run(whole())


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    finally:
        await close(writer)


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def serving(handler: Handler, context: Any, **kwargs: Any) -> AsyncIterator[int]:
    """A server's port; at the end every handler has returned."""
    tasks: list[asyncio.Task[Any]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.append(task)
        await handler(reader, writer)

    server = await asyncio.start_server(handle, HOST, 0, ssl=context, backlog=200, **kwargs)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await asyncio.gather(*tasks)
        await server.wait_closed()


@contextlib.asynccontextmanager
async def connected(
    port: int, context: Any, name: str = "localhost", **kwargs: Any
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(
        HOST, port, ssl=context, server_hostname=name, **kwargs
    )
    try:
        yield reader, writer
    finally:
        await close(writer)


async def ask(port: int, context: Any, data: bytes, name: str = "localhost") -> str:
    """Send data to an echo server and check what comes back; the protocol's version."""
    async with connected(port, context, name) as (reader, writer):

        async def send() -> None:
            writer.write(data)
            await writer.drain()

        _, received = await asyncio.gather(send(), reader.readexactly(len(data)))
        assert received == data
        return str(writer.get_extra_info("ssl_object").version())


def test_echo_and_what_is_known_of_the_peer(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    server, client = contexts

    async def main() -> None:
        async with serving(echo, server) as port, connected(port, client) as (reader, writer):
            writer.write(b"one line\n")
            assert await reader.readline() == b"one line\n"
            info = writer.get_extra_info
            sslobj = info("ssl_object")
            assert isinstance(sslobj, ssl.SSLObject)
            assert isinstance(sslobj, stdlib.SSLObject)
            assert info("sslcontext") is client
            assert info("peercert") == sslobj.getpeercert()
            assert ("DNS", "localhost") in info("peercert")["subjectAltName"]
            assert info("cipher") == sslobj.cipher()
            assert info("compression") is None
            assert info("peername") == (HOST, port)
            if client.protocol == ssl.PROTOCOL_NTLS_CLIENT:
                assert sslobj.version() == "NTLSv1.1"
                assert "SM4" in info("cipher")[0]
                assert sslobj.get_peer_enc_cert(True) != sslobj.getpeercert(True)

    run(main())


def test_megabytes_both_ways(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = contexts
    data = bytes(range(256)) * 12_000

    async def main() -> None:
        async with serving(echo, server) as port:
            await ask(port, client, data)

    run(main())


def test_fifty_at_once(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = contexts

    async def main() -> None:
        async with serving(echo, server) as port, asyncio.TaskGroup() as group:
            for number in range(50):
                group.create_task(ask(port, client, b"%d" % number * 1000))

    run(main())


def test_both_kinds_of_client_on_one_port(tls: SimpleNamespace, tlcp: Any) -> None:
    server, tls_client = tls_contexts(ssl, tls)
    server.enable_ntls()
    tlcp.trust.server.configure(server)
    server.load_cert_chain(tls.ec)
    _, theirs = tls_contexts(stdlib, tls)

    async def main() -> None:
        async with serving(echo, server) as port:
            calls = [
                ask(port, context, b"data" * 5000)
                for _ in range(8)
                for context in (tlcp.client(), tls_client, theirs)
            ]
            assert set(await asyncio.gather(*calls)) == {"NTLSv1.1", "TLSv1.3"}

    run(main())


def test_our_client_and_the_standard_library_s_server(tls: SimpleNamespace) -> None:
    for server_module, client_module in ((stdlib, ssl), (ssl, stdlib)):
        server, _ = tls_contexts(server_module, tls)
        _, client = tls_contexts(client_module, tls)

        async def main(server: Any, client: Any) -> None:
            async with serving(echo, server) as port:
                await ask(port, client, bytes(500_000))

        run(main(server, client))


@pytest.mark.parametrize("kind", ["another CA", "another name", "another address"])
def test_a_server_that_is_not_the_right_one(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], trust: SimpleNamespace, kind: str
) -> None:
    server, client = contexts
    name = {"another name": "elsewhere.example", "another address": "127.0.0.9"}.get(
        kind, "localhost"
    )
    if kind == "another CA":
        client = ssl.SSLContext(client.protocol)
        trust.other_ca.configure_trust(client)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda *_: None)  # the server's side of it
        async with serving(echo, server) as port:
            with pytest.raises(ssl.SSLCertVerificationError) as caught:
                await asyncio.open_connection(HOST, port, ssl=client, server_hostname=name)
            error: Any = caught.value
            assert error.reason == "CERTIFICATE_VERIFY_FAILED"
            assert error.verify_message
            assert (
                error.verify_code
                in {
                    "another CA": (
                        X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
                        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
                    ),
                    "another name": (X509_V_ERR_HOSTNAME_MISMATCH,),
                    "another address": (64,),
                }[kind]
            )

    run(main())


def test_a_client_without_a_certificate(tlcp: Any) -> None:
    server = tlcp.server("ECC-SM2-SM4-GCM-SM3", mutual=True)
    client = tlcp.client("ECC-SM2-SM4-GCM-SM3", pair=False)

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with serving(echo, server) as port:
            # asyncio drops what its server would say in an alert, in every protocol.
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                await asyncio.open_connection(HOST, port, ssl=client, server_hostname="localhost")

    run(main())


def test_a_server_that_says_nothing(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await close(writer)

    async def main() -> None:
        async with serving(silent, None) as port:
            with pytest.raises(ConnectionAbortedError, match="SSL handshake is taking longer"):
                await asyncio.open_connection(
                    HOST,
                    port,
                    ssl=contexts[1],
                    server_hostname="localhost",
                    ssl_handshake_timeout=0.2,
                )

    run(main())


def test_a_client_that_says_nothing(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        async with serving(echo, contexts[0], ssl_handshake_timeout=0.2) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(b"\x16")  # no more of a record than its first byte
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
            await close(writer)

    run(main())


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"\x15\x01\x01"])
def test_a_server_that_speaks_something_else(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext], answer: bytes
) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(answer)
        await close(writer)

    async def main() -> None:
        async with serving(other, None) as port:
            with pytest.raises((ssl.SSLError, ConnectionResetError)):
                await asyncio.open_connection(
                    HOST, port, ssl=contexts[1], server_hostname="localhost"
                )

    run(main())


class Lines(asyncio.Protocol):
    """What a loop's own interface is used with: whole lines, in a queue."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[bytes] = asyncio.Queue()
        self.lost = asyncio.get_running_loop().create_future()
        self._rest = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self.lines.put_nowait(line)

    def connection_lost(self, error: BaseException | None) -> None:
        self.lost.set_result(error)


async def plain_first(
    context: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    assert await reader.readline() == b"STARTTLS\n"
    writer.write(b"GO\n")
    await writer.drain()
    await writer.start_tls(context)
    assert await reader.readline() == b"under cover\n"
    writer.write(b"indeed\n")
    await writer.drain()
    assert await reader.read() == b""
    await close(writer)


def test_start_tls_of_a_writer(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = contexts

    async def main() -> None:
        async with serving(partial(plain_first, server), None) as port:
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(b"STARTTLS\n")
            assert await reader.readline() == b"GO\n"
            await writer.start_tls(client, server_hostname="localhost")
            assert writer.get_extra_info("cipher")
            writer.write(b"under cover\n")
            assert await reader.readline() == b"indeed\n"
            await close(writer)

    run(main())


def test_start_tls_of_a_loop(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = contexts

    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with serving(partial(plain_first, server), None) as port:
            plain, protocol = await loop.create_connection(Lines, HOST, port)
            plain.write(b"STARTTLS\n")
            assert await protocol.lines.get() == b"GO"
            transport = await loop.start_tls(plain, protocol, client, server_hostname="localhost")
            assert transport is not None
            assert transport.get_extra_info("cipher")
            transport.write(b"under cover\n")
            assert await protocol.lines.get() == b"indeed"
            transport.close()
            assert await protocol.lost is None

    run(main())


def test_an_end_with_and_without_waiting(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    server, client = contexts
    ended = []

    async def read_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(await reader.read())
        await close(writer)

    async def main() -> None:
        async with serving(read_all, server) as port:
            for wait in (True, False):
                _, writer = await asyncio.open_connection(
                    HOST, port, ssl=client, server_hostname="localhost"
                )
                writer.write(b"all of it" * 10_000)
                writer.close()
                if wait:
                    await writer.wait_closed()
            while len(ended) < 2:
                await asyncio.sleep(0.01)
        assert ended == [b"all of it" * 10_000] * 2

    run(main())


def test_a_connection_that_is_cut(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client = contexts

    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        writer.transport.abort()

    async def main() -> None:
        async with serving(cut, server) as port, connected(port, client) as (reader, writer):
            writer.write(b"?")
            with contextlib.suppress(OSError):
                assert await reader.read() == b""

    run(main())
