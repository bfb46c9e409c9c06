"""Leaves of each profile, sides, distribution points; as native ``openssl`` takes them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography import x509

from tongsuo_py import pki, sm2

KU = pki.KeyUsage
KEY = sm2.PrivateKey.generate()
CA = pki.CA.create("Root")
USAGES = {
    "single": KU.DIGITAL_SIGNATURE,
    "sign": KU.DIGITAL_SIGNATURE | KU.NON_REPUDIATION,
    "enc": KU.KEY_ENCIPHERMENT | KU.DATA_ENCIPHERMENT | KU.KEY_AGREEMENT,
}
SIDES = {
    "both": ("serverAuth", "clientAuth"),
    "server": ("serverAuth",),
    "client": ("clientAuth",),
}


@pytest.mark.parametrize("profile", USAGES)
@pytest.mark.parametrize("side", SIDES)
def test_a_leaf(profile: str, side: str, run_any_openssl: Callable[..., bytes]) -> None:
    certificate = CA.issue("a.example", key=KEY, profile=profile, side=side)  # type: ignore[arg-type]
    assert certificate.key_usage == USAGES[profile]
    assert certificate.extended_key_usage == SIDES[side]
    assert not certificate.is_ca
    for purpose in ("server", "client"):
        run_any_openssl(
            *("verify", "-x509_strict", "-purpose", f"ssl{purpose}", "-CAfile", "{ca}", "{leaf}"),
            ca=CA.certificate.to_pem(),
            leaf=certificate.to_pem(),
            fails=side not in ("both", purpose),
        )


@pytest.mark.parametrize("side", SIDES)
def test_a_pair_and_a_self_signed_one(side: str) -> None:
    pair = CA.issue_pair("a.example", sign_key=KEY, enc_key=KEY, side=side)  # type: ignore[arg-type]
    assert pair.sign.key_usage == USAGES["sign"]
    assert pair.enc.key_usage == USAGES["enc"]
    alone = pki.self_signed("a.example", key=KEY, side=side)  # type: ignore[arg-type]
    assert alone.key_usage == USAGES["single"]
    for certificate in (pair.sign, pair.enc, alone):
        assert certificate.extended_key_usage == SIDES[side]


def test_where_the_lists_are() -> None:
    urls = ("http://crl.example/a,b.crl", "ldap://[::1]/cn=Root,o=x?list;binary?base")
    pair = CA.issue_pair("a.example", sign_key=KEY, enc_key=KEY, crl_urls=urls)
    sub = CA.issue_ca("Sub", crl_urls=urls)
    single = CA.issue("a.example", key=KEY, crl_urls=iter(urls))  # type: ignore[arg-type]
    for certificate in (pair.sign, pair.enc, sub.certificate, single):
        assert certificate.crl_urls == urls
        assert certificate.decode()["crlDistributionPoints"] == urls
        theirs = certificate.to_cryptography().extensions.get_extension_for_class(
            x509.CRLDistributionPoints
        )
        assert not theirs.critical
        (point,) = theirs.value
        assert point.full_name is not None
        assert tuple(name.value for name in point.full_name) == urls
    assert CA.certificate.crl_urls == ()


@pytest.mark.parametrize(
    "url",
    ["", "crl.example", "http://", "http://a b", "http://é.example", "http://a\n", "http://a\0", 5],
)
def test_urls_that_are_none(url: object) -> None:
    with pytest.raises(ValueError, match="a CRL's URL must be one in ASCII"):
        CA.issue("a.example", key=KEY, crl_urls=[url])  # type: ignore[list-item]


def test_names_that_are_none() -> None:
    with pytest.raises(ValueError, match='must be one of "single", "sign", "enc", not'):
        CA.issue("a.example", key=KEY, profile="root")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='side must be one of "both", "server", "client", not'):
        CA.issue_pair("a.example", side="left")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="crl_urls must be a sequence of URLs, not one string"):
        CA.issue("a.example", key=KEY, crl_urls="http://crl.example")
