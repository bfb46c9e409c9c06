"""Certificates for ordinary TLS, with P-256 and RSA keys, made by ``cryptography``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID


def make(directory: Path) -> SimpleNamespace:
    """The paths of ``ca`` (a certificate), and of ``ec``, ``rsa``, ``client`` and ``stranger``.

    Those are PEM files with a certificate and its key; the stranger's is of another CA.
    """
    ca_key, other_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _certificate("TLS Root", ca_key, None, ca_key)
    other = _certificate("Other Root", other_key, None, other_key)
    paths = SimpleNamespace(ca=directory / "ca.pem")
    paths.ca.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    for name, key, issuer, issuer_key in (
        ("ec", ec.generate_private_key(ec.SECP256R1()), ca, ca_key),
        ("rsa", rsa.generate_private_key(65537, 2048), ca, ca_key),
        ("client", ec.generate_private_key(ec.SECP256R1()), ca, ca_key),
        ("stranger", ec.generate_private_key(ec.SECP256R1()), other, other_key),
    ):
        path: Path = directory / f"{name}.pem"
        path.write_bytes(
            _certificate(name, key, issuer, issuer_key).public_bytes(serialization.Encoding.PEM)
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
