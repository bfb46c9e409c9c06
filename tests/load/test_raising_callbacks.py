"""Callbacks that raise, in many threads and many times: only their own connection suffers."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from amounts import amount
from peers import MemoryPair, Raised, queue_is_empty
from resources import growth

from tongsuo_py import pki, ssl

THREADS = 16
TURNS = 10
PARTS = 4
PART = amount(100, 1_000)
LOST = 500  # bytes for each connection; an SSL object alone would be some 10,000


class Refused(Exception):
    pass


@pytest.fixture
def unraisable(monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException] | None]:
    """What went to sys.unraisablehook: the kinds alone, the exceptions hold connections."""
    kinds: list[type[BaseException] | None] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: kinds.append(report.exc_type))
    return kinds


def by_thread(*_: object) -> None:
    """A callback that raises in every other thread."""
    if int(threading.current_thread().name) % 2:
        raise Refused


def at_server_name(server: Any, client: Any, callback: Callable[..., None]) -> None:
    server.sni_callback = callback


def at_message(server: Any, client: Any, callback: Callable[..., None]) -> None:
    client._msg_callback = callback


CALLBACKS = [at_server_name, at_message]


def in_threads(work: Callable[[], Any]) -> list[Any]:
    """What ``work`` returned in threads whose names are numbers."""
    results: list[Any] = [None] * THREADS

    def run(number: int) -> None:
        results[number] = work()

    threads = [
        threading.Thread(target=run, args=(number,), name=str(number)) for number in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.parametrize("install", CALLBACKS)
def test_in_every_other_thread(contexts: Any, install: Any, unraisable: list[Any]) -> None:
    server, client = contexts.server(), contexts.client()
    install(server, client, by_thread)

    def work() -> Any:
        results = []
        for _ in range(TURNS):
            pair = MemoryPair(server, client)
            with Raised() as caught:
                pair.handshake()
                pair.send(pair.client, pair.server, b"data")
            results.append(type(caught.error))
        return results, queue_is_empty()

    failure = ssl.SSLError if install is at_server_name else Refused
    results = in_threads(work)
    assert results[::2] == [([type(None)] * TURNS, True)] * (THREADS // 2)
    assert results[1::2] == [([failure] * TURNS, True)] * (THREADS // 2)
    reported = TURNS * THREADS // 2 if install is at_server_name else 0
    assert unraisable == [Refused] * reported


@pytest.mark.parametrize("install", CALLBACKS)
def test_nothing_is_kept(contexts: Any, install: Any, unraisable: list[Any]) -> None:
    server, client = contexts.server(), contexts.client()

    def refuse(*_: object) -> None:
        raise Refused

    install(server, client, refuse)

    def work() -> None:
        for _ in range(PART):
            with Raised() as caught:
                MemoryPair(server, client).handshake()
            assert isinstance(caught.error, ssl.SSLError | Refused)
        unraisable.clear()

    work()
    grown = growth(work, PARTS)
    assert min(grown) < LOST * PART, grown


def test_passwords(tmp_path: Any) -> None:
    """One context for each thread, one encrypted key for all of them."""
    ca = pki.CA.create("Root")
    ca.issue_pair("localhost").save(tmp_path, password=b"secret")

    def password() -> bytes:
        by_thread()
        return b"secret"

    def work() -> Any:
        context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
        with Raised() as caught:
            context.load_ntls_cert_pair(
                *(tmp_path / name for name in ("sign.pem", "sign.key", "enc.pem", "enc.key")),
                password=password,
            )
        return type(caught.error), queue_is_empty()

    results = in_threads(work)
    assert results[::2] == [(type(None), True)] * (THREADS // 2)
    assert results[1::2] == [(Refused, True)] * (THREADS // 2)


def test_pre_shared_keys(unraisable: list[Any]) -> None:
    server, client = (
        ssl.SSLContext(protocol) for protocol in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT)
    )
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE

    def key(identity: str | None) -> bytes:
        by_thread()
        return bytes(32)

    server.set_psk_server_callback(key)
    client.set_psk_client_callback(lambda hint: ("meter", bytes(32)))

    def work() -> Any:
        kinds = []
        for _ in range(TURNS):
            with Raised() as caught:
                pair = MemoryPair(server, client, None)
                pair.handshake()
                pair.send(pair.client, pair.server, b"data")
            kinds.append(type(caught.error))
        return kinds, queue_is_empty()

    results = in_threads(work)
    assert results[::2] == [([type(None)] * TURNS, True)] * (THREADS // 2)
    assert results[1::2] == [([ssl.SSLError] * TURNS, True)] * (THREADS // 2)
    assert unraisable == [Refused] * (TURNS * THREADS // 2)


def test_while_another_thread_looks_at_the_connection(contexts: Any) -> None:
    """The callback looks at its own connection, as the program may; others wait for it to end."""
    server, client = contexts.server(), contexts.client()
    inside = threading.Event()
    seen: list[Any] = []

    def look(connection: Any, name: str | None, context: Any) -> None:
        inside.set()
        for _ in range(100):
            seen.append((connection.version(), connection.pending(), connection.context is context))

    server.sni_callback = look
    pair = MemoryPair(server, client)
    with ThreadPoolExecutor(1) as pool:

        def others() -> None:
            assert inside.wait(20)
            for _ in range(100):
                pair.server.version()
                pair.server.cipher()
                pair.server.shared_ciphers()

        future = pool.submit(others)
        pair.handshake()
        future.result(20)
    assert seen == [(None, 0, True)] * 100
