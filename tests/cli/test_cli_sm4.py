"""``tongsuo-py sm4``: our own files, and modes with Tongsuo's own ``openssl`` on the other side."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from command import bad, good, invoke
from programs import Program

from tongsuo_py import sm4
from tongsuo_py.ssl import TONGSUO_VERSION_INFO

KEY = bytes(range(16))
IV = bytes(range(100, 116))
DATA = bytes(range(251)) * 300  # more than one chunk of a file, and no whole blocks
MODES = ("gcm", "ccm", "cbc", "ctr", "cfb", "ofb", "ecb")


@pytest.fixture
def files(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with data, key and key.hex; a password is in the environment."""
    monkeypatch.setenv("TONGSUO_PY_PASSWORD", "secret")
    (here / "data").write_bytes(DATA)
    (here / "key").write_bytes(KEY)
    (here / "key.hex").write_text(f"{KEY.hex()}\n")
    (here / "key.xts").write_bytes(bytes(range(32)))
    return here


# ---- our own files ----


def test_with_a_password(files: Path) -> None:
    good("sm4", "encrypt", "--iterations", "1000", "data", "--out", "sealed")
    opened = io.BytesIO()
    sm4.decrypt_file("sealed", opened, password="secret")
    assert opened.getvalue() == DATA
    assert good("sm4", "decrypt", "sealed") == DATA
    good("sm4", "decrypt", "sealed", "--out", "opened")
    assert Path("opened").read_bytes() == DATA


@pytest.mark.parametrize("key", ["key", "key.hex"])
def test_with_a_key_through_pipes(files: Path, key: str) -> None:
    sealed = good("sm4", "encrypt", "--key-file", key, data=DATA)
    opened = io.BytesIO()
    sm4.decrypt_file(io.BytesIO(sealed), opened, key=KEY)
    assert opened.getvalue() == DATA
    assert good("sm4", "decrypt", "--key-file", "key", data=sealed) == DATA


@pytest.mark.parametrize(
    "change",
    [
        lambda sealed: sealed[:-1],
        lambda sealed: sealed[:77],
        lambda sealed: sealed + b"\0",
        lambda sealed: sealed[:70_000] + bytes([sealed[70_000] ^ 1]) + sealed[70_001:],
        lambda sealed: sealed[:20] + bytes([sealed[20] ^ 1]) + sealed[21:],
    ],
    ids=["cut off", "only the header", "longer", "altered", "header"],
)
def test_an_altered_file_leaves_nothing(files: Path, change: object) -> None:
    sealed = change(good("sm4", "encrypt", "--key-file", "key", "data"))  # type: ignore[operator]
    before = sorted(os.listdir())
    line = bad(1, "sm4", "decrypt", "--key-file", "key", "--out", "opened", data=sealed)
    assert "the file was altered or cut off" in line
    assert sorted(os.listdir()) == before


