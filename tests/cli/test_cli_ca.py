"""``tongsuo-py ca``: made, one below another, what it issued, what it takes back."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command import bad, good

from tongsuo_py import pki
from tongsuo_py.cli.ca.revoke import _REASONS
from tongsuo_py.cli.certificates import camel


def test_a_root(here: Path) -> None:
    answer = json.loads(
        good(
            "ca",
            "create",
            "Grid Root CA",
            "--country",
            "CN",
            "--days",
            100,
            "--out",
            "ca",
            "--json",
        )
    )
    ca = pki.CA.load("ca")
    assert ca.certificate.subject == answer["subject"] == "CN=Grid Root CA,C=CN"
    assert ca.certificate.not_after.isoformat() == answer["not_after"]
    days = ca.certificate.not_after - datetime.now(UTC)
    assert timedelta(days=99) < days < timedelta(days=100)
    assert stat.S_IMODE(Path("ca/ca.key").stat().st_mode) == 0o600


def test_one_below_another(here: Path) -> None:
    good("ca", "create", "Root", "--out", "root")
    good("ca", "create", "Below", "--below", "root", "--out", "below")
    below = pki.CA.load("below")
    assert below.root == pki.CA.load("root").certificate
    assert below.certificate.is_issued_by(below.root)
    assert [
        each["subject"] for each in json.loads(good("ca", "list", "--ca", "root", "--json"))
    ] == ["CN=Below"]
    assert "none may be issued" in bad(2, "ca", "create", "C", "--below", "below", "--out", "c")


def test_passwords(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGSUO_PY_NEW_PASSWORD", "secret 1")
    good("ca", "create", "Root", "--encrypt", "--out", "root")
    assert b"ENCRYPTED" in Path("root/ca.key").read_bytes()
    monkeypatch.setenv("TONGSUO_PY_PASSWORD", "secret 2")
    line = bad(2, "ca", "create", "Below", "--below", "root", "--out", "below")
    assert "could not be decrypted" in line
    assert "secret" not in line
    Path("password").write_text("secret 1\nanother line\n")
    options = ["--below", "root", "--password-file", "password", "--out", "below"]
    good("ca", "create", "Below", *options)
    assert b"ENCRYPTED" not in Path("below/ca.key").read_bytes()


def test_nothing_is_replaced_unless_told(ca: pki.CA) -> None:
    before = Path("ca/ca.key").read_bytes()
    line = bad(2, "ca", "create", "Another", "--out", "ca")
    assert "ca/ca.key: this file exists: use --force to replace it, or another directory" in line
    assert Path("ca/ca.key").read_bytes() == before
    good("ca", "create", "Another", "--out", "ca", "--force")
    assert Path("ca/ca.key").read_bytes() != before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["create", "", "--out", "x"], "common_name must have 1 to 64 characters"),
        (["create", "A", "--country", "china", "--out", "x"], "country must be two capital"),
        (["create", "A", "--days", "0", "--out", "x"], "'0' is not a number from 1 up"),
        (["create", "A", "--below", "nowhere", "--out", "x"], "nowhere/ca.pem: No such file"),
        (["create", "A", "--out", "/dev/null/x"], "Not a directory"),
        (["create", "A"], "the following arguments are required: --out"),
        (["list", "--ca", "nowhere"], "nowhere/ca.pem: No such file"),
        (["revoke", "1", "--ca", "nowhere"], "nowhere/ca.pem: No such file"),
        (["revoke", "1", "--ca", "ca"], "the register has no certificate 1"),
        (["revoke", "nowhere.pem", "--ca", "ca"], "there is no such file, and it is no serial"),
        (["revoke", "1", "--ca", "ca", "--reason", "boredom"], "invalid choice: 'boredom'"),
    ],
)
def test_usage(ca: pki.CA, arguments: list[str], said: str) -> None:
    assert said in bad(2, "ca", *arguments)
    assert not Path("x").exists()


def test_revoked_by_file_and_by_serial_number(ca: pki.CA) -> None:
    for name in ("a", "b", "c"):
        good("cert", "issue", f"{name}.example", "--ca", "ca", "--out", name)
    first, second, third = pki.Register("ca").issued
    colons = ":".join(f"{byte:02X}" for byte in second.serial_number.to_bytes(20, "big"))
    answer = good(
        "ca", "revoke", "a/cert.pem", colons, "--ca", "ca", "--reason", "superseded", "--json"
    )
    assert [each["subject"] for each in json.loads(answer)] == ["CN=a.example", "CN=b.example"]
    revoked = pki.Register("ca").revoked
    assert [each.serial_number for each in revoked] == [first.serial_number, second.serial_number]
    assert {each.reason for each in revoked} == {pki.RevocationReason.SUPERSEDED}
    listed = json.loads(good("ca", "list", "--ca", "ca", "--json"))
    assert [each["revoked"] is not None for each in listed] == [True, True, False]
    text = good("ca", "list", "--ca", "ca").decode()
    assert [line.split()[1] for line in text.splitlines()[1:]] == [
        f"CN={name}.example" for name in "abc"
    ]
    # All or none.
    line = bad(2, "ca", "revoke", "c/cert.pem", "a/cert.pem", "--ca", "ca")
    assert line.endswith("(CN=a.example) is revoked already")
    assert len(pki.Register("ca").revoked) == 2
    good("ca", "revoke", "c/cert.pem", "c/cert.pem", "--ca", "ca")
    assert pki.Register("ca").revoked[-1].serial_number == third.serial_number


def test_every_reason_can_be_said() -> None:
    without = {"unspecified", "removeFromCrl"}
    assert set(_REASONS) == {camel(each.name) for each in pki.RevocationReason} - without
