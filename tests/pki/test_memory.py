"""Nothing grows and no error is left: every constructor and failing path, ten thousand times.

(What makes certificates does so 12,000 times in all, three at a time.)
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress

import der
import pytest
from resources import resident

from tongsuo_py import pki, sm2
from tongsuo_py._binding import lib, pbe

ROUNDS = 10_000
CA = pki.CA.create("Root")
COMPROMISED = pki.RevocationReason.KEY_COMPROMISE
KEY, OTHER_KEY = sm2.PrivateKey.generate(), sm2.PrivateKey.generate()
LEAF = CA.issue("a.example", "127.0.0.1", role="r", organization="o", key=KEY)
ENC = CA.issue_pair("a.example", sign_key=KEY, enc_key=OTHER_KEY).enc
PLAIN = pki.Certificate.from_der(LEAF.to_der())
PEM, DER = LEAF.to_pem(), LEAF.to_der()
BROKEN = PEM + PEM[:300]
UNREADABLE = pki.Certificate.from_der(
    der.certificate(
        spki=der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, der.oid("1.2.3")), der.tlv(3, b"\0a")),
        extensions=[
            der.extension("2.5.29.17", der.tlv(der.SEQUENCE, b"\x82\1\xff")),
            der.extension("2.5.29.15", b"junk"),
        ],
    )
)

REQUEST = pki.Request.create(KEY, "a.example", "127.0.0.1", role="r")
CRL = CA.issue_crl([LEAF, pki.RevokedCertificate(5, LEAF.not_before, COMPROMISED)], number=1)

SEALED = pbe.encrypt(b"x", b"password", "sm4-cbc", 1)
UNKNOWN = pbe.Encrypted(der.tlv(der.SEQUENCE, der.oid("1.2.3")), b"x")

GOOD: dict[str, Callable[[], object]] = {
    "pbe.encrypt": lambda: pbe.encrypt(b"x", b"password", "aes-256-cbc", 1),
    "pbe.decrypt": lambda: pbe.decrypt(SEALED, b"password", ""),
    "pbe.pkcs12_mac": lambda: pbe.pkcs12_mac(b"x", b"password", "SM3", b"salt", 1),
    "pbe.pbmac1": lambda: pbe.pbmac1(b"x", None, "SM3", "SHA256", b"salt", 1, 32),
    "from_pem": lambda: pki.load_certificate(PEM),
    "from_der": lambda: pki.Certificate.from_der(DER),
    "of": lambda: pki.KeyedCertificate.of(PLAIN, KEY, (), CA.certificate),
    "request": lambda: (
        pki.Request.from_pem(REQUEST.to_pem()),
        REQUEST.subject,
        REQUEST.san,
        REQUEST.public_key_algorithm,
        REQUEST.to_text(),
    ),
    "revocation list": lambda: (
        pki.CRL.from_der(CRL.to_der()),
        CRL.issuer,
        CRL.number,
        CRL.next_update,
        CRL.revoked,
        CRL.find(LEAF),
        CRL.find(5),
        CRL.to_text(),
    ),
    "decode": LEAF.decode,
    "to_text": LEAF.to_text,
    "properties": lambda: (
        LEAF.subject,
        LEAF.issuer,
        LEAF.serial_number,
        LEAF.not_before,
        LEAF.not_after,
        LEAF.san,
        LEAF.key_usage,
        LEAF.extended_key_usage,
        LEAF.is_ca,
        LEAF.path_length,
        LEAF.subject_key_identifier,
        LEAF.authority_key_identifier,
        LEAF.signature_algorithm,
        LEAF.public_key_algorithm,
        LEAF.public_key(),
        LEAF.fingerprint(),
    ),
}


def make() -> None:
    CA.issue("a.example", "::1", key=KEY)
    pki.self_signed("a.example", key=KEY)
    pki.CA.create("Root")


def answer() -> None:
    request = pki.Request.create(KEY, "a.example")
    certificate = CA.answer(request, crl_urls=["http://crl.example/"])
    crl = CA.issue_crl([certificate, *CRL.revoked], number=2)
    found = pki.verify_chain(
        certificate, roots=[CA.certificate], intermediates=[PLAIN], crls=[crl], host="b.example"
    )
    assert len(found.problems) == 2


BAD: dict[str, Callable[[], object]] = {
    "pbe, no whole block": lambda: pbe.decrypt(SEALED._replace(ciphertext=b"x"), b"password", ""),
    "pbe, unknown": lambda: pbe.decrypt(UNKNOWN, b"password", ""),
    "pbe, nonsense": lambda: pbe.decrypt(UNKNOWN._replace(algorithm=b"x"), b"password", ""),
    "PEM": lambda: pki.load_certificates(BROKEN),
    "DER": lambda: pki.load_certificates(DER[:-9]),
    "rest": lambda: pki.load_certificates(DER + b"\0"),
    "nothing": lambda: pki.load_certificates(b"hello"),
    "key": lambda: pki.KeyedCertificate.of(PLAIN, OTHER_KEY),
    "root": lambda: pki.KeyedCertificate.of(PLAIN, KEY, (), ENC),
    "usage": lambda: pki.CertificatePair(ENC, LEAF),
    "algorithm": lambda: pki.KeyedCertificate.of(UNREADABLE, KEY),
    "public key": UNREADABLE.public_key,
    "name": lambda: CA.issue("a b"),
    "attribute": lambda: CA.issue("a.example", country="x"),
    "request": lambda: pki.load_request(REQUEST.to_der()[:-9]),
    "revocation list": lambda: pki.load_crl(CRL.to_der()[:-9]),
    "list of others": lambda: CRL.find(UNREADABLE),
    "CRL's URL": lambda: CA.issue("a.example", key=KEY, crl_urls=["x"]),
    "CRL's time": lambda: CA.issue_crl([], number=1, days=0),
    "decode": UNREADABLE.decode,
    "digest": lambda: LEAF.fingerprint("none"),
    "missing": lambda: pki.load_certificate("/nonexistent"),
}


def grows(work: Callable[[], object], rounds: int = ROUNDS) -> bool:
    """Whether so many calls make the process grow, after some that warm it up.

    By 600 kB, that is, where a leak of 64 bytes in a call makes 640 kB. An allocator may take that
    much for once; what leaks does so every time.
    """
    for _ in range(rounds // 10):
        work()
    for _ in range(3):
        gc.collect()
        before = resident()
        for _ in range(rounds):
            work()
        gc.collect()
        if resident() - before < 600_000:
            return False
    return True


@pytest.mark.parametrize("name", GOOD)
def test_what_succeeds(name: str) -> None:
    assert not grows(GOOD[name])
    assert lib.ERR_peek_error() == 0


def test_what_makes_certificates() -> None:
    assert not grows(make, 4_000)
    assert lib.ERR_peek_error() == 0


def test_what_answers_and_verifies() -> None:
    """A certificate that leaks makes two thousand bytes in a call."""
    assert not grows(answer, 500)
    assert lib.ERR_peek_error() == 0


@pytest.mark.parametrize("name", BAD)
def test_what_fails(name: str) -> None:
    def fail() -> None:
        with suppress(ValueError, FileNotFoundError):
            BAD[name]()
            raise AssertionError("did not fail")
        assert lib.ERR_peek_error() == 0

    assert not grows(fail)
