"""What is issued, as ``cryptography`` and native ``openssl`` see it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from native_words import native_words

from tongsuo_py import pki, sm2

KU = pki.KeyUsage
HOSTS = ("platform.example", "127.0.0.1", "*.grid.example", "2001:db8::a")
USAGES = {
    "digital_signature": KU.DIGITAL_SIGNATURE,
    "content_commitment": KU.NON_REPUDIATION,
    "key_encipherment": KU.KEY_ENCIPHERMENT,
    "data_encipherment": KU.DATA_ENCIPHERMENT,
    "key_agreement": KU.KEY_AGREEMENT,
    "key_cert_sign": KU.KEY_CERT_SIGN,
    "crl_sign": KU.CRL_SIGN,
}
SIGNS = KU.DIGITAL_SIGNATURE | KU.NON_REPUDIATION
ENCRYPTS = KU.KEY_ENCIPHERMENT | KU.DATA_ENCIPHERMENT | KU.KEY_AGREEMENT

# Two keys for all, so that tests with many certificates are not about making keys.
KEY, OTHER_KEY = sm2.PrivateKey.generate(), sm2.PrivateKey.generate()


@pytest.fixture(scope="module")
def ca() -> pki.CA:
    return pki.CA.create("Grid Root CA", organization="电网", country="CN")


@pytest.fixture(scope="module")
def sub(ca: pki.CA) -> pki.CA:
    return ca.issue_ca("Grid Sub CA", organization="电网", country="CN")


def usage_of(certificate: x509.Certificate) -> pki.KeyUsage:
    extension = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert extension.critical
    found = KU(0)
    for name, flag in USAGES.items():
        if getattr(extension.value, name):
            found |= flag
    return found


def check_against_cryptography(ours: pki.Certificate, issuer: pki.Certificate) -> x509.Certificate:
    """Every field, and that both libraries read it alike."""
    theirs, above = ours.to_cryptography(), issuer.to_cryptography()
    extensions = theirs.extensions
    assert theirs.version is x509.Version.v3
    assert ours.version == 3
    assert theirs.serial_number == ours.serial_number
    assert theirs.not_valid_before_utc == ours.not_before
    assert theirs.not_valid_after_utc == ours.not_after
    assert theirs.signature_algorithm_oid.dotted_string == "1.2.156.10197.1.501"
    assert theirs.signature_algorithm_parameters is None
    assert ours.signature_algorithm == "SM2-with-SM3"
    assert theirs.issuer == above.subject
    assert usage_of(theirs) == ours.key_usage

    # RFC 5280, 4.2.1.2 (1): SHA-1 of the key's bits; the SPKI is the key's own.
    identifier = extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert not identifier.critical
    spki = ours.public_key().to_der()
    assert spki in ours.to_der()
    assert identifier.value.digest == _sha1(ours.public_key().to_bytes())
    assert identifier.value.digest == ours.subject_key_identifier

    if ours != issuer:
        authority = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
        assert not authority.critical
        assert authority.value.key_identifier == issuer.subject_key_identifier
        assert authority.value.authority_cert_issuer is None
        assert authority.value.key_identifier == ours.authority_key_identifier
    else:
        assert ours.authority_key_identifier is None
    return theirs


def _sha1(data: bytes) -> bytes:
    import hashlib

    return hashlib.sha1(data, usedforsecurity=False).digest()


def check_leaf(ours: pki.Certificate, issuer: pki.Certificate, usage: pki.KeyUsage) -> None:
    theirs = check_against_cryptography(ours, issuer)
    assert ours.key_usage == usage
    assert {extension.oid.dotted_string for extension in theirs.extensions} - {"2.5.29.35"} == {
        "2.5.29.14",
        "2.5.29.15",
        "2.5.29.17",
        "2.5.29.37",
    }
    purposes = theirs.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    assert ours.extended_key_usage == ("serverAuth", "clientAuth")
    assert not ours.is_ca
    names = theirs.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert not names.critical
    assert names.value.get_values_for_type(x509.DNSName) == ["platform.example", "*.grid.example"]
    assert names.value.get_values_for_type(x509.IPAddress) == [
        ip_address("127.0.0.1"),
        ip_address("2001:db8::a"),
    ]
    assert ours.san == (
        ("DNS", "platform.example"),
        ("IP Address", "127.0.0.1"),
        ("DNS", "*.grid.example"),
        ("IP Address", "2001:DB8:0:0:0:0:0:A"),
    )
    assert [
        (attribute.rfc4514_attribute_name, attribute.value) for attribute in theirs.subject
    ] == [("C", "CN"), ("O", "电网"), ("OU", "platform"), ("CN", "platform.example")]
    assert ours.subject == "CN=platform.example,OU=platform,O=电网,C=CN"


def subject_arguments() -> dict[str, Any]:
    return {"role": "platform", "organization": "电网", "country": "CN"}


def test_a_root(ca: pki.CA) -> None:
    theirs = check_against_cryptography(ca.certificate, ca.certificate)
    constraints = theirs.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.ca
    assert constraints.value.path_length is None
    assert ca.certificate.key_usage == KU.KEY_CERT_SIGN | KU.CRL_SIGN
    assert ca.certificate.is_ca
    assert ca.certificate.path_length is None
    assert ca.certificate.subject == ca.certificate.issuer == "CN=Grid Root CA,O=电网,C=CN"
    assert ca.certificate.extended_key_usage is None
    assert ca.certificate.san == ()
    begin, end = ca.certificate.not_before, ca.certificate.not_after
    assert (end.year, end.month, end.time()) == (begin.year + 10, begin.month, begin.time())
    assert ca.root is ca.certificate
    assert ca.chain == ()


def test_an_intermediate(ca: pki.CA, sub: pki.CA) -> None:
    theirs = check_against_cryptography(sub.certificate, ca.certificate)
    constraints = theirs.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)
    assert sub.certificate.path_length == 0
    assert sub.root == ca.certificate
    assert sub.chain == (sub.certificate,)
    assert sub.certificate.not_after == ca.certificate.not_after


def test_a_pair(ca: pki.CA) -> None:
    pair = ca.issue_pair(*HOSTS, **subject_arguments())
    check_leaf(pair.sign, ca.certificate, SIGNS)
    check_leaf(pair.enc, ca.certificate, ENCRYPTS)
    assert pair.sign.private_key.public_key() == pair.sign.public_key()
    assert pair.enc.private_key.public_key() == pair.enc.public_key()
    assert pair.sign.public_key() != pair.enc.public_key()
    assert pair.sign.serial_number != pair.enc.serial_number
    assert pair.sign.not_after - pair.sign.not_before == timedelta(days=398)
    assert pair.root == ca.certificate


def test_a_single_one(ca: pki.CA) -> None:
    certificate = ca.issue(*HOSTS, **subject_arguments())
    check_leaf(certificate, ca.certificate, KU.DIGITAL_SIGNATURE)
    assert certificate.chain == ()
    assert certificate.root == ca.certificate
    assert certificate.not_after - certificate.not_before == timedelta(days=398)


def test_a_self_signed_one() -> None:
    certificate = pki.self_signed(*HOSTS, **subject_arguments())
    check_leaf(certificate, certificate, KU.DIGITAL_SIGNATURE)
    assert certificate.issuer == certificate.subject
    assert certificate.root == certificate
    begin, end = certificate.not_before, certificate.not_after
    assert (end.year, end.month, end.time()) == (begin.year + 5, begin.month, begin.time())


def test_keys_that_exist_already(ca: pki.CA) -> None:
    assert ca.issue("a.example", key=KEY).private_key is KEY
    assert pki.self_signed("a.example", key=KEY).public_key() == KEY.public_key()
    pair = ca.issue_pair("a.example", sign_key=KEY, enc_key=OTHER_KEY)
    assert pair.sign.private_key is KEY
    assert pair.enc.private_key is OTHER_KEY


def verify(openssl: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [openssl, "verify", *arguments], capture_output=True, text=True, timeout=20, check=False
    )


@pytest.mark.parametrize("purpose", ["sslserver", "sslclient"])
def test_native_openssl_accepts_them(
    any_openssl: Path, purpose: str, ca: pki.CA, sub: pki.CA, tmp_path: Path
) -> None:
    ca.issue_pair(*HOSTS).save(tmp_path / "pair")
    sub.issue_pair(*HOSTS).save(tmp_path / "chain")
    sub.issue(*HOSTS).save(tmp_path / "chain")
    pki.self_signed(*HOSTS).save(tmp_path / "self")
    for path in ("pair/sign", "pair/enc", "chain/sign", "chain/enc", "chain/cert", "self/cert"):
        file = tmp_path / f"{path}.pem"
        for identity in ([], ["-vfyopt", "distid:1234567812345678"]):
            result = verify(
                any_openssl,
                *("-x509_strict", "-purpose", purpose, *identity),
                *("-verify_ip", "127.0.0.1", "-CAfile", file.parent / "ca.pem"),
                *("-untrusted", file, file),
            )
            assert result.returncode == 0, result.stderr
    # The check notices what it should.
    leaf, roots = tmp_path / "chain/sign.pem", tmp_path / "chain/ca.pem"
    assert verify(any_openssl, "-CAfile", roots, leaf).returncode != 0
    assert (
        verify(
            any_openssl, "-vfyopt", "distid:x", "-CAfile", roots, "-untrusted", leaf, leaf
        ).returncode
        != 0
    )


def test_native_openssl_prints_the_same(run_any_openssl: Callable[..., bytes], ca: pki.CA) -> None:
    pair = ca.issue_pair(*HOSTS, **subject_arguments())
    for certificate in (ca.certificate, pair.sign, pair.enc):
        words = native_words(run_any_openssl, "x509", certificate.to_pem())
        assert certificate.to_text().split() == words


def test_intermediates_in_a_row(any_openssl: Path, tmp_path: Path) -> None:
    top = pki.CA.create("Top", path_length=2)
    assert top.certificate.path_length == 2
    middle = top.issue_ca("Middle", path_length=1)
    bottom = middle.issue_ca("Bottom")
    assert bottom.chain == (bottom.certificate, middle.certificate)
    assert bottom.root == top.certificate
    pair = bottom.issue_pair("a.example")
    assert pair.sign.chain == (bottom.certificate, middle.certificate)
    pair.save(tmp_path)
    assert (tmp_path / "sign.pem").read_bytes().count(b"BEGIN CERTIFICATE") == 3
    result = verify(
        any_openssl,
        *("-x509_strict", "-CAfile", tmp_path / "ca.pem"),
        *("-untrusted", tmp_path / "enc.pem", tmp_path / "enc.pem"),
    )
    assert result.returncode == 0, result.stderr

    with pytest.raises(ValueError, match="none may be issued"):
        bottom.issue_ca("Too deep")
    for length in (1, None):
        with pytest.raises(ValueError, match="path_length must be below 1"):
            middle.issue_ca("Too wide", path_length=length)
    for make in (pki.CA.create, top.issue_ca):
        with pytest.raises(ValueError, match="0 or more"):
            make("Negative", path_length=-1)


def test_serial_numbers_are_random(ca: pki.CA) -> None:
    serials = [ca.issue("a.example", key=KEY).serial_number for _ in range(400)]
    assert len(set(serials)) == len(serials)
    assert all(0 < serial < 2**159 for serial in serials)
    # Each of the 159 bits is a coin: 400 throws stay within 7 standard deviations.
    for bit in range(159):
        assert abs(sum(serial >> bit & 1 for serial in serials) - 200) < 70


def test_times_may_be_chosen(ca: pki.CA) -> None:
    begin, end = datetime(2001, 2, 3, tzinfo=UTC), datetime(2060, 4, 5, 6, 7, 8, tzinfo=UTC)
    for certificate in (
        ca.issue("a.example", not_before=begin, not_after=end, key=KEY),
        ca.issue_pair("a.example", not_before=begin, not_after=end).enc,
        pki.self_signed("a.example", not_before=begin, not_after=end),
        pki.CA.create("x", not_before=begin, not_after=end).certificate,
        ca.issue_ca("x", not_before=begin, not_after=end).certificate,
    ):
        assert (certificate.not_before, certificate.not_after) == (begin, end)
        assert certificate.to_cryptography().not_valid_after_utc == end
        # RFC 5280, 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.
        assert b"\x17\x0d010203000000Z\x18\x0f20600405060708Z" in certificate.to_der()


def test_an_expired_ca_says_so() -> None:
    times = {
        "not_before": datetime(2001, 1, 1, tzinfo=UTC),
        "not_after": datetime(2002, 1, 1, tzinfo=UTC),
    }
    expired = pki.CA.create("Old", **times)
    with pytest.raises(ValueError, match="not valid after 2002-01-01"):
        expired.issue("a.example")
    with pytest.raises(ValueError, match="not valid after 2002-01-01"):
        expired.issue_ca("Newer")
    assert expired.issue("a.example", **times).is_issued_by(expired.certificate)


def test_short_lived_cas_issue_short_lived_certificates() -> None:
    ca = pki.CA.create("Short", days=10)
    assert ca.issue("a.example").not_after == ca.certificate.not_after
    assert ca.issue("a.example", days=20).not_after > ca.certificate.not_after


def test_names(ca: pki.CA) -> None:
    assert ca.issue("a.example", "b.example", key=KEY).subject == "CN=a.example"
    assert ca.issue("a.example", common_name="Alice", key=KEY).subject == "CN=Alice"
    only_a_person = ca.issue(common_name="李雷 Li Lei", role="operator", key=KEY)
    assert only_a_person.subject == "CN=李雷 Li Lei,OU=operator"
    assert only_a_person.san == ()
    # One name each, in their order.
    doubled = ca.issue("b.example", "A.example", "a.example", "::1", "0::1", key=KEY)
    assert [value for _, value in doubled.san] == ["b.example", "a.example", "0:0:0:0:0:0:0:1"]


def test_a_name_too_long_for_a_common_name(ca: pki.CA) -> None:
    name = f"{'a' * 60}.example"
    certificate = ca.issue(name, key=KEY)
    assert certificate.subject == ""
    assert certificate.san == (("DNS", name),)
    names = certificate.to_cryptography().extensions.get_extension_for_class(
        x509.SubjectAlternativeName
    )
    assert names.critical  # RFC 5280, 4.2.1.6
    assert ca.issue(name, role="meter", key=KEY).subject == "OU=meter"


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        ((), {}, "needs a name"),
        (("a b",), {}, "neither a host name"),
        (("a.example",), {"common_name": ""}, "common_name"),
        (("a.example",), {"role": "r" * 65}, "role"),
        (("a.example",), {"organization": "a\nb"}, "organization"),
        (("a.example",), {"country": "China"}, "country"),
        (("a.example",), {"days": 0}, "days"),
        (("a.example",), {"not_after": datetime(1999, 1, 1, tzinfo=UTC)}, "later"),
    ],
)
def test_what_cannot_be_issued(
    ca: pki.CA, arguments: tuple[str, ...], keywords: dict[str, Any], message: str
) -> None:
    for issue in (ca.issue, ca.issue_pair, pki.self_signed):
        with pytest.raises(ValueError, match=message):
            issue(*arguments, **keywords)


@pytest.mark.parametrize("keywords", [{"organization": ""}, {"country": "x"}, {"days": 0}])
def test_cas_that_cannot_be(ca: pki.CA, keywords: dict[str, Any]) -> None:
    for make in (pki.CA.create, ca.issue_ca):
        with pytest.raises(ValueError, match=next(iter(keywords))):
            make("Name", **keywords)
        with pytest.raises(ValueError, match="common_name"):
            make("")


def test_wrong_types(ca: pki.CA) -> None:
    with pytest.raises(TypeError, match="str or an IP address"):
        ca.issue(b"a.example")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="role"):
        ca.issue("a.example", role=b"x")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="not_after"):
        ca.issue("a.example", not_after="2030-01-01")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"CA\.create"):
        pki.CA()


PRINTABLE = st.text(min_size=1, max_size=64).filter(str.isprintable)
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
HOST = st.one_of(
    st.lists(LABEL, min_size=1, max_size=5).map(".".join).map(lambda name: name + ".example"),
    st.ip_addresses().map(str),
)


# cryptography counts the bytes of UTF-8 where RFC 5280 has characters, and warns.
@pytest.mark.filterwarnings("ignore:Attribute's length must be:UserWarning")
@settings(max_examples=60, deadline=None)
@given(
    hosts=st.lists(HOST, min_size=1, max_size=10),
    common_name=st.none() | PRINTABLE,
    role=st.none() | PRINTABLE,
    organization=st.none() | PRINTABLE,
)
def test_any_names_come_back(
    ca: pki.CA,
    hosts: list[str],
    common_name: str | None,
    role: str | None,
    organization: str | None,
) -> None:
    certificate = ca.issue(
        *hosts, common_name=common_name, role=role, organization=organization, key=KEY
    )
    theirs = certificate.to_cryptography()
    names = theirs.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == [
        str(ip_address(host)) if re.fullmatch(r"[\d.]+|.*:.*", host) else host
        for host in dict.fromkeys(hosts)
    ]
    for oid, value in (
        (NameOID.COMMON_NAME, common_name),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, role),
        (NameOID.ORGANIZATION_NAME, organization),
    ):
        found = [attribute.value for attribute in theirs.subject.get_attributes_for_oid(oid)]
        if oid != NameOID.COMMON_NAME or common_name is not None:
            assert found == ([] if value is None else [value])
    decoded = certificate.decode()
    flat = {key: value for ((key, value),) in decoded["subject"]}
    assert flat.get("organizationalUnitName") == role
    assert flat.get("organizationName") == organization
