"""Reading certificates of any kind, what they say, and what is no certificate."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import der
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tongsuo_py import pki
from tongsuo_py._binding import lib
from tongsuo_py.exceptions import FormatError

SELF_SIGNED = pki.self_signed("www.example", "::1", role="测试")


def foreign(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
    *extensions: x509.ExtensionType,
) -> bytes:
    """The DER of a certificate that ``cryptography`` makes."""
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "DE"),
            x509.NameAttribute(NameOID.COMMON_NAME, 'Grüße, "x" <y>; +#\\'),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(2**159 - 1)
        .not_valid_before(datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC))
        .not_valid_after(datetime(2050, 1, 2, 3, 4, 5, tzinfo=UTC))
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    from cryptography.hazmat.primitives.serialization import Encoding

    return builder.sign(key, algorithm).public_bytes(Encoding.DER)


@pytest.fixture(scope="module")
def rsa_der() -> bytes:
    return foreign(
        rsa.generate_private_key(65537, 2048),
        x509.KeyUsage(True, False, True, False, True, False, False, True, False),
        x509.ExtendedKeyUsage(
            [ExtendedKeyUsageOID.SERVER_AUTH, x509.ObjectIdentifier("1.2.3.4.5")]
        ),
        x509.SubjectAlternativeName([x509.DNSName("a.example"), x509.RFC822Name("b@example")]),
    )


def test_a_certificate_of_another_algorithm(rsa_der: bytes) -> None:
    certificate = pki.Certificate.from_der(rsa_der)
    theirs = certificate.to_cryptography()
    assert certificate.public_key_algorithm == "RSA"
    assert certificate.signature_algorithm == "sha256WithRSAEncryption"
    assert certificate.serial_number == 2**159 - 1
    assert certificate.not_before == theirs.not_valid_before_utc
    assert certificate.not_after == theirs.not_valid_after_utc
    assert certificate.subject == r"CN=Grüße\, \"x\" \<y\>\; \+#\\,C=DE"
    assert certificate.key_usage == (
        pki.KeyUsage.DIGITAL_SIGNATURE
        | pki.KeyUsage.KEY_ENCIPHERMENT
        | pki.KeyUsage.KEY_AGREEMENT
        | pki.KeyUsage.ENCIPHER_ONLY
    )
    assert certificate.extended_key_usage == ("serverAuth", "1.2.3.4.5")
    assert certificate.san == (("DNS", "a.example"), ("email", "b@example"))
    assert certificate.fingerprint("sha256") == theirs.fingerprint(hashes.SHA256())
    assert certificate.fingerprint("sha1") == theirs.fingerprint(hashes.SHA1())
    assert len(certificate.fingerprint()) == 32
    assert certificate.to_der() == rsa_der
    with pytest.raises(FormatError, match="algorithm is RSA"):
        certificate.public_key()
    assert lib.ERR_peek_error() == 0


def test_sm3_is_the_default_fingerprint(openssl: Path) -> None:
    digest = subprocess.run(
        [openssl, "dgst", "-sm3", "-binary"],
        input=SELF_SIGNED.to_der(),
        capture_output=True,
        check=True,
        timeout=20,
    ).stdout
    assert SELF_SIGNED.fingerprint() == SELF_SIGNED.fingerprint("sm3") == digest
    for name in ("sm4", "", "md\N{SNOWMAN}"):
        with pytest.raises(ValueError, match="there is no digest"):
            SELF_SIGNED.fingerprint(name)
    assert lib.ERR_peek_error() == 0


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), "EC"),
        (ed25519.Ed25519PrivateKey.generate(), "ED25519"),
    ],
)
def test_other_keys(key: Any, algorithm: str) -> None:
    certificate = pki.Certificate.from_der(foreign(key))
    assert certificate.public_key_algorithm == algorithm
    assert certificate.key_usage is None
    assert certificate.extended_key_usage is None
    assert certificate.subject_key_identifier is None
    assert certificate.is_issued_by(certificate)
    assert not certificate.is_issued_by(SELF_SIGNED)
    assert lib.ERR_peek_error() == 0


@pytest.mark.parametrize(
    "spki",
    [
        der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, der.oid("1.2.3")), der.tlv(3, b"\0abc")),
        der.SPKI[:-1] + bytes([der.SPKI[-1] ^ 1]),
        der.tlv(
            der.SEQUENCE, der.tlv(der.SEQUENCE, der.oid("1.2.840.10045.2.1")), der.tlv(3, b"\0")
        ),
    ],
    ids=["unknown algorithm", "off the curve", "no curve"],
)
def test_keys_that_cannot_be_read(spki: bytes) -> None:
    certificate = pki.Certificate.from_der(der.certificate(spki=spki))
    assert certificate.public_key_algorithm == "unknown"
    with pytest.raises(FormatError, match="public key could not be read"):
        certificate.public_key()
    assert not certificate.is_issued_by(certificate)
    assert not SELF_SIGNED.is_issued_by(certificate)
    assert "CN=subject" in certificate.to_text()
    with pytest.raises(FormatError, match="this one's key is unknown"):
        pki.KeyedCertificate.of(certificate, SELF_SIGNED.private_key)
    assert lib.ERR_peek_error() == 0


def test_malformed_extensions_forbid() -> None:
    certificate = pki.Certificate.from_der(
        der.certificate(
            extensions=[
                der.extension("2.5.29.15", b"\x30\x01", critical=True),
                der.extension("2.5.29.37", b"junk"),
                der.extension("2.5.29.17", b"junk"),
                der.extension("2.5.29.19", b"junk"),
                der.extension("2.5.29.14", b"junk"),
                der.extension("2.5.29.35", b"junk"),
            ]
        )
    )
    assert certificate.key_usage == pki.KeyUsage(0)
    assert not certificate.is_ca
    assert certificate.path_length is None
    assert certificate.extended_key_usage is None
    assert certificate.san == ()
    assert certificate.subject_key_identifier is None
    assert certificate.authority_key_identifier is None
    assert "X509v3" in certificate.to_text()
    assert lib.ERR_peek_error() == 0


def test_version_1_is_no_ca() -> None:
    certificate = pki.Certificate.from_der(der.certificate(version=0))
    assert certificate.version == 1
    assert not certificate.is_ca


def test_times_at_the_ends() -> None:
    certificate = pki.Certificate.from_der(
        der.certificate(
            not_before=der.tlv(der.UTC_TIME, b"500101000000Z"),
            not_after=der.tlv(der.GENERALIZED_TIME, b"99991231235959Z"),
        )
    )
    assert certificate.not_before == datetime(1950, 1, 1, tzinfo=UTC)
    assert certificate.not_after == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def test_a_year_that_is_none() -> None:
    certificate = pki.Certificate.from_der(
        der.certificate(not_before=der.tlv(der.GENERALIZED_TIME, b"00000101000000Z"))
    )
    with pytest.raises(FormatError, match="the certificate's validity is no time"):
        _ = certificate.not_before


def test_serial_numbers_that_rfc_5280_forbids() -> None:
    for number in (0, -1, -(2**200), 2**500):
        certificate = pki.Certificate.from_der(der.certificate(serial=der.integer(number)))
        assert certificate.serial_number == number


def test_names_with_control_characters_are_escaped() -> None:
    name = der.name([("2.5.4.3", der.UTF8, b"a\0b\nc\x1b[31m")])
    certificate = pki.Certificate.from_der(der.certificate(subject=name))
    assert certificate.subject == r"CN=a\00b\0Ac\1B[31m"
    assert "\x1b" not in repr(certificate)
    assert "\x1b" not in certificate.to_text()


# ---- forms ----


def test_forms(tmp_path: Path) -> None:
    text = SELF_SIGNED.to_pem()
    assert text.startswith(b"-----BEGIN CERTIFICATE-----\n")
    for same in (
        pki.Certificate.from_pem(text),
        pki.Certificate.from_pem(text.decode()),
        pki.Certificate.from_pem(bytearray(text)),
        pki.Certificate.from_pem(b"words before\n" + text + b"words after\n"),
        pki.Certificate.from_der(SELF_SIGNED.to_der()),
        pki.Certificate.from_der(memoryview(SELF_SIGNED.to_der())),
        pki.load_certificate(text),
        pki.load_certificate(SELF_SIGNED.to_der()),
    ):
        assert type(same) is pki.Certificate
        assert same == SELF_SIGNED
        assert hash(same) == hash(SELF_SIGNED)
    assert pki.self_signed("www.example") != SELF_SIGNED
    assert text != SELF_SIGNED
    for name, content in (("a.pem", text), ("a.der", SELF_SIGNED.to_der())):
        (tmp_path / name).write_bytes(content)
        assert pki.load_certificate(tmp_path / name) == SELF_SIGNED
        assert pki.load_certificate(str(tmp_path / name)) == SELF_SIGNED


def test_several_in_one_file(tmp_path: Path, rsa_der: bytes) -> None:
    other = pki.Certificate.from_der(rsa_der)
    (tmp_path / "two.pem").write_bytes(SELF_SIGNED.to_pem() + b"\nand\n\n" + other.to_pem())
    assert pki.load_certificates(tmp_path / "two.pem") == [SELF_SIGNED, other]
    assert pki.load_certificate(tmp_path / "two.pem") == SELF_SIGNED


def test_to_other_packages() -> None:
    assert SELF_SIGNED.to_cryptography().serial_number == SELF_SIGNED.serial_number
    theirs = SELF_SIGNED.to_pyopenssl()
    assert theirs.get_serial_number() == SELF_SIGNED.serial_number
    assert theirs.to_cryptography() == SELF_SIGNED.to_cryptography()


@pytest.mark.parametrize(
    ("method", "package", "module"),
    [
        ("to_cryptography", "cryptography", "cryptography"),
        ("to_pyopenssl", "pyOpenSSL", "OpenSSL"),
    ],
)
def test_other_packages_need_not_be_there(method: str, package: str, module: str) -> None:
    program = f"""
