"""A web application over TLCP with uvicorn: ``python https_uvicorn.py HOST PORT DIRECTORY``.

The directory has a pair of certificates, as ``CA.issue_pair(HOST).save(DIRECTORY)`` writes it.
"""

import sys
from typing import Any

import uvicorn

from tongsuo_py import ssl


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Greet."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"Hello over TLCP"})


if len(sys.argv) != 4:
    sys.exit(__doc__)
host, port, pair = sys.argv[1:]
context = ssl.create_ntls_context(ssl.Purpose.CLIENT_AUTH)
context.load_ntls_cert_pair(
    f"{pair}/sign.pem", f"{pair}/sign.key", f"{pair}/enc.pem", f"{pair}/enc.key"
)
uvicorn.run(
    application,
    host=host,
    port=int(port),
    lifespan="off",
    ssl_context_factory=lambda config, default: context,
)
