"""``tongsuo-py cert``: issued, self-signed, verified with all that is wrong, shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import bad, good, invoke
from programs import Program

from tongsuo_py import pki


def verify(*arguments: object) -> tuple[int, dict[str, object]]:
    finished = invoke("cert", "verify", *arguments, "--json")
    assert finished.stderr == b""
    return finished.returncode, json.loads(finished.stdout)


def reasons(found: dict[str, object]) -> list[str]:
    problems = found["problems"]
    assert isinstance(problems, list)
    return [problem["reason"] for problem in problems]


def test_issue(ca: pki.CA, run_openssl: Program) -> None:
    url = "http://ca.example/ca.crl"
    options = ["--organization", "Grid", "--role", "web", "--side", "server", "--crl-url", url]
    good("cert", "issue", "www.example", "192.0.2.1", "--ca", "ca", *options, "--out", "www")
    certificate = pki.KeyedCertificate.load("www")
    assert certificate.subject == "CN=www.example,OU=web,O=Grid"
    assert certificate.san == (("DNS", "www.example"), ("IP Address", "192.0.2.1"))
    assert certificate.extended_key_usage == ("serverAuth",)
    assert certificate.decode()["crlDistributionPoints"] == (url,)
    assert pki.Register("ca").issued == (certificate,)
    command = ["verify", "-CAfile", "ca/ca.pem", "www/cert.pem"]
    assert run_openssl(*command).endswith(b"OK\n")


def test_self_signed(here: Path) -> None:
    answer = json.loads(good("cert", "self-signed", "localhost", "--out", "own", "--json"))
    certificate = pki.KeyedCertificate.load("own")
    assert answer["issuer"] == answer["subject"] == certificate.subject == "CN=localhost"
    assert (certificate.not_after - certificate.not_before).days == 5 * 365 + 1
    assert verify("own/cert.pem", "--ca", "own")[0] == 0


def test_keys_are_encrypted_on_request(ca: pki.CA, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGSUO_PY_NEW_PASSWORD", "secret")
    good("cert", "issue", "a.example", "--ca", "ca", "--encrypt", "--out", "a")
    assert pki.KeyedCertificate.load("a", password="secret").subject == "CN=a.example"


@pytest.mark.parametrize("command", ["issue", "self-signed"])
def test_a_certificate_needs_a_name(ca: pki.CA, command: str) -> None:
    of_ca = ["--ca", "ca"] if command == "issue" else []
    assert "give a NAME, or --common-name" in bad(2, "cert", command, *of_ca, "--out", "x")
    line = bad(2, "cert", command, "under_score", *of_ca, "--out", "x")
    assert "neither a host name" in line
    assert not Path("x").exists()
    assert pki.Register("ca").issued == ()


# ---- verify ----


@pytest.fixture
def www(ca: pki.CA) -> pki.KeyedCertificate:
    """A certificate of a CA below ``ca``, in ``www``; that CA's certificate is ``below.pem``."""
    below = ca.issue_ca("Below")
    Path("below.pem").write_bytes(below.certificate.to_pem())
    made = below.issue("www.example", days=100)
    made.save("www")
    Path("leaf.pem").write_bytes(made.to_pem())
    Path("root.crl").write_bytes(ca.issue_crl([], number=1).to_der())
    Path("below.crl").write_bytes(below.issue_crl([made], number=1).to_pem())
    return made


def test_verify(www: pki.KeyedCertificate) -> None:
    code, found = verify("www/cert.pem", "--ca", "ca", "--host", "www.example")
    assert (code, found["verified"], found["problems"]) == (0, True, [])
    certificates = found["certificates"]
    assert isinstance(certificates, list)
    assert [each["subject"] for each in certificates] == [
        "CN=www.example",
        "CN=Below",
        "CN=Grid Root CA,C=CN",
    ]
    assert verify("leaf.pem", "--ca", "ca/ca.pem", "--chain", "below.pem")[0] == 0
    data = Path("www/cert.pem").read_bytes()
    assert good("cert", "verify", "--ca", "ca", data=data).endswith("\n✓ verified\n".encode())
    Path("leaf.der").write_bytes(www.to_der())
    assert verify("leaf.der", "--ca", "ca/ca.pem", "--chain", "below.pem")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["leaf.pem", "--ca", "ca"], ["is missing"]),
        (["www/cert.pem", "--ca", "ca", "--host", "other.example"], ["mismatch"]),
        (["www/cert.pem", "--ca", "ca", "--at", "2020-01-01"], ["not yet valid"] * 3),
        (["www/cert.pem", "--ca", "ca", "--at", "2999-01-01T00:00+08:00"], ["has expired"] * 3),
        (
            ["www/cert.pem", "--ca", "ca", "--crl", "root.crl", "--crl", "below.crl"],
            ["certificate revoked"],
        ),
        (
            ["leaf.pem", "--ca", "ca", "--host", "other.example"],
            ["is missing", "mismatch"],
        ),
    ],
)
def test_all_that_is_wrong(
    www: pki.KeyedCertificate, arguments: list[str], wrong: list[str]
) -> None:
    code, found = verify(*arguments)
    assert (code, found["verified"]) == (1, False)
    said = reasons(found)
    assert len(said) == len(wrong)
    for words in wrong:
        assert any(words in text for text in said), said
    finished = invoke("cert", "verify", *arguments)
    text = finished.stdout.decode()
    assert finished.returncode == 1
    assert text.count("WRONG") == text.count("\n✗ ") == len(wrong)


