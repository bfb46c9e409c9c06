"""The conversation of relay.py over real sockets, through a proxy."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from typing import Any

from faulty_proxy import Proxy
from peers import at_once
from relay import ANSWER, QUESTION, End, Outcome, Wire, check_error

from tongsuo_py import ssl

#: Seconds, for what has to succeed, however busy the machine is.
LONG = 20.0


def receive(sock: Any, end: End, size: int, wait: Callable[..., Any]) -> None:
    """Until ``size`` bytes are there, or the end of the stream."""
    while len(end.received) < size and not end.clean:
        data = wait(sock, sock.recv, size - len(end.received))
        end.received += data
        end.clean = end.told_end = not data


def directly(_: Any, call: Callable[..., Any], *args: Any) -> Any:
    """A socket that blocks waits by itself."""
    return call(*args)


def retrying(sock: Any, call: Callable[..., Any], *args: Any) -> Any:
    """One that does not is asked again as soon as select() says that it makes sense."""
    while True:
        try:
            return call(*args)
        except ssl.SSLWantReadError:
            ready = select.select([sock], [], [], LONG)
        except ssl.SSLWantWriteError:
            ready = select.select([], [sock], [], LONG)
        assert any(ready), "it waits for what does not come"


def serve(sock: Any, end: End, wait: Callable[..., Any] = directly) -> None:
    wait(sock, sock.do_handshake)
    end.stood = True
    receive(sock, end, len(QUESTION), wait)
    wait(sock, sock.sendall, ANSWER)
    receive(sock, end, len(QUESTION) + 1, wait)
    wait(sock, sock.unwrap)


def ask(sock: Any, end: End, wait: Callable[..., Any] = directly) -> None:
    wait(sock, sock.do_handshake)
    end.stood = True
    wait(sock, sock.sendall, QUESTION)
    receive(sock, end, len(ANSWER), wait)
    wait(sock, sock.unwrap)
    end.clean = True


def converse(
    contexts: tuple[Any, Any],
    up: Wire,
    down: Wire,
    *,
    timeout: float | None = LONG,
    bytewise: bool = False,
    ragged: bool = True,
) -> Outcome:
    """What relay.converse does, over TCP; with ``timeout`` 0 both sockets do not block.

    ``ragged`` False is the sockets' suppress_ragged_eofs.
    """
    outcome = Outcome(End(), End(), up, down)
    wait = retrying if timeout == 0 else directly
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(LONG)
    ready = threading.Barrier(2)

    def run(context: Any, plain: Any, end: End, talk: Callable[..., None], **kwargs: Any) -> None:
        plain.settimeout(timeout)
        kwargs |= {"do_handshake_on_connect": False, "suppress_ragged_eofs": not ragged}
        try:
            with plain, context.wrap_socket(plain, **kwargs) as sock:
                ready.wait(LONG)  # a reset does not come before there is somebody to be told
                talk(sock, end, wait)
        except Exception as error:
            end.error, end.clean = error, False

    with listener, Proxy(listener.getsockname(), up, down, bytewise=bytewise) as proxy:
        ends = at_once(
            lambda: run(contexts[0], listener.accept()[0], outcome.server, serve, server_side=True),
            lambda: run(
                contexts[1],
                socket.create_connection(proxy.address, LONG),
                outcome.client,
                ask,
                server_hostname="localhost",
            ),
        )
    assert ends == [None, None]
    return outcome


def check(outcome: Outcome, what: object) -> None:
    """No wrong byte arrived, and both ends know how it ended: all in order, or an OSError."""
    for end, message in ((outcome.server, QUESTION), (outcome.client, ANSWER)):
        assert message.startswith(end.received), what
        assert end.clean != (end.error is not None), (what, end)
        if end.clean:
            assert end.received == message, what
        elif isinstance(end.error, ssl.SSLError):
            check_error(end.error, what)
        elif isinstance(end.error, TimeoutError):
            assert str(end.error) == f"The {operation(end)} operation timed out", what
        else:
            assert isinstance(end.error, ConnectionError), (what, end)
            assert end.error.errno, what
            assert end.error.strerror, what


def operation(end: End) -> str:
    """What a socket was doing when its time was over."""
    return "read" if end.stood else "handshake"
