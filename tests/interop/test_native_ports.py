"""TLS and TLCP on one port, and what is said to a client that came to the wrong one."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from identities import Identity
from matrix_peers import OpenSSL4Peer
from native_peer import TLCP, Client, Server, pair_options
from our_side import OurServer, connect, load_pair, receive, tlcp_client, tlcp_server
from suites import PROTOCOLS

from tongsuo_py import ssl

TLCP_VERSION = "NTLSv1.1"
TLS_VERSIONS = ("TLSv1.2", "TLSv1.3")
VERSIONS = (TLCP_VERSION, *TLS_VERSIONS)
WE_ARE_8_4 = ssl.TONGSUO_VERSION_INFO < (8, 5)


def native_options(version: str, trust: Any, tls: Any) -> list[str | Path]:
    """A native client's, that speaks one version only."""
    if version == TLCP_VERSION:
        return [*TLCP, "-CAfile", trust.dir / "ca" / "ca.pem", "-verify_return_error"]
    only = version.replace("TLSv", "-tls").replace(".", "_")
    return [only, "-CAfile", tls.cert, "-verify_return_error"]


def our_client(version: str, trust: Any, tls: Any) -> Any:
    if version == TLCP_VERSION:
        return tlcp_client(trust)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(tls.cert)
    number = ssl.TLSVersion.TLSv1_2 if version == "TLSv1.2" else ssl.TLSVersion.TLSv1_3
    context.minimum_version = context.maximum_version = number
    return context


def tls_server(tls: Any) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.cert, tls.key)
    return context


def dual_server(trust: Any, tls: Any) -> Any:
    context = tls_server(tls)
    context.enable_ntls()
    load_pair(context, trust.dir / "server")
    return context


def serve(sock: Any) -> str:
    """Take the name of the connection's protocol, send it back and return it."""
    version: str = sock.version()
    assert receive(sock, len(version)) == version.encode()
    sock.sendall(version.encode())
    sock.unwrap()
    return version


def visit(openssl: Path, server: OurServer, version: str, trust: Any, tls: Any) -> None:
    """A native client's complete visit at our server."""
    with Client(openssl, server.address, *native_options(version, trust, tls)) as native:
        native.send(version.encode())
        assert server.outcome() == version
        report = native.established()
        assert native.received(len(version)) == version.encode()
        assert native.wait() == 0
    assert f"Protocol version: {version}\n" in report
    assert "Verification: OK\n" in report


def test_our_server_takes_tls_and_tlcp_on_one_port(
    any_openssl: Path, trust: SimpleNamespace, tls: SimpleNamespace
) -> None:
    with OurServer(dual_server(trust, tls), serve) as server:
        for version in VERSIONS + VERSIONS[::-1]:  # each before and after each other one
            visit(any_openssl, server, version, trust, tls)


def test_our_server_takes_openssl_4_and_tlcp_on_one_port(
    openssl: Path, trust: SimpleNamespace, tls: SimpleNamespace, identities: dict[str, Identity]
) -> None:
    with OurServer(dual_server(trust, tls), serve) as server:
        for suite in PROTOCOLS:
            if suite.protocol == "TLCP":  # which OpenSSL does not have
                visit(openssl, server, suite.version, trust, tls)
                continue
            peer = OpenSSL4Peer(suite, identities[suite.certificates], mutual=False)
            with peer.client(server.address, Path("none")) as client:
                end = client.connect(suite)
                end.give(suite.version.encode())
                end.take(suite.version.encode())
                end.end()
                assert server.outcome() == suite.version


def test_our_server_takes_tls_with_sm2_and_tlcp_on_one_port(
    any_openssl: Path, trust: SimpleNamespace
) -> None:
    # Three SM2 certificates in one context, which must not take each other's place.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.enable_ntls()
    context.set_ciphersuites("TLS_SM4_GCM_SM3")
    load_pair(context, trust.dir / "server")
    single = trust.dir / "server_cert"
    context.load_cert_chain(single / "cert.pem", single / "cert.key")

    root = ("-CAfile", trust.dir / "ca" / "ca.pem", "-verify_return_error")
    rfc_8998 = ("-tls1_3", "-ciphersuites", "TLS_SM4_GCM_SM3")
    with OurServer(context, lambda sock: sock.unwrap()) as server:
        for options, subject in ((TLCP, "server"), (rfc_8998, None), (TLCP, "server")):
            with Client(any_openssl, server.address, *options, *root) as native:
                server.outcome()
                report = native.established()
                assert native.wait() == 0
            assert "Verification: OK\n" in report
            unit = re.search(r"Peer certificate: OU ?= ?(\w+)", report)
            assert (unit and unit[1]) == subject


