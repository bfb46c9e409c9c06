"""``tongsuo-py key`` and ``pub``: every format in and out, by our library and by Tongsuo's own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from command import bad, good
from programs import Program

from tongsuo_py import sm2, sm3

FORMS = ("pem", "der", "sec1-pem", "sec1-der", "raw", "hex", "jwk")
# The DER of the public key that the native ``openssl`` finds in a file.
PUBLIC = ("pkey", "-pubout", "-outform", "DER", "-in")
POINTS = {"uncompressed": 65, "compressed": 33, "hybrid": 65, "bare": 64}


@pytest.fixture(scope="module")
def key() -> sm2.PrivateKey:
    return sm2.PrivateKey.generate()


@pytest.fixture
def file(here: Path, key: sm2.PrivateKey) -> Path:
    path = here / "key"
    path.write_bytes(key.to_pem())
    return path


# ---- private keys ----


def test_make_makes_another_key_each_time() -> None:
    one, other = (sm2.load_private_key(good("key", "make")) for _ in range(2))
    assert one.public_key() != other.public_key()


@pytest.mark.parametrize("form", FORMS)
def test_convert_there_and_back(file: Path, key: sm2.PrivateKey, form: str) -> None:
    good("key", "convert", file, "--to", form, "--out", "converted")
    assert sm2.load_private_key(Path("converted").read_bytes()).to_int() == key.to_int()
    back = good("key", "convert", "converted")
    assert back == file.read_bytes()
    assert good("key", "convert", data=Path("converted").read_bytes()) == back


@pytest.mark.parametrize("form", ["pem", "der", "sec1-pem", "sec1-der"])
def test_tongsuo_reads_what_was_converted(
    run_openssl: Program, file: Path, key: sm2.PrivateKey, form: str
) -> None:
    good("key", "convert", file, "--to", form, "--out", "converted")
    assert run_openssl(*PUBLIC, "converted") == key.public_key().to_der()


@pytest.mark.parametrize(("form", "cipher"), [("pem", "sm4-cbc"), ("der", "aes-256-cbc")])
def test_tongsuo_reads_what_was_encrypted(
    run_openssl: Program, file: Path, key: sm2.PrivateKey, form: str, cipher: str
) -> None:
    Path("password").write_text("secret")
    good(
        *("key", "convert", file, "--to", form, "--encrypt", cipher, "--out", "locked"),
        *("--new-password-file", "password"),
    )
    found = run_openssl(*PUBLIC, "locked", "-passin", "file:password")
    assert found == key.public_key().to_der()


def test_gmssl_reads_what_was_encrypted_for_it(
    run_gmssl: Program, file: Path, key: sm2.PrivateKey
) -> None:
    Path("password").write_text("secret")
    good(
        *("key", "convert", file, "--encrypt", "gmssl", "--out", "locked"),
        *("--new-password-file", "password"),
    )
    Path("data").write_bytes(b"data")
    sign = ("sm2sign", "-key", "locked", "-pass", "secret", "-in", "data", "-out", "{out}")
    key.public_key().verify(run_gmssl(*sign), b"data")


def test_enveloped(file: Path, key: sm2.PrivateKey) -> None:
    recipient = sm2.PrivateKey.generate()
    Path("recipient").write_bytes(recipient.to_pem())
    Path("recipient.pub").write_bytes(recipient.public_key().to_pem())
    good(
        *("key", "convert", file, "--to", "enveloped", "--for", "recipient.pub"),
        *("--out", "enveloped"),
    )
    enveloped = Path("enveloped").read_bytes()
    assert sm2.PrivateKey.from_enveloped(enveloped, recipient).to_int() == key.to_int()
    opened = good("key", "convert", "enveloped", "--recipient-key", "recipient")
    assert opened == file.read_bytes()
    line = bad(1, "key", "convert", "enveloped", "--recipient-key", file, "--out", "opened")
    assert "could not be decrypted" in line
    assert not Path("opened").exists()


def test_show_says_nothing_secret(file: Path, key: sm2.PrivateKey) -> None:
    public = key.public_key()
    shown = json.loads(good("key", "show", file, "--json"))
    assert shown == {
        "kind": "SM2 private key",
        "curve": "sm2p256v1 (GB/T 32918.5-2017)",
        "public_key": public.to_hex(),
        "compressed": public.to_hex("compressed"),
        "z_of_default_id": public.z().hex(),
        "sm3_fingerprint": sm3.sm3(public.to_der()).hexdigest(),
    }
    text = good("key", "show", file).decode()
    assert f"compressed       {public.to_hex('compressed')}\n" in text
    assert key.to_hex() not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["convert", "--to", "raw", "--encrypt", "gmssl"], "--encrypt is for --to pem and der"),
        (["convert", "--to", "sec1-pem", "--encrypt", "gmssl"], "--encrypt is for --to pem and"),
        (["convert", "--to", "enveloped"], "--to enveloped and --for need each other"),
        (["convert", "--for", "key"], "--to enveloped and --for need each other"),
        (["make", "--to", "p12"], "argument --to: invalid choice: 'p12'"),
        (["convert", "-", "--recipient-key", "-"], "FILE and --recipient-key cannot both be stand"),
    ],
    ids=["raw", "sec1", "no recipient", "recipient", "unknown", "two inputs"],
)
def test_options_that_make_no_sense(file: Path, arguments: list[str], said: str) -> None:
    assert said in bad(2, "key", *arguments)


@pytest.mark.parametrize("command", ["key", "pub"])
@pytest.mark.parametrize("content", [b"", b"nothing", bytes(range(100)), b"\x30\x82\x01"], ids=repr)
def test_what_is_no_key(here: Path, command: str, content: bytes) -> None:
    line = bad(2, command, "convert", data=content)
    assert line.startswith(f"tongsuo-py {command} convert: error: standard input: ")
    assert "expected" in line


def test_a_key_cut_off_anywhere_is_told(file: Path, key: sm2.PrivateKey) -> None:
    der = key.to_der()
    for length in range(0, len(der), 7):
        assert "error: standard input: " in bad(2, "key", "convert", data=der[:length])


def test_no_command_needs_more_than_its_own_file(file: Path) -> None:
    before = set(os.listdir())
    good("key", "show", file)
    good("pub", "convert", file)
    assert set(os.listdir()) == before


def test_out_of_pkcs12(run_openssl: Program, trust: SimpleNamespace, here: Path) -> None:
    cert, key = (trust.dir / "server_cert" / name for name in ("cert.pem", "cert.key"))
    (here / "password").write_text("secret")
    options = ("-inkey", str(key), "-passout", "file:password", "-out", "p12")
    run_openssl("pkcs12", "-export", "-in", str(cert), *options)
    pem = good("key", "convert", "p12", "--password-file", "password")
    assert pem == good("key", "convert", key)
    public = good("pub", "convert", "--password-file", "password", data=Path("p12").read_bytes())
    assert public == good("pub", "convert", cert)


def test_pkcs12_of_a_pair_is_not_guessed(trust: SimpleNamespace, here: Path) -> None:
    (here / "password").write_text("secret")
    (here / "p12").write_bytes(trust.server.to_pkcs12("secret"))
    line = bad(2, "key", "convert", "p12", "--password-file", "password")
    assert "p12: PKCS #12: expected one private key, found " in line


# ---- public keys ----


@pytest.mark.parametrize("form", ["pem", "der", "jwk", *POINTS])
def test_public_keys_there_and_back(file: Path, key: sm2.PrivateKey, form: str) -> None:
    data = good("pub", "convert", file, "--to", form)
    assert sm2.load_public_key(data) == key.public_key()
    assert len(data) == POINTS.get(form, len(data))
    assert good("pub", "convert", data=data) == key.public_key().to_pem()


@pytest.mark.parametrize("form", POINTS)
def test_points_as_text(file: Path, key: sm2.PrivateKey, form: str) -> None:
    digits = good("pub", "convert", file, "--to", form, "--text", "hex")
    assert digits.decode() == key.public_key().to_hex(form) + "\n"
    assert good("pub", "convert", data=digits) == key.public_key().to_pem()
    assert "--text is for bytes" in bad(2, "pub", "convert", file, "--text", "hex")


def test_tongsuo_and_ours_take_the_same_public_key_out(
    run_openssl: Program, file: Path, key: sm2.PrivateKey
) -> None:
    assert good("pub", "convert", file, "--to", "der") == run_openssl(*PUBLIC, str(file))


def test_out_of_a_certificate(trust: SimpleNamespace, here: Path) -> None:
    certificate, private = (trust.dir / "server" / name for name in ("sign.pem", "sign.key"))
    assert good("pub", "convert", certificate) == good("pub", "convert", private)
    shown = json.loads(good("pub", "show", "--json", certificate))
    assert shown["kind"] == "SM2 public key"
    assert len(shown["public_key"]) == 130


def test_out_of_an_encrypted_key(here: Path, key: sm2.PrivateKey) -> None:
    Path("locked").write_bytes(key.to_pem("secret"))
    Path("right").write_text("secret")
    Path("wrong").write_text("geheim")
    pem = good("pub", "convert", "locked", "--password-file", "right")
    assert pem == key.public_key().to_pem()
    line = bad(2, "pub", "convert", "locked", "--password-file", "wrong")
    assert "is the password right?" in line
