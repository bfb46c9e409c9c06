"""Certificate requests: made, read, their signatures checked; against three other programs."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from damage import flipped, flips
from native_words import native_words

from tongsuo_py import _der, pki, sm2
from tongsuo_py._binding import lib
from tongsuo_py.exceptions import FormatError

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "requests"
KEY = sm2.PrivateKey.generate()
REQUEST = pki.Request.create(
    KEY, "device.example", "192.0.2.7", role="meter", organization="电网", country="CN"
)
DEFAULT_ID = b"1234567812345678"


def signed_with_id(user_id: bytes) -> pki.Request:
    """The same request, signed once more, with another ID."""
    signed, algorithm = parts(REQUEST)[:2]
    signature = KEY.sign(signed, user_id)
    return pki.Request.from_der(_der.sequence(signed, algorithm, _der.bits(signature)))


def parts(request: pki.Request) -> tuple[bytes, bytes, bytes]:
    reader = _der.Reader(request.to_der(), "the request").only()
    return reader.element(), reader.element(), reader.bits()


def test_what_it_says() -> None:
    assert REQUEST.subject == "CN=device.example,OU=meter,O=电网,C=CN"
    assert REQUEST.san == (("DNS", "device.example"), ("IP Address", "192.0.2.7"))
    assert REQUEST.public_key() == KEY.public_key()
    assert REQUEST.public_key_algorithm == "SM2"
    assert REQUEST.signature_algorithm == "SM2-with-SM3"
    assert REQUEST.is_signed()
    assert repr(REQUEST) == f"<pki.Request of {REQUEST.subject!r}>"


def test_without_names() -> None:
    request = pki.Request.create(KEY, common_name="Meter 7")
    assert request.subject == "CN=Meter 7"
    assert request.san == ()
    assert request.is_signed()


def test_cryptography_reads_the_same() -> None:
    theirs = REQUEST.to_cryptography()
    names = theirs.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["device.example"]
    assert names.get_values_for_type(x509.IPAddress) == [ip_address("192.0.2.7")]
    assert [attribute.value for attribute in theirs.subject] == [
        "CN",
        "电网",
        "meter",
        "device.example",
    ]
    assert theirs.tbs_certrequest_bytes == parts(REQUEST)[0]
    assert theirs.signature == parts(REQUEST)[2]
    KEY.public_key().verify(theirs.signature, theirs.tbs_certrequest_bytes, DEFAULT_ID)


def test_native_openssl_verifies_it(
    run_any_openssl: Callable[..., bytes], run_openssl: Callable[..., bytes]
) -> None:
    command = ("req", "-in", "{request}", "-verify", "-noout", "-vfyopt")
    for data, form in ((REQUEST.to_pem(), "PEM"), (REQUEST.to_der(), "DER")):
        given = ("-inform", form)
        run_any_openssl(*command, "distid:1234567812345678", *given, request=data)
        # The check notices what it should; 8.4's says so and succeeds.
        run_openssl(*command, "distid:x", *given, request=data, fails=True)


def test_native_openssl_makes_them(run_any_openssl: Callable[..., bytes]) -> None:
    command = ("req", "-new", "-sm3", "-key", "{key}", "-subj", "/C=CN/CN=native.example")
    wanted = ("-addext", "subjectAltName=DNS:native.example,IP:::1,email:a@b.example")
    for identity in ((), ("-sigopt", "distid:1234567812345678")):
        text = run_any_openssl(*command, *wanted, *identity, key=KEY.to_pem())
        request = pki.Request.from_pem(text)
        assert request.is_signed()
        assert request.subject == "CN=native.example,C=CN"
        assert request.public_key() == KEY.public_key()
        assert request.san == (
            ("DNS", "native.example"),
            ("IP Address", "0:0:0:0:0:0:0:1"),
            ("email", "a@b.example"),
        )
        assert request.to_text().split() == native_words(run_any_openssl, "req", text)


@pytest.mark.parametrize("name", ["openssl", "gmssl"])
def test_those_of_other_programs(name: str) -> None:
    request = pki.load_request(VECTORS / f"{name}.pem")
    assert request.is_signed()
    assert request.subject == "CN=device.example,O=Example,C=CN"
    assert request.public_key_algorithm == "SM2"


@pytest.mark.parametrize(("user_id", "good"), [(DEFAULT_ID, True), (b"", True), (b"Alice", False)])
def test_identities(user_id: bytes, good: bool) -> None:
    assert signed_with_id(user_id).is_signed() is good


def test_a_signature_of_another_key() -> None:
    signed, algorithm, _ = parts(REQUEST)
    signature = sm2.PrivateKey.generate().sign(signed)
    forged = pki.Request.from_der(_der.sequence(signed, algorithm, _der.bits(signature)))
    assert not forged.is_signed()


def test_every_byte_is_signed() -> None:
    """A request with any byte changed cannot be read, or is not signed."""
    for changed in flips(REQUEST.to_der()):
        try:
            request = pki.Request.from_der(changed)
        except FormatError:
            continue
        assert not request.is_signed(), changed.hex()
    assert lib.ERR_peek_error() == 0


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (rsa.generate_private_key(65537, 2048), "RSA"),
        (ec.generate_private_key(ec.SECP256R1()), "EC"),
    ],
    ids=["RSA", "EC"],
)
def test_other_algorithms(key: Any, kind: str) -> None:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "other")])
    theirs = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256())
    request = pki.Request.from_cryptography(theirs)
    assert request.public_key_algorithm == kind
    assert request.is_signed()
    with pytest.raises(FormatError, match=f"an SM2 key is needed.*{kind}"):
        request.public_key()
    assert not pki.Request.from_der(flipped(request.to_der(), -1)).is_signed()


def test_other_forms(tmp_path: Path) -> None:
    assert pki.Request.from_pem(REQUEST.to_pem()) == REQUEST
    assert pki.Request.from_pem(REQUEST.to_pem().decode()) == REQUEST
    assert pki.Request.from_der(memoryview(REQUEST.to_der())) == REQUEST
    old_label = REQUEST.to_pem().replace(b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST")
    assert pki.Request.from_pem(KEY.to_pem() + old_label) == REQUEST
    assert pickle.loads(pickle.dumps(REQUEST)) == REQUEST
    assert hash(pki.Request.from_der(REQUEST.to_der())) == hash(REQUEST)
    assert REQUEST not in (pki.Request.create(KEY, "device.example"), REQUEST.to_der())
    path = tmp_path / "request"
    for data in (REQUEST.to_pem(), REQUEST.to_der()):
        path.write_bytes(data)
        assert pki.load_request(path) == pki.load_request(data) == REQUEST


def test_what_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="a certificate needs a name"):
        pki.Request.create(KEY)
    with pytest.raises(ValueError, match="neither a host name"):
        pki.Request.create(KEY, "a b")
    with pytest.raises(TypeError, match=r"an sm2.PrivateKey is needed, not PublicKey"):
        pki.Request.create(KEY.public_key(), "a.example")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="from_pem"):
        pki.Request()


def test_a_request_is_not_something_else() -> None:
    ca, certificate = pki.CA.create("Root"), pki.self_signed("a.example", key=KEY)
    with pytest.raises(FormatError, match=r"DER certificate request: expected .* at byte"):
        pki.Request.from_der(certificate.to_der())
    with pytest.raises(FormatError, match="expected -----BEGIN CERTIFICATE REQUEST-----"):
        pki.Request.from_pem(certificate.to_pem())
    with pytest.raises(FormatError, match=r"the DER certificate: expected .* at byte"):
        pki.Certificate.from_der(REQUEST.to_der())
    with pytest.raises(FileNotFoundError):
        pki.load_request("/nonexistent")
    with pytest.raises(TypeError, match=r"a pki.Request is needed, not KeyedCertificate"):
        ca.answer(certificate)  # type: ignore[arg-type]
