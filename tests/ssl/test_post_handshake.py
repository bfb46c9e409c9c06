"""Client certificates that a TLS 1.3 server asks for after the handshake."""

from __future__ import annotations

import ssl as stdlib
from contextlib import suppress
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair, at_once, queue_is_empty, session
from side_by_side import same, tells

from tongsuo_py import ssl

PEERS = pytest.mark.parametrize(
    ("theirs", "mine"),
    [(ssl, ssl), (stdlib, ssl), (ssl, stdlib)],
    ids=["both ours", "our client", "our server"],
)


def contexts(
    tls: SimpleNamespace,
    server_module: ModuleType,
    client_module: ModuleType,
    *,
    mode: stdlib.VerifyMode = stdlib.CERT_REQUIRED,
    certificate: bool = True,
) -> tuple[Any, Any]:
    """A server and a client that do it, for ``mode``, the client with a certificate or without."""
    server = server_module.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.ec)
    server.load_verify_locations(tls.ca)
    server.verify_mode = mode
    client = client_module.create_default_context(cafile=tls.ca)
    if certificate:
        client.load_cert_chain(tls.client)
    server.post_handshake_auth = client.post_handshake_auth = True
    return server, client


def ask(server: Any, client: Any) -> list[Any]:
    """Let the server ask, both sides talk, and say what each of them read or raised."""

    def serve() -> Any:
        server.verify_client_post_handshake()
        server.sendall(b"who are you?")
        return server.recv(2)

    def answer() -> Any:
        assert client.recv(12) == b"who are you?"
        client.sendall(b"me")
        return client.recv(4)

    def whole() -> Any:
        try:
            read = serve()
            server.sendall(b"good")
            return read
        except stdlib.SSLError:
            server.close()  # so that the client does not wait for an answer
            raise

    return at_once(whole, answer)


SUBJECT = ((("commonName", "client"),),)


@PEERS
@pytest.mark.parametrize("mode", [stdlib.CERT_OPTIONAL, stdlib.CERT_REQUIRED])
def test_a_certificate_on_demand(
    mode: stdlib.VerifyMode, theirs: ModuleType, mine: ModuleType, tls: SimpleNamespace
) -> None:
    with session(*contexts(tls, theirs, mine, mode=mode)) as (server, client):
        assert server.version() == "TLSv1.3"
        assert server.getpeercert() is None
        assert ask(server, client) == [b"me", b"good"]
        assert server.getpeercert()["subject"] == SUBJECT
        assert ask(server, client) == [b"me", b"good"]  # and again


@PEERS
def test_none_where_one_is_required(
    theirs: ModuleType, mine: ModuleType, tls: SimpleNamespace
) -> None:
    with session(*contexts(tls, theirs, mine, certificate=False)) as (server, client):
        refused, told = ask(server, client)
    assert refused.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
    assert isinstance(told, OSError)


@PEERS
def test_none_where_one_is_optional(
    theirs: ModuleType, mine: ModuleType, tls: SimpleNamespace
) -> None:
    mode = stdlib.CERT_OPTIONAL
    with session(*contexts(tls, theirs, mine, mode=mode, certificate=False)) as (server, client):
        assert ask(server, client) == [b"me", b"good"]
        assert server.getpeercert() is None


@PEERS
def test_a_certificate_that_does_not_verify(
    theirs: ModuleType, mine: ModuleType, tls: SimpleNamespace, trust: SimpleNamespace
) -> None:
    contexts_ = contexts(tls, theirs, mine)
    server_context = theirs.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(tls.ec)
    server_context.verify_mode = stdlib.CERT_REQUIRED  # and trusts nobody
    server_context.post_handshake_auth = True
    with session(server_context, contexts_[1]) as (server, client):
        refused, _ = ask(server, client)
    assert isinstance(refused, stdlib.SSLError)
    assert refused.reason == "CERTIFICATE_VERIFY_FAILED"


def test_the_question_goes_with_a_read_as_well(tls: SimpleNamespace) -> None:
    pair = MemoryPair(*contexts(tls, ssl, ssl))
    pair.handshake()
    pair.server.verify_client_post_handshake()
    pair.client.write(b"x")
    moved = 1
    while moved:
        for end in (pair.server, pair.client):
            with suppress(stdlib.SSLWantReadError):
                end.read(1)
        moved = pair.carry()
    assert pair.server.getpeercert()["subject"] == SUBJECT


