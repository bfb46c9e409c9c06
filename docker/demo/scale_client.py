"""Clients of the servers behind the balancer: a session begun on one is resumed on all others.

``python scale_client.py [SERVERS]``: how many servers have to be met, by default three.
"""

import socket
import sys
from dataclasses import dataclass, field

from tongsuo_py import ssl

HOST, PORT = "scale-haproxy", 4433
CERTIFICATES = "/certs/made"
TRIES = 30  # connections, to meet every server


@dataclass
class Meetings:
    """Which servers were met with one session, and on which it was resumed."""

    first: str = ""
    resumed: set[str] = field(default_factory=set)
    full: set[str] = field(default_factory=set)  # on which it was not, though it was offered


def clients() -> dict[str, ssl.SSLContext]:
    """A context for each protocol."""
    tls = ssl.create_default_context(cafile=f"{CERTIFICATES}/p256/cert.pem")
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    return {
        "TLS 1.3, by ticket": tls,
        "TLCP, by session ID": ssl.create_ntls_context(cafile=f"{CERTIFICATES}/ca/ca.pem"),
    }


def visit(
    context: ssl.SSLContext, session: ssl.SSLSession | None
) -> tuple[str, bool, ssl.SSLSession | None]:
    """The server's name, whether the session was resumed, and the session to go on with."""
    with (
        socket.create_connection((HOST, PORT), timeout=10) as connection,
        context.wrap_socket(connection, server_hostname=HOST, session=session) as sock,
    ):
        sock.sendall(b"who are you?")
        name = sock.recv(1024).decode()
        resumed, later = bool(sock.session_reused), sock.session
        sock.unwrap()
        return name, resumed, later


def travel(context: ssl.SSLContext, servers: int) -> Meetings:
    """Begin a session, and take it from server to server until all were met."""
    met = Meetings()
    met.first, _, session = visit(context, None)
    for _ in range(TRIES):
        name, resumed, session = visit(context, session)
        (met.resumed if resumed else met.full).add(name)
        if len(met.resumed) >= servers:
            break
    return met


def main() -> int:
    """Travel with each protocol; the exit code is 0 where sessions were resumed everywhere."""
    servers = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    wrong = 0
    for name, context in clients().items():
        try:
            met = travel(context, servers)
        except OSError as error:
            print(f"{name}: {error}", flush=True)
            wrong = 1
            continue
        resumed, full = ", ".join(sorted(met.resumed)), ", ".join(sorted(met.full))
        print(f"{name}: begun on {met.first}, resumed on {resumed or 'none'}", flush=True)
        if full:
            print(f"  and full handshakes on {full}", flush=True)
        if full or len(met.resumed) < servers:
            wrong = 1
    return wrong


if __name__ == "__main__":
    sys.exit(main())
