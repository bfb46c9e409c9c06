"""``tongsuo-py p12``: out of directories and into them again, and what OpenSSL makes of it."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest
from command import bad, good
from programs import Program

from tongsuo_py import pki
from tongsuo_py.sm2 import PrivateKey

PASSWORD = "a password"
_SM4_CBC = bytes.fromhex("06082A811CCF55016802")  # the DER of 1.2.156.10197.1.104.2


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a CA in ``ca``, a pair in ``pair``, and ``pair.p12`` with that."""
    directory = tmp_path_factory.mktemp("p12")
    ca = pki.CA.create("Grid Root CA")
    ca.save(directory / "ca")
    ca.issue_ca("Below").issue_pair("platform.example").save(directory / "pair")
    password = directory / "password"
    password.write_text(PASSWORD)
    options = ["--new-password-file", password, "--out", directory / "pair.p12"]
    good("p12", "export", directory / "pair", *options)
    return directory


@pytest.fixture
def pair(made: Path, here: Path, monkeypatch: pytest.MonkeyPatch) -> pki.CertificatePair:
    """All of ``made`` in the current directory; every password is known."""
    shutil.copytree(made, here, dirs_exist_ok=True)
    for variable in ("TONGSUO_PY_PASSWORD", "TONGSUO_PY_NEW_PASSWORD"):
        monkeypatch.setenv(variable, PASSWORD)
    return pki.CertificatePair.load("pair")


def files_of(directory: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in Path(directory).iterdir()}


def test_a_pair_there_and_back(pair: pki.CertificatePair) -> None:
    assert stat.S_IMODE(Path("pair.p12").stat().st_mode) == 0o600
    good("p12", "import", "pair.p12", "--out", "back")
    assert files_of("back") == files_of("pair")


def test_with_sm4_and_sm3(pair: pki.CertificatePair) -> None:
    good("p12", "export", "pair", "--encryption", "sm4-cbc", "--out", "sm4.p12")
    assert _SM4_CBC in Path("sm4.p12").read_bytes()
    assert _SM4_CBC not in Path("pair.p12").read_bytes()
    assert pki.load_pair("sm4.p12", password=PASSWORD).enc == pair.enc


def test_a_single_certificate_there_and_back(pair: pki.CertificatePair) -> None:
    pki.CA.load("ca").issue("www.example").save("www")
    assert "there is no encryption certificate" in bad(2, "p12", "export", "www")
    written = good("p12", "export", "--single", "www")
    good("p12", "import", "--out", "back", data=written)
    assert files_of("back") == files_of("www")


def test_keys_are_encrypted_on_the_way_in(pair: pki.CertificatePair) -> None:
    good("p12", "import", "pair.p12", "--encrypt", "--out", "back")
    assert b"ENCRYPTED" in Path("back/sign.key").read_bytes()
    assert pki.CertificatePair.load("back", PASSWORD).sign == pair.sign


def test_openssl_opens_it(pair: pki.CertificatePair, run_openssl: Program) -> None:
    command = ["pkcs12", "-in", "pair.p12", "-noenc", "-passin", f"pass:{PASSWORD}"]
    printed = run_openssl(*command)
    Path("opened.pem").write_bytes(printed)
    assert pki.load_pair("opened.pem").enc.private_key.to_int() == pair.enc.private_key.to_int()


def test_what_openssl_wrote(pair: pki.CertificatePair, run_openssl: Program) -> None:
    command = ["pkcs12", "-export", "-in", "pair/sign.pem", "-inkey", "pair/sign.key"]
    options = ["-passout", f"pass:{PASSWORD}", "-name", "the device", "-out", "native.p12"]
    run_openssl(*command, *options)
    found = json.loads(good("p12", "show", "native.p12", "--json"))
    assert found["keys_without_certificate"] == 0
    named = [(each["has_key"], each["name"], each["subject"]) for each in found["certificates"]]
    assert named == [(True, "the device", "CN=platform.example"), (False, None, "CN=Below")]
    text = good("p12", "show", "native.p12").decode()
    assert "role        with its key, named the device\n" in text
    good("p12", "import", "native.p12", "--out", "back")
    assert files_of("back").keys() == {"cert.pem", "cert.key"}


def test_nothing_secret_is_shown(pair: pki.CertificatePair) -> None:
    shown = good("p12", "show", "pair.p12") + good("p12", "show", "--json", "pair.p12")
    for key in (pair.sign.private_key, pair.enc.private_key):
        assert key.to_hex().encode() not in shown.lower()


def test_passwords(pair: pki.CertificatePair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGSUO_PY_PASSWORD", "wrong secret")
    for command in (["show", "pair.p12"], ["import", "pair.p12", "--out", "x"]):
        line = bad(2, "p12", *command)
        assert line.startswith(f"tongsuo-py p12 {command[0]}: error: pair.p12: ")
        assert "secret" not in line
    monkeypatch.setenv("TONGSUO_PY_NEW_PASSWORD", "")
    assert "this password is empty" in bad(2, "p12", "export", "pair", "--out", "other.p12")
    assert not Path("other.p12").exists()
    assert not Path("x").exists()


def test_cut_off_or_altered(pair: pki.CertificatePair) -> None:
    data = pair.to_pkcs12(PASSWORD, iterations=1000)
    for size in (0, 1, 20, len(data) // 2, len(data) - 1):
        assert "standard input: " in bad(2, "p12", "show", data=data[:size])
    altered = bytearray(data)
    altered[len(data) // 2] ^= 1
    assert "standard input: " in bad(2, "p12", "show", data=bytes(altered))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "nowhere"], "nowhere: No such file"),
        (["export", "pair/sign.pem"], "there are certificates but no private key"),
        (["export", "--single", "pair"], "pair"),
        (["export", "pair", "--out", "there"], "there: this file exists"),
        (["show", "nowhere"], "nowhere: No such file"),
        (["show", "pair/sign.pem"], "pair/sign.pem: "),
        (["import", "pair/sign.pem", "--out", "x"], "pair/sign.pem: "),
        (["import", "two.p12"], "required: --out"),
    ],
)
def test_usage(pair: pki.CertificatePair, arguments: list[str], said: str) -> None:
    Path("there").touch()
    assert said in bad(2, "p12", *arguments)
    assert not Path("x").exists()


def test_a_key_alone(pair: pki.CertificatePair, run_openssl: Program) -> None:
    command = ["pkcs12", "-export", "-nocerts", "-inkey", "pair/sign.key"]
    run_openssl(*command, "-passout", f"pass:{PASSWORD}", "-out", "bare.p12")
    assert json.loads(good("p12", "show", "bare.p12", "--json")) == {
        "certificates": [],
        "keys_without_certificate": 1,
    }
    text = good("p12", "show", "bare.p12").decode()
    assert " ".join(text.split()) == "keys without a certificate 1"


def test_more_than_a_pair(pair: pki.CertificatePair, run_openssl: Program) -> None:
    # Three certificates of one key: our own writer makes no such file.
    key = PrivateKey.generate()
    Path("key").write_bytes(key.to_pem())
    ca = pki.CA.load("ca")
    parts = [ca.issue(f"{name}.example", key=key).to_pem() for name in "abc"]
    Path("certificates").write_bytes(b"".join(parts))
    command = ["pkcs12", "-export", "-in", "certificates", "-inkey", "key"]
    options = ["-passout", f"pass:{PASSWORD}", "-out", "three.p12"]
    run_openssl(*command, *options)
    line = bad(2, "p12", "import", "three.p12", "--out", "x")
    assert "it has 3 certificates with their keys, not one or two" in line
