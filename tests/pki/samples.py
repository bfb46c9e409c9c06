"""What the tests of PKCS #12, CMS and ``load_pair`` share: a pair, and files that others wrote."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from damage import beginnings

from tongsuo_py import pki, sm2

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
JAVA, GMSSL, MESSAGES = VECTORS / "bouncycastle", VECTORS / "gmssl", VECTORS / "cms"

PASSWORD = "a password"
GMSSL_PASSWORD = "1234"
ROUNDS = 1  # of hashing a password: what it costs to guess one is not what is tested here

ROOT = pki.CA.create("Test Root CA")
CA = ROOT.issue_ca("Test CA")
PAIR = CA.issue_pair("a.example", role="meter")
OTHER = CA.issue_pair("b.example")


@cache
def p12() -> bytes:
    """The pair as PKCS #12."""
    return PAIR.to_pkcs12(PASSWORD, iterations=ROUNDS)


def gmssl_keyed(name: str) -> pki.KeyedCertificate:
    """A certificate of GmSSL's, ``sign`` or ``enc``, with its key."""
    key = sm2.PrivateKey.from_pem((GMSSL / f"{name}.key").read_bytes(), GMSSL_PASSWORD)
    return pki.KeyedCertificate.of(pki.load_certificate(GMSSL / f"{name}.pem"), key)


def assert_same(one: pki.CertificatePair, other: pki.CertificatePair) -> None:
    """Both pairs have the same certificates, keys, chains and root."""
    for mine, yours in ((one.sign, other.sign), (one.enc, other.enc)):
        assert mine == yours
        assert mine.private_key.to_bytes() == yours.private_key.to_bytes()
        assert mine.chain == yours.chain
        assert mine.root == yours.root


def refused_everywhere(
    data: bytes, read: Callable[[bytes], object], *errors: type[Exception]
) -> None:
    """``read`` raises one of these for every beginning of ``data`` but the whole, and for more."""
    for bad in (*beginnings(data), data + b"\0"):
        with pytest.raises(errors):
            read(bad)
