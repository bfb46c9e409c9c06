"""What of TLS's settings TLCP honours, and that it refuses the others in words."""

from __future__ import annotations

import socket
import ssl as stdlib
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from authorities import certificate, write
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from native_peer import TLCP, Server
from peers import TIMEOUT, MemoryPair, at_once, exchange, failure, receive, session

from tongsuo_py import pki, ssl

PROTOCOLS = pytest.mark.parametrize(
    "protocol", [ssl.PROTOCOL_NTLS_CLIENT, ssl.PROTOCOL_NTLS_SERVER], ids=["client", "server"]
)
HELLO_REQUEST = 22, 0  # content type handshake, message type
IS_85 = ssl.TONGSUO_VERSION_INFO >= (8, 5)

# ---- what it has not ----

REFUSED: dict[str, Callable[[ssl.SSLContext], Any]] = {
    "minimum_version": lambda c: setattr(c, "minimum_version", ssl.TLSVersion.TLSv1_2),
    "maximum_version": lambda c: setattr(c, "maximum_version", ssl.TLSVersion.TLSv1_3),
    "set_ciphersuites": lambda c: c.set_ciphersuites("TLS_SM4_GCM_SM3"),
    "set_groups": lambda c: c.set_groups("curveSM2"),
    "set_ecdh_curve": lambda c: c.set_ecdh_curve("SM2"),
    "load_dh_params": lambda c: c.load_dh_params("/dev/null"),
    "set_client_sigalgs": lambda c: c.set_client_sigalgs("sm2sig_sm3"),
    "set_server_sigalgs": lambda c: c.set_server_sigalgs("sm2sig_sm3"),
    "num_tickets": lambda c: setattr(c, "num_tickets", 1),
    "post_handshake_auth": lambda c: setattr(c, "post_handshake_auth", True),
    "OP_NO_NTLS": lambda c: setattr(c, "options", c.options | ssl.OP_NO_NTLS),
    "PSK of a client": lambda c: c.set_psk_client_callback(lambda hint: ("me", b"key")),
    "PSK of a server": lambda c: c.set_psk_server_callback(lambda identity: b"key"),
}


@PROTOCOLS
@pytest.mark.parametrize("setting", REFUSED)
def test_what_tlcp_has_not_is_refused(setting: str, protocol: int) -> None:
    context = ssl.SSLContext(protocol)
    with pytest.raises(ValueError, match="TLCP"):
        REFUSED[setting](context)


