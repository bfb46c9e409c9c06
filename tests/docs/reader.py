"""A reader who does what a page says, in a folder of their own, with two terminals."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

import command
from pages import Block
from resources import free_port

PATIENCE = 60  # seconds
PASSWORD = "correct horse battery staple"

# What a page calls a program of its own: the block is written to that file, and run by name later.
_OWN_FILE = re.compile(r"# (\w+\.py)\n")
# What is printed, as the remark behind it says.
_PRINTED = re.compile(r"^ *print\(.*\)  # (.*)$", re.MULTILINE)
# A server stays in the first terminal while the page goes on in the second, to the next heading.
_SERVER = re.compile(
    r"tongsuo-py server|python server\.py|gmssl tlcp_server|openssl s_server|"
    r"python examples/https_uvicorn\.py"
)
# Ports that the pages use: each reader gets others, since many read at the same time.
_PORT = re.compile(r"\b(?:443[3-9]|8443)\b")
_WITHOUT_PORT = re.compile(r"tongsuo-py (server|client)(?=\s)(?![^|\n#]*--port)")
# What the pages suppose that the reader has.
_OWN_FILES = {"report.pdf": b"%PDF-1.7\n", "backup.tar": bytes(3000), "reading.bin": b"1234.5 kWh"}


class Reader:
    """Runs blocks one after the other; a context manager, which ends the servers."""

    def __init__(self, folder: Path, programs: dict[str, Path]) -> None:
        """``programs`` are others' programs that the pages call, by the name they call them."""
        self.folder = folder / "reader"
        self.folder.mkdir()
        for name, content in _OWN_FILES.items():
            (self.folder / name).write_bytes(content)
        (self.folder / "examples").symlink_to(Path(__file__).resolve().parents[2] / "examples")
        self._environment = self._make_environment(folder / "bin", programs)
        self._ports: dict[str, str] = {}
        self._servers: list[tuple[str, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self.end_servers(check=error is None)

    def run(self, block: Block) -> None:
        """Do what a block says; AssertionError with everything it wrote where that fails."""
        text = _WITHOUT_PORT.sub(r"\g<0> --port 4433", block.text)
        text = _PORT.sub(lambda match: self._port(match[0]), text)
        if block.kind == "python":
            own = _OWN_FILE.match(text)
            if own:
                (self.folder / own[1]).write_text(text, encoding="utf-8")
            else:
                self._run_python(text)
        else:
            self._run_shell(text)

    def end_servers(self, *, check: bool = True) -> None:
        """Press Ctrl-C in the first terminal. The next servers get other ports.

        For a minute the kernel keeps one for the connections that a server was first to close, and
        GmSSL's takes no such port.
        """
        while self._servers:
            line, server = self._servers.pop()
            ended = server.poll()
            if ended is None:
                server.terminate()
            try:
                server.wait(PATIENCE)
            finally:
                server.kill()
            # One that was to serve a single client has ended by itself.
            assert not check or not ended, f"{line} ended with {ended}:\n{self._log(server)}"
        self._ports.clear()

    def _run_python(self, text: str) -> None:
        output = self._finish([sys.executable, "-W", "error", "-c", text], text)
        for expected in _PRINTED.findall(text):
            assert expected in output, f"{text}\nprinted\n{output}"

    def _run_shell(self, text: str) -> None:
        lines: list[str] = []
        for line in text.replace("\\\n", " ").splitlines():
            if _SERVER.match(line):
                self._run_lines(lines)
                lines = []
                self._start_server(shlex.join(shlex.split(line, comments=True)))
            else:
                lines.append(line)
        self._run_lines(lines)

    def _run_lines(self, lines: list[str]) -> None:
        text = "\n".join(lines)
        if text.strip():
            self._finish(["bash", "-euo", "pipefail", "-c", text], text)

    def _finish(self, arguments: list[str], text: str) -> str:
        finished = subprocess.run(
            arguments,
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        logs = "".join(f"\n{line}:\n{self._log(server)}" for line, server in self._servers)
        assert finished.returncode == 0, f"{text}\n{finished.stdout}{logs}"
        return finished.stdout

    def _start_server(self, line: str) -> None:
        before = self._listening()
        log = self.folder / f"{len(self._servers)}.log"
        with log.open("wb") as file:
            server = subprocess.Popen(
                shlex.split(line),
                executable=shutil.which(shlex.split(line)[0], path=self._environment["PATH"]),
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        server.log = log  # type: ignore[attr-defined]
        self._servers.append((line, server))
        deadline = time.monotonic() + PATIENCE
        while self._listening() == before:
            assert server.poll() is None, f"{line}\n{self._log(server)}"
            assert time.monotonic() < deadline, f"{line}: it never listened\n{self._log(server)}"
            time.sleep(0.02)

    def _listening(self) -> set[int]:
        """Which of the reader's ports somebody listens on."""
        return _listening() & set(map(int, self._ports.values()))

    @staticmethod
    def _log(server: subprocess.Popen[bytes]) -> str:
        text: str = server.log.read_text(encoding="utf-8", errors="replace")  # type: ignore[attr-defined]
        return text

    def _port(self, written: str) -> str:
        """A port that is free, the same one for a written one until the servers end."""
        if written not in self._ports:
            self._ports[written] = str(free_port())
        return self._ports[written]

    @staticmethod
    def _make_environment(folder: Path, programs: dict[str, Path]) -> dict[str, str]:
        folder.mkdir()
        ours = {"python": "", "tongsuo-py": " -P -m tongsuo_py"}
        scripts = {name: f"{shlex.quote(sys.executable)}{more}" for name, more in ours.items()}
        scripts |= {name: shlex.quote(str(path)) for name, path in programs.items()}
        for name, start in scripts.items():
            (folder / name).write_text(f'#!/bin/sh\nexec {start} "$@"\n', encoding="utf-8")
            (folder / name).chmod(0o755)
        # Where a page lets a program ask for a password, the reader types this one.
        return command.environment(
            PATH=f"{folder}:{os.environ['PATH']}",
            TONGSUO_PY_PASSWORD=PASSWORD,
            TONGSUO_PY_NEW_PASSWORD=PASSWORD,
        )


def _listening() -> set[int]:
    """The ports that are listened on: a look at the kernel's table disturbs no server."""
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if Path(table).exists():
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                _, address, _, state = line.split()[:4]
                if state == "0A":
                    ports.add(int(address.rpartition(":")[2], 16))
    return ports
