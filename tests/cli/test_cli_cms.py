"""``tongsuo-py cms``: with the library and Tongsuo's own ``openssl`` on the other side."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from command import bad, good, invoke
from programs import Program

from tongsuo_py import sm2
from tongsuo_py.pki import cms

DATA = b"a reading: 42\n"


@pytest.fixture
def world(trust: SimpleNamespace, here: Path) -> SimpleNamespace:
    """``trust``, in a directory with data."""
    (here / "data").write_bytes(DATA)
    return trust


def sign(world: SimpleNamespace, *options: object, who: str = "server") -> bytes:
    return good("cms", "sign", "--signer", world.dir / who, *options, "data")


@pytest.mark.parametrize("profile", ["gm", "pkcs7", "gmssl"])
@pytest.mark.parametrize("options", [[], ["--pem"], ["--no-attributes"]], ids=" ".join)
def test_sign_and_verify(world: SimpleNamespace, profile: str, options: list[str]) -> None:
    message = sign(world, "--profile", profile, *options)
    assert message.startswith(b"-----BEGIN ") == ("--pem" in options)
    verified = cms.verify(message, roots=[world.ca.root])
    assert verified.content == DATA
    (signer,) = verified.signers
    assert signer.certificate.to_der() == world.server.sign.to_der()
    assert (signer.signing_time is None) == (profile == "gmssl" or "--no-attributes" in options)
    trusted = ("cms", "verify", "--ca", world.dir / "ca")
    text = good(*trusted, data=message).decode()
    assert text.startswith("verified  all signatures are good\n")
    assert good(*trusted, "--out", "-", data=message) == DATA
    shown = json.loads(good(*trusted, "--json", data=message))
    assert shown["verified"] is True
    assert shown["content_bytes"] == len(DATA)
    assert shown["signers"][0]["subject"] == signer.certificate.subject


def test_tongsuo_verifies_and_decrypts_it(world: SimpleNamespace, run_openssl: Program) -> None:
    ca, server = str(world.dir / "ca" / "ca.pem"), world.dir / "server"
    message = sign(world, "--profile", "pkcs7")
    arguments = ("-inform", "DER", "-in", "{message}", "-CAfile", ca, "-purpose", "any")
    assert run_openssl("cms", "-verify", "-binary", *arguments, message=message) == DATA
    sealed = good("cms", "encrypt", "--profile", "pkcs7", "--to", server / "enc.pem", "data")
    arguments = ("-inform", "DER", "-in", "{message}", "-inkey", str(server / "enc.key"))
    assert run_openssl("cms", "-decrypt", "-binary", *arguments, message=sealed) == DATA


def test_detached(world: SimpleNamespace) -> None:
    message = sign(world, "--detached")
    assert DATA not in message
    verify = ("cms", "verify", "--ca", world.dir / "ca")
    assert b"all signatures are good" in good(*verify, "--content", "data", data=message)
    assert "the content is not in this message" in bad(2, *verify, data=message)
    Path("other").write_bytes(b"other")
    assert "is not" in bad(1, *verify, "--content", "other", data=message)


def test_a_signer_in_several_files_or_pkcs12(world: SimpleNamespace) -> None:
    server = world.dir / "server_cert"
    Path("password").write_text("secret")
    Path("p12").write_bytes(world.server_cert.to_pkcs12("secret"))
    for files in (
        ("--signer", server / "cert.key", "--signer", server / "cert.pem"),
        ("--signer", "p12", "--password-file", "password"),
    ):
        message = good("cms", "sign", *files, "data")
        good("cms", "verify", "--ca", world.dir / "ca", data=message)
    locked = ("cms", "sign", "--signer", "p12", "data", "--password-file", "data")
    assert "is the password right, and the file whole?" in bad(2, *locked)


def test_what_is_not_to_be_trusted_leaves_nothing(world: SimpleNamespace) -> None:
    message = sign(world, who="stranger")
    before = sorted(os.listdir())
    verify = ("cms", "verify", "--ca", world.dir / "ca", "--out", "content")
    assert "the signer's certificate is not trusted" in bad(1, *verify, data=message)
    altered = sign(world).replace(DATA, DATA.replace(b"42", b"43"))
    assert "is not" in bad(1, *verify, data=altered)
    assert sorted(os.listdir()) == before
    finished = invoke(*verify, "--json", data=message)
    assert finished.returncode == 1
    assert json.loads(finished.stdout)["verified"] is False
    said = good("cms", "verify", "--any-signer", data=message).decode()
    assert "certificates are NOT CHECKED" in said


@pytest.mark.parametrize("profile", ["gm", "pkcs7", "gmssl"])
def test_encrypt_and_decrypt(world: SimpleNamespace, profile: str) -> None:
    recipients = [("--to", world.dir / name / "enc.pem") for name in ("server", "client")]
    options = [word for pair in recipients for word in pair]
    sealed = good("cms", "encrypt", "--profile", profile, "--pem", *options, "data")
    for name in ("server", "client"):
        decrypt = ("cms", "decrypt", "--recipient", world.dir / name)
        assert good(*decrypt, data=sealed) == DATA
        key = world.dir / name / "enc.key"
        assert good("cms", "decrypt", "--key", key, data=sealed) == DATA
        assert cms.decrypt(sealed, getattr(world, name)) == DATA
    line = bad(2, "cms", "decrypt", "--recipient", world.dir / "stranger", data=sealed)
    assert "not encrypted for this recipient" in line
    Path("other").write_bytes(sm2.PrivateKey.generate().to_pem())
    decrypt = ("cms", "decrypt", "--key", "other", "--out", "opened")
    assert bad(1, *decrypt, data=sealed).endswith("error: the message could not be decrypted")
    assert not Path("opened").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sign", "data"], "who signs? Give --signer"),
        (["sign", "--signer", "data", "data"], "data: expected certificates or private keys"),
        (["sign", "--signer", "none", "data"], "none: No such file or directory"),
        (["encrypt", "data"], "the following arguments are required: --to"),
        (["encrypt", "--to", "data", "data"], "data: "),
        (["decrypt", "data"], "who is the recipient? Give --recipient or --key, one of them"),
        (["verify", "--any-signer", "data"], "expected SEQUENCE at byte 0, found the tag 61"),
        (["verify", "-", "--content", "-"], "FILE and --content cannot both be standard input"),
        (["sign", "--profile", "x", "data"], "argument --profile: invalid choice: 'x'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_usage(world: SimpleNamespace, arguments: list[str], said: str) -> None:
    assert said in bad(2, "cms", *arguments)
