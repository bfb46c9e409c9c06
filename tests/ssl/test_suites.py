"""The four TLCP suites, each in every way that a connection can be made."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID
from peers import MemoryPair, exchange, failure, session

from tongsuo_py import ssl

SUITES = (
    "ECDHE-SM2-SM4-GCM-SM3",
    "ECC-SM2-SM4-GCM-SM3",
    "ECDHE-SM2-SM4-CBC-SM3",
    "ECC-SM2-SM4-CBC-SM3",
)


def check_connection(server: Any, client: Any, suite: str, mutual: bool, trust: Any) -> None:
    """What both ends say about each other."""
    for end in (server, client):
        assert end.version() == "NTLSv1.1"
        assert end.cipher() == (suite, "NTLSv1.1", 128)
        assert end.compression() is None
    shared = [name for name, _, _ in server.shared_ciphers()]
    assert suite in shared
    assert client.shared_ciphers() is None
    check_peer(client, trust.server, trust.ca)
    # ECDHE takes the client's certificates in any case, and Tongsuo verifies what it takes.
    if mutual or suite.startswith("ECDHE"):
        check_peer(server, trust.client, trust.ca)
        return
    for binary_form in (False, True):
        assert server.getpeercert(binary_form) is None
        assert server.get_peer_enc_cert(binary_form) is None


def check_peer(end: Any, pair: Any, ca: Any) -> None:
    """The peer's two certificates, and its chain as it was sent and as it was verified."""
    sign, enc, root = pair.sign.to_der(), pair.enc.to_der(), ca.certificate.to_der()
    assert end.getpeercert(True) == sign
    assert end.get_peer_enc_cert(True) == enc
    assert end.getpeercert() == as_getpeercert(sign)
    assert end.get_peer_enc_cert() == as_getpeercert(enc)
    assert end.getpeercert() != end.get_peer_enc_cert()
    assert end.get_unverified_chain()[:2] == [sign, enc]
    assert end.get_verified_chain() == [sign, root]


def as_getpeercert(der: bytes) -> dict[str, Any]:
    """What getpeercert() has to say about a certificate, as `cryptography` reads it."""
    certificate = x509.load_der_x509_certificate(der)
    names = {
        NameOID.COMMON_NAME: "commonName",
        NameOID.ORGANIZATION_NAME: "organizationName",
        NameOID.ORGANIZATIONAL_UNIT_NAME: "organizationalUnitName",
        NameOID.COUNTRY_NAME: "countryName",
    }

    def name(value: x509.Name) -> tuple[Any, ...]:
        return tuple(tuple((names[a.oid], a.value) for a in rdn) for rdn in value.rdns)

    def address(value: Any) -> str:
        if value.version == 4:
            return str(value)
        return ":".join(f"{int(group, 16):X}" for group in value.exploded.split(":"))

    def time(value: Any) -> str:
        return f"{value:%b} {value.day:2} {value:%H:%M:%S %Y} GMT"

    alternative = certificate.extensions.get_extension_for_oid(
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME
    ).value
    addresses = alternative.get_values_for_type(x509.IPAddress)
    dns = [("DNS", value) for value in alternative.get_values_for_type(x509.DNSName)]
    serial = f"{certificate.serial_number:X}"
    return {
        "subject": name(certificate.subject),
        "issuer": name(certificate.issuer),
        "version": certificate.version.value + 1,
        "serialNumber": serial.zfill(len(serial) + len(serial) % 2),
        "notBefore": time(certificate.not_valid_before_utc),
        "notAfter": time(certificate.not_valid_after_utc),
        "subjectAltName": (
            *dns,
            *(("IP Address", address(value)) for value in addresses),
        ),
    }


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("mutual", [False, True], ids=["server-auth", "mutual"])
@pytest.mark.parametrize("dual", [False, True], ids=["tlcp", "tls+tlcp"])
class TestSuites:
    """{suite} x {who is authenticated} x {kind of server}."""

    def test_over_sockets(
        self, tlcp: Any, trust: SimpleNamespace, suite: str, mutual: bool, dual: bool
    ) -> None:
        server, client = tlcp.server(dual=dual, mutual=mutual), tlcp.client(suite)
        with session(server, client) as (accepted, connected):
            check_connection(accepted, connected, suite, mutual, trust)
            exchange(accepted, connected, os.urandom(100_000))

    def test_over_memory(
        self, tlcp: Any, trust: SimpleNamespace, suite: str, mutual: bool, dual: bool
    ) -> None:
        pair = MemoryPair(tlcp.server(dual=dual, mutual=mutual), tlcp.client(suite))
        pair.handshake()
        check_connection(pair.server, pair.client, suite, mutual, trust)
        for size in (1, 16384):
            pair.send(pair.client, pair.server, os.urandom(size))
            pair.send(pair.server, pair.client, os.urandom(size))

    def test_the_server_chooses(
        self, tlcp: Any, trust: SimpleNamespace, suite: str, mutual: bool, dual: bool
    ) -> None:
        server, client = tlcp.server(suite, dual=dual, mutual=mutual), tlcp.client()
        with session(server, client) as (accepted, connected):
            check_connection(accepted, connected, suite, mutual, trust)


