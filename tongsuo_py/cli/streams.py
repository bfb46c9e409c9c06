"""Standard input and output as the data of sessions, byte for byte."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tongsuo_py.cli.failures import Failure

#: What goes into one TLS record, so one message of ours is one record (RFC 8446, 5.1).
CHUNK = 16384


class Waker:
    """Lets a thread that waits in ``select.poll()`` be woken by others."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._write, False)
        os.set_blocking(self._read, False)
        self._lock = threading.Lock()
        self._open = True

    def fileno(self) -> int:
        """Readable once ``wake`` was called."""
        return self._read

    def wake(self) -> None:
        """End the waiting, now or when it begins."""
        with self._lock, suppress(BlockingIOError):  # when the pipe is full, that is awake enough
            if self._open:
                os.write(self._write, b"\0")

    def rest(self) -> None:
        """Forget that ``wake`` was called."""
        with suppress(BlockingIOError):
            while os.read(self._read, 512):
                pass

    def close(self) -> None:
        """Free its descriptors; waking has no effect from now on."""
        with self._lock:
            self._open = False
            os.close(self._read)
            os.close(self._write)


def wait_readable(*sources: int | Waker) -> set[int]:
    """Wait for any of the descriptors; returns those that can be read, or are at their end."""
    poll = select.poll()
    for source in sources:
        poll.register(source, select.POLLIN)
    return {descriptor for descriptor, _ in poll.poll()}


class Input:
    """Standard input, for one session at a time: in the order in which they ask for it."""

    def __init__(self, descriptor: int = 0) -> None:
        self._descriptor = descriptor
        self._turn = threading.Condition()
        self._queue: list[object] = []
        self._ended = False

    @contextmanager
    def turn(self, stop: threading.Event) -> Iterator[bool]:
        """Wait for our turn; gives False if ``stop`` was set first, see ``stopped``."""
        ticket = object()
        with self._turn:
            self._queue.append(ticket)
            self._turn.wait_for(lambda: stop.is_set() or self._ended or self._queue[0] is ticket)
        try:
            yield not stop.is_set()
        finally:
            with self._turn:
                self._queue.remove(ticket)
                self._turn.notify_all()

    def stopped(self) -> None:
        """Tell those who wait for their turn to look at their ``stop``."""
        with self._turn:
            self._turn.notify_all()

    def read(self, waker: Waker) -> bytes | None:
        """The next bytes, none at the end; None when woken instead."""
        if self._ended:
            return b""
        try:
            if waker.fileno() in wait_readable(self._descriptor, waker):
                return None
            data = os.read(self._descriptor, CHUNK)
        except OSError as error:
            raise Failure(f"standard input: {error.strerror}") from None
        if not data:
            with self._turn:
                self._ended = True
                self._turn.notify_all()
        return data


class Output:
    """Standard output, for all sessions; what one writes at once stays together."""

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def write(self, data: memoryview) -> None:
        """Write all of it. Raises OutputClosed."""
        with self._lock:
            while data:
                try:
                    data = data[os.write(self._descriptor, data) :]
                except BlockingIOError:  # somebody made the pipe that we inherited non-blocking
                    select.select([], [self._descriptor], [])
                except BrokenPipeError:
                    raise OutputClosed("standard output was closed by its reader") from None
                except OSError as error:
                    raise OutputClosed(f"standard output: {error.strerror}") from None


class OutputClosed(Failure):
    """Nobody takes what we receive: the end of the program, not only of a session."""
