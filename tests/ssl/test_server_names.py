"""The server name callback (SNI, RFC 6066): another context, an alert, an exception."""

from __future__ import annotations

import gc
import sys
import weakref
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair, Raised, failure, session

from tongsuo_py import ssl


@contextmanager
def unraisable(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What goes to sys.unraisablehook meanwhile, as exceptions."""
    caught: list[BaseException] = []
    with monkeypatch.context() as patch:
        patch.setattr(sys, "unraisablehook", lambda report: caught.append(report.exc_value))
        yield caught


def names(certificate: dict[str, Any]) -> set[str]:
    return {value for _, value in certificate["subjectAltName"]}


@pytest.fixture
def other(fresh: Any, trust: SimpleNamespace, tls: SimpleNamespace) -> Any:
    """A second server context, for other.example, by the same CA in TLCP."""
    if fresh.ntls:
        context = fresh.server()
        trust.ca.issue_pair("other.example").configure(context)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls.rsa)
    return context


def test_arguments(fresh: Any) -> None:
    server, client = fresh.server(), fresh.client()
    calls: list[Any] = []
    server.sni_callback = lambda *arguments: calls.append(arguments)
    with session(server, client, "localhost") as (accepted, _):
        assert calls == [(accepted, "localhost", server)]
    calls.clear()
    client.check_hostname = False
    with session(server, client, None) as (accepted, _):
        assert calls == [(accepted, None, server)]
    calls.clear()
    server.sni_callback = None
    with session(server, client):
        assert calls == []


def test_another_context(fresh: Any, other: Any) -> None:
    server, client = fresh.server(), fresh.client()
    client.check_hostname = False

    def choose(connection: Any, name: str | None, context: Any) -> None:
        if name == "other.example":
            connection.context = other

    server.sni_callback = choose
    certificates = {}
    for name, context in (("other.example", other), ("localhost", server)):
        pair = MemoryPair(server, client, name)
        pair.handshake()
        assert pair.server.context is context
        pair.send(pair.client, pair.server, b"data")
        certificates[name] = pair.client.getpeercert()
        assert pair.client.version() == fresh.version
    assert certificates["other.example"] != certificates["localhost"]
    if fresh.ntls:
        assert names(certificates["other.example"]) == {"other.example"}


def test_both_certificates_are_the_other_contexts(trust: SimpleNamespace, tlcp: Any) -> None:
    server, other = tlcp.server(), ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    pair_of_other = trust.ca.issue_pair("other.example")
    pair_of_other.configure(other)
    server.sni_callback = lambda connection, *_: setattr(connection, "context", other)
    with session(server, tlcp.client(), "other.example") as (_, client):
        assert client.getpeercert(True) == pair_of_other.sign.to_der()
        assert client.get_peer_enc_cert(True) == pair_of_other.enc.to_der()


def test_the_other_context_needs_a_pair(
    fresh: Any, monkeypatch: pytest.MonkeyPatch, tls: SimpleNamespace
) -> None:
    server, client = fresh.server(), fresh.client()
    wrong = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    if fresh.name == "dual":
        wrong = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        wrong.load_cert_chain(tls.ec)
    server.sni_callback = lambda connection, *_: setattr(connection, "context", wrong)
    with unraisable(monkeypatch) as caught, Raised() as raised:
        MemoryPair(server, client).handshake()
    assert isinstance(raised.error, ssl.SSLError)
    (error,) = caught
    assert isinstance(error, ValueError)
    assert "TLCP" in str(error)


@pytest.mark.parametrize("value", [None, 5, "context", object()])
def test_a_context_is_needed(fresh: Any, value: Any) -> None:
    pair = MemoryPair(fresh.server(), fresh.client())
    with pytest.raises(TypeError, match="SSLContext"):
        pair.server.context = value
    pair.handshake()


def test_an_alert(fresh: Any) -> None:
    server, client = fresh.server(), fresh.client()
    server.sni_callback = lambda *_: ssl.AlertDescription.ALERT_DESCRIPTION_ACCESS_DENIED
    server_error, client_error = failure(server, client)
    assert server_error.reason == "CALLBACK_FAILED"
    assert client_error.reason == "TLSV1_ALERT_ACCESS_DENIED"


def test_an_exception(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server, client = fresh.server(), fresh.client()

    def fail(*_: Any) -> None:
        raise LookupError("nobody knows this name")

    server.sni_callback = fail
    with unraisable(monkeypatch) as caught:
        server_error, client_error = failure(server, client)
    assert server_error.reason == "CALLBACK_FAILED"
    # As in the standard library; the text of alert 40 is one of SSL 3.0.
    assert client_error.reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"
    assert [type(error) for error in caught] == [LookupError]


def test_a_connection_that_nobody_has_any_more(fresh: Any) -> None:
    """There is nothing to hand to the callback: the handshake fails, as in CPython."""
    server, client = fresh.server(), fresh.client()
    calls: list[Any] = []
    server.sni_callback = lambda *arguments: calls.append(arguments)
    pair = MemoryPair(server, client)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.do_handshake()
    pair.carry()
    inner = pair.server._sslobj
    del pair.server
    gc.collect()
    with pytest.raises(ssl.SSLError, match="callback failed") as caught:
        inner.do_handshake()
    assert caught.value.errno == ssl.SSL_ERROR_SSL
    assert calls == []


def test_the_first_context_may_go(fresh: Any, other: Any) -> None:
    """Once another is in its place; also where TLS 1.3 asks a second time (RFC 8446, 4.1.4)."""
    client = fresh.client()
    client.check_hostname = False
    calls = []

    def make() -> tuple[MemoryPair, weakref.ref[Any]]:
        def choose(connection: Any, name: str | None, context: Any) -> None:
            calls.append(name)
            connection.context = other

        first = fresh.server()
        first.sni_callback = choose
        if not fresh.ntls:
            first.set_ecdh_curve("secp384r1")  # the client sends no share for it
        return MemoryPair(first, client), weakref.ref(first)

    pair, first = make()
    pair.handshake()
    gc.collect()
    assert first() is None
    assert calls[0] == "localhost"
    assert pair.server.context is other
    pair.send(pair.client, pair.server, b"data")


def test_a_wrong_answer(fresh: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server, client = fresh.server(), fresh.client()
    server.sni_callback = lambda *_: "no"
    with unraisable(monkeypatch) as caught:
        _, client_error = failure(server, client)
    assert client_error.reason == "TLSV1_ALERT_INTERNAL_ERROR"
    assert [type(error) for error in caught] == [TypeError]


def test_the_name_as_idna(fresh: Any) -> None:
    server, client = fresh.server(), fresh.client()
    client.check_hostname = False
    given: list[Any] = []
    server.set_servername_callback(lambda _, name, __: given.append(name))
    for name in ("bücher.example", None):
        MemoryPair(server, client, name).handshake()
    assert given == ["xn--bcher-kva.example", None]
    server.set_servername_callback(None)
    assert server.sni_callback is None


def test_what_is_refused() -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with pytest.raises(TypeError):
        server.sni_callback = 5
    with pytest.raises(TypeError):
        server.set_servername_callback("no")
    for protocol in (ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_NTLS_CLIENT):
        with pytest.raises(ValueError, match="sni_callback"):
            ssl.SSLContext(protocol).sni_callback = print
