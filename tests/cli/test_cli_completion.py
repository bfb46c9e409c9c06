"""``tongsuo-py completion``: what a shell is told, by argcomplete's own protocol and by bash."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from command import COMMAND, PATIENCE, bad, environment, good, one_line


def completed(line: str, where: Path) -> set[str]:
    """What could come next, as the shell's function asks for it."""
    answers = where / "answers"
    finished = subprocess.run(
        COMMAND,
        capture_output=True,
        env=environment(
            _ARGCOMPLETE="1",
            _ARGCOMPLETE_IFS="\n",
            _ARGCOMPLETE_STDOUT_FILENAME=str(answers),
            COMP_LINE=line,
            COMP_POINT=str(len(line)),
        ),
        timeout=PATIENCE,
        check=False,
    )
    assert finished.stdout == b""
    return {answer.strip() for answer in answers.read_text().splitlines()}


@pytest.mark.parametrize(
    ("line", "some"),
    [
        ("tongsuo-py sm", {"sm2", "sm3", "sm4"}),
        ("tongsuo-py sm2 ", {"sign", "verify", "encrypt", "decrypt", "convert"}),
        ("tongsuo-py sm2 convert ", {"signature", "ciphertext"}),
        ("tongsuo-py sm4 encrypt --mode ", {"gcm", "ccm", "cbc", "xts-gb"}),
        ("tongsuo-py key make --enc", {"--encrypt"}),
    ],
)
def test_what_could_come_next(tmp_path: Path, line: str, some: set[str]) -> None:
    assert some <= completed(line, tmp_path)


def test_bash_completes(tmp_path: Path) -> None:
    program = tmp_path / "tongsuo-py"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    program.chmod(0o755)
    script = (
        'PATH="$1:$PATH"; eval "$(tongsuo-py completion bash)"\n'
        'COMP_WORDS=(tongsuo-py sm3 --hm); COMP_CWORD=2; COMP_LINE="tongsuo-py sm3 --hm"\n'
        "COMP_POINT=${#COMP_LINE}; COMP_TYPE=9\n"
        '$(complete -p tongsuo-py | sed "s/.*-F //; s/ .*//") tongsuo-py --hm sm3\n'
        'printf "%s\\n" "${COMPREPLY[@]}"'
    )
    finished = subprocess.run(
        ["bash", "-c", script, "bash", tmp_path],
        capture_output=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    words = {word.strip() for word in finished.stdout.decode().splitlines()}
    assert words == {"--hmac", "--hmac-hex"}, finished.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_code_for_each_shell(shell: str) -> None:
    code = good("completion", shell).decode()
    assert "tongsuo-py" in code
    assert "_ARGCOMPLETE" in code


def test_another_shell() -> None:
    assert "invalid choice: 'cmd'" in bad(2, "completion", "cmd")


@pytest.mark.parametrize("asked", [False, True], ids=["code", "answer"])
def test_without_argcomplete(asked: bool) -> None:
    """It says what is missing; and a shell that still asks gets no traceback."""
    program = (
        "import sys; sys.modules['argcomplete'] = None\n"
        "from tongsuo_py.cli import main\n"
        "sys.exit(main(['completion', 'bash']))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        env=environment(**({"_ARGCOMPLETE": "1"} if asked else {})),
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 2
    assert "pip install 'tongsuo-py[cli]'" in one_line(finished.stderr)
