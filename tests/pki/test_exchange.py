"""Objects handed to and taken from ``cryptography`` and pyOpenSSL, and what those cannot hold."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from OpenSSL import crypto

from tongsuo_py import pki, sm2
from tongsuo_py.exceptions import FormatError

KEY = sm2.PrivateKey.generate()
CA = pki.CA.create("Root")
CERTIFICATE = CA.issue("a.example", key=KEY)
REQUEST = pki.Request.create(KEY, "a.example")
CRL = CA.issue_crl([CERTIFICATE], number=1)


@pytest.mark.parametrize(
    "thing", [CERTIFICATE, REQUEST, CRL], ids=["certificate", "request", "CRL"]
)
def test_to_cryptography_and_back(thing: Any) -> None:
    there = thing.to_cryptography()
    back = type(thing).from_cryptography(there)
    assert back == thing
    assert type(back) in (pki.Certificate, pki.Request, pki.CRL)
    for other in (pki.Certificate, pki.Request, pki.CRL):
        if not isinstance(thing, other):
            with pytest.raises(TypeError, match=r"a cryptography.x509.Cert\w+ is needed, not Cert"):
                other.from_cryptography(there)


def test_certificates_to_pyopenssl_and_back() -> None:
    there = CERTIFICATE.to_pyopenssl()
    assert there.get_serial_number() == CERTIFICATE.serial_number
    assert pki.Certificate.from_pyopenssl(there) == CERTIFICATE
    with pytest.raises(TypeError, match=r"a OpenSSL.crypto.X509 is needed, not KeyedCertificate"):
        pki.Certificate.from_pyopenssl(CERTIFICATE)  # type: ignore[arg-type]


def test_keys_to_pyopenssl_and_back() -> None:
    public, private = KEY.public_key().to_pyopenssl(), KEY.to_pyopenssl()
    assert public.bits() == private.bits() == 256
    for there in (public, private):
        assert sm2.PublicKey.from_pyopenssl(there) == KEY.public_key()
    with pytest.raises(FormatError, match=r"an SM2 key is needed.*RSA"):
        sm2.PublicKey.from_pyopenssl(
            crypto.PKey.from_cryptography_key(rsa.generate_private_key(65537, 2048))
        )
    with pytest.raises(TypeError, match=r"a OpenSSL.crypto.PKey is needed, not PublicKey"):
        sm2.PublicKey.from_pyopenssl(KEY.public_key())  # type: ignore[arg-type]


@pytest.mark.parametrize("thing", [REQUEST, CRL], ids=["request", "CRL"])
def test_what_pyopenssl_has_not(thing: Any) -> None:
    with pytest.raises(NotImplementedError, match=r"pyOpenSSL has no class.*to_cryptography\(\)"):
        thing.to_pyopenssl()
    with pytest.raises(NotImplementedError, match=r"pyOpenSSL has no class.*from_cryptography\(\)"):
        type(thing).from_pyopenssl(object())


@pytest.mark.parametrize("key", [KEY, KEY.public_key()], ids=["private", "public"])
def test_what_cryptography_has_not(key: Any) -> None:
    with pytest.raises(NotImplementedError, match=r"has no SM2 keys: use to_pyopenssl\(\)"):
        key.to_cryptography()


@pytest.mark.parametrize(
    ("package", "module", "call"),
    [
        ("cryptography", "cryptography.x509", lambda: CERTIFICATE.to_cryptography()),
        ("cryptography", "cryptography.x509", lambda: pki.CRL.from_cryptography(None)),
        ("pyOpenSSL", "OpenSSL.crypto", lambda: KEY.to_pyopenssl()),
        ("pyOpenSSL", "OpenSSL.crypto", lambda: pki.Certificate.from_pyopenssl(None)),
    ],
    ids=range(4),
)
def test_without_the_package(
    monkeypatch: pytest.MonkeyPatch, package: str, module: str, call: Any
) -> None:
    monkeypatch.setitem(sys.modules, module, None)  # what cannot be imported
    with pytest.raises(ImportError, match=rf"\(\) needs the package {package}: pip install"):
        call()
