"""The native ``openssl`` program as a peer: a process started, fed, read and ended safely."""

from __future__ import annotations

import queue
import re
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Self, TypeVar

TIMEOUT = 20.0  # of every single wait: what takes longer is a hang

#: What s_server would take for its commands where a read from its input begins with them.
COMMANDS = b"BcKkPQqRrS"

#: What makes s_server and s_client speak TLCP and nothing else.
TLCP = ("-ntls", "-enable_ntls")

_CHUNK = 65536
_T = TypeVar("_T")


class Native:
    """A running ``openssl`` whose outputs are collected as they come; to be used with ``with``.

    Nothing here blocks the process: its input is written, and its outputs are read, by threads.
    """

    def __init__(self, openssl: Path, *arguments: str | Path) -> None:
        self.command = [str(openssl), *map(str, arguments)]
        self.stdout = bytearray()
        self.stderr = bytearray()
        self._news = threading.Condition()
        self._ended: set[str] = set()
        self._input: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._threads = [
            threading.Thread(target=self._write, args=(process.stdin,)),
            threading.Thread(target=self._read, args=("stdout", process.stdout)),
            threading.Thread(target=self._read, args=("stderr", process.stderr)),
        ]
        for thread in self._threads:
            thread.start()

    def _write(self, pipe: IO[bytes]) -> None:
        with pipe:
            while (data := self._input.get()) is not None:
                try:
                    # A pipe without buffer may take a part only.
                    view = memoryview(data)
                    while view:
                        view = view[pipe.write(view) :]
                except BrokenPipeError:
                    return  # it has ended, which its exit status tells better

    def _read(self, name: str, pipe: IO[bytes]) -> None:
        with pipe:
            while data := pipe.read(_CHUNK):
                with self._news:
                    getattr(self, name).extend(data)
                    self._news.notify_all()
        with self._news:
            self._ended.add(name)
            self._news.notify_all()

    def send(self, data: bytes) -> None:
        """Give ``data`` to its standard input, in the background."""
        self._input.put(data)

    def end_input(self) -> None:
        """End its standard input, once what was sent before is written."""
        self._input.put(None)

    def until(self, found: Callable[[], _T | None], what: str) -> _T:
        """What ``found`` returns once that is not None; an error that shows its output otherwise.

        ``found`` is asked again whenever there is new output.
        """
        deadline = time.monotonic() + TIMEOUT
        with self._news:
            while (result := found()) is None:
                left = deadline - time.monotonic()
                if left <= 0 or len(self._ended) == 2:
                    problem = "timed out" if left <= 0 else "it ended"
                    raise AssertionError(f"{problem} waiting for {what}:\n{self}")
                self._news.wait(left)
        return result

    def expect(self, pattern: str, stream: str = "stdout") -> re.Match[bytes]:
        """The first match of a regular expression in an output, waited for."""
        wanted = re.compile(pattern.encode("ascii"))
        return self.until(lambda: wanted.search(getattr(self, stream)), f"{pattern!r} in {stream}")

    def wait(self) -> int:
        """Its exit status, once it has ended and all of its output is here."""
        try:
            status = self._process.wait(TIMEOUT)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end:\n{self}") from None
        for thread in self._threads[1:]:
            thread.join(TIMEOUT)
        return status

    def kill(self) -> None:
        """End it at once, without a word to its peer."""
        self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end_input()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait(TIMEOUT)
        for thread in self._threads:
            thread.join(TIMEOUT)
            assert not thread.is_alive()

    def __str__(self) -> str:
        outputs = (("stdout", self.stdout), ("stderr", self.stderr))
        texts = [f"--- {name}\n{bytes(data).decode('latin-1')}" for name, data in outputs]
        return "\n".join([" ".join(self.command), *texts])


class Server(Native):
    """``s_server`` on a port of its own choice, listening when the constructor returns.

    It takes ``connections`` connections, one after the other, and ends. What it gets it prints
    after its report on the handshake; what it is to send comes from ``send``, without ``COMMANDS``
    at the start of what it reads.
    """

    # The last line of the report, where 8.5 has words of its own for TLS 1.3.
    _REPORT_END = re.compile(rb"(Secure Renegotiation IS .*|This TLS version forbids .*)\n")

    def __init__(self, openssl: Path, *options: str | Path, connections: int = 1) -> None:
        self._reports: list[int] = []  # where each ends
        number = str(connections)
        # Port 0 is all that is free of races; the program says which one it became.
        accept = ("-accept", "127.0.0.1:0", "-naccept", number)
        super().__init__(openssl, "s_server", *accept, *options)
        try:
            host, port = self.expect(r"ACCEPT ([0-9.]+):([0-9]+)\n").groups()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self.address = host.decode("ascii"), int(port)

    def _data_start(self, connection: int) -> int | None:
        """Where in ``stdout`` the data of a connection begins, once its report is there."""
        while len(self._reports) < connection:
            found = self._REPORT_END.search(self.stdout, self._reports[-1] if self._reports else 0)
            if found is None:
                return None
            self._reports.append(found.end())
        return self._reports[connection - 1]

    def established(self, connection: int = 1) -> str:
        """All that it printed up to the end of its report on a handshake, waited for."""
        self.received(0, connection)
        return self.stdout.decode("latin-1")

    def received(self, size: int, connection: int = 1) -> bytes:
        """What it got in a connection (the first is 1), at least ``size`` bytes, waited for.

        What it prints at the connection's end comes right after it.
        """

        def enough() -> bytes | None:
            start = self._data_start(connection)
            if start is None or len(self.stdout) < start + size:
                return None
            return bytes(self.stdout[start:])

        return self.until(enough, f"{size} bytes of data")


class Client(Native):
    """``s_client``, connecting to an address.

    Its report on the handshake is in ``stderr`` (``-brief``); ``stdout`` holds what it got and
    nothing else. The end of its input makes it close the connection and end.
    """

    def __init__(self, openssl: Path, address: tuple[str, int], *options: str | Path) -> None:
        host, port = address
        connect = ("-connect", f"{host}:{port}", "-brief", "-nocommands")
        super().__init__(openssl, "s_client", *connect, *options)

    def established(self) -> str:
        """Its report on the handshake, waited for."""
        return self.until(self._report, "the handshake")

    def _report(self) -> str | None:
        text = bytes(self.stderr).decode("utf-8", "replace")
        # Its last line, on both versions, in all protocols.
        return text if re.search(r"^Verification(:| error:) .*\n", text, re.MULTILINE) else None

    def received(self, size: int) -> bytes:
        """What it got, at least ``size`` bytes, waited for."""
        return self.until(
            lambda: bytes(self.stdout) if len(self.stdout) >= size else None, f"{size} bytes"
        )


def pair_options(directory: Path) -> tuple[str | Path, ...]:
    """The options for the TLCP pair that ``save`` wrote into a directory."""
    options: list[str | Path] = []
    for kind in ("sign", "enc"):
        options += [f"-{kind}_cert", directory / f"{kind}.pem"]
        options += [f"-{kind}_key", directory / f"{kind}.key"]
    return tuple(options)


def run(openssl: Path, *arguments: str | Path, data: bytes = b"") -> str:
    """Run an ``openssl`` command to its end; returns what it printed, both outputs together."""
    result = subprocess.run(
        [str(openssl), *map(str, arguments)],
        input=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=TIMEOUT,
        check=False,
    )
    text = result.stdout.decode("utf-8", "replace")
    assert result.returncode == 0, text
    return text
