"""Nothing grows and no error is left: every constructor and failing path, thousands of times.

(What makes many things at once does so a few hundred times.)
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import suppress

import der
import pytest
from resources import allocated
from samples import MESSAGES

from tongsuo_py import pki, sm2
from tongsuo_py._binding import ffi, lib, pbe
from tongsuo_py.exceptions import InvalidSignature
from tongsuo_py.pki import cms

ROUNDS = 2_000
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


PAIR = CA.issue_pair("a.example", sign_key=KEY, enc_key=OTHER_KEY)
P12 = PAIR.to_pkcs12("x", iterations=1)
SIGNED, ENVELOPED = cms.sign(b"x", PAIR.sign, crls=[CRL]), cms.encrypt(b"x", PAIR.enc)
BOTH = cms.sign_and_encrypt(b"x", PAIR.sign, PAIR.enc)
CFCA = (MESSAGES / "cfca_key.pem").read_bytes()

# Each makes many things of C's at once, so that a few hundred rounds show what leaks.
FILES: dict[str, Callable[[], object]] = {
    "PKCS #12 written": lambda: PAIR.to_pkcs12("x", iterations=1),
    "PKCS #12 read": lambda: pki.load_pkcs12(P12, "x"),
    "PKCS #12, wrong password": lambda: pki.load_pkcs12(P12, "y"),
    "PKCS #12 cut off": lambda: pki.load_pkcs12(P12[:-1], "x"),
    "a pair": lambda: pki.load_pair(P12, PEM, password="x"),
    "half a pair": lambda: pki.load_pair(PEM, KEY.to_pem()),
    "CFCA": lambda: pki.load_keyed(CFCA, password="123456"),
    "CFCA, wrong password": lambda: pki.load_keyed(CFCA, password="x"),
    "signed": lambda: cms.sign(b"x", PAIR.sign, crls=[CRL]),
    "verified": lambda: cms.verify(SIGNED, roots=[CA.certificate]),
    "not verified": lambda: cms.verify(SIGNED, roots=[LEAF]),
    "not signed": lambda: cms.verify(SIGNED, b"y", roots=None),
    "encrypted": lambda: cms.encrypt(b"x", PAIR.enc),
    "decrypted": lambda: cms.decrypt(ENVELOPED, PAIR),
    "not decrypted": lambda: cms.decrypt(ENVELOPED, KEY),
    "signed and encrypted": lambda: cms.sign_and_encrypt(b"x", PAIR.sign, PAIR.enc),
    "decrypted and verified": lambda: cms.decrypt_and_verify(BOTH, PAIR, roots=[CA.certificate]),
    "identified": lambda: [pki.identify(data) for data in (P12, SIGNED, DER, PEM, CRL.to_der())],
    "other libraries": lambda: pki.Certificate.from_pyopenssl(LEAF.to_pyopenssl()),
}


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
    """Whether so many calls make the process hold more, after some that warm it up.

    By 60 bytes for each, that is, the least that C allocates being 32. What is put by for once may
    take as much; what leaks does so every time.
    """
    for _ in range(rounds // 10):
        work()
    for _ in range(3):
        gc.collect()
        before = allocated()
        for _ in range(rounds):
            work()
        gc.collect()
        if allocated() - before < 60 * rounds:
            return False
    return True


@pytest.mark.parametrize("name", GOOD)
def test_what_succeeds(name: str) -> None:
    assert not grows(GOOD[name])
    assert lib.ERR_peek_error() == 0


@pytest.mark.parametrize("name", FILES)
def test_files_and_messages(name: str) -> None:
    def work() -> None:
        with suppress(ValueError, InvalidSignature):
            FILES[name]()

    assert not grows(work, 200)
    assert lib.ERR_peek_error() == 0


def test_what_makes_certificates() -> None:
    assert not grows(make, 300)
    assert lib.ERR_peek_error() == 0


def test_what_answers_and_verifies() -> None:
    assert not grows(answer, 200)
    assert lib.ERR_peek_error() == 0


@pytest.mark.parametrize("name", BAD)
def test_what_fails(name: str) -> None:
    def fail() -> None:
        with suppress(ValueError, FileNotFoundError):
            BAD[name]()
            raise AssertionError("did not fail")
        assert lib.ERR_peek_error() == 0

    assert not grows(fail)


def test_growth_would_be_seen() -> None:
    kept: list[object] = []
    assert grows(lambda: lib.BN_bin2bn(b"x", 1, ffi.NULL), 200)
    assert grows(lambda: kept.append(bytearray(1000)), 200)
