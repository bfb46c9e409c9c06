"""``tongsuo-py req`` and ``pair``: requests made, answered with one certificate or the GM way."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from command import bad, good, invoke
from programs import Program

from tongsuo_py import pki, ssl
from tongsuo_py.sm2 import PrivateKey


@pytest.fixture
def key(ca: pki.CA) -> PrivateKey:
    """A device's key in ``sign.key``, and its request in ``meter.req``."""
    made = PrivateKey.generate()
    Path("sign.key").write_bytes(made.to_pem())
    names = ("meter.example", "192.0.2.7")
    Path("meter.req").write_bytes(pki.Request.create(made, *names, role="meter").to_pem())
    return made


def damage(file: str) -> None:
    """Alter the last byte of the signature of a request in PEM."""
    der = bytearray(pki.load_request(file).to_der())
    der[-1] ^= 1
    Path(file).write_bytes(bytes(der))


# ---- req ----


def test_make(key: PrivateKey, run_openssl: Program) -> None:
    names = ["meter.example", "192.0.2.7"]
    good("req", "make", *names, "--role", "meter", "--key", "sign.key", "--out", "own.req")
    request = pki.load_request("own.req")
    assert request.is_signed()
    assert request.subject == "CN=meter.example,OU=meter"
    assert request.san == (("DNS", names[0]), ("IP Address", names[1]))
    assert request.public_key() == key.public_key()
    command = ["req", "-in", "own.req", "-verify", "-noout"]
    options = ["-vfyopt", "distid:1234567812345678"]
    assert b"verify OK" in run_openssl(*command, *options)


def test_make_from_standard_input_to_standard_output(key: PrivateKey) -> None:
    written = good("req", "make", "--common-name", "电表", "--key", "-", data=key.to_pem())
    assert pki.Request.from_pem(written).subject == "CN=电表"


def test_show(key: PrivateKey) -> None:
    shown = json.loads(good("req", "show", "meter.req", "--json"))
    assert shown == {
        "subject": "CN=meter.example,OU=meter",
        "names": ["meter.example", "192.0.2.7"],
        "public_key": "SM2",
        "signature": "SM2-with-SM3",
        "signed_by_its_key": True,
    }
    text = good("req", "show", data=Path("meter.req").read_bytes()).decode()
    assert "\nsigned by its key  yes\n" in text
    assert good("req", "show", "--text", "meter.req").startswith(b"Certificate Request:\n")


def test_a_request_that_was_altered(key: PrivateKey) -> None:
    damage("meter.req")
    assert (
        "signed by its key  no" in (finished := invoke("req", "show", "meter.req")).stdout.decode()
    )
    assert finished.returncode == 1
    for command in ("req", "pair"):
        line = bad(1, command, "answer", "meter.req", "--ca", "ca", "--out", "answer")
        assert "this request is not signed by its own key" in line
    assert not Path("answer").exists()
    assert pki.Register("ca").issued == ()


def test_answer(key: PrivateKey, run_openssl: Program) -> None:
    good("ca", "create", "Below", "--below", "ca", "--out", "below")
    good("req", "answer", "meter.req", "--ca", "below", "--days", 10, "--out", "meter.pem")
    certificate, above = pki.load_certificates("meter.pem")
    assert certificate.public_key() == key.public_key()
    assert certificate.san == (("DNS", "meter.example"), ("IP Address", "192.0.2.7"))
    assert (certificate.not_after - certificate.not_before).days == 10
    assert pki.Register("below").issued == (certificate,)
    command = ["verify", "-CAfile", "ca/ca.pem", "-untrusted", "meter.pem", "meter.pem"]
    run_openssl(*command)
    assert above == pki.CA.load("below").certificate


def test_the_ca_decides(key: PrivateKey) -> None:
    written = good(
        "req", "answer", "meter.req", "--ca", "ca", "--host", "other.example", "--profile", "enc",
        "--side", "client",
    )  # fmt: skip
    certificate = pki.Certificate.from_pem(written)
    assert certificate.san == (("DNS", "other.example"),)
    assert certificate.extended_key_usage == ("clientAuth",)
    usage = certificate.key_usage
    assert usage is not None
    assert not usage & pki.KeyUsage.DIGITAL_SIGNATURE


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["req", "make", "--key", "sign.key"], "give a NAME, or --common-name"),
        (["req", "make", "a", "--key", "nowhere"], "nowhere: No such file"),
        (["req", "make", "a", "--key", "ca/ca.pem"], "ca/ca.pem: "),
        (["req", "make", "a", "--key", "sign.key", "--out", "meter.req"], "use --force"),
        (["req", "show", "nowhere"], "nowhere: No such file"),
        (["req", "show", "ca/ca.pem"], "ca/ca.pem: "),
        (["req", "answer", "meter.req", "--ca", "nowhere"], "nowhere/ca.pem: No such file"),
        (["req", "answer", "meter.req", "--ca", "ca", "--host", "a b"], "neither a host name"),
        (["pair", "answer", "meter.req", "--ca", "ca", "--out", "sign.key"], "sign.key: "),
        (["pair", "answer", "meter.req", "--ca", "ca"], "required: --out"),
        (["pair", "accept", "nowhere", "--key", "sign.key", "--out", "x"], "nowhere/sign.pem: "),
        (["pair", "check", "nowhere"], "nowhere: No such file"),
        (["pair", "check", "ca/ca.pem"], "ca/ca.pem: there are certificates but no private key"),
        (["pair", "issue", "--ca", "ca", "--out", "x"], "give a NAME, or --common-name"),
    ],
)  # fmt: skip
def test_usage(key: PrivateKey, arguments: list[str], said: str) -> None:
    assert said in bad(2, *arguments)
    assert not Path("x").exists()


