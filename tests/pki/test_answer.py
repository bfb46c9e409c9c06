"""A CA's answers to requests: single certificates, and pairs with an enveloped key, the GM way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from damage import flipped

from tongsuo_py import pki, sm2
from tongsuo_py._binding import lib
from tongsuo_py.exceptions import DecryptionError, FormatError, InvalidSignature

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "requests"
CA = pki.CA.create("Grid Root CA", country="CN")
SUB = CA.issue_ca("Grid Sub CA", country="CN")
KEY, OTHER_KEY = sm2.PrivateKey.generate(), sm2.PrivateKey.generate()
REQUEST = pki.Request.create(KEY, "device.example", "192.0.2.7", role="meter", country="CN")
SIGNS = pki.KeyUsage.DIGITAL_SIGNATURE | pki.KeyUsage.NON_REPUDIATION


@pytest.fixture
def issued() -> pki.IssuedPair:
    return SUB.answer_pair(REQUEST)


def test_one_certificate() -> None:
    certificate = SUB.answer(REQUEST, days=7)
    assert certificate.subject == REQUEST.subject
    assert certificate.san == REQUEST.san
    assert certificate.public_key() == KEY.public_key()
    assert certificate.key_usage == pki.KeyUsage.DIGITAL_SIGNATURE
    assert certificate.extended_key_usage == ("serverAuth", "clientAuth")
    assert certificate.not_after - certificate.not_before == timedelta(days=7)
    assert certificate.is_issued_by(SUB.certificate)
    assert pki.KeyedCertificate.of(certificate, KEY, SUB.chain, SUB.root).private_key is KEY


def test_the_ca_decides() -> None:
    moment = datetime(2030, 1, 1, tzinfo=UTC)
    certificate = CA.answer(
        REQUEST,
        hosts=["other.example", "OTHER.example"],
        profile="sign",
        side="client",
        not_before=moment,
        not_after=moment + timedelta(days=1),
        crl_urls=["http://crl.example/root.crl"],
    )
    assert certificate.san == (("DNS", "other.example"),)
    assert certificate.key_usage == SIGNS
    assert certificate.extended_key_usage == ("clientAuth",)
    assert (certificate.not_before, certificate.not_after) == (moment, moment + timedelta(days=1))
    assert certificate.crl_urls == ("http://crl.example/root.crl",)
    assert CA.answer(REQUEST, hosts=()).san == ()


def test_extensions_are_not_copied(run_openssl: Callable[..., bytes]) -> None:
    """What would make a device a CA, if a CA did as it is told."""
    text = run_openssl(
        *("req", "-new", "-sm3", "-key", "{key}", "-subj", "/CN=evil"),
        *("-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=keyCertSign"),
        *("-addext", "extendedKeyUsage=codeSigning", "-addext", "subjectAltName=DNS:a.example"),
        key=KEY.to_pem(),
    )
    request = pki.Request.from_pem(text)
    assert "CA:TRUE" in request.to_text()
    certificate = CA.answer(request)
    assert not certificate.is_ca
    assert certificate.key_usage == pki.KeyUsage.DIGITAL_SIGNATURE
    assert certificate.extended_key_usage == ("serverAuth", "clientAuth")
    assert certificate.san == (("DNS", "a.example"),)
    identifiers = {
        extension.oid.dotted_string for extension in certificate.to_cryptography().extensions
    }
    assert identifiers == {"2.5.29.14", "2.5.29.15", "2.5.29.17", "2.5.29.35", "2.5.29.37"}


@pytest.mark.parametrize("name", ["openssl", "gmssl"])
def test_requests_of_other_programs(name: str) -> None:
    request = pki.load_request(VECTORS / f"{name}.pem")
    issued = CA.answer_pair(request)
    for certificate in (issued.sign, issued.enc):
        assert certificate.subject == "CN=device.example,O=Example,C=CN"
        assert certificate.san == request.san
    assert issued.sign.public_key() == request.public_key()


def test_a_pair(issued: pki.IssuedPair) -> None:
    pair = issued.accept(KEY, CA.certificate)
    assert pair.sign == issued.sign
    assert pair.enc == issued.enc
    assert pair.sign.private_key is KEY
    assert pair.enc.private_key.public_key() == issued.enc.public_key() != KEY.public_key()
    assert pair.sign.key_usage == SIGNS
    assert pair.enc.key_usage is not None
    assert not pair.enc.key_usage & SIGNS
    for half in (pair.sign, pair.enc):
        assert half.subject == REQUEST.subject
        assert half.san == REQUEST.san
        assert half.chain == (SUB.certificate,)
        assert half.root == CA.certificate
    name = SUB.certificate.subject
    assert repr(issued) == f"<pki.IssuedPair {REQUEST.subject!r} issued by {name!r}>"


def test_each_pair_has_a_key_of_its_own(issued: pki.IssuedPair) -> None:
    assert SUB.answer_pair(REQUEST).enc.public_key() != issued.enc.public_key()


def test_saved_and_loaded(issued: pki.IssuedPair, tmp_path: Path) -> None:
    issued.save(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "sign.pem",
        "enc.pem",
        "enc.enveloped",
        "ca.pem",
    }
    loaded = pki.IssuedPair.load(tmp_path)
    assert (loaded.sign, loaded.enc, loaded.enveloped_key) == (
        issued.sign,
        issued.enc,
        issued.enveloped_key,
    )
    assert (loaded.chain, loaded.root) == (issued.chain, issued.root)
    pair = loaded.accept(KEY)
    # The device's own directory: the keys come to the certificates that are there already.
    pair.save(tmp_path)
    assert pki.CertificatePair.load(tmp_path).enc == issued.enc
    with pytest.raises(FileExistsError):
        SUB.answer_pair(REQUEST).save(tmp_path)


def test_what_save_left_out(issued: pki.IssuedPair, tmp_path: Path) -> None:
    for name in ("sign.pem", "enc.pem", "enc.enveloped", "ca.pem"):
        issued.save(tmp_path, overwrite=True)
        (tmp_path / name).unlink()
        with pytest.raises(FileNotFoundError) as caught:
            pki.IssuedPair.load(tmp_path)
        assert caught.value.filename == str(tmp_path / name)


def replaced(issued: pki.IssuedPair, **changes: Any) -> pki.IssuedPair:
    parts = {
        name: getattr(issued, name) for name in ("sign", "enc", "enveloped_key", "chain", "root")
    }
    return pki.IssuedPair(**parts | changes)


def test_what_a_device_does_not_accept(issued: pki.IssuedPair) -> None:
    other = pki.CA.create("Grid Root CA", country="CN")
    elsewhere = pki.Request.create(KEY, "elsewhere.example")
    another_key = pki.Request.create(OTHER_KEY, "device.example", role="meter", country="CN")
    another = SUB.answer_pair(REQUEST)
    old = SUB.answer_pair(
        REQUEST,
        not_before=datetime(2020, 1, 1, tzinfo=UTC),
        not_after=datetime(2020, 2, 1, tzinfo=UTC),
    )
    cases = [
        ("the private key does not belong", replaced(issued, sign=CA.answer(another_key))),
        ("the private key does not belong", replaced(issued, enc=another.enc)),
        ("the private key does not belong", replaced(issued, enveloped_key=another.enveloped_key)),
        ("are two swapped", replaced(issued, sign=CA.answer(REQUEST, profile="enc"))),
        ("of CN=Grid Root CA,C=CN is missing", replaced(issued, root=other.certificate)),
        ("of CN=Grid Sub CA,C=CN is missing", replaced(issued, chain=())),
        ("the certificates are of two", replaced(issued, sign=CA.answer(elsewhere))),
        ("certificate has expired", old),
    ]
    for message, answer in cases:
        with pytest.raises(FormatError, match=message):
            answer.accept(KEY)
    with pytest.raises(FormatError, match="and the one trusted is"):
        issued.accept(KEY, other.certificate)
    with pytest.raises(TypeError, match=r"a pki.Certificate is needed, not bytes"):
        replaced(issued, enc=b"")


def enveloped_for(recipient: sm2.PrivateKey) -> bytes:
    return sm2.PrivateKey.generate().to_enveloped(recipient.public_key())


def test_keys_that_do_not_open(issued: pki.IssuedPair) -> None:
    with pytest.raises(DecryptionError):
        replaced(issued, enveloped_key=enveloped_for(OTHER_KEY)).accept(KEY)
    with pytest.raises(FormatError, match="the private key does not belong"):
        issued.accept(OTHER_KEY)
    broken = flipped(issued.enveloped_key, len(issued.enveloped_key) // 4)
    with pytest.raises((DecryptionError, FormatError)):
        replaced(issued, enveloped_key=broken).accept(KEY)
    with pytest.raises(FormatError):
        replaced(issued, enveloped_key=issued.enveloped_key[:-1]).accept(KEY)
    assert lib.ERR_peek_error() == 0


def test_requests_that_are_refused(run_openssl: Callable[..., bytes]) -> None:
    forged = bytearray(REQUEST.to_der())
    place = forged.index(b"device.example")
    forged[place : place + 6] = b"victim"
    with pytest.raises(InvalidSignature, match="not signed by its own key"):
        CA.answer(pki.Request.from_der(forged))
    with pytest.raises(InvalidSignature, match="not signed by its own key"):
        CA.answer_pair(pki.Request.from_der(forged))
    text = run_openssl(
        *("req", "-new", "-sm3", "-key", "{key}", "-subj", "/CN=x", "-addext"),
        "subjectAltName=DNS:a.example,email:root@a.example",
        key=KEY.to_pem(),
    )
    request = pki.Request.from_pem(text)
    with pytest.raises(ValueError, match=r"asks for the name email:root@a.example.*give hosts="):
        CA.answer(request)
    assert CA.answer(request, hosts=["a.example"]).san == (("DNS", "a.example"),)
    with pytest.raises(TypeError, match="hosts must be a sequence of names, not one string"):
        CA.answer(request, hosts="ab")
    nameless = pki.Request.from_pem(
        run_openssl("req", "-new", "-sm3", "-key", "{key}", "-subj", "/", key=KEY.to_pem())
    )
    with pytest.raises(ValueError, match="neither a subject nor a name"):
        CA.answer(nameless)
    certificate = CA.answer(nameless, hosts=["a.example"])
    names = certificate.to_cryptography().extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.critical  # RFC 5280, 4.2.1.6
    rsa = run_openssl(
        *("req", "-new", "-newkey", "rsa:2048", "-noenc", "-keyout", "-", "-subj", "/CN=x")
    )
    with pytest.raises(FormatError, match=r"an SM2 key is needed.*RSA"):
        CA.answer(pki.Request.from_pem(rsa))


def test_gmssl_takes_a_certificate_for_its_request(run_gmssl: Callable[..., bytes]) -> None:
    certificate = CA.answer(pki.load_request(VECTORS / "gmssl.pem"))
    run_gmssl(
        *("certverify", "-in", "{leaf}", "-cacert", "{root}"),
        leaf=certificate.to_pem(),
        root=CA.certificate.to_pem(),
    )
