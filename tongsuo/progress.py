"""Tells on stderr what is going on: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import sys
import time
from typing import TextIO

BAR = 30


class Progress:
    """One build's reports."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._tty = self._stream.isatty() and os.environ.get("TERM") != "dumb"
        self._started = 0.0
        self._said_percent = 0
        self._bar_is_open = False

    def say(self, text: str) -> None:
        """Write a line."""
        if self._bar_is_open:
            self._stream.write("\n")
            self._bar_is_open = False
        self._stream.write(f"tongsuo: {text}\n")
        self._stream.flush()

    def step(self, name: str, detail: str) -> None:
        """Begin a step of the build."""
        self._started = time.monotonic()
        self._said_percent = 0
        self.say(f"{name:<9} {detail}")

    def advance(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` files are compiled."""
        percent = min(100, 100 * done // total) if total else 0
        elapsed = duration(time.monotonic() - self._started)
        text = f"{percent:3} %  {done}/{total or '?'}  {elapsed}"
        if self._tty:
            self._draw(percent, text)
        elif percent >= self._said_percent + 10:
            self._said_percent = percent - percent % 10
            self.say(f"compile   {text}")

    def _draw(self, percent: int, text: str) -> None:
        filled = BAR * percent // 100
        bar = "#" * filled + "-" * (BAR - filled)
        width = os.get_terminal_size(self._stream.fileno()).columns or 80
        line = f"tongsuo: compile   [{bar}] {text}"[: width - 1]
        self._stream.write(f"\r{line}\x1b[K")
        self._stream.flush()
        self._bar_is_open = True


def duration(seconds: float) -> str:
    """Write a duration for people."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
