"""Servers for the tests of ``connect``: by contexts of ours, or by any function."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from command import PATIENCE

from tongsuo_py import ssl


@contextmanager
def listening(answer: Callable[[socket.socket], object], host: str = "127.0.0.1") -> Iterator[str]:
    """``HOST:PORT`` of a server that gives each connection to ``answer``, one after the other.

    It ends with the block, or by itself when ``answer`` returns False.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                # Whoever looks at a server tries what it refuses.
                with connection, suppress(OSError):
                    connection.settimeout(PATIENCE)
                    if ended.is_set() or answer(connection) is False:
                        break
            listener.close()

        address = listener.getsockname()
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"{host}:{address[1]}"
        finally:
            ended.set()
            with suppress(OSError):  # to wake it up
                socket.create_connection(address[:2], PATIENCE).close()
            thread.join(PATIENCE)
            assert not thread.is_alive()


def shaking_hands(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    """What shakes hands with a client by this context, and waits for its end."""

    def answer(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as sock:
            while sock.recv(100):
                pass
            sock.unwrap()

    return answer


@contextmanager
def serving(context: ssl.SSLContext) -> Iterator[str]:
    """``HOST:PORT`` of a server that shakes hands by this context."""
    with listening(shaking_hands(context)) as address:
        yield address
