"""Certificates in contexts, up to a handshake between two of them in memory."""

from __future__ import annotations

import ssl as stdlib_ssl
from typing import Any

import pytest

from tongsuo_py import pki, ssl

CA = pki.CA.create("Root")
SUB = CA.issue_ca("Sub")


def handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> tuple[Any, Any]:
    """Both ends, after shaking hands for a.example through memory."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    near = client.wrap_bio(to_client, to_server, server_hostname="a.example")
    far = server.wrap_bio(to_server, to_client, server_side=True)
    waiting = [near, far]
    for _ in range(20):
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                pass
        if not waiting:
            return near, far
    raise AssertionError("the handshake does not end")


@pytest.mark.parametrize("ca", [CA, SUB], ids=["root", "intermediate"])
def test_a_pair_speaks_tlcp(ca: pki.CA) -> None:
    server, client = (
        ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER),
        ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT),
    )
    pair, own = ca.issue_pair("a.example"), ca.issue_pair(common_name="client")
    pair.configure(server)
    own.configure(client)
    for context in (server, client):
        context.verify_mode = ssl.CERT_REQUIRED
        ca.configure_trust(context)
    near, far = handshake(server, client)
    assert near.version() == "NTLSv1.1"
    assert near.getpeercert(True) == pair.sign.to_der()
    assert near.getpeercert() == pair.sign.decode()
    assert near.get_peer_enc_cert(True) == pair.enc.to_der()
    assert far.getpeercert(True) == own.sign.to_der()


def test_a_single_one_speaks_tls() -> None:
    server, client = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )
    certificate = SUB.issue("a.example")
    certificate.configure(server)
    SUB.configure_trust(client)
    near, _ = handshake(server, client)
    assert near.version() == "TLSv1.3"
    assert near.getpeercert(True) == certificate.to_der()


def test_a_self_signed_one_is_its_own_root() -> None:
    server, client = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )
    certificate = pki.self_signed("a.example")
    certificate.configure(server)
    client.load_verify_locations(cadata=certificate.to_der())
    near, _ = handshake(server, client)
    assert near.getpeercert(True) == certificate.to_der()


def test_only_our_contexts() -> None:
    pair, single = CA.issue_pair("a.example"), CA.issue("a.example")
    theirs = stdlib_ssl.SSLContext(stdlib_ssl.PROTOCOL_TLS_CLIENT)
    for configure in (pair.configure, single.configure, CA.configure_trust):
        with pytest.raises(TypeError, match=r"standard library's ssl\.SSLContext.*tongsuo_py"):
            configure(theirs)
        with pytest.raises(TypeError, match=r"tongsuo_py\.ssl\.SSLContext is needed, not str"):
            configure("context")