def test_another_key_or_password(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good("sm4", "encrypt", "--key-file", "key", "data", "--out", "by-key")
    good("sm4", "encrypt", "--iterations", "1", "data", "--out", "by-password")
    Path("other").write_bytes(bytes(16))
    assert "is not the right one" in bad(1, "sm4", "decrypt", "--key-file", "other", "by-key")
    assert "encrypted with a key: give that" in bad(2, "sm4", "decrypt", "by-key")
    line = bad(2, "sm4", "decrypt", "--key-file", "key", "by-password")
    assert "encrypted with a password: give that" in line
    monkeypatch.setenv("TONGSUO_PY_PASSWORD", "other")
    assert "is not the right one" in bad(1, "sm4", "decrypt", "by-password")


@pytest.mark.parametrize("data", [b"", b"SM4", b"text", bytes(100)], ids=len)
def test_what_is_no_such_file(files: Path, data: bytes) -> None:
    line = bad(2, "sm4", "decrypt", "--key-file", "key", data=data)
    assert line.startswith("tongsuo-py sm4 decrypt: error: standard input: an SM4 file: expected ")


# ---- modes ----


@pytest.mark.parametrize("iv", [True, False], ids=["given", "in front"])
@pytest.mark.parametrize("mode", MODES)
def test_modes_there_and_back(files: Path, mode: str, iv: bool) -> None:
    size = 0 if mode == "ecb" else 12 if mode in ("gcm", "ccm") else 16
    option = ["--mode", mode, "--key-file", "key"]
    if iv and size:
        option += ["--iv", IV[:size].hex()]
    sealed = good("sm4", "encrypt", *option, "data")
    extra = {"gcm": 16, "ccm": 16, "cbc": 12, "ecb": 12}.get(mode, 0) + (0 if iv else size)
    assert len(sealed) == len(DATA) + extra
    assert good("sm4", "decrypt", *option, data=sealed) == DATA


@pytest.mark.parametrize("mode", ["cbc", "ctr", "cfb", "ofb", "ecb"])
def test_modes_as_tongsuo_has_them(run_openssl: Program, files: Path, mode: str) -> None:
    iv = [] if mode == "ecb" else [IV.hex()]
    option = ["--mode", mode, "--key-file", "key", *(["--iv", *iv] if iv else [])]
    theirs = [f"-sm4-{mode}", "-K", KEY.hex(), *(["-iv", *iv] if iv else [])]
    native = run_openssl("enc", *theirs, stdin=DATA)
    assert good("sm4", "encrypt", *option, "data") == native
    assert good("sm4", "decrypt", *option, data=native) == DATA


@pytest.mark.parametrize("mode", ["gcm", "ccm"])
def test_authenticated_modes(files: Path, mode: str) -> None:
    Path("header").write_bytes(b"header")
    nonce = IV[:12]
    option = ["--mode", mode, "--key-file", "key", "--iv", nonce.hex(), "--aad", "header"]
    cipher = {"gcm": sm4.GCM, "ccm": sm4.CCM}[mode](KEY)
    sealed = good("sm4", "encrypt", *option, "data")
    assert sealed == cipher.encrypt(nonce, DATA, b"header")
    assert good("sm4", "decrypt", *option, data=sealed) == DATA
    altered = bytes([sealed[0] ^ 1]) + sealed[1:]
    assert "is not the right one" in bad(1, "sm4", "decrypt", *option, data=altered)
    assert bad(1, "sm4", "decrypt", *option[:-2], data=sealed)


@pytest.mark.parametrize(("mode", "variant"), [("xts", "ieee"), ("xts-gb", "gb")])
def test_xts(files: Path, mode: str, variant: str) -> None:
    key = Path("key.xts").read_bytes()
    option = ["--mode", mode, "--key-file", "key.xts", "--iv", IV.hex()]
    if TONGSUO_VERSION_INFO < (8, 5, 0):
        assert "needs Tongsuo 8.5 or newer" in bad(2, "sm4", "encrypt", *option, "data")
        return
    sealed = good("sm4", "encrypt", *option, "data")
    stream = sm4.encryptor(key, sm4.XTS(IV, variant))  # type: ignore[arg-type]
    assert sealed == stream.update(DATA) + stream.finalize()
    assert good("sm4", "decrypt", *option, data=sealed) == DATA


def test_blocks_without_padding(files: Path) -> None:
    option = ["--mode", "cbc", "--key-file", "key", "--iv", IV.hex(), "--no-padding"]
    sealed = good("sm4", "encrypt", *option, data=DATA[:64])
    assert len(sealed) == 64
    assert good("sm4", "decrypt", *option, data=sealed) == DATA[:64]
    finished = invoke("sm4", "encrypt", *option, data=DATA[:65])
    assert finished.returncode == 2
    assert b"takes whole blocks of 16 bytes; 1 are left over" in finished.stderr


def test_bad_padding_leaves_nothing(files: Path) -> None:
    option = ["--mode", "cbc", "--key-file", "key", "--iv", IV.hex()]
    padded = good("sm4", "encrypt", *option, "--no-padding", data=bytes(160))
    before = sorted(os.listdir())
    line = bad(1, "sm4", "decrypt", *option, "--out", "opened", data=padded)
    assert "properly padded" in line
    assert sorted(os.listdir()) == before


def test_two_encryptions_are_never_the_same(files: Path) -> None:
    for option in ([], ["--mode", "cbc"], ["--mode", "gcm"]):
        encrypt = ("sm4", "encrypt", *option, "--key-file", "key", "data")
        assert good(*encrypt) != good(*encrypt)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mode", "cbc"], "--mode cbc needs --key-file"),
        (["--iv", "00"], "--iv, --aad and --no-padding need --mode"),
        (["--mode", "cbc", "--key-file", "key", "--aad", "data"], "--aad is for gcm and ccm only"),
        (["--mode", "ctr", "--key-file", "key", "--no-padding"], "is for cbc and ecb only"),
        (["--mode", "ecb", "--key-file", "key", "--iv", "00"], "ecb has no IV"),
        (["--mode", "cbc", "--key-file", "key", "--iv", "00"], "CBC mode needs 16 bytes, not 1"),
        (["--mode", "gcm", "--key-file", "key", "--iv", "00"], "--iv: gcm takes 12 bytes here"),
        (["--mode", "cbc", "--key-file", "key", "--iv", "x"], "--iv: these are not hexadecimal"),
        (["--mode", "xts", "--key-file", "key", "--iv", IV.hex()], "this key must have 32 bytes"),
        (["--key-file", "data"], "data: this key must have 16 bytes, and has 75300"),
        (["--key-file", "none"], "none: No such file or directory"),
        (["--key-file", "-"], "FILE and --key-file cannot both be standard input"),
        (["--mode", "rot13"], "argument --mode: invalid choice: 'rot13'"),
        (["--password", "secret"], "unrecognized arguments: --password"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)  # fmt: skip
@pytest.mark.parametrize("command", ["encrypt", "decrypt"])
def test_usage(files: Path, command: str, arguments: list[str], said: str) -> None:
    assert said in bad(2, "sm4", command, *arguments)


def test_more_usage(files: Path) -> None:
    line = bad(2, "sm4", "encrypt", "--iterations", "5", "--key-file", "key", "data")
    assert "--iterations is for passwords only" in line
    assert "1 to 10000000" in bad(2, "sm4", "encrypt", "--iterations", "10000001", "data")
    line = bad(2, "sm4", "decrypt", "--mode", "cbc", "--key-file", "key", data=b"short")
    assert "standard input: this ends within the IV of 16 bytes" in line
