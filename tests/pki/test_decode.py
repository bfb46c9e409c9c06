"""``x509.decode`` against the standard library's own decoder, on certificates good and bad."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import der
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongsuo_py import pki
from tongsuo_py._binding import lib, x509
from tongsuo_py._binding.library import TONGSUO_VERSION_INFO
from tongsuo_py._binding.x509_forms import CERTIFICATE
from tongsuo_py.exceptions import FormatError

SAN, AIA, CRL_DP = "2.5.29.17", "1.3.6.1.5.5.7.1.1", "2.5.29.31"
OCSP, CA_ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"

# Attributes that both libraries have a name for, and two that neither knows.
KEYS = [
    *(f"2.5.4.{n}" for n in (3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 17, 20, 41, 42, 43, 44, 46, 65)),
    "1.2.840.113549.1.9.1",
    "0.9.2342.19200300.100.1.1",
    "0.9.2342.19200300.100.1.25",
    "1.3.6.1.4.1.311.60.2.1.3",
    "1.2.3.4.5",
    "2.999.1234567890123456789.1",
]


@pytest.fixture(scope="session")
def agree(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], dict[str, Any] | None]:
    """Checks that both decoders say the same of a certificate, or both refuse it."""
    path = tmp_path_factory.mktemp("decode") / "certificate.pem"

    def check(certificate: bytes) -> dict[str, Any] | None:
        Path(path).write_text(der.pem(certificate))
        try:
            expected = ssl._ssl._test_decode_cert(str(path))  # type: ignore[attr-defined]
        except (ssl.SSLError, UnicodeDecodeError):
            expected = None
        # OpenSSL 3.0.13 (Ubuntu 24.04) converts a time with an offset and does not say that it did.
        for name in ("notBefore", "notAfter"):
            if expected is not None and expected[name][-1].isdigit():
                expected[name] += " GMT"
        try:
            found = x509.decode(CERTIFICATE.from_der(certificate))
        except ValueError:  # FormatError is one, UnicodeDecodeError too
            found = None
        assert lib.ERR_peek_error() == 0
        assert found == expected
        assert found is None or list(found) == list(expected)
        return found

    return check


def general(number: int, content: bytes, constructed: bool = False) -> bytes:
    return der.tlv(0x80 | number | (0x20 if constructed else 0), content)


def other_name(identifier: str, value: bytes) -> bytes:
    return general(0, der.oid(identifier) + der.tlv(0xA0, value), constructed=True)


def san(*names: bytes) -> bytes:
    return der.extension(SAN, der.tlv(der.SEQUENCE, *names))


def access(*items: tuple[str, bytes]) -> bytes:
    descriptions = [der.tlv(der.SEQUENCE, der.oid(key), place) for key, place in items]
    return der.extension(AIA, der.tlv(der.SEQUENCE, *descriptions))


def crl_points(*full_names: list[bytes] | None) -> bytes:
    points = [
        der.tlv(der.SEQUENCE, der.tlv(0xA0, der.tlv(0xA0, *names)))
        if names is not None
        else der.tlv(der.SEQUENCE, general(1, b"\x07\x80"))
        for names in full_names
    ]
    return der.extension(CRL_DP, der.tlv(der.SEQUENCE, *points))


def cn(tag: int, value: bytes) -> bytes:
    return der.name([("2.5.4.3", tag, value)])


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "version 1": {"version": 0},
    "empty names": {"subject": der.name(), "issuer": der.name()},
    "several attributes in a set": {
        "subject": der.name(
            [("2.5.4.6", der.PRINTABLE, b"CN")],
            [("2.5.4.3", der.UTF8, b"one"), ("2.5.4.11", der.UTF8, b"two")],
            [("2.5.4.3", der.UTF8, b"three")],
        )
    },
    "NUL in a name": {"subject": cn(der.UTF8, b"good.example\0.bad.example")},
    "Chinese": {"subject": cn(der.UTF8, '国家电网,=+<>#;\\"'.encode())},
    "BMPString": {"subject": cn(der.BMP, "智能电表".encode("utf-16-be"))},
    "odd BMPString": {"subject": cn(der.BMP, b"\0a\0")},
    "surrogates in a BMPString": {"subject": cn(der.BMP, "\U0001f600".encode("utf-16-be"))},
    "UniversalString": {"subject": cn(der.UNIVERSAL, "\U0001f600é".encode("utf-32-be"))},
    "T61String": {"subject": cn(der.T61, b"caf\xe9")},
    "broken UTF8String": {"subject": cn(der.UTF8, b"caf\xe9")},
    "empty string": {"subject": cn(der.UTF8, b"")},
    "BIT STRING in a name": {
        "subject": der.name([("2.5.4.45", der.BIT_STRING, b"\0ab\0c")]),
        "issuer": der.name([("2.5.4.45", der.BIT_STRING, b"\0")]),
    },
    "INTEGER in a name": {"subject": cn(der.INTEGER, b"\5")},
    "TIME in a name": {"subject": cn(14, b"12:00")},
    "serial 0": {"serial": der.integer(0)},
    "serial negative": {"serial": der.integer(-129)},
    "serial of 20 octets": {"serial": der.integer(2**159 - 1)},
    "serial of 35 octets": {"serial": der.integer(2**279 - 1)},
    "serial of 100 octets": {"serial": der.integer(2**799 - 1)},
    "serial of 1100 octets": {"serial": der.integer(2**8799 - 1)},
    "year 1950": {"not_before": der.tlv(der.UTC_TIME, b"500101000000Z")},
    "year 9999": {"not_after": der.tlv(der.GENERALIZED_TIME, b"99991231235959Z")},
    "fraction": {"not_after": der.tlv(der.GENERALIZED_TIME, b"20300102030405.678Z")},
    "offset": {"not_after": der.tlv(der.UTC_TIME, b"300102030405+0800")},
    "13th month": {"not_before": der.tlv(der.UTC_TIME, b"301302030405Z")},
    "DNS": {"extensions": [san(general(2, b"a.example"), general(2, b"*.b.example"))]},
    "NUL in DNS": {"extensions": [san(general(2, b"a.example\0b"), general(2, b""))]},
    "broken UTF-8 in DNS": {"extensions": [san(general(2, b"\xff"))]},
    "email and URI": {"extensions": [san(general(1, b"a@b.example"), general(6, b"urn:\xc3\xa9"))]},
    "addresses": {
        "extensions": [
            san(
                general(7, bytes([192, 0, 2, 1])),
                general(7, bytes(16)),
                general(7, bytes.fromhex("20010db8000000000000000000000abc")),
                general(7, b"123"),
                general(7, b""),
                general(7, bytes(8)),
            )
        ]
    },
    "DirName": {
        "extensions": [
            san(general(4, cn(der.UTF8, "目录".encode()), True), general(4, der.name(), True))
        ]
    },
    "Registered ID": {
        "extensions": [san(general(8, der.oid("1.2.3.4")[2:]), general(8, der.oid("2.5.4.3")[2:]))]
    },
    "unreadable Registered ID": {"extensions": [san(general(8, b"\x80\x01"))]},
    "other names": {
        "extensions": [
            san(
                other_name("1.3.6.1.4.1.311.20.2.3", der.tlv(der.UTF8, b"user@corp:x\ny")),
                other_name("1.3.6.1.4.1.311.20.2.3", der.tlv(der.UTF8, b"z" * 3000)),
                other_name("1.3.6.1.5.5.7.8.5", der.tlv(der.UTF8, b"jabber@example")),
                other_name("1.3.6.1.5.5.7.8.7", der.tlv(der.IA5, b"_srv.example")),
                other_name("1.3.6.1.5.5.7.8.9", der.tlv(der.UTF8, "邮@example".encode())),
                other_name("1.2.3.4", der.tlv(der.UTF8, b"something")),
                other_name("1.2.3.4", der.tlv(der.OCTET_STRING, b"\0")),
            )
        ]
    },
    "X400 and EDI": {
        "extensions": [
            san(
                general(3, der.tlv(der.SEQUENCE), True),
                general(5, der.tlv(0xA1, der.tlv(der.UTF8, b"party")), True),
            )
        ]
    },
    "no names in SAN": {"extensions": [san()]},
    "SAN twice": {"extensions": [san(general(2, b"a")), san(general(2, b"b"))]},
    "malformed SAN": {"extensions": [der.extension(SAN, b"\x30\x05abc")]},
    "AIA": {
        "extensions": [
            access(
                (OCSP, general(6, b"http://ocsp.example")),
                (CA_ISSUERS, general(6, b"http://ca.example/1")),
                (OCSP, general(2, b"ocsp.example")),
                (OCSP, general(6, b"http://ocsp2.example")),
                ("1.2.3", general(6, b"http://other.example")),
            )
        ]
    },
    "AIA without URIs": {"extensions": [access((OCSP, general(2, b"ocsp.example")))]},
    "empty AIA": {"extensions": [access()]},
    "CRL": {
        "extensions": [
            crl_points(
                [general(6, b"http://crl.example/1"), general(2, b"x"), general(6, b"ldap://y")],
                None,
                [general(6, b"http://crl.example/2")],
            )
        ]
    },
    "CRL without URIs": {"extensions": [crl_points([general(2, b"x")], [])]},
}


@pytest.mark.parametrize("case", CASES)
def test_cases(case: str, agree: Callable[[bytes], Any]) -> None:
    agree(der.certificate(**CASES[case]))


@pytest.mark.parametrize("time", [b"hello", b"3001020304Z", b""])
def test_times_that_no_certificate_may_have(time: bytes, agree: Callable[[bytes], Any]) -> None:
    certificate = der.certificate(not_after=der.tlv(der.UTC_TIME, time))
    if TONGSUO_VERSION_INFO >= (8, 5):  # does not take the certificate in the first place
        with pytest.raises(FormatError):
            CERTIFICATE.from_der(certificate)
    else:
        agree(certificate)


def test_issued_ones(agree: Callable[[bytes], Any]) -> None:
    ca = pki.CA.create("Root", organization="电网", country="CN")
    pair = ca.issue_pair("a.example", "*.b.example", "192.0.2.1", "2001:db8::1", role="platform")
    for certificate in (ca.certificate, pair.sign, pair.enc, pki.self_signed(common_name="李雷")):
        assert agree(certificate.to_der()) == certificate.decode()


def test_a_point_relative_to_the_issuer_has_no_uri() -> None:
    # The standard library takes the attributes of such a point for general names.
    attribute = der.tlv(der.SEQUENCE, der.oid("2.5.4.3"), der.tlv(der.UTF8, b"x"))
    points = der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, der.tlv(0xA0, der.tlv(0xA1, attribute))))
    certificate = der.certificate(extensions=[der.extension(CRL_DP, points)])
    assert "crlDistributionPoints" not in x509.decode(CERTIFICATE.from_der(certificate))


STRINGS = st.one_of(
    st.tuples(st.just(der.UTF8), st.text(max_size=40).map(lambda text: text.encode())),
    st.tuples(st.just(der.BMP), st.text(max_size=20).map(lambda text: text.encode("utf-16-be"))),
    st.tuples(
        st.just(der.UNIVERSAL), st.text(max_size=20).map(lambda text: text.encode("utf-32-be"))
    ),
    st.tuples(
        st.sampled_from([der.UTF8, der.PRINTABLE, der.T61, der.IA5, der.VISIBLE, der.NUMERIC]),
        st.binary(max_size=20),
    ),
)
ATTRIBUTES = st.tuples(st.sampled_from(KEYS), STRINGS).map(lambda pair: (pair[0], *pair[1]))
NAMES = st.lists(st.lists(ATTRIBUTES, min_size=1, max_size=3), max_size=5).map(
    lambda sets: der.name(*sets)
)
TEXTS = st.one_of(st.text(max_size=30).map(lambda text: text.encode()), st.binary(max_size=20))
GENERAL_NAMES = st.one_of(
    st.tuples(st.sampled_from([1, 2, 6]), TEXTS).map(lambda pair: general(*pair)),
    st.sampled_from([4, 16, 4, 16, 3, 5]).flatmap(
        lambda size: st.binary(min_size=size, max_size=size).map(lambda data: general(7, data))
    ),
    NAMES.map(lambda name: general(4, name, True)),
    # In an arc where no version of OpenSSL has names: 1.3.6.1.4.1.9999; or not readable at all.
    st.tuples(st.sampled_from([b"\x2b\6\1\4\1\xce\x0f", b"\x80"]), st.binary(max_size=12)).map(
        lambda parts: general(8, b"".join(parts))
    ),
    st.tuples(st.sampled_from(["1.3.6.1.4.1.311.20.2.3", "1.3.6.1.5.5.7.8.7", "1.2.3"]), TEXTS).map(
        lambda pair: other_name(pair[0], der.tlv(der.UTF8, pair[1]))
    ),
)
EXTENSIONS = st.lists(
    st.one_of(
        st.lists(GENERAL_NAMES, max_size=5).map(lambda names: san(*names)),
        st.lists(st.tuples(st.sampled_from([OCSP, CA_ISSUERS]), GENERAL_NAMES), max_size=4).map(
            lambda items: access(*items)
        ),
        st.lists(st.lists(GENERAL_NAMES, max_size=3), max_size=3).map(
            lambda points: crl_points(*points)
        ),
        st.tuples(st.sampled_from([SAN, AIA, CRL_DP]), st.binary(max_size=30)).map(
            lambda pair: der.extension(*pair)
        ),
    ),
    max_size=4,
)


@settings(max_examples=100, deadline=None)
@given(subject=NAMES, issuer=NAMES, serial=st.integers(-(2**300), 2**300), extensions=EXTENSIONS)
def test_any_certificate(
    agree: Callable[[bytes], Any],
    subject: bytes,
    issuer: bytes,
    serial: int,
    extensions: list[bytes],
) -> None:
    agree(
        der.certificate(
            subject=subject, issuer=issuer, serial=der.integer(serial), extensions=extensions
        )
    )
