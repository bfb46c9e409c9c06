"""TLCP with RSA pairs, beyond what the matrix has: what an encryption certificate may be for."""

from __future__ import annotations

from pathlib import Path

import pytest
from identities import Identity, make_rsa
from native_peer import Client, Server
from our_side import OurServer, connect
from suites import Suite

from tongsuo_py import ssl

SUITE = Suite("TLCP", "RSA-SM4-GCM-SM3", "RSA pair")
UNSUITABLE = "(unsuitable|unsupported) certificate purpose"


@pytest.fixture(scope="module")
def encipherment_alone(openssl: Path, tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """Pairs whose encryption certificates are for encryption and not for key agreement."""
    return make_rsa(openssl, tmp_path_factory.mktemp("rsa"), agreement=False)


# Tongsuo verifies a client's encryption certificate as that of any TLS client, and such a one may
# sign, or agree on a key. A server's may encrypt as well.


def test_a_native_server_refuses_our_client_for_it(
    any_openssl: Path, encipherment_alone: Identity
) -> None:
    options = SUITE.options("server", encipherment_alone, mutual=True)
    context = SUITE.context("client", encipherment_alone, mutual=True)
    with Server(any_openssl, *options) as native:
        with pytest.raises(ssl.SSLError) as caught:
            connect(context, native.address)
        assert caught.value.reason == "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"
        native.expect(UNSUITABLE, "stderr")


def test_our_server_refuses_a_native_client_for_it(
    any_openssl: Path, encipherment_alone: Identity
) -> None:
    options = SUITE.options("client", encipherment_alone, mutual=True)
    context = SUITE.context("server", encipherment_alone, mutual=True)
    with (
        OurServer(context, lambda sock: sock.unwrap()) as server,
        Client(any_openssl, server.address, *options) as native,
    ):
        with pytest.raises(ssl.SSLCertVerificationError, match=UNSUITABLE):
            server.outcome()
        assert native.wait() == 1


def test_a_server_may_have_it(any_openssl: Path, encipherment_alone: Identity) -> None:
    with (
        OurServer(
            SUITE.context("server", encipherment_alone), lambda sock: sock.unwrap()
        ) as server,
        Client(any_openssl, server.address, *SUITE.options("client", encipherment_alone)) as native,
    ):
        server.outcome()
        assert native.wait() == 0