@pytest.mark.parametrize("setting", REFUSED)
def test_a_server_for_both_takes_it_for_tls(setting: str, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.enable_ntls()
    if setting == "load_dh_params":  # a file without any
        with pytest.raises(ssl.SSLError):
            REFUSED[setting](context)
    elif setting == "PSK of a client":
        with pytest.raises(ssl.SSLError, match="SERVER context"):
            REFUSED[setting](context)
    else:
        REFUSED[setting](context)


def test_settings_of_tls_leave_tlcp_alone_on_a_server_for_both(
    tlcp: Any, tls: SimpleNamespace
) -> None:
    server = tlcp.server(dual=True)
    server.load_cert_chain(tls.ec)
    server.minimum_version = server.maximum_version = ssl.TLSVersion.TLSv1_3
    server.set_groups("P-384")
    server.set_server_sigalgs("ecdsa_secp256r1_sha256")
    server.set_ciphersuites("TLS_CHACHA20_POLY1305_SHA256")
    server.num_tickets = 0
    with session(server, tlcp.client()) as (_, end):
        assert end.version() == "NTLSv1.1"
    with session(server, ssl.create_default_context(cafile=tls.ca)) as (_, end):
        assert end.cipher()[0] == "TLS_CHACHA20_POLY1305_SHA256"
        assert end.group() == "secp384r1"


@PROTOCOLS
def test_what_can_be_read(protocol: int) -> None:
    context = ssl.SSLContext(protocol)
    assert context.minimum_version == ssl.TLSVersion.MINIMUM_SUPPORTED
    assert context.maximum_version == ssl.TLSVersion.MAXIMUM_SUPPORTED
    assert context.num_tickets == 0
    assert context.post_handshake_auth is None
    assert context.get_groups() == context.get_groups(include_aliases=True) == ["curveSM2"]
    assert context.security_level == (2 if IS_85 else 1)  # at 2, 8.4 refuses TLCP


# ---- options ----


@pytest.mark.parametrize(
    "name",
    [o for o in dir(stdlib) if o.startswith("OP_")]
    + ["OP_ENABLE_KTLS", "OP_LEGACY_SERVER_CONNECT"],
)
@pytest.mark.parametrize("on", [True, False])
@pytest.mark.filterwarnings("ignore:ssl.OP_NO_:DeprecationWarning")
def test_no_option_keeps_tlcp_from_working(name: str, on: bool, tlcp: Any) -> None:
    """Those that forbid TLS versions, say, are kept by speaking TLCP."""
    server, client = tlcp.server(mutual=True), tlcp.client()
    for context in (server, client):
        value = getattr(ssl, name)
        context.options = context.options | value if on else context.options & ~value
        assert bool(context.options & value) == (on and bool(value))
    with session(server, client) as ends:
        exchange(*ends, b"data" * 10_000)


def test_whose_preference_counts(tlcp: Any) -> None:
    suites = ["ECC-SM2-SM4-CBC-SM3", "ECC-SM2-SM4-GCM-SM3"]
    server, client = tlcp.server(":".join(suites)), tlcp.client(":".join(reversed(suites)))
    with session(server, client) as (_, end):
        assert end.cipher()[0] == suites[0]
    server.options &= ~stdlib.OP_CIPHER_SERVER_PREFERENCE
    with session(server, client) as (_, end):
        assert end.cipher()[0] == suites[1]


@pytest.mark.parametrize("ignored", [False, True])
def test_an_end_without_close_notify(ignored: bool, tlcp: Any) -> None:
    client = tlcp.client()
    if ignored:
        client.options |= ssl.OP_IGNORE_UNEXPECTED_EOF
    with session(tlcp.server(), client) as (server, end):
        end.suppress_ragged_eofs = False
        server.close()
        if ignored:
            assert end.recv(1) == b""
        else:
            with pytest.raises(ssl.SSLEOFError):
                end.recv(1)


@PROTOCOLS
def test_renegotiation_is_off(protocol: int) -> None:
    """TLCP has no RFC 5746, so that it would not be tied to the connection before."""
    context = ssl.SSLContext(protocol)
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.options & ssl.OP_NO_COMPRESSION


def test_a_server_that_asks_for_renegotiation(openssl: Path, trust: SimpleNamespace) -> None:
    """It gets no answer, since TLCP has no alert for that, and the connection goes on."""
    folder, said = trust.dir / "server", b"what was said after it"
    pair = [
        *("-sign_cert", folder / "sign.pem", "-sign_key", folder / "sign.key"),
        *("-enc_cert", folder / "enc.pem", "-enc_key", folder / "enc.key"),
    ]
    client = ssl.create_ntls_context(cafile=trust.dir / "ca" / "ca.pem")
    asked, answers = threading.Event(), []

    def look(_: Any, direction: str, _version: Any, kind: int, message: int, data: bytes) -> None:
        if (direction, kind, message) == ("read", *HELLO_REQUEST):
            asked.set()
        elif asked.is_set() and direction == "write":
            answers.append(data)

    client._msg_callback = look
    with Server(openssl, *TLCP, *pair) as native, socket.create_connection(native.address) as raw:
        raw.settimeout(TIMEOUT)
        with client.wrap_socket(raw, server_hostname="localhost") as sock:
            native.established()
            native.send(b"r\n")

            def go_on() -> None:
                assert asked.wait(TIMEOUT)
                native.send(said)

            assert at_once(lambda: receive(sock, len(said)), go_on) == [said, None]
            assert answers == []
            assert client.session_stats()["connect_renegotiate"] == 0


# ---- what a connection tells ----


@pytest.mark.parametrize("mutual", [False, True])
@pytest.mark.parametrize("suite", ["ECDHE-SM2-SM4-GCM-SM3", "ECC-SM2-SM4-GCM-SM3"])
def test_what_was_agreed_on(suite: str, mutual: bool, tlcp: Any) -> None:
    with session(tlcp.server(mutual=mutual), tlcp.client(suite)) as ends:
        asked = mutual or suite.startswith("ECDHE")
        for end in ends:
            assert end.group() == ("curveSM2" if suite.startswith("ECDHE") else None)
            assert end.compression() is None
            assert end.server_sigalg() == "sm2sig_sm3"
            assert end.client_sigalg() == ("sm2sig_sm3" if asked else None)
        assert ends[0].shared_ciphers() == [(suite, "NTLSv1.1", 128)]
        assert ends[1].shared_ciphers() is None


def test_session_stats(tlcp: Any) -> None:
    server, client = tlcp.server(), tlcp.client()
    with session(server, client) as (_, end):
        earlier = end.session
    with session(server, client):
        pass
    assert earlier is not None
    failure(server, ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT))
    seen, other = server.session_stats(), client.session_stats()
    assert (seen["accept"], seen["accept_good"], seen["connect"]) == (3, 2, 0)
    assert (other["connect"], other["connect_good"], other["accept"]) == (2, 2, 0)


