"""TCP under the sessions: listening, connecting, and errors that name the address."""

from __future__ import annotations

import socket
from typing import Any

from tongsuo_py.cli.events import Log
from tongsuo_py.cli.failures import EXIT_USAGE, Failure, explain

_BACKLOG = 128


def listen(host: str, port: int, log: Log) -> socket.socket:
    """A listening, non-blocking socket. Raises Failure."""
    family, kind, protocol, _, address = _resolve(host, port, socket.AI_PASSIVE)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        log("socket", family=family_text(family))
        # Without it, a server that starts again soon finds its port still taken.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        log("bound", **_local(listener))
        listener.listen(_BACKLOG)
        log("listening", **_local(listener))
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise Failure(f"cannot listen on {address_text(address)}: {explain(error)}") from None
    except BaseException:
        listener.close()
        raise
    return listener


def connect(host: str, port: int, timeout: float, log: Log) -> socket.socket:
    """A socket connected to the first of the host's addresses that answers. Raises Failure."""
    failed: dict[str, str] = {}
    for family, kind, protocol, _, address in _resolve(host, port):
        connection = socket.socket(family, kind, protocol)
        try:
            log("socket", family=family_text(family))
            connection.settimeout(timeout)
            connection.connect(address)
            log(
                "connected",
                server=address_text(connection.getpeername()),
                address=address_text(connection.getsockname()),
            )
            return connection
        except OSError as error:
            connection.close()
            late = isinstance(error, TimeoutError)
            why = f"no answer within {timeout:g} s" if late else explain(error).lower()
            failed[address_text(address)] = why
        except BaseException:
            connection.close()
            raise
    raise Failure("cannot connect to " + "; ".join(f"{at}: {why}" for at, why in failed.items()))


def address_text(address: Any) -> str:
    """``127.0.0.1:4433`` or ``[::1]:4433``."""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def family_text(family: int) -> str:
    """``IPv4`` or ``IPv6``."""
    return "IPv6" if family == socket.AF_INET6 else "IPv4"


def _resolve(host: str, port: int, flags: int = 0) -> list[Any]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    except OSError as error:
        raise Failure(f"unknown host {host}: {explain(error).lower()}") from None
    except UnicodeError:
        raise Failure(f"{host!r} is not a host name", EXIT_USAGE) from None


def _local(listener: socket.socket) -> dict[str, Any]:
    address = listener.getsockname()
    return {"address": address_text(address), "port": address[1]}
