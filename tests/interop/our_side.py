"""Our own ends of the connections: a server in a thread, and the data that goes both ways."""

from __future__ import annotations

import queue
import random
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from native_peer import COMMANDS, TIMEOUT

from tongsuo_py import ssl

#: What a server's certificate has to be for.
NAMES = ("localhost", "127.0.0.1")

#: Any bytes but those that s_server would take for a command.
_SAFE = bytes(byte ^ 0x80 if byte in COMMANDS else byte for byte in range(256))


def tlcp_client(trust: SimpleNamespace, pair: str | None = None, suites: str = "") -> Any:
    """A context of our client's, for TLCP; ``pair`` is one of the directories of ``trust``."""
    return _tlcp(ssl.PROTOCOL_NTLS_CLIENT, trust, pair, suites)


def tlcp_server(
    trust: SimpleNamespace, pair: str = "server", suites: str = "", *, mutual: bool = False
) -> Any:
    """A context of our server's, for TLCP; ``mutual`` makes it want the client's certificates."""
    context = _tlcp(ssl.PROTOCOL_NTLS_SERVER, trust, pair, suites)
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _tlcp(protocol: int, trust: SimpleNamespace, pair: str | None, suites: str) -> Any:
    context = ssl.SSLContext(protocol)
    context.load_verify_locations(trust.dir / "ca" / "ca.pem")
    if pair is not None:
        load_pair(context, trust.dir / pair)
    if suites:
        context.set_ciphers(suites)
    return context


def load_pair(context: ssl.SSLContext, directory: Path, password: str | None = None) -> None:
    """Load the pair that ``save`` wrote into a directory."""
    sign, enc = directory / "sign", directory / "enc"
    files = [path.with_suffix(end) for path in (sign, enc) for end in (".pem", ".key")]
    context.load_ntls_cert_pair(*files, password=password)


def payload(size: int, seed: str) -> bytes:
    """``size`` bytes without order, always the same for the same ``seed``."""
    return random.Random(f"{seed} {size}").randbytes(size).translate(_SAFE)


def receive(sock: ssl.SSLSocket, size: int) -> bytes:
    """Exactly ``size`` bytes, or fewer where the peer closes before."""
    data = bytearray()
    while len(data) < size and (part := sock.recv(size - len(data))):
        data += part
    return bytes(data)


def connect(
    context: ssl.SSLContext, address: tuple[str, int], name: str = "localhost", **options: Any
) -> Any:
    """Our client's connection to a server; ``name`` is who it should be."""
    plain = socket.create_connection(address, TIMEOUT)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        return context.wrap_socket(plain, server_hostname=name, **options)
    except BaseException:
        plain.close()
        raise


class OurServer:
    """Our server on a port of its own, in a thread; to be used with ``with``.

    Each connection, one after the other, is wrapped and given to ``serve``; what that returns or
    raises, the handshake's failure too, is fetched by ``outcome``.
    """

    def __init__(self, context: ssl.SSLContext, serve: Callable[[Any], Any]) -> None:
        self._context = context
        self._serve = serve
        self._outcomes: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listener.getsockname()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while True:
            plain, _ = self._listener.accept()
            try:
                with plain:
                    if self._stop.is_set():
                        return
                    plain.settimeout(TIMEOUT)
                    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    with self._context.wrap_socket(plain, server_side=True) as sock:
                        self._outcomes.put((self._serve(sock), None))
            except BaseException as error:
                self._outcomes.put((None, error))

    def outcome(self) -> Any:
        """What ``serve`` returned for the next connection; raises what it or the handshake did."""
        result, error = self._outcomes.get(timeout=TIMEOUT)
        if error is not None:
            raise error
        return result

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        self._stop.set()
        socket.create_connection(self.address, TIMEOUT).close()  # wakes it
        self._thread.join(TIMEOUT * 2)
        self._listener.close()
        assert not self._thread.is_alive()
        while error is not None and not self._outcomes.empty():
            _, cause = self._outcomes.get()
            error.add_note(f"Our server, meanwhile: {cause!r}")