# ---- the ready-made context ----


def test_the_ready_made_context_is_a_careful_one(trust: SimpleNamespace) -> None:
    for purpose in (ssl.Purpose.SERVER_AUTH, ssl.Purpose.CLIENT_AUTH):
        context = ssl.create_ntls_context(purpose, cafile=trust.dir / "ca" / "ca.pem")
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.verify_flags == (
            ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_TRUSTED_FIRST
        )
        for option in ("OP_NO_TICKET", "OP_NO_RENEGOTIATION", "OP_NO_COMPRESSION"):
            assert context.options & getattr(ssl, option)
        assert not context.options & ssl.OP_IGNORE_UNEXPECTED_EOF
        assert all("SM2" in suite["name"] for suite in context.get_ciphers())


def ready_made(trust: SimpleNamespace) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    ca = trust.dir / "ca" / "ca.pem"
    server = ssl.create_ntls_context(ssl.Purpose.CLIENT_AUTH, cafile=ca)
    client = ssl.create_ntls_context(cafile=ca)
    trust.server.configure(server)
    trust.client.configure(client)
    return server, client


def test_it_resumes_by_id(trust: SimpleNamespace) -> None:
    server, client = ready_made(trust)
    first = MemoryPair(server, client)
    first.handshake()
    assert first.client.cipher()[0] == "ECDHE-SM2-SM4-GCM-SM3"
    assert first.client.session.has_ticket is False
    second = MemoryPair(server, client, session=first.client.session)
    second.handshake()
    assert second.client.session_reused
    assert second.server.session_reused


def test_it_has_tickets_where_it_is_given_keys(trust: SimpleNamespace) -> None:
    server, client = ready_made(trust)
    client.options &= ~ssl.OP_NO_TICKET
    server.set_ticket_keys([bytes(range(80))])
    assert not server.options & ssl.OP_NO_TICKET
    with session(server, client) as (_, connected):
        assert connected.session.has_ticket is True


def test_it_takes_an_intermediate_ca_for_an_anchor(trust: SimpleNamespace) -> None:
    middle = trust.ca.issue_ca("Middle")
    pair = middle.issue_pair("localhost")
    server = ssl.create_ntls_context(ssl.Purpose.CLIENT_AUTH)
    pair.configure(server)
    client = ssl.create_ntls_context(cadata=middle.certificate.to_pem().decode())
    with session(server, client) as (_, connected):
        chain = [pki.Certificate.from_der(der) for der in connected.get_verified_chain()]
        assert [each.subject for each in chain][1:] == [middle.certificate.subject]


