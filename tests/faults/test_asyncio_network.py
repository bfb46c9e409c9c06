"""asyncio's streams through the proxy, as client and as server."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from faulty_proxy import Cut, Proxy
from relay import ANSWER, QUESTION, FaultyWire, Wire, records, undisturbed

from tongsuo_py import ssl

LONG = 20.0  # seconds, for what has to succeed
SHORT = 0.3  # for what may wait in vain
KINDS = ("TLCP mutual", "TLCP beside TLS", "TLS 1.3")


class Talk:
    """A question and its answer between asyncio's server and client, and what came of them."""

    def __init__(self, contexts: tuple[Any, Any], patience: float) -> None:
        self.contexts = contexts
        self.patience = patience  # seconds that each end waits for the other
        self.received = {"server": b"", "client": b""}
        self.errors: dict[str, Exception] = {}
        self.served = asyncio.Event()

    async def _guarded(self, name: str, talk: Coroutine[Any, Any, None]) -> None:
        try:
            await asyncio.wait_for(talk, 2 * self.patience)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.errors[name] = error

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def talk() -> None:
            self.received["server"] = await self._read(reader, len(QUESTION))
            writer.write(ANSWER)
            await writer.drain()
            self.received["server"] += await reader.read()

        await self._guarded("server", talk())
        await self._close(writer)
        self.served.set()

    async def _read(self, reader: asyncio.StreamReader, size: int) -> bytes:
        try:
            return await reader.readexactly(size)
        except asyncio.IncompleteReadError as error:
            if error.partial:
                return error.partial
            raise

    async def _close(self, writer: asyncio.StreamWriter) -> None:
        writer.close()
        try:
            await asyncio.wait_for(writer.wait_closed(), LONG)
        except OSError as error:
            self.errors.setdefault("close", error)

    async def run(self, **kwargs: Any) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda *_: None)  # failed handshakes of a server go there
        server = await asyncio.start_server(
            self._serve,
            "127.0.0.1",
            0,
            ssl=self.contexts[0],
            ssl_handshake_timeout=self.patience,
            ssl_shutdown_timeout=self.patience,
        )

        async def ask() -> None:
            reader, writer = await asyncio.open_connection(
                *proxy.address,
                ssl=self.contexts[1],
                server_hostname="localhost",
                ssl_handshake_timeout=self.patience,
                ssl_shutdown_timeout=self.patience,
            )
            try:
                writer.write(QUESTION)
                await writer.drain()
                self.received["client"] = await self._read(reader, len(ANSWER))
            finally:
                await self._close(writer)

        async with server:
            with Proxy(server.sockets[0].getsockname(), **kwargs) as proxy:
                await self._guarded("client", ask())
                if not self.errors:
                    await asyncio.wait_for(self.served.wait(), LONG)


def talk(contexts: tuple[Any, Any], patience: float = LONG, **kwargs: Any) -> Talk:
    """Run it in a loop of its own; nothing may be left over."""

    async def main() -> Talk:
        result = Talk(contexts, patience)
        await result.run(**kwargs)
        return result

    return asyncio.run(main())


@pytest.mark.parametrize("kind", ["TLCP mutual", "TLCP", "TLCP beside TLS", "TLS 1.2", "TLS 1.3"])
def test_one_byte_at_a_time(contexts: Any, kind: str) -> None:
    result = talk(contexts[kind], bytewise=True)
    assert result.errors == {}
    assert result.received == {"server": QUESTION, "client": ANSWER}


def wires(upward: bool, wire: Wire) -> dict[str, Wire]:
    return {"up" if upward else "down": wire}


def some_offsets(contexts: tuple[Any, Any], upward: bool) -> list[int]:
    outcome = undisturbed(contexts)
    stream = (outcome.up if upward else outcome.down).said
    places = [start + len(record) // 2 for start, record in records(stream)]
    return [0, 4, *places[:2], *places[-3:]]


@pytest.mark.parametrize("upward", [True, False], ids=["to the server", "to the client"])
@pytest.mark.parametrize("kind", KINDS)
def test_pauses(contexts: Any, kind: str, upward: bool) -> None:
    for offset in some_offsets(contexts[kind], upward):
        result = talk(contexts[kind], **wires(upward, FaultyWire("split", offset)))
        assert result.errors == {}, offset
        assert result.received == {"server": QUESTION, "client": ANSWER}


FAULTS: dict[str, Callable[[int], Wire]] = {
    "fin": lambda offset: Cut("fin", offset),
    "reset": lambda offset: Cut("reset", offset),
    "flip": lambda offset: FaultyWire(f"flip {offset % 8}", offset),
    "drop": lambda offset: FaultyWire("drop", offset),
    "repeat": lambda offset: FaultyWire("repeat", offset),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("upward", [True, False], ids=["to the server", "to the client"])
@pytest.mark.parametrize("kind", KINDS)
def test_faults(contexts: Any, kind: str, upward: bool, fault: str) -> None:
    """No wrong byte, an OSError where not all came, and asyncio's own cleaning up works."""
    with warnings.catch_warnings():
        # A transport whose handshake failed is closed by asyncio when it is collected.
        warnings.simplefilter("ignore", ResourceWarning)
        for offset in some_offsets(contexts[kind], upward):
            wire = FAULTS[fault](offset)
            result = talk(contexts[kind], SHORT, **wires(upward, wire))
            assert QUESTION.startswith(result.received["server"]), offset
            assert ANSWER.startswith(result.received["client"]), offset
            if result.received["client"] != ANSWER:
                assert {"client", "close"} & set(result.errors), offset
            for error in result.errors.values():
                # asyncio has a ConnectionResetError without words for an end in the handshake.
                assert isinstance(error, OSError | asyncio.IncompleteReadError), offset
        gc.collect()


def test_a_server_that_holds_back_its_half(contexts: Any) -> None:
    """ssl_handshake_timeout, where the server's messages stop in the middle."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        result = talk(contexts["TLCP"], SHORT, down=Cut("hold", 700))
        gc.collect()
    assert isinstance(result.errors["client"], ConnectionAbortedError)
    assert "SSL handshake is taking longer than" in str(result.errors["client"])
    assert not isinstance(result.errors["client"], ssl.SSLError)
