"""requests, and urllib3 below it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import requests
import requests.adapters
import urllib3
from library_peers import TIMEOUT, Answer
from library_tests import ClientTests

from tongsuo_py import ssl


class ContextAdapter(requests.adapters.HTTPAdapter):
    """The way to give requests a context."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self.context, **kwargs)


class TestRequests(ClientTests):
    library = "requests"
    untrusted = requests.exceptions.SSLError
    cut_off = requests.exceptions.ChunkedEncodingError

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        with requests.Session() as session:
            session.mount("https://", ContextAdapter(context))
            for body in bodies:
                with session.post(
                    f"https://localhost:{port}/echo", body, stream=True, timeout=TIMEOUT
                ) as response:
                    version = response.raw.connection.sock.version()
                    yield Answer.of(response.headers, response.content, version)


class TestUrllib3(ClientTests):
    library = "urllib3"
    untrusted = urllib3.exceptions.MaxRetryError
    cut_off = urllib3.exceptions.ProtocolError

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        with urllib3.PoolManager(ssl_context=context, retries=0, timeout=TIMEOUT) as pool:
            for body in bodies:
                response = pool.request(
                    "POST", f"https://localhost:{port}/echo", body=body, preload_content=False
                )
                version = response.connection.sock.version()
                yield Answer.of(response.headers, response.read(), version)
                response.release_conn()
