"""The process around a command: its standard streams and the signals that end it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "hung up"}


class Terminated(BaseException):
    """A signal asked the program to end; it does so through every ``finally`` on the way out."""

    def __init__(self, number: int) -> None:
        super().__init__(_SIGNALS[signal.Signals(number)])
        self.code = 128 + number
        self.told = False  # whether it was shown


class _Shield:
    held = False
    pending: int | None = None


_shield = _Shield()


@contextmanager
def shielded() -> Iterator[None]:
    """No signal gets in between, in the main thread; one that came ends the program right after.

    For what would be lost on the way if it were made and not yet noted down: a process.
    """
    _shield.held = True
    try:
        yield
    finally:
        _shield.held = False
        number, _shield.pending = _shield.pending, None
        if number is not None:
            raise Terminated(number)


@contextmanager
def terminable() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and SIGHUP into ``Terminated`` in the main thread.

    A signal that the parent had us ignore (nohup) stays ignored. A second one during the clean-up
    has no effect: the clean-up is what it asks for.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: FrameType | None) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        if _shield.held:
            _shield.pending = number
        else:
            raise Terminated(number)

    before = {}
    for number in _SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def prepare_standard_streams() -> None:
    """Fill the places of standard streams that are closed, or a socket would get their number.

    In the wrong direction, so that using one still fails, and says so.
    """
    for descriptor, mode in ((0, os.O_WRONLY), (1, os.O_RDONLY), (2, os.O_RDONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, mode)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if sys.stdout is None:
        sys.stdout = os.fdopen(1, "w", closefd=False)
    if sys.stderr is None:
        sys.stderr = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")


def discard_output() -> None:
    """Send what is still in sys.stdout's buffer nowhere: its reader has gone."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
