"""``tongsuo-py crl``: lists made from the register, shown, checked; and OpenSSL's word on them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from command import bad, good, invoke
from programs import Program

from tongsuo_py import pki


@pytest.fixture
def issued(ca: pki.CA) -> tuple[str, str]:
    """Two certificates of ``ca`` in files, of which the first is revoked."""
    files = []
    for name in ("bad", "good"):
        good("cert", "issue", f"{name}.example", "--ca", "ca", "--out", name)
        files.append(f"{name}/cert.pem")
    good("ca", "revoke", files[0], "--ca", "ca", "--reason", "keyCompromise")
    return files[0], files[1]


def test_make(issued: tuple[str, str], run_openssl: Program) -> None:
    good("crl", "make", "--ca", "ca", "--days", 7, "--out", "ca.crl")
    crl = pki.load_crl("ca.crl")
    crl.verify(pki.CA.load("ca").certificate)
    assert crl.number == 1
    assert crl.next_update == crl.this_update + timedelta(days=7)
    assert [crl.is_revoked(pki.load_certificate(file)) for file in issued] == [True, False]
    command = ["verify", "-CAfile", "ca/ca.pem", "-CRLfile", "ca.crl", "-crl_check"]
    run_openssl(*command, issued[0], fails=True)
    run_openssl(*command, issued[1])


def test_the_next_list_keeps_what_was_revoked(issued: tuple[str, str]) -> None:
    good("crl", "make", "--ca", "ca", "--out", "ca.crl")
    good("ca", "revoke", issued[1], "--ca", "ca")
    assert "ca.crl: this file exists" in bad(2, "crl", "make", "--ca", "ca", "--out", "ca.crl")
    good("crl", "make", "--ca", "ca", "--out", "ca.crl", "--force")
    crl = pki.load_crl("ca.crl")
    assert all(crl.is_revoked(pki.load_certificate(file)) for file in issued)
    assert crl.number is not None
    assert crl.number > 1


def test_show(issued: tuple[str, str]) -> None:
    written = good("crl", "make", "--ca", "ca")
    shown = json.loads(good("crl", "show", "--json", data=written))
    serial = f"{pki.load_certificate(issued[0]).serial_number:x}"
    (entry,) = shown["revoked"]
    assert (shown["issuer"], shown["number"]) == ("CN=Grid Root CA,C=CN", 1)
    assert (entry["serial_number"], entry["reason"]) == (serial, "keyCompromise")
    text = good("crl", "show", data=written).decode()
    assert f"\n{serial}  " in text
    assert text.endswith("  keyCompromise\n")
    whole = good("crl", "show", "--text", data=written).decode()
    assert whole.startswith("Certificate Revocation List (CRL):\n")


def test_check(issued: tuple[str, str]) -> None:
    good("crl", "make", "--ca", "ca", "--out", "ca.crl")
    assert (
        good("crl", "check", "ca.crl", "--ca", "ca")
        == "✓ the list is its CA's, and in date\n".encode()
    )
    good("crl", "check", "ca.crl", issued[1], "--ca", "ca/ca.pem")
    good("crl", "check", "ca.crl", "-", "--ca", "ca", data=Path(issued[1]).read_bytes())
    finished = invoke("crl", "check", "ca.crl", *issued, "--ca", "ca", "--json")
    found = json.loads(finished.stdout)
    assert (finished.returncode, found["wrong"]) == (1, [])
    states = [(each["file"], each["reason"]) for each in found["certificates"]]
    assert states == [(issued[0], "keyCompromise"), (issued[1], None)]
    text = invoke("crl", "check", "ca.crl", *issued, "--ca", "ca").stdout.decode()
    assert f"✗ {issued[0]}: revoked on {datetime.now(UTC):%Y}" in text
    assert f"✓ {issued[1]}: not revoked\n" in text


def test_a_list_that_is_not_good(ca: pki.CA) -> None:
    other = pki.CA.create("Grid Root CA", country="CN")
    Path("forged.crl").write_bytes(other.issue_crl([], number=1).to_pem())
    finished = invoke("crl", "check", "forged.crl", "--ca", "ca")
    assert finished.returncode == 1
    assert "was not signed by" in finished.stdout.decode()


def test_a_list_that_is_out_of_date(run_openssl: Program, here: Path) -> None:
    # Ours are dated now; the native program makes one of any date.
    ca = pki.CA.create("Root")
    ca.save("ca")
    Path("index").touch()
    Path("number").write_text("01\n")
    Path("openssl.cnf").write_text(
        "[ca]\ndefault_ca=x\n[x]\ndatabase=index\ncrlnumber=number\ndefault_md=sm3\n"
    )
    command = ["ca", "-config", "openssl.cnf", "-gencrl", "-out", "old.crl"]
    files = ["-cert", "ca/ca.pem", "-keyfile", "ca/ca.key", "-sigopt", "distid:1234567812345678"]
    dates = ["-crl_lastupdate", "20200101000000Z", "-crl_nextupdate", "20200201000000Z"]
    run_openssl(*command, *files, *dates)
    finished = invoke("crl", "check", "old.crl", "--ca", "ca", "--json")
    assert finished.returncode == 1
    assert json.loads(finished.stdout)["wrong"] == [
        "it is out of date: the next one was due on 2020-02-01 00:00 UTC"
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["make", "--ca", "nowhere"], "nowhere/ca.pem: No such file"),
        (["make", "--ca", "ca", "--days", "0"], "'0' is not a number from 1 up"),
        (["show", "nowhere"], "nowhere: No such file"),
        (["show", "ca/ca.pem"], "ca/ca.pem: "),
        (["check", "list", "--ca", "nowhere"], "nowhere: No such file"),
        (["check", "ca/ca.key", "--ca", "ca"], "ca/ca.key: "),
        (["check", "list", "nowhere", "--ca", "ca"], "nowhere: No such file"),
        (["check", "-", "-", "--ca", "ca"], "LIST and CERTIFICATE 1 cannot both be standard input"),
        (["check", "list", "other/cert.pem", "--ca", "ca"], "says nothing of the certificates of"),
    ],
)
def test_usage(ca: pki.CA, arguments: list[str], said: str) -> None:
    Path("list").write_bytes(ca.issue_crl([], number=1).to_pem())
    pki.self_signed("other.example").save("other")
    assert said in bad(2, "crl", *arguments)
