"""Passwords: from a file, the environment or a terminal, and from nowhere else."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

import pytest
from command import COMMAND, PATIENCE, bad, environment, good, on_a_terminal, one_line

from tongsuo_py import cli, sm2
from tongsuo_py.cli import parser

MAKE = ("key", "make", "--encrypt", "aes-256-cbc", "--out", "key")


def opens(path: Path, password: str) -> bool:
    try:
        sm2.PrivateKey.from_pem(path.read_bytes(), password)
    except sm2.PasswordError:
        return False
    return True


def test_no_option_takes_a_password_as_its_value() -> None:
    found = 0
    for command in parser.commands(parser.build(cli, cli.PROGRAM)):
        for action in command._actions:
            if any("pass" in name for name in action.option_strings):
                assert action.metavar == "FILE"
                assert action.type is Path
                found += 1
            elif isinstance(action, argparse._StoreAction) and action.option_strings:
                assert "password" not in f"{action.metavar}".lower()
    assert found > 5


def test_from_a_file_its_first_line(here: Path) -> None:
    (here / "password").write_text("päss wörd \nanother line\n")
    good(*MAKE, "--password-file", "password")
    assert opens(here / "key", "päss wörd ")
    assert b"SM2 private key" in good("key", "show", "key", "--password-file", "password")


def test_from_the_environment(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONGSUO_PY_PASSWORD", "of the environment")
    good(*MAKE)
    assert opens(here / "key", "of the environment")
    (here / "password").write_text("another one")
    assert "is the password right?" in bad(2, "key", "show", "key", "--password-file", "password")


def test_what_is_read_and_what_is_written_have_one_each(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TONGSUO_PY_PASSWORD", "old")
    good(*MAKE)
    monkeypatch.setenv("TONGSUO_PY_NEW_PASSWORD", "new")
    good("key", "convert", "key", "--encrypt", "aes-256-cbc", "--out", "changed")
    assert opens(here / "changed", "new")
    (here / "newest").write_text("newest")
    good(
        *("key", "convert", "key", "--encrypt", "aes-256-cbc", "--out", "again"),
        *("--new-password-file", "newest"),
    )
    assert opens(here / "again", "newest")


def test_at_a_terminal_a_new_one_is_asked_for_twice(here: Path) -> None:
    arguments = [*MAKE[:-1], here / "key"]
    typed = [("New password of", b"secret\n"), ("The same again", b"secret\n")]
    code, shown = on_a_terminal(arguments, dialogue=typed)
    assert code == 0
    assert "secret" not in shown
    assert opens(here / "key", "secret")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (b"one\n", b"other\n", "these two passwords differ"),
        (b"\n", b"\n", "this password is empty"),
    ],
    ids=["different", "empty"],
)
def test_at_a_terminal_it_goes_wrong(here: Path, first: bytes, second: bytes, said: str) -> None:
    typed = [("New password of", first), ("The same again", second)]
    code, shown = on_a_terminal([*MAKE[:-1], here / "key"], dialogue=typed)
    assert code == 2
    assert said in shown
    assert not any(here.iterdir())


def test_at_a_terminal_an_old_one_is_asked_for_once(here: Path) -> None:
    key = here / "key"
    key.write_bytes(sm2.PrivateKey.generate().to_pem("secret"))
    code, shown = on_a_terminal(["key", "show", key], dialogue=[("Password of", b"secret\n")])
    assert code == 0
    assert "SM2 private key" in shown
    code, shown = on_a_terminal(["key", "show", key], dialogue=[("Password of", b"wrong\n")])
    assert code == 2
    assert "is the password right?" in " ".join(shown.split())


def test_without_a_terminal_nobody_is_asked(here: Path) -> None:
    finished = subprocess.run(
        [*COMMAND, *MAKE],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        timeout=PATIENCE,
        start_new_session=True,
        check=False,
    )
    assert finished.returncode == 2
    line = one_line(finished.stderr)
    assert "use --password-file or TONGSUO_PY_PASSWORD" in line
    assert not any(here.iterdir())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the password file is empty"),
        (b"\n", "this password is empty"),
        (b"\xff\xfe\n", "this is not text in UTF-8"),
        (bytes(65537), "this has more than 65,536 bytes"),
        (None, "No such file or directory"),
    ],
    ids=["empty", "empty line", "no text", "large", "missing"],
)
def test_files_without_one(here: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        (here / "password").write_bytes(content)
    assert said in bad(2, *MAKE, "--password-file", "password")
    assert not (here / "key").exists()
