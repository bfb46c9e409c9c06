"""Certificates for the sessions: SM2 by our own CA, P-256 by ``cryptography`` where it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NAME = "localhost"


def make(directory: Path) -> bool:
    """Folders ``sm2`` and ``p256``, each with ``ca.pem`` and the folders ``server``, ``client``.

    Those have ``sign.pem`` and ``sign.key``; for SM2, a pair for TLCP, ``enc.pem`` and ``enc.key``
    as well. False if there is no P-256, for lack of ``cryptography``.
    """
    from tongsuo_py import pki

    ca = pki.CA.create("tongsuo-py bench")
    for who in ("server", "client"):
        ca.issue_pair(NAME, role=who).save(directory / "sm2" / who)
    (directory / "sm2" / "ca.pem").write_bytes(
        (directory / "sm2" / "server" / "ca.pem").read_bytes()
    )
    try:
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        return False
    issue(directory / "p256", *(ec.generate_private_key(ec.SECP256R1()) for _ in range(3)))
    return True


def issue(directory: Path, ca_key: Any, server_key: Any, client_key: Any) -> None:
    """A CA and certificates of a server and a client for these keys of ``cryptography``."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    ca = _certificate("tongsuo-py bench", ca_key, None, ca_key)
    directory.mkdir()
    (directory / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    for who, key in (("server", server_key), ("client", client_key)):
        own = directory / who
        own.mkdir()
        certificate = _certificate(NAME, key, ca, ca_key)
        (own / "sign.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        (own / "sign.key").write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )


def _certificate(name: str, key: Any, issuer: Any, issuer_key: Any) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
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
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    )
    return builder.sign(issuer_key, hashes.SHA256())