import sys
sys.modules[{module!r}] = None  # what Python itself does for a module that cannot be imported
from tongsuo_py import pki
try:
    pki.self_signed("a.example").{method}()
except ImportError as error:
    print(error)
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=Path(pki.__file__).parents[2],
    )
    assert result.stdout == f"{method}() needs the package {package}: pip install {package}\n"


def test_pickles_and_copies() -> None:
    certificate = pki.Certificate.from_der(SELF_SIGNED.to_der())
    assert pickle.loads(pickle.dumps(certificate)) == certificate
    assert copy.deepcopy(certificate) == certificate
    for secret in (SELF_SIGNED, pki.CA.create("x"), pki.CA.create("x").issue_pair("a.example")):
        for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
            with pytest.raises(TypeError, match="not pickled or copied"):
                attempt(secret)


def test_representations_hold_no_secrets() -> None:
    ca = pki.CA.create("Root")
    pair = ca.issue_pair("a.example")
    for secret, text in (
        (ca, "<pki.CA 'CN=Root'>"),
        (pair, "<pki.CertificatePair 'CN=a.example' issued by 'CN=Root'>"),
        (pair.sign, "<pki.KeyedCertificate 'CN=a.example' issued by 'CN=Root'>"),
    ):
        assert repr(secret) == str(secret) == text
    assert repr(ca.certificate) == "<pki.Certificate 'CN=Root' issued by 'CN=Root'>"