def test_who_did_not_say_that_it_would(tls: SimpleNamespace) -> None:
    server, client = contexts(tls, ssl, ssl)
    client.post_handshake_auth = False
    early = server.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)
    with pytest.raises(ssl.SSLError):
        early.verify_client_post_handshake()
    with session(server, client) as (accepted, connected):
        with pytest.raises(ssl.SSLError) as caught:
            accepted.verify_client_post_handshake()
        assert caught.value.reason == "EXTENSION_NOT_RECEIVED"
        with pytest.raises(ssl.SSLError) as caught:
            connected.verify_client_post_handshake()
        assert caught.value.reason == "NOT_SERVER"
    assert queue_is_empty()


def test_a_server_that_verifies_nobody_cannot_ask(tls: SimpleNamespace) -> None:
    def action(_: Any, module: ModuleType) -> Any:
        server, client = contexts(tls, module, module, mode=stdlib.CERT_NONE)
        with session(server, client) as (accepted, _connected):
            return tells(accepted.verify_client_post_handshake)

    assert same(action)[0] is stdlib.SSLError


@PEERS
def test_tls_12_asks_in_the_handshake(
    theirs: ModuleType, mine: ModuleType, tls: SimpleNamespace
) -> None:
    server, client = contexts(tls, theirs, mine)
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    with session(server, client) as (accepted, _):
        assert accepted.getpeercert()["subject"] == SUBJECT
        with pytest.raises(ssl.SSLError) as caught:
            accepted.verify_client_post_handshake()
        assert caught.value.reason == "WRONG_SSL_VERSION"


@pytest.mark.parametrize("value", [True, False, 1, 0, "yes", None, []])
def test_the_setting(value: Any) -> None:
    def action(context: Any, _: ModuleType) -> Any:
        context.post_handshake_auth = value
        context.verify_mode = stdlib.CERT_OPTIONAL  # is left alone, and leaves it alone
        return context.post_handshake_auth, context.verify_mode

    same(action, ssl.PROTOCOL_TLS_SERVER)
    same(lambda context, _: delattr(context, "post_handshake_auth"))


def test_a_later_setting_is_for_later_connections(tls: SimpleNamespace) -> None:
    server, client = contexts(tls, ssl, ssl)
    with session(server, client) as ends:
        server.verify_mode = stdlib.CERT_NONE
        server.post_handshake_auth = False
        assert ask(*ends) == [b"me", b"good"]
        assert ends[0].getpeercert()["subject"] == SUBJECT


def test_a_session_without_a_certificate_is_none_of_a_server_that_asks_at_once(
    tls: SimpleNamespace,
) -> None:
    server, client = contexts(tls, ssl, ssl, certificate=False)
    with session(server, client) as ends:
        earlier = ends[1].session
    client.post_handshake_auth = False  # the two must not be told apart by that

    def resumed() -> Any:
        pair = MemoryPair(server, client, session=earlier)
        pair.handshake()
        return pair.client.session_reused

    assert resumed() is True
    server.post_handshake_auth = False
    with pytest.raises(ssl.SSLError) as caught:
        resumed()
    assert caught.value.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"


# ---- TLCP ----


@pytest.mark.parametrize("protocol", [ssl.PROTOCOL_NTLS_CLIENT, ssl.PROTOCOL_NTLS_SERVER])
def test_tlcp_has_none(protocol: int) -> None:
    context = ssl.SSLContext(protocol)
    with pytest.raises(ValueError, match="in the handshake"):
        context.post_handshake_auth = True
    context.post_handshake_auth = False
    assert context.post_handshake_auth is None  # where http.client and urllib3 leave it alone


def test_a_tlcp_server_cannot_ask_later(tlcp: Any) -> None:
    with session(tlcp.server(mutual=True), tlcp.client()) as (server, _):
        with pytest.raises(ssl.SSLError) as caught:
            server.verify_client_post_handshake()
        assert caught.value.reason == "WRONG_SSL_VERSION"


def test_a_server_for_both_asks_tlcp_clients_in_the_handshake(tlcp: Any) -> None:
    context = tlcp.server(dual=True, mutual=True)
    context.post_handshake_auth = True
    with session(context, tlcp.client()) as (server, _):
        assert server.version() == "NTLSv1.1"
        assert server.getpeercert()["subject"]
