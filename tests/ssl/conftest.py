"""What the tests of ``tongsuo_py.ssl`` share: contexts for each protocol, certificates for TLS."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from peers import queue_is_empty

from tongsuo_py import ssl


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No test leaves an error in OpenSSL's queue, or a thread."""
    assert queue_is_empty()
    before = set(threading.enumerate())
    yield
    assert queue_is_empty()
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive(), thread
    gc.collect(0)  # what was not closed says so now, in the test that forgot it


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Certificates for ordinary TLS: ``ca``, and ``ec``, ``rsa``, ``client`` with chain and key.

    Each is the path of a PEM file with the certificate and its key (``ca``: without).
    """
    directory = tmp_path_factory.mktemp("tls")
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("TLS Root", ca_key, None, ca_key)
    paths = SimpleNamespace(ca=directory / "ca.pem")
    paths.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    for name, key in (
        ("ec", ec.generate_private_key(ec.SECP256R1())),
        ("rsa", rsa.generate_private_key(65537, 2048)),
        ("client", ec.generate_private_key(ec.SECP256R1())),
    ):
        certificate = _certificate(name, key, ca, ca_key)
        path: Path = directory / f"{name}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        setattr(paths, name, path)
    return paths


def _certificate(name: str, key: Any, issuer: Any, issuer_key: Any) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if issuer is None:
        usage = dict.fromkeys(
            (
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "encipher_only",
                "decipher_only",
            ),
            False,
        )
        builder = builder.add_extension(
            x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
    else:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(
                [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
            ),
            critical=False,
        ).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    return builder.sign(issuer_key, hashes.SHA256())


class Tlcp:
    """Makes contexts for TLCP from the session's certificates."""

    def __init__(self, trust: SimpleNamespace) -> None:
        self.trust = trust

    def server(
        self, ciphers: str | None = None, *, dual: bool = False, mutual: bool = False
    ) -> ssl.SSLContext:
        """A server: for TLCP alone, or with ``dual`` for TLS 1.3 with an SM2 certificate too."""
        protocol = ssl.PROTOCOL_TLS_SERVER if dual else ssl.PROTOCOL_NTLS_SERVER
        context = ssl.SSLContext(protocol)
        if dual:
            context.enable_ntls()
        self.trust.server.configure(context)
        self.trust.ca.configure_trust(context)
        if mutual:
            context.verify_mode = ssl.CERT_REQUIRED
        if ciphers is not None:
            context.set_ciphers(ciphers)
        return context

    def client(self, ciphers: str | None = None, *, pair: bool = True) -> ssl.SSLContext:
        """A client that trusts the CA, and has a pair of it unless told."""
        context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
        self.trust.ca.configure_trust(context)
        if pair:
            self.trust.client.configure(context)
        if ciphers is not None:
            context.set_ciphers(ciphers)
        return context


@pytest.fixture(scope="session")
def tlcp(trust: SimpleNamespace) -> Tlcp:
    """Contexts for TLCP."""
    return Tlcp(trust)