# ---- pair ----


def test_issue(ca: pki.CA) -> None:
    answer = good("pair", "issue", "platform.example", "--ca", "ca", "--out", "platform", "--json")
    pair = pki.CertificatePair.load("platform")
    assert json.loads(answer)["names"] == ["platform.example"]
    assert pki.Register("ca").issued == (pair.sign, pair.enc)
    assert stat.S_IMODE(Path("platform/enc.key").stat().st_mode) == 0o600
    line = bad(2, "pair", "issue", "platform.example", "--ca", "ca", "--out", "platform")
    assert "this file exists: use --force" in line


def test_the_gm_way(key: PrivateKey) -> None:
    good("pair", "answer", "meter.req", "--ca", "ca", "--out", "answer")
    assert {file.name for file in Path("answer").iterdir()} == {
        "sign.pem", "enc.pem", "enc.enveloped", "ca.pem",
    }  # fmt: skip
    good("pair", "accept", "answer", "--key", "sign.key", "--ca", "ca/ca.pem", "--out", "meter")
    pair = pki.CertificatePair.load("meter")
    assert pair.sign.private_key.public_key() == key.public_key()
    assert pki.Register("ca").issued == (pair.sign, pair.enc)
    pair.configure(ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT))
    assert json.loads(good("pair", "check", "meter", "--json"))["verified"]


def test_an_answer_that_is_not_ours(key: PrivateKey) -> None:
    good("pair", "answer", "meter.req", "--ca", "ca", "--out", "answer")
    Path("other.key").write_bytes(PrivateKey.generate().to_pem())
    accept = ["pair", "accept", "answer", "--out", "meter", "--key"]
    assert "the private key does not belong to this certificate" in bad(2, *accept, "other.key")
    pki.CA.create("Other Root CA").save("other")
    line = bad(2, *accept, "sign.key", "--ca", "other/ca.pem")
    assert "Other Root CA" in line
    sealed = bytearray(Path("answer/enc.enveloped").read_bytes())
    sealed[-1] ^= 1
    Path("answer/enc.enveloped").write_bytes(sealed)
    bad(1, *accept, "sign.key")
    assert not Path("meter").exists()


@pytest.fixture
def pair(ca: pki.CA) -> pki.CertificatePair:
    """A pair in the directory ``pair``."""
    made = ca.issue_pair("platform.example")
    made.save("pair")
    return made


def test_check(pair: pki.CertificatePair) -> None:
    text = good("pair", "check", "pair", "--host", "platform.example").decode()
    assert "\n├─ CN=platform.example\n│     role        signing\n" in text
    assert "\n└─ CN=platform.example\n      role        encryption\n" in text
    assert text.endswith("\n✓ verified\n")


@pytest.mark.parametrize("split", ["one file", "four files", "a PKCS #12 file"])
def test_a_pair_in_any_files(
    pair: pki.CertificatePair, split: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [f"pair/{name}" for name in ("enc.key", "sign.pem", "sign.key", "enc.pem")]
    if split == "one file":
        Path("all.pem").write_bytes(b"".join(Path(file).read_bytes() for file in files))
        files = ["all.pem"]
    elif split == "a PKCS #12 file":
        Path("all.p12").write_bytes(pair.to_pkcs12("secret", iterations=1000))
        monkeypatch.setenv("TONGSUO_PY_PASSWORD", "secret")
        files = ["all.p12"]
    found = json.loads(good("pair", "check", *files, "--ca", "ca", "--json"))
    assert [each["role"] for each in found["certificates"][:2]] == ["signing", "encryption"]


def _another_key(pair: pki.CertificatePair) -> None:
    Path("pair/enc.key").write_bytes(PrivateKey.generate().to_pem())


def _no_key(pair: pki.CertificatePair) -> None:
    Path("pair/enc.key").unlink()


def _cut_off(pair: pki.CertificatePair) -> None:
    Path("pair/enc.pem").write_bytes(pair.enc.to_pem()[:-60])


@pytest.mark.parametrize("spoil", [_another_key, _no_key, _cut_off])
def test_what_is_no_pair(
    pair: pki.CertificatePair, spoil: Callable[[pki.CertificatePair], None]
) -> None:
    spoil(pair)
    assert "pair" in bad(2, "pair", "check", "pair")


def test_a_pair_with_something_wrong(pair: pki.CertificatePair, ca: pki.CA) -> None:
    for options, words in (
        (["--host", "other.example"], "mismatch"),
        (["--at", "2999-01-01"], "has expired"),
    ):
        finished = invoke("pair", "check", "pair", *options)
        assert finished.returncode == 1
        assert words in finished.stdout.decode()
    Path("ca.crl").write_bytes(ca.issue_crl([pair.enc], number=1).to_pem())
    finished = invoke("pair", "check", "pair", "--crl", "ca.crl", "--json")
    (problem,) = json.loads(finished.stdout)["problems"]
    assert (finished.returncode, problem["depth"]) == (1, 0)
    assert "certificate revoked" in problem["reason"]
