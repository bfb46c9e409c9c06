"""Signals that come again and again while a test runs."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

TICK = 0.02  # seconds between two signals


class Stop(Exception):
    pass


@contextmanager
def ticking(handler: Callable[..., None]) -> Iterator[None]:
    """Signals for this thread every few milliseconds while the block runs.

    Not from setitimer(): pytest-timeout needs the timer that interrupts a call.
    """
    before, over = signal.signal(signal.SIGUSR1, handler), threading.Event()
    me = threading.get_ident()

    def tick() -> None:
        while not over.wait(TICK):
            signal.pthread_kill(me, signal.SIGUSR1)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        signal.signal(signal.SIGUSR1, before)


class Ticks:
    """A handler that counts, and raises at the n-th signal if told."""

    def __init__(self, stop_at: int = -1, takes: float = 0) -> None:
        self.count, self.stop_at, self.takes = 0, stop_at, takes

    def __call__(self, *_: object) -> None:
        self.count += 1
        time.sleep(self.takes)
        if self.count == self.stop_at:
            raise Stop
