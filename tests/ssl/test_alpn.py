"""ALPN (RFC 7301), in TLS and in TLCP."""

from __future__ import annotations

import ssl as stdlib
from typing import Any

import pytest
from peers import MemoryPair, session

from tongsuo_py import ssl


@pytest.mark.parametrize(
    ("server_speaks", "client_offers", "chosen"),
    [
        (["h2", "http/1.1"], ["http/1.1", "h2"], "h2"),  # the server's preference
        (["h2", "http/1.1"], ["http/1.1"], "http/1.1"),
        (["x" * 255], ["a", "x" * 255], "x" * 255),
        (["h2"], ["h"], None),  # no part of a name is taken for it
        (["h2"], ["spdy"], None),
        (["h2"], [], None),
        ([], ["h2"], None),
        (None, ["h2"], None),
        (["h2"], None, None),
    ],
)
def test_negotiation(
    fresh: Any, server_speaks: list[str] | None, client_offers: list[str] | None, chosen: str | None
) -> None:
    server, client = fresh.server(), fresh.client()
    if server_speaks is not None:
        server.set_alpn_protocols(server_speaks)
    if client_offers is not None:
        client.set_alpn_protocols(client_offers)
    pair = MemoryPair(server, client)
    assert pair.client.selected_alpn_protocol() is None
    pair.handshake()
    assert pair.client.version() == fresh.version
    assert pair.client.selected_alpn_protocol() == chosen
    assert pair.server.selected_alpn_protocol() == chosen


@pytest.mark.parametrize("fresh", ["TLS 1.2", "TLS 1.3"], indirect=True)
@pytest.mark.parametrize("ours", ["server", "client"])
@pytest.mark.parametrize("offers", [["b", "a"], ["c"]])
def test_with_the_standard_library(fresh: Any, ours: str, offers: list[str]) -> None:
    modules = (ssl, stdlib) if ours == "server" else (stdlib, ssl)
    server, client = fresh.server(modules[0]), fresh.client(modules[1])
    server.set_alpn_protocols(["a", "b"])
    client.set_alpn_protocols(offers)
    with session(server, client) as ends:
        expected = "a" if "a" in offers else None
        assert [end.selected_alpn_protocol() for end in ends] == [expected] * 2


@pytest.mark.parametrize("module", [stdlib, ssl])
@pytest.mark.parametrize(
    ("protocols", "error"),
    [
        ([""], stdlib.SSLError),
        (["x" * 256], stdlib.SSLError),
        (["é"], UnicodeEncodeError),
        ([b"h2"], TypeError),
        ([None], TypeError),
        (None, TypeError),
    ],
)
def test_what_is_refused(module: Any, protocols: Any, error: type[Exception]) -> None:
    context = module.SSLContext(module.PROTOCOL_TLS_SERVER)
    with pytest.raises(error):
        context.set_alpn_protocols(protocols)


def test_a_refused_list_changes_nothing(fresh: Any) -> None:
    server, client = fresh.server(), fresh.client()
    for context in (server, client):
        context.set_alpn_protocols(["h2"])
        with pytest.raises(ssl.SSLError):
            context.set_alpn_protocols(["h3", ""])
    pair = MemoryPair(server, client)
    pair.handshake()
    assert pair.client.selected_alpn_protocol() == "h2"
