"""Pre-shared keys: TLS 1.2 (RFC 4279) and TLS 1.3 (RFC 8446); TLCP has none."""

from __future__ import annotations

import ssl as stdlib
import sys
from collections.abc import Callable
from typing import Any

import pytest
from peers import MemoryPair, Raised

from tongsuo_py import ssl

KEY = bytes(range(32))
VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
BOTH = [(ssl, ssl)]
if hasattr(stdlib, "HAS_PSK"):  # CPython 3.13
    BOTH += [(stdlib, ssl), (ssl, stdlib)]


def contexts(version: str, server_module: Any = ssl, client_module: Any = ssl) -> tuple[Any, Any]:
    """A server and a client that have no certificates."""
    client = client_module.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    client.maximum_version = client.minimum_version = VERSIONS[version]
    server = server_module.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if version == "TLSv1.2":
        for context in (server, client):
            context.set_ciphers("PSK")
    return server, client


@pytest.mark.parametrize(("server_module", "client_module"), BOTH)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("hint", [None, "Fragezeichen ß"])
def test_session(version: str, hint: str | None, server_module: Any, client_module: Any) -> None:
    server, client = contexts(version, server_module, client_module)
    asked: list[Any] = []

    def of_client(given: str | None) -> tuple[str, bytes]:
        asked.append(given)
        return "Zähler 7", KEY

    def of_server(identity: str | None) -> bytes:
        asked.append(identity)
        return KEY

    client.set_psk_client_callback(of_client)
    server.set_psk_server_callback(of_server, hint)
    pair = MemoryPair(server, client, None)
    pair.handshake()
    assert pair.client.version() == version
    assert pair.client.getpeercert(True) is None
    pair.send(pair.client, pair.server, b"data")
    # The hint is sent in TLS 1.2 alone; an empty one there means none.
    assert asked[0] == (hint if version == "TLSv1.2" else None)
    assert asked[-1] == "Zähler 7"


@pytest.mark.parametrize("version", VERSIONS)
def test_no_identity(version: str) -> None:
    server, client = contexts(version)
    asked: list[Any] = []
    client.set_psk_client_callback(lambda hint: (None, KEY))
    server.set_psk_server_callback(lambda identity: asked.append(identity) or KEY)  # type: ignore[func-returns-value]
    with Raised() as caught:
        MemoryPair(server, client, None).handshake()
    # TLS 1.3 takes no empty identity (RFC 8446, 4.2.11), TLS 1.2 does.
    assert asked == [None] if caught.error is None else version == "TLSv1.3"


FAILURES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], type[Exception] | None]] = {
    "another key": (lambda hint: ("me", KEY), lambda identity: KEY[::-1], None),
    "server does not know": (lambda hint: ("me", KEY), lambda identity: b"", None),
    "client has none": (lambda hint: ("me", b""), lambda identity: KEY, None),
    "client raises": (lambda hint: 1 // 0, lambda identity: KEY, ZeroDivisionError),
    "server raises": (lambda hint: ("me", KEY), lambda identity: 1 // 0, ZeroDivisionError),
    "no tuple": (lambda hint: 5, lambda identity: KEY, TypeError),
    "text as key": (lambda hint: ("me", "key"), lambda identity: KEY, TypeError),
    "text as server's key": (lambda hint: ("me", KEY), lambda identity: "key", TypeError),
    "long key": (lambda hint: ("me", bytes(5000)), lambda identity: KEY, ValueError),
    "long server's key": (lambda hint: ("me", KEY), lambda identity: bytes(5000), ValueError),
    "long identity": (lambda hint: ("x" * 500, KEY), lambda identity: KEY, ValueError),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", FAILURES)
def test_failures(version: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    of_client, of_server, error = FAILURES[what]
    server, client = contexts(version)
    client.set_psk_client_callback(of_client)
    server.set_psk_server_callback(of_server)
    reported: list[Any] = []
    with monkeypatch.context() as patch:
        patch.setattr(sys, "unraisablehook", lambda report: reported.append(report.exc_type))
        with pytest.raises(ssl.SSLError):
            MemoryPair(server, client, None).handshake()
    assert set(reported) == ({error} if error else set())


@pytest.mark.parametrize("module", [ssl, *([stdlib] if hasattr(stdlib, "HAS_PSK") else [])])
def test_what_is_refused(module: Any) -> None:
    server = module.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client = module.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises(ssl.SSLError, match="Cannot add PSK client callback"):
        server.set_psk_client_callback(print)
    with pytest.raises(ssl.SSLError, match="Cannot add PSK server callback"):
        client.set_psk_server_callback(print)
    with pytest.raises(TypeError):
        server.set_psk_server_callback(5)
    with pytest.raises(TypeError):
        client.set_psk_client_callback("callback")
    with pytest.raises(TypeError):
        server.set_psk_server_callback(print, 5)
    with pytest.raises(ValueError, match="identity hint"):
        server.set_psk_server_callback(print, "x" * 500)


def test_taken_back() -> None:
    server, client = contexts("TLSv1.2")
    client.set_psk_client_callback(lambda hint: ("me", KEY))
    server.set_psk_server_callback(lambda identity: KEY)
    MemoryPair(server, client, None).handshake()
    server.set_psk_server_callback(None)
    with pytest.raises(ssl.SSLError):
        MemoryPair(server, client, None).handshake()


def test_not_in_tlcp() -> None:
    with pytest.raises(ValueError, match="TLCP has no pre-shared keys"):
        ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT).set_psk_client_callback(print)
    with pytest.raises(ValueError, match="TLCP has no pre-shared keys"):
        ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER).set_psk_server_callback(print)
