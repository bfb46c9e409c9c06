"""Nothing grows: sessions read, resumed, stored and dropped, thousands of times."""

from __future__ import annotations

import gc
import os
import sys
import weakref
from types import SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair, Raised
from resuming import Connected, Maker, new_session
from test_ssl_memory_use import LOOPS, does_not_grow

from tongsuo_py import ssl


def test_sessions_read(make: Maker) -> None:
    pair = Connected(make.server(mutual=True), make.client())

    def read() -> None:
        assert pair.session.id
        assert pair.session == pair.session
        assert pair.server.session is not None

    does_not_grow(read)


def test_sessions_offered(make: Maker) -> None:
    server, client = make.server(), make.client()
    kept = new_session(server, client)
    does_not_grow(lambda: MemoryPair(server, client, session=kept), LOOPS // 2)


def test_ten_thousand_sessions_stored_and_dropped(tls: Any, trust: Any) -> None:
    # In TLS 1.3 each connection stores the sessions of two tickets.
    make, store = Maker("TLS 1.3", tls, trust), ssl.MemorySessionStore(limit=100)
    server, client = make.server(), make.client()
    server.session_store = store
    kept = new_session(server, client)

    def resume() -> None:
        nonlocal kept
        pair = Connected(server, client, kept)
        assert pair.reused
        kept = pair.session

    does_not_grow(resume, LOOPS // 2)
    assert len(store) == 100


@pytest.mark.parametrize("stored", [False, True], ids=["by ticket", "from a store"])
def test_resuming(make: Maker, stored: bool) -> None:
    server, client = make.server(mutual=True), make.client()
    if stored:
        server.session_store = ssl.MemorySessionStore(limit=100)
    else:
        server.set_ticket_keys([os.urandom(80), os.urandom(80)])
    kept = new_session(server, client)

    def resume() -> None:
        nonlocal kept
        pair = Connected(server, client, kept)
        assert pair.reused
        pair.server.get_peer_enc_cert()
        kept = pair.session

    does_not_grow(resume, LOOPS // 10)


def test_stores_that_return_garbage(
    tls: SimpleNamespace, trust: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Garbage(ssl.MemorySessionStore):
        def get(self, id: bytes, /) -> Any:
            data = super().get(id) or b""
            return (data[:-1], data + b"\0", b"", None, 1)[turn % 5]

    make, turn = Maker("TLS 1.2", tls, trust), 0
    server, client = make.server(), make.client()
    server.session_store = Garbage(limit=100)
    kept = new_session(server, client)
    monkeypatch.setattr(sys, "unraisablehook", lambda report: None)

    def fail() -> None:
        nonlocal turn
        turn += 1
        assert not Connected(server, client, kept).reused

    does_not_grow(fail, LOOPS // 20)


def test_ticket_keys_changed(make: Maker) -> None:
    server = make.server()
    keys = [os.urandom(80) for _ in range(4)]
    does_not_grow(lambda: server.set_ticket_keys(keys))


def test_ticket_keys_refused(make: Maker) -> None:
    server = make.server()

    def refuse() -> None:
        with Raised():
            server.set_ticket_keys([os.urandom(80), b"short"])

    does_not_grow(refuse)


def test_contexts_with_keys_and_a_store() -> None:
    def make() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
        context.set_ticket_keys([os.urandom(80)])
        context.session_store = ssl.MemorySessionStore()
        context.session_store = ssl.MemorySessionStore()

    does_not_grow(make, LOOPS // 8)


def test_a_store_goes_with_its_context(make: Maker) -> None:
    store = ssl.MemorySessionStore()
    reference = weakref.ref(store)
    server, client = make.server(), make.client()
    server.session_store = store
    pair = Connected(server, client)
    del store, server
    gc.collect()
    assert reference() is not None  # the connection may need it
    del pair
    gc.collect()
    assert reference() is None