def test_a_native_server_takes_our_tls_and_tlcp_clients_on_one_port(
    any_openssl: Path, trust: SimpleNamespace, tls: SimpleNamespace
) -> None:
    certificates = (*pair_options(trust.dir / "server"), "-cert", tls.cert, "-key", tls.key)
    with Server(any_openssl, "-enable_ntls", *certificates, connections=3) as native:
        for number, version in enumerate(VERSIONS, start=1):
            with connect(our_client(version, trust, tls), native.address) as sock:
                assert sock.version() == version
                # One message at a time: to find out the protocol, Tongsuo's server puts a buffer in
                # between, and s_server does not know that something may be left there.
                native.established(number)
                sock.sendall(b"request")
                assert native.received(7, number) == b"request"
                native.send(b"0123456789")
                assert receive(sock, 10) == b"0123456789"
                sock.unwrap()
        assert native.wait() == 0


@pytest.mark.parametrize("version", TLS_VERSIONS)
def test_a_tls_client_at_our_tlcp_server(
    any_openssl: Path, version: str, trust: SimpleNamespace, tls: SimpleNamespace
) -> None:
    with OurServer(tlcp_server(trust), serve) as server:
        with Client(any_openssl, server.address, *native_options(version, trust, tls)) as native:
            with pytest.raises(
                ssl.SSLError, match=r"the client speaks TLS .*enable_ntls"
            ) as caught:
                server.outcome()
            assert native.wait() == 1
        assert (caught.value.library, caught.value.reason) == ("SSL", "NO_SHARED_CIPHER")
        visit(any_openssl, server, TLCP_VERSION, trust, tls)


def test_a_tlcp_client_at_our_tls_server(
    any_openssl: Path, trust: SimpleNamespace, tls: SimpleNamespace
) -> None:
    with OurServer(tls_server(tls), serve) as server:
        options = native_options(TLCP_VERSION, trust, tls)
        with Client(any_openssl, server.address, *options) as native:
            with pytest.raises(ssl.SSLError) as caught:
                server.outcome()
            assert native.wait() == 1
        if WE_ARE_8_4:  # it stops at the record's version, before it has read a hello
            assert caught.value.reason == "WRONG_VERSION_NUMBER"
        else:
            assert caught.value.reason == "VERSION_TOO_LOW"
            assert "the client speaks TLCP" in str(caught.value)
        for version in TLS_VERSIONS:
            visit(any_openssl, server, version, trust, tls)


def test_a_tlcp_client_at_our_server_that_has_no_pair(
    any_openssl: Path, trust: SimpleNamespace, tls: SimpleNamespace
) -> None:
    context = tls_server(tls)
    context.enable_ntls()
    with OurServer(context, serve) as server:
        options = native_options(TLCP_VERSION, trust, tls)
        with Client(any_openssl, server.address, *options) as native:
            with pytest.raises(ssl.SSLError, match="this server has no TLCP pair") as caught:
                server.outcome()
            assert native.wait() == 1
        assert caught.value.reason == "NO_SHARED_CIPHER"
        visit(any_openssl, server, "TLSv1.3", trust, tls)


@pytest.mark.parametrize("with_pair", [False, True], ids=["no pair", "pair"])
def test_our_tlcp_client_at_a_native_tls_server(
    any_openssl: Path, with_pair: bool, trust: SimpleNamespace, tls: SimpleNamespace
) -> None:
    context = tlcp_client(trust, "client" if with_pair else None)
    with (
        Server(any_openssl, "-cert", tls.cert, "-key", tls.key) as native,
        pytest.raises(ssl.SSLError) as caught,
    ):
        connect(context, native.address)
    # 8.5 says by an alert what is wrong; 8.4 closes the connection, as OpenSSL before 3.2 does.
    text = str(caught.value)
    assert "does not take TLCP" in text or "does it take TLCP" in text
    assert "load_ntls_cert_pair" not in text
    is_end_of_file = isinstance(caught.value, ssl.SSLEOFError)
    assert (caught.value.reason == "TLSV1_ALERT_PROTOCOL_VERSION") != is_end_of_file


def test_our_tls_client_at_a_native_tlcp_server(
    any_openssl: Path, trust: SimpleNamespace, tls: SimpleNamespace
) -> None:
    with (
        Server(any_openssl, *TLCP, *pair_options(trust.dir / "server")) as native,
        pytest.raises(ssl.SSLError) as caught,
    ):
        connect(our_client("TLSv1.3", trust, tls), native.address)
    expected = "WRONG_VERSION_NUMBER" if WE_ARE_8_4 else "SSLV3_ALERT_HANDSHAKE_FAILURE"
    assert caught.value.reason == expected
