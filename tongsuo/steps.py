"""Runs the commands of a build, with a log, so that none of them can outlive us."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Self

from tongsuo.errors import BuildError, is_error
from tongsuo.progress import Progress

TAIL_LINES = 20


class Steps:
    """The commands of one build, in one process group.

    A guard leads the group. It waits on a pipe that only we hold open: when we end in whatever
    way, SIGKILL included, it reads the end of the file and kills the whole group.
    """

    GUARD = "read -r _; kill -KILL 0"

    def __init__(self, log: Path, progress: Progress) -> None:
        self.log = log
        self.progress = progress
        self.cwd: Path | None = None
        self.env: Mapping[str, str] | None = None
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._file: IO[bytes] = open(self.log, "wb")
        self._guard = subprocess.Popen(  # noqa: S603
            ["/bin/sh", "-c", self.GUARD],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self._end_group()
        with contextlib.suppress(OSError):  # a full disk was reported already
            self._file.close()
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.log.unlink(missing_ok=True)  # it would tell nothing

    def follow(
        self,
        doing: str,
        command: Sequence[str],
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        """Run ``command``, all its output to the log and line by line to ``on_line``."""
        process = self._start(command, subprocess.STDOUT, self.env, self.cwd)
        first_error = ""
        assert process.stdout is not None
        with process.stdout:
            for raw in process.stdout:
                self._file.write(raw)
                line = raw.decode(errors="replace").rstrip()
                if not first_error and is_error(line):
                    first_error = f": {line.strip()[:200]}"
                if on_line is not None:
                    on_line(line)
        if process.wait() != 0:
            self._show_tail()
            raise BuildError(f"{doing} failed{first_error}; the whole output is in {self.log}")

    def capture(
        self,
        command: Sequence[str],
        explain: Callable[[str], str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> str:
        """Return what ``command`` writes to stdout; its stderr goes to the log.

        When it fails, ``explain`` makes the message from its stderr.
        """
        process = self._start(command, self._file, env or self.env, cwd or self.cwd)
        start = self.log.stat().st_size
        assert process.stdout is not None
        with process.stdout:
            output = process.stdout.read()
        if process.wait() != 0:
            errors = self.log.read_bytes()[start:].decode(errors="replace")
            raise BuildError(f"{explain(errors)}; the whole output is in {self.log}")
        return output.decode(errors="replace")

    def _start(
        self,
        command: Sequence[str],
        stderr: int | IO[bytes],
        env: Mapping[str, str] | None,
        cwd: Path | None,
    ) -> subprocess.Popen[bytes]:
        self._file.write(os.fsencode(f"$ {shlex.join(command)}\n"))
        self._file.flush()
        self._running = subprocess.Popen(  # noqa: S603
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            process_group=self._guard.pid,
        )
        return self._running

    def _end_group(self) -> None:
        """Ask all of the group to end, then make them; the guard's number stays ours meanwhile."""
        self._signal_group(signal.SIGTERM)
        if self._running is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._running.wait(timeout=3)
        self._signal_group(signal.SIGKILL)
        if self._running is not None:
            self._running.wait()
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard.wait()

    def _signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: all are zombies
            os.killpg(self._guard.pid, number)

    def _show_tail(self) -> None:
        self._file.flush()
        for line in self.log.read_bytes().decode(errors="replace").splitlines()[-TAIL_LINES:]:
            self.progress.say(f"  | {line[:300]}")


@contextlib.contextmanager
def termination_as_exit() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that the build is cleaned up."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    changed = []
    if threading.current_thread() is threading.main_thread():  # only it may set handlers
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, leave)
                changed.append(number)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)