@pytest.mark.parametrize("purpose", ["server", "client"])
def test_purpose(ca: pki.CA, purpose: str) -> None:
    ca.issue("a.example", side="server").save("a")
    code, found = verify("a/cert.pem", "--ca", "ca", "--purpose", purpose)
    assert code == (0 if purpose == "server" else 1)
    assert len(reasons(found)) == code


def test_without_ca_the_system_is_trusted(
    www: pki.KeyedCertificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", "nowhere")
    monkeypatch.setenv("SSL_CERT_FILE", "nowhere")
    assert verify("www/cert.pem")[0] == 1
    monkeypatch.setenv("SSL_CERT_FILE", "ca/ca.pem")
    assert verify("www/cert.pem")[0] == 0
    # A directory of hashed names, one of them no certificate at all.
    monkeypatch.setenv("SSL_CERT_FILE", "nowhere")
    monkeypatch.setenv("SSL_CERT_DIR", "store")
    Path("store").mkdir()
    Path("store/01234567.0").write_bytes(Path("ca/ca.pem").read_bytes())
    Path("store/01234567.1").write_text("nothing")
    assert verify("www/cert.pem")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.pem"], "nowhere.pem: No such file"),
        (["."], ".: Is a directory"),
        (["ca/ca.key"], "ca/ca.key: "),
        (["ca/ca.pem", "--ca", "ca/ca.key"], "ca/ca.key: "),
        (["ca/ca.pem", "--crl", "ca/ca.pem"], "ca/ca.pem: "),
        (["ca/ca.pem", "--chain", "nowhere"], "nowhere: No such file"),
        (["ca/ca.pem", "--at", "yesterday"], "'yesterday' is not a time such as"),
        (["ca/ca.pem", "--host", "under_score"], "neither a host name"),
        (["ca/ca.pem", "--purpose", "fun"], "invalid choice: 'fun'"),
    ],
)
def test_usage(ca: pki.CA, arguments: list[str], said: str) -> None:
    assert said in bad(2, "cert", "verify", *arguments)


# ---- show ----


def test_show(www: pki.KeyedCertificate, run_openssl: Program) -> None:
    tree = good("cert", "show", "www/cert.pem").decode()
    assert tree.startswith("CN=Below\n│  issuer      CN=Grid Root CA,C=CN\n")
    assert "\n└─ CN=www.example\n      names       www.example\n      valid       until " in tree
    first, second = json.loads(good("cert", "show", "--json", "www/cert.pem"))
    assert (first["subject"], first["days_left"], first["key_usage"]) == (
        "CN=www.example",
        99,
        ["digitalSignature"],
    )
    assert second["is_ca"]
    command = ["x509", "-in", "leaf.pem", "-noout", "-fingerprint", "-sm3"]
    printed = run_openssl(*command).decode()
    assert printed.strip().partition("=")[2].replace(":", "").lower() == first["sm3"]
    text = good("cert", "show", "--text", "leaf.pem").decode()
    assert text == www.to_text()


def test_what_a_stranger_writes_cannot_steer_the_terminal(ca: pki.CA) -> None:
    # pki issues no such name; a certificate of another tool's may have it.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a\x1b[2Jb")])
    before, after = pki.self_signed("a").not_before, pki.self_signed("a").not_after
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, before, after)
    made = builder.sign(key, hashes.SHA256())
    Path("stranger.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    for options in ([], ["--text"], ["--json"]):
        assert b"\x1b" not in good("cert", "show", *options, "stranger.pem")
        assert b"\x1b" not in good("show", *options, "stranger.pem")
