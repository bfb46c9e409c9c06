"""``tongsuo-py show``: what any file is, in words, without ever showing a key."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import ESCAPE, bad, good, invoke, on_a_terminal

from tongsuo_py import pki, sm4
from tongsuo_py.cli import files
from tongsuo_py.cli.output import cells
from tongsuo_py.sm2 import PrivateKey

KEY = PrivateKey.generate()


def kinds(*names: str, data: bytes = b"") -> list[list[str]]:
    """Everything that each file can be."""
    found = json.loads(good("show", "--json", *names, data=data))
    return [[each["kind"] for each in file["is"]] for file in found]


def test_every_kind(ca: pki.CA) -> None:
    request = pki.Request.create(KEY, "a.example")
    contents = {
        "private key": [KEY.to_pem(), KEY.to_der(), KEY.to_pem("secret")],
        "public key": [KEY.public_key().to_pem(), KEY.public_key().to_der()],
        "certificate": [ca.certificate.to_pem(), ca.certificate.to_der()],
        "certificate request": [request.to_pem(), request.to_der()],
        "revocation list": [ca.issue_crl([], number=1).to_pem()],
        "PKCS #12 file": [ca.issue("a.example").to_pkcs12("secret", iterations=1)],
        "signature": [KEY.sign(b"")],
        "ciphertext": [KEY.public_key().encrypt(b"secret")],
        "enveloped private key": [KEY.to_enveloped(KEY.public_key())],
    }
    for kind, examples in contents.items():
        for number, data in enumerate(examples):
            name = f"{kind} {number}"
            Path(name).write_bytes(data)
            assert kinds(name) == kinds("-", data=data) == [[kind]]


def test_what_can_be_several_things(here: Path) -> None:
    point = KEY.public_key().to_bytes(form="bare")
    (found,) = kinds("-", data=point)
    assert {"public key", "signature"} <= set(found)
    text = good("show", "-", data=point).decode()
    assert "  one of these, which have the same form:\n" in text


def test_nothing_that_is_known(here: Path) -> None:
    Path("text").write_text("some text\n")
    finished = invoke("show", "text", "--json")
    assert (finished.returncode, json.loads(finished.stdout)[0]["is"]) == (1, [])
    finished = invoke("show", "text", "-", data=b"")
    assert finished.returncode == 1
    assert finished.stdout.decode() == (
        "text\n  nothing that is known here\n\nstandard input\n  nothing that is known here\n"
    )


def test_a_bundle_is_drawn_as_a_tree(ca: pki.CA) -> None:
    pair = ca.issue_pair("a.example")
    Path("all.pem").write_bytes(
        pair.sign.to_pem() + KEY.to_pem() + pair.enc.to_pem() + ca.certificate.to_pem()
    )
    text = good("show", "all.pem").decode()
    assert "\n  - SM2 private key (PEM): PKCS#8\n" in text
    assert "\nCN=Grid Root CA,C=CN\n" in text
    assert "\n├─ CN=a.example\n" in text
    assert "\n└─ CN=a.example\n" in text
    (found,) = json.loads(good("show", "--json", "all.pem"))
    assert [each["subject"] for each in found["certificates"]] == [
        "CN=a.example",
        "CN=a.example",
        "CN=Grid Root CA,C=CN",
    ]
    parts = [each["kind"] for each in found["is"][0]["contents"]]
    assert parts == ["certificate", "private key", "certificate", "certificate"]
    code, shown = on_a_terminal(["show", "all.pem"], columns=60)
    assert code == 0
    plain = ESCAPE.sub("", shown)
    assert plain != shown
    assert max(map(cells, plain.splitlines())) <= 60


def test_requests_and_revocation_lists_are_shown(ca: pki.CA) -> None:
    Path("a.req").write_bytes(pki.Request.create(KEY, "a.example").to_pem())
    Path("ca.crl").write_bytes(ca.issue_crl([ca.issue("b.example")], number=7).to_pem())
    text = good("show", "a.req", "ca.crl").decode()
    assert "signed by its key  yes\n" in text
    assert "number     7\n" in text
    request, crl = json.loads(good("show", "--json", "a.req", "ca.crl"))
    assert request["requests"][0]["names"] == ["a.example"]
    assert len(crl["revocation_lists"][0]["revoked"]) == 1
    whole = good("show", "--text", "a.req", "ca.crl").decode()
    assert "Certificate Request:\n" in whole
    assert "Certificate Revocation List (CRL):\n" in whole


@pytest.mark.parametrize("options", [[], ["--text"], ["--json"]])
def test_keys_are_never_shown(here: Path, options: list[str]) -> None:
    forms = [KEY.to_pem(), KEY.to_der(), KEY.to_pem(format="sec1"), KEY.to_hex().encode()]
    forms.append(json.dumps(KEY.to_jwk()).encode())
    for data in forms:
        shown = good("show", *options, "-", data=data).lower().replace(b":", b"")
        assert KEY.to_hex().encode() not in b"".join(shown.split())


def test_a_file_of_any_size(here: Path) -> None:
    Path("plain").write_bytes(bytes(files.LIMIT + 1))
    sm4.encrypt_file("plain", "sealed", key=bytes(16))
    assert kinds("sealed") == [["file"]]
    assert invoke("show", "plain").returncode == 1


def test_a_certificate_cut_off_between_others(ca: pki.CA) -> None:
    good_one = ca.certificate.to_pem()
    Path("cut.pem").write_bytes(good_one + good_one[:200] + good_one)
    finished = invoke("show", "cut.pem")
    assert b"Traceback" not in finished.stderr
    assert b"cut.pem\n  - " in finished.stdout
    assert finished.returncode == 1


def test_a_damaged_part_is_wrong(ca: pki.CA) -> None:
    broken = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    Path("bundle.pem").write_bytes(ca.certificate.to_pem() + broken)
    finished = invoke("show", "bundle.pem", "--json")
    assert finished.returncode == 1
    (bundle,) = json.loads(finished.stdout)[0]["is"]
    assert [each["readable"] for each in bundle["contents"]] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: FILE"),
        (["nowhere"], "nowhere: No such file"),
        (["."], ".: Is a directory"),
        (["a", "--text", "--json"], "not allowed with argument"),
    ],
)
def test_usage(here: Path, arguments: list[str], said: str) -> None:
    assert said in bad(2, "show", *arguments)
