"""Keys, certificates, requests and lists in words, as the native ``openssl`` has them."""

from __future__ import annotations

from collections.abc import Callable

from native_words import native_words

from tongsuo_py import pki, sm2

KEY = sm2.PrivateKey.from_bytes(bytes(range(32)))  # with a zero byte in front


def test_keys(run_any_openssl: Callable[..., bytes]) -> None:
    command = ("pkey", "-in", "{key}", "-noout", "-text")
    private = run_any_openssl(*command, key=KEY.to_pem()).decode()
    assert KEY.to_text() == private
    assert "Private-Key: (256 bit)" in private
    public = run_any_openssl(*command, "-pubin", key=KEY.public_key().to_pem()).decode()
    assert KEY.public_key().to_text() == public
    assert "priv" not in public.lower()


def test_certificates_with_everything(run_any_openssl: Callable[..., bytes]) -> None:
    ca = pki.CA.create("根 CA", organization='电网, "智能"', country="CN", path_length=3)
    urls = ("http://crl.example/1.crl", "ldap://crl.example/cn=a,o=b?certificateRevocationList")
    sub = ca.issue_ca("Sub", crl_urls=urls)
    leaf = sub.issue("*.grid.example", "2001:db8::1", side="server", crl_urls=urls[:1])
    for certificate in (ca.certificate, sub.certificate, leaf):
        words = native_words(run_any_openssl, "x509", certificate.to_der())
        assert certificate.to_text().split() == words
    for url in urls:
        assert f"URI:{url}" in sub.certificate.to_text()
    request = pki.Request.create(KEY, "a.example", organization="电网")
    assert request.to_text().split() == native_words(run_any_openssl, "req", request.to_pem())
    reason = pki.RevocationReason.CERTIFICATE_HOLD
    revoked = [pki.RevokedCertificate(leaf.serial_number, leaf.not_before, reason)]
    crl = sub.issue_crl(revoked, number=3)
    assert crl.to_text().split() == native_words(run_any_openssl, "crl", crl.to_pem())
    assert "Certificate Hold" in crl.to_text()
