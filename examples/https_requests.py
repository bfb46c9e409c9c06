"""HTTPS over TLCP with requests: ``python https_requests.py HOST PORT CA.pem``."""

import sys
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from tongsuo_py import ssl


class ContextAdapter(HTTPAdapter):
    """What requests wants for a context of one's own."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Hand the context on to urllib3."""
        super().init_poolmanager(*args, ssl_context=self.context, **kwargs)


if len(sys.argv) != 4:
    sys.exit(__doc__)
host, port, ca = sys.argv[1:]
with requests.Session() as session:
    session.mount(f"https://{host}:{port}", ContextAdapter(ssl.create_ntls_context(cafile=ca)))
    response = session.get(f"https://{host}:{port}/", timeout=10)
    print(response.status_code, response.text)
