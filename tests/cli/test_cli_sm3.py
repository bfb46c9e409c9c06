"""``tongsuo-py sm3``: with Tongsuo's own ``openssl`` on the other side."""

from __future__ import annotations

import hmac
import json
import os
from pathlib import Path

import pytest
from command import bad, good, invoke, on_a_terminal, one_line, run
from programs import Program

from tongsuo_py import sm3

# GB/T 32905-2016, annex A.
ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def digest(data: bytes) -> str:
    return sm3.sm3(data).hexdigest()


@pytest.fixture
def lists(here: Path) -> Path:
    """Files and SM3SUMS, their list."""
    contents = {"abc": b"abc", "empty": b"", "large": bytes(3_000_000), "with space": b"1",
                "电表": b"2", "back\\slash": b"3", "new\nline": b"4"}  # fmt: skip
    for name, content in contents.items():
        (here / name).write_bytes(content)
    (here / "SM3SUMS").write_bytes(good("sm3", *contents))
    return here


def test_standard_input() -> None:
    for arguments in ([], ["-"]):
        assert good("sm3", *arguments, data=b"abc") == f"{ABC}  -\n".encode()


def test_files_in_the_lines_of_sha256sum(lists: Path) -> None:
    assert good("sm3", "abc", "with space") == f"{ABC}  abc\n{digest(b'1')}  with space\n".encode()
    assert good("sm3", "new\nline") == f"\\{digest(b'4')}  new\\nline\n".encode()
    assert good("sm3", "back\\slash") == f"\\{digest(b'3')}  back\\\\slash\n".encode()


def test_json(lists: Path) -> None:
    found = json.loads(good("sm3", "--json", "abc", "new\nline"))
    assert found == [
        {"file": "abc", "digest": ABC},
        {"file": "new\nline", "digest": digest(b"4")},
    ]


def test_a_list_is_checked(lists: Path) -> None:
    said = good("sm3", "--check", "SM3SUMS").decode().splitlines()
    assert said[0] == "abc: OK"
    assert said[-1] == "new\\nline: OK"
    assert all(line.endswith(": OK") for line in said)
    assert len(said) == 7
    Path("large").write_bytes(b"smaller")
    Path("abc").unlink()
    finished = invoke("sm3", "--check", "SM3SUMS")
    assert finished.returncode == 1
    said = finished.stdout.decode().splitlines()
    assert said[0] == "abc: FAILED: abc: No such file or directory"
    assert said[2] == "large: FAILED"
    assert one_line(finished.stderr).endswith("error: not as listed: 2 of 7 files")
    results = json.loads(invoke("sm3", "--check", "--json", "SM3SUMS").stdout)
    assert [result["file"] for result in results if not result["ok"]] == ["abc", "large"]


def test_lists_of_tongsuo_are_checked(run_openssl: Program, lists: Path) -> None:
    lines = run_openssl("dgst", "-sm3", "-r", "abc", "large")
    assert good("sm3", "--check", data=lines.replace(b"\n", b"\r\n")) == b"abc: OK\nlarge: OK\n"


def test_names_that_are_no_text(here: Path) -> None:
    name = os.fsdecode(b"\xff\xfe")
    (here / name).write_bytes(b"abc")
    finished = run("sm3", name)
    assert finished.stdout == ABC.encode() + b"  \xff\xfe\n"
    (here / "list").write_bytes(finished.stdout)
    assert run("sm3", "--check", "list").returncode == 0


def test_names_that_steer_a_terminal(here: Path) -> None:
    name = here / "\x1b[2Jcleared"
    name.write_bytes(b"abc")
    code, shown = on_a_terminal(["sm3", name])
    assert code == 0
    assert "\x1b[2J" not in shown
    assert ABC in shown


@pytest.mark.parametrize("key", [b"key", bytes(100), b"\x00\xff" * 16], ids=len)
def test_hmac(here: Path, key: bytes) -> None:
    (here / "key").write_bytes(key)
    (here / "key.hex").write_text(key.hex() + "\n")
    expected = f"{sm3.hmac(key, b'data').hexdigest()}  -\n".encode()
    assert good("sm3", "--hmac", "key", data=b"data") == expected
    assert good("sm3", "--hmac-hex", "key.hex", data=b"data") == expected
    (here / "data").write_bytes(b"data")
    (here / "list").write_bytes(expected.replace(b"-", b"data"))
    assert good("sm3", "--check", "--hmac", "key", "list") == b"data: OK\n"
    assert invoke("sm3", "--check", "list").returncode == 1


def test_hmac_as_tongsuo_makes_it(run_openssl: Program, here: Path) -> None:
    (here / "key").write_bytes(b"\x0b" * 20)
    (here / "data").write_bytes(b"Hi There")
    option = ("-macopt", f"hexkey:{'0b' * 20}")
    theirs = run_openssl("dgst", "-sm3", "-mac", "HMAC", *option, "data").split()[-1].decode()
    ours = good("sm3", "--hmac", "key", "data").split()[0].decode()
    assert hmac.compare_digest(ours, theirs)


@pytest.mark.parametrize(
    ("arguments", "data", "said"),
    [
        (["none"], b"", "none: No such file or directory"),
        (["."], b"", ".: Is a directory"),
        (["--check"], b"", "standard input: there are no lines of digests here"),
        (["--check"], b"no digest  name\n", "line 1 is not a digest of 64 hex digits, two spaces"),
        (["--check"], f"{ABC}  -\n{ABC} x".encode(), "line 2 is not a digest"),
        (["--hmac", "a", "--hmac-hex", "b"], b"", "not allowed with argument"),
        (["--hmac-hex", "letters"], b"", "letters: these are not hexadecimal digits"),
    ],
    ids=["missing", "directory", "empty list", "other list", "second line", "two keys", "no hex"],
)
def test_usage(here: Path, arguments: list[str], data: bytes, said: str) -> None:
    (here / "letters").write_text("letters")
    finished = invoke("sm3", *arguments, data=data)
    assert finished.returncode == 2
    assert said in one_line(finished.stderr)


def test_what_fails_later_has_said_what_went_before(lists: Path) -> None:
    finished = invoke("sm3", "abc", "none")
    assert finished.stdout == f"{ABC}  abc\n".encode()
    assert bad(2, "sm3", "none").endswith("none: No such file or directory")
    assert finished.returncode == 2