@pytest.mark.parametrize("suite", [suite for suite in SUITES if suite.startswith("ECC")])
def test_ecc_needs_no_client_pair(tlcp: Any, suite: str) -> None:
    with session(tlcp.server(), tlcp.client(suite, pair=False)) as (accepted, connected):
        assert connected.cipher()[0] == suite
        assert accepted.getpeercert(True) is None
        assert accepted.get_peer_enc_cert(True) is None
        assert accepted.get_unverified_chain() == []
        assert accepted.get_verified_chain() == []


@pytest.mark.parametrize("mutual", [False, True], ids=["server-auth", "mutual"])
def test_the_default_is_the_best_that_works(tlcp: Any, mutual: bool) -> None:
    """Forward secrecy where both sides have certificates anyway, GCM in any case."""
    with session(tlcp.server(mutual=mutual), tlcp.client(pair=mutual)) as (_, connected):
        expected = "ECDHE-SM2-SM4-GCM-SM3" if mutual else "ECC-SM2-SM4-GCM-SM3"
        assert connected.cipher()[0] == expected


def test_no_shared_suite(tlcp: Any) -> None:
    accepted, connected = failure(tlcp.server(SUITES[1]), tlcp.client(SUITES[3]))
    assert accepted.reason == "NO_SHARED_CIPHER"
    assert isinstance(connected, ssl.SSLError)
    assert "HANDSHAKE_FAILURE" in connected.reason


def test_rsa_suites_are_off_by_default(tlcp: Any) -> None:
    for context in (tlcp.server(), tlcp.client()):
        assert {cipher["name"] for cipher in context.get_ciphers()} == set(SUITES)


def both_protocols(tlcp: Any, tls: SimpleNamespace) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server = tlcp.server(dual=True)
    server.load_cert_chain(tls.ec)
    client = ssl.create_default_context(cafile=tls.ca)
    return server, client


def test_tls_and_tlcp_in_turn_on_one_port(tlcp: Any, tls: SimpleNamespace) -> None:
    server, tls_client = both_protocols(tlcp, tls)
    old_client = ssl.create_default_context(cafile=tls.ca)
    old_client.maximum_version = ssl.TLSVersion.TLSv1_2
    clients = {"NTLSv1.1": tlcp.client(), "TLSv1.3": tls_client, "TLSv1.2": old_client}
    for _ in range(2):
        for version, client in clients.items():
            with session(server, client) as (accepted, connected):
                assert accepted.version() == connected.version() == version
                is_tlcp = version == "NTLSv1.1"
                assert (connected.get_peer_enc_cert(True) is not None) == is_tlcp
                exchange(accepted, connected, b"data" * 1000)


def test_op_no_ntls_refuses(tlcp: Any, tls: SimpleNamespace) -> None:
    server, tls_client = both_protocols(tlcp, tls)
    server.options |= ssl.OP_NO_NTLS
    accepted, connected = failure(server, tlcp.client())
    assert isinstance(accepted, ssl.SSLError)
    assert isinstance(connected, ssl.SSLError)
    with session(server, tls_client) as (_, connected):
        assert connected.version() == "TLSv1.3"
    server.options &= ~ssl.OP_NO_NTLS
    with session(server, tlcp.client()) as (_, connected):
        assert connected.version() == "NTLSv1.1"


@pytest.mark.parametrize("protocol", [ssl.PROTOCOL_NTLS_CLIENT, ssl.PROTOCOL_NTLS_SERVER])
def test_op_no_ntls_has_no_meaning_for_tlcp_alone(protocol: int) -> None:
    """Tongsuo would take the flag and do nothing about it."""
    context = ssl.SSLContext(protocol)
    with pytest.raises(ValueError, match="speaks nothing but TLCP"):
        context.options |= ssl.OP_NO_NTLS
    assert not context.options & ssl.OP_NO_NTLS
