"""``tongsuo-py sm2``: with Tongsuo's own ``openssl`` on the other side."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from command import bad, good, invoke
from programs import Program

from tongsuo_py import sm2, sm3

DATA = "the message, 消息\n".encode()
DIGEST = bytes(range(32))
LAYOUTS = [
    "der",
    *(f"{order}{form}" for order in ("c1c3c2", "c1c2c3")
      for form in ("", "-bare", "-compressed", "-hybrid")),
]  # fmt: skip


@pytest.fixture(scope="module")
def key() -> sm2.PrivateKey:
    return sm2.PrivateKey.generate()


@pytest.fixture
def files(here: Path, key: sm2.PrivateKey) -> Path:
    """A directory with key, pub, other (another private key) and data."""
    (here / "key").write_bytes(key.to_pem())
    (here / "pub").write_bytes(key.public_key().to_pem())
    (here / "other").write_bytes(sm2.PrivateKey.generate().to_pem())
    (here / "data").write_bytes(DATA)
    return here


def as_text(data: bytes, text: str | None) -> bytes:
    if text is None:
        return data
    return (data.hex().encode() if text == "hex" else base64.b64encode(data)) + b"\n"


# ---- signatures ----


@pytest.mark.parametrize("identity", ["1234567812345678", "ALICE123@YAHOO.COM", "电表"])
def test_signatures_that_tongsuo_verifies_and_makes(
    files: Path, run_openssl: Program, identity: str
) -> None:
    option = ("-sigopt", f"distid:{identity}")
    good("sm2", "sign", "--key", "key", "--id", identity, "data", "--out", "signature")
    said = run_openssl("dgst", "-sm3", "-verify", "pub", *option, "-signature", "signature", "data")
    assert said == b"Verified OK\n"
    run_openssl("dgst", "-sm3", "-sign", "key", *option, "-out", "theirs", "data")
    good("sm2", "verify", "--key", "pub", "--id", identity, "--signature", "theirs", "data")
    hexadecimal = ("--id-hex", identity.encode().hex())
    good("sm2", "verify", "--key", "pub", *hexadecimal, "--signature", "theirs", "data")


@pytest.mark.parametrize("text", [None, "hex", "base64"])
@pytest.mark.parametrize("form", ["der", "raw"])
def test_every_form_is_written_and_found_out(
    files: Path, key: sm2.PrivateKey, form: sm2.SignatureEncoding, text: str | None
) -> None:
    option = () if text is None else ("--text", text)
    written = good("sm2", "sign", "--key", "key", "--format", form, *option, data=DATA)
    Path("signature").write_bytes(written)
    plain = written if text is None else None
    if text == "hex":
        plain = bytes.fromhex(written.decode())
    elif text == "base64":
        plain = base64.b64decode(written)
    assert plain is not None
    key.public_key().verify(plain, DATA, encoding=form)
    for wanted in ("auto", form):
        arguments = ("--key", "pub", "--signature", "signature", "--format", wanted, "data")
        assert good("sm2", "verify", *arguments) == b"signature  good\n"
    other = {"der": "raw", "raw": "der"}[form]
    bad(2, "sm2", "verify", "--key", "pub", "--signature", "signature", "--format", other, "data")


@pytest.mark.parametrize("options", [["--timed"], ["--no-id"], ["--id", ""]], ids=" ".join)
def test_options_of_signing(files: Path, key: sm2.PrivateKey, options: list[str]) -> None:
    signature = good("sm2", "sign", "--key", "key", *options, "data")
    user_id = {"--timed": sm2.DEFAULT_ID, "--no-id": None, "--id": b""}[options[0]]
    key.public_key().verify(signature, DATA, user_id)
    Path("signature").write_bytes(signature)
    of_verify = [] if options == ["--timed"] else options
    good("sm2", "verify", "--key", "pub", "--signature", "signature", *of_verify, "data")


@pytest.mark.parametrize("text", [None, "hex", "base64"])
def test_a_digest_that_was_made_already(files: Path, key: sm2.PrivateKey, text: str | None) -> None:
    given = as_text(DIGEST, text)
    signature = good("sm2", "sign", "--key", "key", "--digest", data=given)
    key.public_key().verify_digest(signature, DIGEST)
    Path("signature").write_bytes(signature)
    good("sm2", "verify", "--key", "pub", "--digest", "--signature", "signature", data=given)


def test_the_digest_of_z_and_the_data_is_the_standards(files: Path, key: sm2.PrivateKey) -> None:
    z = bytes.fromhex(json.loads(good("pub", "show", "pub", "--json"))["z_of_default_id"])
    signature = good("sm2", "sign", "--key", "key", "--digest", data=sm3.sm3(z + DATA).digest())
    key.public_key().verify(signature, DATA)


def test_a_certificate_verifies_too(trust: SimpleNamespace, here: Path) -> None:
    pair = trust.dir / "server"
    (here / "data").write_bytes(DATA)
    good("sm2", "sign", "--key", pair / "sign.key", "data", "--out", "signature")
    good("sm2", "verify", "--key", pair / "sign.pem", "--signature", "signature", "data")
    arguments = ("--key", pair / "enc.pem", "--signature", "signature", "data")
    assert "is not valid" in bad(1, "sm2", "verify", *arguments)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Path("data").write_bytes(DATA + b"!"),
        lambda: Path("pub").write_bytes(good("pub", "convert", "other")),
        lambda: Path("signature").write_bytes(good("sm2", "sign", "--key", "other", "data")),
        lambda: Path("signature").write_bytes(
            good("sm2", "sign", "--key", "key", "--id", "me", "data")
        ),
    ],
    ids=["data", "key", "signature", "ID"],
)
def test_what_is_wrong_is_told(files: Path, change: Callable[[], object]) -> None:
    good("sm2", "sign", "--key", "key", "data", "--out", "signature")
    change()
    arguments = ("sm2", "verify", "--key", "pub", "--signature", "signature", "data")
    assert "the SM2 signature is not valid for this data, key and user ID" in bad(1, *arguments)
    finished = invoke(*arguments, "--json")
    assert finished.returncode == 1
    assert json.loads(finished.stdout) == {"signature": "wrong"}
    assert finished.stderr == b""


def test_a_large_file_is_signed_in_pieces(files: Path, key: sm2.PrivateKey) -> None:
    data = bytes(range(256)) * 10_000  # more than two pieces, and part of a third
    Path("large").write_bytes(data)
    key.public_key().verify(good("sm2", "sign", "--key", "key", "large"), data)


# ---- encryption ----


def test_ciphertexts_that_tongsuo_decrypts_and_makes(files: Path, run_openssl: Program) -> None:
    good("sm2", "encrypt", "--key", "pub", "data", "--out", "ciphertext")
    assert run_openssl("pkeyutl", "-decrypt", "-inkey", "key", "-in", "ciphertext") == DATA
    run_openssl("pkeyutl", "-encrypt", "-pubin", "-inkey", "pub", "-in", "data", "-out", "theirs")
    assert good("sm2", "decrypt", "--key", "key", "theirs") == DATA


@pytest.mark.parametrize("text", [None, "hex", "base64"])
@pytest.mark.parametrize("form", LAYOUTS)
def test_every_ciphertext(files: Path, key: sm2.PrivateKey, form: str, text: str | None) -> None:
    option = () if text is None else ("--text", text)
    sealed = good("sm2", "encrypt", "--key", "pub", "--format", form, *option, data=DATA)
    assert good("sm2", "decrypt", "--key", "key", data=sealed) == DATA
    assert good("sm2", "decrypt", "--key", "key", "--format", form, data=sealed) == DATA
    if text is None:
        assert key.decrypt(sealed, form) == DATA  # type: ignore[arg-type]
    # From this form into another, and back again.
    other = "der" if form != "der" else "c1c2c3-compressed"
    convert = ("sm2", "convert", "ciphertext")
    there = good(*convert, "--from", form, "--to", other, data=sealed)
    assert good("sm2", "decrypt", "--key", "key", "--format", other, data=there) == DATA
    assert good(*convert, "--from", other, "--to", form, *option, data=there) == sealed


def test_the_order_of_a_ciphertext_is_not_guessed(files: Path) -> None:
    sealed = good("sm2", "encrypt", "--key", "pub", "--format", "c1c2c3", data=DATA)
    line = bad(2, "sm2", "convert", "ciphertext", data=sealed)
    assert '"c1c3c2" or "c1c2c3"' in line
    assert line.endswith("say which with --from")


@pytest.mark.parametrize("name", ["other", "key"])
def test_decryption_fails_in_one_way(files: Path, name: str) -> None:
    sealed = bytearray(good("sm2", "encrypt", "--key", "pub", "data"))
    if name == "key":
        sealed[-1] ^= 1
    arguments = ("sm2", "decrypt", "--key", name, "--out", "opened")
    line = bad(1, *arguments, data=bytes(sealed))
    assert line == "tongsuo-py sm2 decrypt: error: the SM2 ciphertext could not be decrypted"
    assert bad(1, *arguments, data=b"\x30\x03\x02\x01\x01") == line
    assert sorted(os.listdir()) == ["data", "key", "other", "pub"]


def test_nothing_is_no_plaintext(files: Path) -> None:
    assert "1 to 1073741824 bytes, not 0" in bad(2, "sm2", "encrypt", "--key", "pub")


# ---- signatures from one form into another ----


@pytest.mark.parametrize("form", ["der", "raw"])
@pytest.mark.parametrize("text", [None, "hex", "base64"])
def test_convert_signatures(
    files: Path, key: sm2.PrivateKey, form: sm2.SignatureEncoding, text: str | None
) -> None:
    signature = key.sign(DATA, encoding=form)
    for target in ("der", "raw"):
        arguments = ("sm2", "convert", "signature", "--to", target)
        converted = good(*arguments, data=as_text(signature, text))
        assert converted == sm2.convert_signature(signature, form, target)  # type: ignore[arg-type]
        assert good(*arguments, "--from", form, data=as_text(signature, text)) == converted


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "expected SEQUENCE at byte 0, found the end"),
        (b"0\x06\x02\x01\x01\x02\x01", "expected 6 bytes of SEQUENCE at byte 2, found 5"),
        (b"30 06 02 01 01 02 01 00", "expected s from 1 to n - 1 at byte 5, found another number"),
        (bytes(64), "expected r from 1 to n - 1 at byte 0, found another number"),
        (b"text, but no hex", "expected SEQUENCE at byte 0, found the tag 74"),
    ],
    ids=["empty", "cut off", "zero", "zeros", "text"],
)
def test_what_is_no_signature(files: Path, data: bytes, said: str) -> None:
    line = bad(2, "sm2", "convert", "signature", "--to", "raw", data=data)
    assert line.startswith("tongsuo-py sm2 convert signature: error: standard input: the SM2 sig")
    assert said in line
    Path("signature").write_bytes(data)
    assert said in bad(2, "sm2", "verify", "--key", "pub", "--signature", "signature", "data")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sign", "data"], "the following arguments are required: --key"),
        (["sign", "--key", "pub", "data"], "pub: PEM: expected PRIVATE KEY, found PUBLIC KEY"),
        (["sign", "--key", "none", "data"], "none: No such file or directory"),
        (["sign", "--key", "key", "none"], "none: No such file or directory"),
        (["sign", "--key", "key", "--digest", "data"], "data: a digest must have 32 bytes, and"),
        (["sign", "--key", "key", "--digest", "--no-id", "data"], "not allowed with argument"),
        (["sign", "--key", "key", "--id-hex", "0", "data"], "--id-hex: these are not hexadecimal"),
        (["sign", "--key", "key", "--id", "x" * 8192, "data"], "at most 8191 bytes"),
        (["verify", "--key", "pub", "data"], "the following arguments are required: --signature"),
        (["encrypt", "--key", "pub", "--format", "auto", "data"], "invalid choice: 'auto'"),
        (["convert", "data"], "argument COMMAND: invalid choice: 'data'"),
        (["convert", "signature", "data"], "the following arguments are required: --to"),
    ],
    ids=lambda value: None if isinstance(value, str) else " ".join(value)[:40],
)  # fmt: skip
def test_usage(files: Path, arguments: list[str], said: str) -> None:
    assert said in bad(2, "sm2", *arguments)
