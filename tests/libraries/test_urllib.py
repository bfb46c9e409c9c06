"""urllib.request, http.client and http.server."""

from __future__ import annotations

import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from library_peers import HOST, TIMEOUT, Answer, Serving, headers_of
from library_tests import ClientTests, ServerTests

from tongsuo_py import ssl


class TestUrllib(ClientTests):
    library = "urllib.request"
    untrusted = urllib.error.URLError
    cut_off = http.client.IncompleteRead

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        for body in bodies:
            request = urllib.request.Request(f"https://localhost:{port}/echo", body)
            with urllib.request.urlopen(request, timeout=TIMEOUT, context=context) as response:
                version = response.fp.raw._sock.version()
                yield Answer.of(response.headers, response.read(), version)


class TestHttpClient(ClientTests):
    library = "http.client"
    untrusted = ssl.SSLCertVerificationError
    cut_off = http.client.IncompleteRead

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        with closing(
            http.client.HTTPSConnection("localhost", port, timeout=TIMEOUT, context=context)
        ) as connection:
            for body in bodies:
                connection.request("POST", "/echo", body)
                version = connection.sock.version()
                response = connection.getresponse()
                yield Answer.of(response.headers, response.read(), version)


class TestHttpServer(ServerTests):
    library = "http.server"
    cut_off = EOFError

    def name(self, error: BaseException) -> str:
        return "rfile.read() is short"

    @contextmanager
    def serve(self, context: ssl.SSLContext) -> Iterator[Serving]:
        serving = Serving()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                size = int(self.headers["content-length"])
                body = self.rfile.read(size)
                if len(body) < size:
                    serving.failures.put(EOFError())  # http.server leaves it to us
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("content-length", str(size))
                for name, value in headers_of(self.connection).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer((HOST, 0), Handler) as server:
            server.socket = context.wrap_socket(server.socket, server_side=True)
            serving.port = server.server_port
            thread = threading.Thread(target=server.serve_forever, args=[0.01])
            thread.start()
            try:
                yield serving
            finally:
                server.shutdown()
                thread.join()