def test_they_do_not_change() -> None:
    pair = pki.CA.create("Root").issue_pair("a.example")
    for thing, name in (
        (pair, "sign"),
        (pair.sign, "private_key"),
        (pair.sign, "subject"),
        (pair.root, "anything"),
    ):
        with pytest.raises(AttributeError):
            setattr(thing, name, None)


# ---- bad input ----

PEM, DER = SELF_SIGNED.to_pem(), SELF_SIGNED.to_der()


NO_CERTIFICATES = {
    "nothing": (b"", "expected -----BEGIN or SEQUENCE at byte 0, found the end"),
    "text": (b"hello", "no certificate here.* at byte 0, found the byte 68"),
    "a tag": (b"\x30", "the DER certificate: expected a length at byte 1, found the end"),
    "cut": (DER[:-1], f"expected {len(DER) - 4} bytes of SEQUENCE at byte 4, found {len(DER) - 5}"),
    "more": (DER + b"\0", f"expected the end at byte {len(DER)}, found 1 more bytes"),
    "a length": (
        DER.replace(b"\x02\x01\x02", b"\x02\x05\x02", 1),
        "expected 5 bytes of INTEGER at byte 12, found 1",
    ),
    "a field": (
        DER[:13] + b"\x04" + DER[14:],
        "expected INTEGER at byte 13, found OCTET STRING",
    ),
    "PEM, cut": (PEM[:-40], f"expected -----END CERTIFICATE----- at byte {len(PEM) - 40}, found"),
    "PEM, cut early": (PEM[:200], "expected -----END CERTIFICATE----- at byte 200, found the end"),
    "PEM, no base64": (
        PEM.replace(b"M", b"!", 1),
        "expected base64 at byte 28, found the byte 21",
    ),
    "PEM, the second": (
        PEM + PEM[:100],
        f"expected -----END CERTIFICATE----- at byte {len(PEM) + 100}",
    ),
    "a key": (
        SELF_SIGNED.private_key.to_pem(),
        "expected -----BEGIN CERTIFICATE-----, found none",
    ),
    "a beginning": (b"-----BEGIN ", "expected -----BEGIN CERTIFICATE-----, found none in 11 bytes"),
}


@pytest.mark.parametrize(("data", "message"), NO_CERTIFICATES.values(), ids=NO_CERTIFICATES)
def test_bytes_that_are_no_certificate(data: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=message):
        pki.load_certificates(data)
    path = tmp_path / "bad.pem"
    path.write_bytes(data)
    with pytest.raises(FormatError, match=message) as caught:
        pki.load_certificate(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert lib.ERR_peek_error() == 0


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.pem", str(tmp_path / "missing.pem")):
        with pytest.raises(FileNotFoundError) as caught:
            pki.load_certificate(path)
        assert caught.value.filename == str(tmp_path / "missing.pem")
    with pytest.raises(IsADirectoryError):
        pki.load_certificate(tmp_path)


@pytest.mark.parametrize(
    "call",
    [
        lambda: pki.Certificate(),
        lambda: pki.KeyedCertificate(),
        lambda: pki.load_certificate(5),  # type: ignore[arg-type]
        lambda: pki.load_certificate(None),  # type: ignore[arg-type]
        lambda: pki.Certificate.from_pem(5),
        lambda: pki.Certificate.from_der("text"),
        lambda: SELF_SIGNED.is_issued_by(b"x"),  # type: ignore[arg-type]
        lambda: pki.KeyedCertificate.of(SELF_SIGNED, b"key"),  # type: ignore[arg-type]
        lambda: pki.KeyedCertificate.of(b"x", SELF_SIGNED.private_key),  # type: ignore[arg-type]
        lambda: pki.CertificatePair(SELF_SIGNED, None),  # type: ignore[arg-type]
    ],
)
def test_wrong_types(call: Callable[[], object]) -> None:
    with pytest.raises(TypeError):
        call()
