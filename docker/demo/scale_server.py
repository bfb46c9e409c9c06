"""One of several servers behind a balancer, any of which resumes what another one began.

TLCP is resumed by session ID, out of Redis that all of them share; TLS 1.3 by tickets, under a key
that all of them have. The answer to any line is the server's own name.
"""

import socket
import threading
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tongsuo_py import ssl

CERTIFICATES = Path("/certs/made")
PORT = 4433
PATIENCE = 10.0  # seconds that a client may take for anything


def context() -> ssl.SSLContext:
    """TLS 1.3 and TLCP, sessions in Redis, tickets under the shared key."""
    both = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    both.enable_ntls()
    both.load_cert_chain(CERTIFICATES / "p256/cert.pem", CERTIFICATES / "p256/cert.key")
    names = ("sign.pem", "sign.key", "enc.pem", "enc.key")
    both.load_ntls_cert_pair(*(CERTIFICATES / "server" / name for name in names))
    # A handshake waits for the store: it gives up at once, and the handshake is then a full one.
    client = redis.Redis(
        host="scale-redis",
        password=(CERTIFICATES / "shared/redis.password").read_text().strip(),
        socket_timeout=1,
        socket_connect_timeout=1,
        retry=Retry(NoBackoff(), 0),
    )
    both.session_store = ssl.RedisSessionStore(client)
    both.set_ticket_keys([(CERTIFICATES / "shared/ticket.key").read_bytes()])
    return both


def serve(connection: socket.socket, tls: ssl.SSLContext) -> None:
    """One client: its line, our name."""
    connection.settimeout(PATIENCE)
    try:
        with tls.wrap_socket(connection, server_side=True) as sock:
            sock.recv(1024)
            sock.sendall(socket.gethostname().encode())
            sock.unwrap()
    except OSError as error:  # SSLError is one; and HAProxy looks whether we are there
        if not isinstance(error, ssl.SSLEOFError):
            print(error, flush=True)


def main() -> None:
    """Serve for ever."""
    tls = context()
    with socket.create_server(("", PORT), backlog=128) as listener:
        print(f"{socket.gethostname()} listens on port {PORT}", flush=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, tls), daemon=True).start()


if __name__ == "__main__":
    main()
