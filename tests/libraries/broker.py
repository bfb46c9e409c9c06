"""A real Mosquitto, and our TLS or TLCP in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from library_peers import TIMEOUT, headers_of

from tongsuo_py import ssl

SYSTEM_PROGRAMS = "/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"
CONFIGURATION = """\
listener 0 {socket}
allow_anonymous true
persistence false
user root
"""


def find_mosquitto() -> str | None:
    """The program, which Debian puts where only root looks."""
    return shutil.which("mosquitto", path=f"{os.environ['PATH']}:{SYSTEM_PROGRAMS}")


@contextmanager
def running(program: str) -> Iterator[Path]:
    """The socket of a broker; a Unix socket, since Mosquitto does not choose a port by itself."""
    with tempfile.TemporaryDirectory() as directory:  # whose name is short: a socket's must be
        path, configuration = Path(directory, "socket"), Path(directory, "configuration")
        configuration.write_text(CONFIGURATION.format(socket=path))
        with subprocess.Popen(
            [program, "-c", configuration], stderr=subprocess.PIPE, text=True
        ) as process:
            try:
                _wait_for(path, process)
                yield path
            finally:
                process.terminate()
                process.communicate(timeout=TIMEOUT)


def _wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while True:
        with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
            probe.connect(str(path))
            return
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Terminator:
    """TLS or TLCP in front of a broker: what a client says goes on in the clear, and back."""

    def __init__(self, broker: Path, *, cut_off: bool = False) -> None:
        self.broker, self.cut_off = broker, cut_off
        self.saw: dict[str, str] = {}

    def handle(self, tls: ssl.SSLSocket) -> None:
        self.saw = headers_of(tls)
        with socket.socket(socket.AF_UNIX) as upstream:
            upstream.connect(str(self.broker))
            down = threading.Thread(target=self._down, args=[upstream, tls])
            down.start()
            try:
                # One that closes before it has read its tickets resets the connection.
                with suppress(ConnectionResetError):
                    while data := tls.recv(65536):
                        upstream.sendall(data)
            finally:
                upstream.shutdown(socket.SHUT_WR)
                down.join()

    def _down(self, upstream: socket.socket, tls: ssl.SSLSocket) -> None:
        with suppress(OSError):  # the client may be gone before the broker's last word
            while data := upstream.recv(65536):
                if self.cut_off and len(data) > 1000:  # in the middle of a message
                    socket.socket.shutdown(tls, socket.SHUT_RDWR)
                    return
                tls.sendall(data)
