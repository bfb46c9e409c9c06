"""The two programs of the demo: real processes, known by the events that they tell."""

from __future__ import annotations

import os
import site
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import tongsuo_py
from tongsuo_py.cli.events import Event

PATIENCE = 15.0  # seconds; all that the demo waits for takes far less
_GRACE = 3.0  # seconds from SIGTERM to SIGKILL


class Unexpected(Exception):
    """A program did not do what it should."""


class Program:
    """``tongsuo-py server`` or ``client`` as a child process with pipes for its data.

    ``side`` is the command, ``arguments`` its options. Whoever makes it has to ``end()`` it.
    """

    def __init__(self, side: str, *arguments: str | Path | int) -> None:
        self.side = side
        self.events: list[Event] = []
        self._output = bytearray()
        self._other_lines: list[str] = []
        self._changed = threading.Condition()
        self._process = subprocess.Popen(  # noqa: S603 - our own program, our own options
            [*_INTERPRETER, side, "--json", "--verbose", *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            process_group=0,  # Ctrl-C is for the demo, which then ends its programs
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            threading.Thread(target=read, args=(stream,), daemon=True)
            for read, stream in (
                (self._read_output, self._process.stdout),
                (self._read_events, self._process.stderr),
            )
        ]
        for reader in self._readers:
            reader.start()

    def end(self) -> None:
        """Make sure that the process has ended: ask it to, and if that is no use, kill it."""
        try:
            if self._process.poll() is None:
                self._process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    self._process.wait(_GRACE)
        finally:
            self._process.kill()
            self._process.wait()
            self.end_input()
            for reader in self._readers:
                reader.join()

    # ---- what it is given ----

    def write(self, data: bytes) -> None:
        """Write to its standard input. Raises Unexpected if it does not read it any more."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(data)
            self._process.stdin.flush()
        except OSError:
            raise Unexpected(f"the {self.side} does not read its input: {self._last()}") from None

    def end_input(self) -> None:
        """Close its standard input."""
        assert self._process.stdin is not None
        with suppress(OSError):  # it may have ended already, with something unread
            self._process.stdin.close()

    # ---- what it does ----

    @property
    def output(self) -> bytes:
        """What it has written to its standard output so far."""
        with self._changed:
            return bytes(self._output)

    def named(self, name: str) -> list[Event]:
        """The events of this name so far."""
        with self._changed:
            return [event for event in self.events if event.name == name]

    def only(self, name: str) -> dict[str, Any]:
        """The fields of the one event of this name. Raises Unexpected if there is not one."""
        events = self.named(name)
        if len(events) != 1:
            raise Unexpected(f"the {self.side} told {name!r} {len(events)} times: {self._last()}")
        return dict(events[0].fields)

    def wait_for(self, name: str, number: int = 1) -> Event:
        """The ``number``-th event of this name. Raises Unexpected if it does not come."""
        self._wait(lambda: len(self._named(name)) >= number, f"{name!r}")
        return self._named(name)[number - 1]

    def wait_for_any(self, *names: str, number: int = 1) -> None:
        """Wait for an event of one of these names; of the last one for the ``number``-th."""
        *others, last = names
        self._wait(
            lambda: any(map(self._named, others)) or len(self._named(last)) >= number,
            " or ".join(map(repr, names)),
        )

    def wait_for_bytes(self, name: str, total: int) -> None:
        """Wait until events of this name ("sent", "received") account for so many bytes."""
        self._wait(
            lambda: sum(event.fields["bytes"] for event in self._named(name)) >= total,
            f"{name!r} of {total} bytes",
        )

    def wait_for_output(self, size: int) -> bytes:
        """Its first ``size`` bytes of output. Raises Unexpected if they do not come."""
        self._wait(lambda: len(self._output) >= size, f"{size} bytes of output")
        return self.output[:size]

    def wait_for_end(self) -> int:
        """Its exit code. Raises Unexpected if it does not end."""
        try:
            code = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Unexpected(f"the {self.side} did not end: {self._last()}") from None
        for reader in self._readers:
            reader.join(PATIENCE)
        return code

    @property
    def other_lines(self) -> list[str]:
        """Lines on its standard error that are no events, so should not be there."""
        with self._changed:
            return list(self._other_lines)

    # ----

    def _named(self, name: str) -> list[Event]:
        return [event for event in self.events if event.name == name]

    def _wait(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            while not done():
                ended = not any(reader.is_alive() for reader in self._readers)
                failed = self._named("error") or self._named("failed")
                if ended or failed or time.monotonic() > deadline:
                    how = "ended" if ended else "failed" if failed else "waits"
                    raise Unexpected(f"the {self.side} {how} without {what}: {self._last()}")
                self._changed.wait(0.1)

    def _last(self) -> str:
        with self._changed:
            told = [e.fields["message"] for e in self.events if e.name in ("error", "failed")]
            lines = [*told, *self._other_lines] or ["it told no reason"]
            return str(lines[-1])

    def _read_output(self, stream: IO[bytes]) -> None:
        with stream:
            while data := os.read(stream.fileno(), 65536):
                with self._changed:
                    self._output += data
                    self._changed.notify_all()

    def _read_events(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                text = line.decode("utf-8", "replace").rstrip("\n")
                with self._changed:
                    try:
                        self.events.append(Event.from_json(text))
                    except ValueError:
                        self._other_lines.append(text)
                    self._changed.notify_all()


# Isolated from the current directory (-P): what lies there is none of ours.
_INTERPRETER = [sys.executable, "-P", "-m", "tongsuo_py"]


def _environment() -> dict[str, str]:
    """The environment, in which the children find the package that this one is."""
    environment = dict(os.environ)
    home = str(Path(tongsuo_py.__file__).resolve().parent.parent)
    installed = [*site.getsitepackages(), site.getusersitepackages()]
    if home not in map(os.path.realpath, installed):
        paths = [home, environment.get("PYTHONPATH", "")]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    return environment
