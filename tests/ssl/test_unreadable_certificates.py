"""Certificates whose signature is good, or not looked at, and whose text nobody can read."""

from __future__ import annotations

import ssl as stdlib
from pathlib import Path
from types import ModuleType
from typing import Any

import der
import pytest
from cryptography.hazmat.primitives import serialization
from peers import MemoryPair

from tongsuo_py import ssl

NOT_TEXT = der.name([("2.5.4.3", 14, b"12:00")])  # TIME, which OpenSSL has no text for
DNS_NAME = 0x82
NOT_UTF8, LOCALHOST = der.tlv(DNS_NAME, b"caf\xe9"), der.tlv(DNS_NAME, b"localhost")
KEY = der.KEY.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
)

both_modules = pytest.mark.parametrize("module", [stdlib, ssl], ids=["stdlib", "ours"])
unreadable = pytest.mark.parametrize(
    ("subject", "names", "error"),
    [(NOT_TEXT, LOCALHOST, stdlib.SSLError), (der.name(), NOT_UTF8, UnicodeDecodeError)],
    ids=["no text", "no UTF-8"],
)


def certificate(subject: bytes, names: bytes) -> bytes:
    basic = der.extension("2.5.29.19", der.tlv(der.SEQUENCE, der.tlv(der.BOOLEAN, b"\xff")))
    alternatives = der.extension("2.5.29.17", der.tlv(der.SEQUENCE, names))
    return der.certificate(subject=subject, extensions=[basic, alternatives])


@both_modules
@unreadable
def test_of_a_context(
    module: ModuleType, subject: bytes, names: bytes, error: type[Exception]
) -> None:
    context = module.SSLContext(module.PROTOCOL_TLS_CLIENT)
    data = certificate(subject, names)
    context.load_verify_locations(cadata=data)
    assert context.get_ca_certs(binary_form=True) == [data]
    with pytest.raises(error):
        context.get_ca_certs()


@both_modules
@unreadable
def test_of_a_peer(
    module: ModuleType, subject: bytes, names: bytes, error: type[Exception], tmp_path: Path
) -> None:
    data = certificate(subject, names)
    chain = tmp_path / "server.pem"
    chain.write_bytes(der.pem(data).encode() + KEY)
    server = module.SSLContext(module.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain)
    client = module.SSLContext(module.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_flags |= module.VERIFY_X509_PARTIAL_CHAIN  # the certificate itself is trusted
    client.load_verify_locations(cadata=data)
    pair: Any = MemoryPair(server, client, bio=module.MemoryBIO)
    pair.handshake()
    assert pair.client.getpeercert(binary_form=True) == data
    with pytest.raises(error):
        pair.client.getpeercert()
    with pytest.raises(error):
        pair.client._sslobj.get_verified_chain()[0].get_info()


def test_what_is_wrong_is_said() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    context.load_verify_locations(cadata=certificate(NOT_TEXT, LOCALHOST))
    with pytest.raises(ssl.SSLError, match="commonName is not a valid string"):
        context.get_ca_certs()