# ---- the suites with RSA ----

RSA_SUITES = ("RSA-SM4-GCM-SM3", "RSA-SM4-CBC-SM3", "RSA-SM4-GCM-SHA256", "RSA-SM4-CBC-SHA256")


@pytest.fixture(scope="module")
def rsa_pair(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A CA and a pair with RSA keys, and an encryption certificate without keyAgreement."""
    folder = tmp_path_factory.mktemp("rsa")
    ca_key, sign_key, enc_key = (rsa.generate_private_key(65537, 2048) for _ in range(3))
    ca = certificate("RSA", ca_key, "RSA", ca_key, ca=True)
    (folder / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    files = SimpleNamespace(ca=folder / "ca.pem")
    for name, key, usage in (
        ("sign", sign_key, ("digital_signature",)),
        ("enc", enc_key, ("key_encipherment", "data_encipherment", "key_agreement")),
        ("enc_server", enc_key, ("key_encipherment", "data_encipherment")),
    ):
        made = certificate(name, key, "RSA", ca_key, usage=usage)
        setattr(files, name, write(folder / f"{name}.pem", key, made))
    return files


def rsa_contexts(
    files: SimpleNamespace, suite: str, *, mutual: bool, enc: str = "enc"
) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    client.load_verify_locations(files.ca)
    for context in (server, client) if mutual else (server,):
        pair = getattr(files, enc)
        context.load_ntls_cert_pair(files.sign, files.sign, pair, pair)
        context.set_ciphers(suite)
    client.set_ciphers(suite)
    if mutual:
        server.verify_mode = ssl.CERT_REQUIRED
        server.load_verify_locations(files.ca)
    return server, client


@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
@pytest.mark.parametrize("suite", RSA_SUITES)
def test_rsa_suites(suite: str, mutual: bool, rsa_pair: SimpleNamespace) -> None:
    with session(*rsa_contexts(rsa_pair, suite, mutual=mutual)) as ends:
        exchange(*ends, b"data" * 25_000)
        for end in ends:
            assert end.cipher() == (suite, "NTLSv1.1", 128)
            assert end.group() is None
            assert end.server_sigalg() == "rsa_pkcs1_sha256"
            assert end.client_sigalg() == ("rsa_pkcs1_sha256" if mutual else None)
        assert ends[1].getpeercert()["subject"] == ((("commonName", "sign"),),)
        assert ends[1].get_peer_enc_cert()["subject"] == ((("commonName", "enc"),),)
        assert bool(ends[0].getpeercert(True)) == mutual


def test_encryption_certificates_of_rsa(rsa_pair: SimpleNamespace) -> None:
    """A server's does without keyAgreement, a client's does not."""
    suite = RSA_SUITES[0]
    with session(*rsa_contexts(rsa_pair, suite, mutual=False, enc="enc_server")):
        pass
    contexts = rsa_contexts(rsa_pair, suite, mutual=True, enc="enc_server")
    assert "certificate purpose" in str(failure(*contexts)[0])


def test_an_rsa_pair_has_no_sm2_suite(rsa_pair: SimpleNamespace) -> None:
    server, _ = rsa_contexts(rsa_pair, RSA_SUITES[0], mutual=False)
    _, client = rsa_contexts(rsa_pair, "ECC-SM2-SM4-GCM-SM3", mutual=False)
    server.set_ciphers("ALL")
    assert failure(server, client)[0].reason == "NO_SHARED_CIPHER"


def test_a_pair_is_of_one_kind(rsa_pair: SimpleNamespace, trust: SimpleNamespace) -> None:
    folder = trust.dir / "server"
    with pytest.raises(ssl.SSLError, match="wrong key type"):
        ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER).load_ntls_cert_pair(
            rsa_pair.sign, rsa_pair.sign, folder / "enc.pem", folder / "enc.key"
        )
