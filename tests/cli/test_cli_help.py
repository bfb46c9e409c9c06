"""The help of every command: what it promises is there, and it fits a terminal."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys

import pytest
from command import COMMAND, environment, run

from tongsuo_py import cli
from tongsuo_py.cli import parser
from tongsuo_py.cli.failures import EXIT_CODES

WHOLE = parser.build(cli, cli.PROGRAM)
COMMANDS = {command.prog: command for command in parser.commands(WHOLE)}


def examples(command: argparse.ArgumentParser) -> list[str]:
    """The lines of examples at the end of a help, without the remarks behind them."""
    text = command.format_help()
    lines = text[text.index("\nexamples:\n") :].splitlines()[2:]
    return [line.split("   (")[0].strip() for line in lines]


@pytest.mark.parametrize("name", COMMANDS)
def test_help(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command = COMMANDS[name]
    text = command.format_help()
    assert max(map(len, text.splitlines())) <= 80
    codes = " ".join(text[text.index("\nexit codes:") :].split())
    assert all(f" {code} " in codes for code in EXIT_CODES)
    assert name in text[text.index("\nexamples:\n") :]


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_commands_that_exist(name: str) -> None:
    found = 0
    for line in examples(COMMANDS[name]):
        words = shlex.split(line.replace('"$(', "").replace(')"', ""), comments=False)
        starts = [place for place, word in enumerate(words) if word == cli.PROGRAM]
        for start in starts:
            given = words[start + 1 :]
            end = next((n for n, word in enumerate(given) if word in ("|", "<", ">", "&&")), None)
            WHOLE.parse_args(given[:end])  # SystemExit if it is wrong
            found += 1
    assert found


def test_the_whole_lists_its_commands_and_versions() -> None:
    text = run("--help").stdout.decode()
    for command in cli.COMMANDS:
        assert f"\n  {command} " in text
    finished = run("--version")
    assert finished.stdout.startswith(b"tongsuo-py 0.")
    assert b"Tongsuo 8." in finished.stdout


def test_help_without_tongsuo() -> None:
    program = (
        "import sys; sys.modules['tongsuo_py._tongsuo'] = None\n"
        "from tongsuo_py.cli import main\n"
        "sys.exit(main(['client', '--help']))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, env=environment(), check=False
    )
    assert (finished.returncode, finished.stderr) == (0, b"")


def test_help_whose_reader_goes_away() -> None:
    read, write = os.pipe()
    os.close(read)
    finished = subprocess.run(
        [*COMMAND, "client", "--help"],
        stdout=write,
        stderr=subprocess.PIPE,
        env=environment(),
        check=False,
    )
    os.close(write)
    assert finished.stderr == b""
