"""The command as users start it: processes, their pipes, and pseudo-terminals."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Any

import pytest
from resources import has_ipv6

import tongsuo_py
from tongsuo_py import cli

NEEDS_IPV6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")
PATIENCE = 90  # seconds: for a machine on which much else is going on
COMMAND = [sys.executable, "-P", "-m", "tongsuo_py"]
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# Runs a command on a pseudo-terminal of its own, its controlling one; we have the other end.
_ON_A_TERMINAL = (
    "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])) % 256)"
)


# For hundreds of processes it pays to compile the modules once, whatever the user's settings.
_BYTECODE = tempfile.TemporaryDirectory(prefix="tongsuo-py-tests-")
_NOT_INHERITED = (
    "TONGSUO_PY_PASSWORD", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "PYTHONDONTWRITEBYTECODE",
)  # fmt: skip


def environment(**more: str) -> dict[str, str]:
    """The environment in which the package under test is found, and nothing colours or asks."""
    inherited = {name: value for name, value in os.environ.items() if name not in _NOT_INHERITED}
    home = str(Path(tongsuo_py.__file__).resolve().parent.parent)
    own = {"PYTHONPATH": home, "PYTHONPYCACHEPREFIX": _BYTECODE.name, "TERM": "xterm-256color"}
    return {**inherited, **own, **more}


def run(*arguments: object, data: bytes = b"", **env: str) -> subprocess.CompletedProcess[bytes]:
    """``tongsuo-py ARGUMENTS`` with ``data`` on its standard input."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=data,
        capture_output=True,
        timeout=PATIENCE,
        env=environment(**env),
        check=False,
    )


def invoke(*arguments: object, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """As ``run``, within this process: for the many tests that ask what a command does, and not
    how it gets on with its surroundings.
    """
    words = list(map(str, arguments))
    stdout, stderr = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    before = sys.stdin
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        sys.stdin = io.TextIOWrapper(file, "utf-8")
        try:
            with redirect_stdout(stdout), redirect_stderr(stderr):
                code = cli.main(words)
        finally:
            sys.stdin.detach()
            sys.stdin = before
    written = []
    for stream in (stdout, stderr):
        stream.flush()
        written.append(stream.buffer.getvalue())  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(words, code, *written)


def start(*arguments: object, **settings: Any) -> subprocess.Popen[bytes]:
    """``tongsuo-py ARGUMENTS`` with pipes, in the background."""
    settings = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "env": environment(),
        **settings,
    }
    return subprocess.Popen([*COMMAND, *map(str, arguments)], **settings)


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The process, which is killed in the end if it has not ended by itself."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(PATIENCE)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with suppress(OSError):  # its reader may have gone, with something unwritten
                    stream.close()


class Server:
    """``tongsuo-py server`` on a port that the system chose; its log is read in the background."""

    def __init__(self, *arguments: object, **settings: Any) -> None:
        self.process = start("server", "--port", 0, "--json", *arguments, **settings)
        self.events: list[dict[str, Any]] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Server:
        self._context = ended(self.process)
        self._context.__enter__()
        self.port: int = self.wait_for("listening")["port"]
        return self

    def __exit__(self, *error: Any) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self._reader.join(PATIENCE)
        self._context.__exit__(*error)

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._more:
                self.events.append(json.loads(line))
                self._more.notify_all()
        with self._more:
            self._more.notify_all()

    def named(self, name: str) -> list[dict[str, Any]]:
        with self._more:
            return [event for event in self.events if event["event"] == name]

    def wait_for(self, name: str, number: int = 1) -> dict[str, Any]:
        """The ``number``-th event of this name."""
        wait_until(lambda: len(self.named(name)) >= number or not self._reader.is_alive())
        events = self.named(name)
        assert len(events) >= number, self.events
        return events[number - 1]

    def wait(self) -> int:
        """Its exit code."""
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code


def wait_until(holds: Callable[[], object], patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def on_a_terminal(
    arguments: Sequence[object],
    *,
    dialogue: Sequence[tuple[str, bytes]] = (),
    columns: int = 80,
    **env: str,
) -> tuple[int, str]:
    """Exit code and everything shown by ``tongsuo-py ARGUMENTS`` on a terminal of that width.

    ``dialogue``: what to wait for, and what to type then.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", _ON_A_TERMINAL, *COMMAND, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(COLUMNS=str(columns), **env),
    )
    with ended(process):
        assert process.stdin is not None
        assert process.stdout is not None
        shown = b""
        for expected, typed in dialogue:
            while expected.encode() not in shown:
                more = os.read(process.stdout.fileno(), 4096)
                assert more, shown
                shown += more
            process.stdin.write(typed)
            process.stdin.flush()
        shown += process.stdout.read()
        code = process.wait(PATIENCE)
    return code, shown.decode().replace("\r\n", "\n")


def one_line(stderr: bytes) -> str:
    """What was said on standard error: one line, and no traceback."""
    text = stderr.decode()
    assert text.endswith("\n"), text
    assert text.count("\n") == 1, text
    return text.rstrip("\n")


def good(*arguments: object, data: bytes = b"") -> bytes:
    """What a command writes that ends well, and has nothing to say."""
    finished = invoke(*arguments, data=data)
    assert (finished.returncode, finished.stderr) == (0, b""), finished.stderr
    return finished.stdout


def bad(code: int, *arguments: object, data: bytes = b"") -> str:
    """The one line on standard error of a command that ends with this code and writes nothing."""
    finished = invoke(*arguments, data=data)
    line = one_line(finished.stderr)
    assert (finished.returncode, finished.stdout) == (code, b""), line
    return line


def processes_with(text: str) -> list[str]:
    """The command lines of the running processes that contain ``text``."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                line = (
                    (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                )
            except OSError:
                continue  # it has just ended
            if text in line:
                found.append(line)
    return found


@contextmanager
def closed_port() -> Iterator[int]:
    """A port on which nothing listens, and nobody can begin to."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]
