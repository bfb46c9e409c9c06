"""A web server that speaks TLS and TLCP on one port, with one context."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from typing import Any

from tongsuo_py import ssl

CERTIFICATES = "/certs/made"
HANDSHAKE = 10.0  # seconds that a client has for it


class Page(BaseHTTPRequestHandler):
    """The only page: what the client came with."""

    def setup(self) -> None:
        """Shake hands here, in the client's thread, and not where the next one is waiting."""
        self.request.settimeout(HANDSHAKE)
        self.request.do_handshake()
        super().setup()

    def do_GET(self) -> None:
        """Answer."""
        text = f"{self.request.version()} {self.request.cipher()[0]}\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Server(ThreadingHTTPServer):
    """An HTTP server whose connections go through our context."""

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__(address, Page)
        self._context = context

    def get_request(self) -> tuple[socket, Any]:
        """A client's connection, before its handshake."""
        connection, address = super().get_request()
        wrapped = self._context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        )
        return wrapped, address

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line what went wrong with a client."""
        print(f"{client_address[0]}: {sys.exception()}", file=sys.stderr)


def context() -> ssl.SSLContext:
    """TLS with P-256, TLS 1.3 with SM2 and SM4 (RFC 8998), and TLCP."""
    both = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for kind in ("p256", "sm2"):
        both.load_cert_chain(f"{CERTIFICATES}/{kind}/cert.pem", f"{CERTIFICATES}/{kind}/cert.key")
    both.enable_ntls()
    pair = f"{CERTIFICATES}/server"
    both.load_ntls_cert_pair(
        f"{pair}/sign.pem", f"{pair}/sign.key", f"{pair}/enc.pem", f"{pair}/enc.key"
    )
    return both


if __name__ == "__main__":
    with Server(("", 8443), context()) as server:
        print("https-server: TLS and TLCP on port 8443", flush=True)
        server.serve_forever()
