"""What the tests under load share: a server's and a client's context, in TLS and in TLCP."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from peers import queue_is_empty
from resources import open_files

from tongsuo_py import ssl


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No test leaves an error in OpenSSL's queue, a thread, or an open file."""
    gc.collect()
    assert queue_is_empty()
    threads, files = set(threading.enumerate()), open_files()
    yield
    assert queue_is_empty()
    for thread in set(threading.enumerate()) - threads:
        thread.join(5)
        assert not thread.is_alive(), thread
    gc.collect()
    assert open_files() == files


class Contexts:
    """Makes contexts of one protocol: "TLS" (1.3) or "TLCP"."""

    def __init__(self, protocol: str, trust: SimpleNamespace) -> None:
        self.protocol = protocol
        self.ntls = protocol == "TLCP"
        self.version = "NTLSv1.1" if self.ntls else "TLSv1.3"
        self.ca = trust.ca
        if self.ntls:
            self._identities = {"server": trust.server, "client": trust.client}
        else:
            client = trust.ca.issue("client.example")
            self._identities = {"server": trust.server_cert, "client": client}

    def server(self, *, mutual: bool = False) -> Any:
        context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER if self.ntls else ssl.PROTOCOL_TLS_SERVER)
        self._identities["server"].configure(context)
        if mutual:
            self.ca.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def client(self, *, mutual: bool = False) -> Any:
        context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT if self.ntls else ssl.PROTOCOL_TLS_CLIENT)
        self.ca.configure_trust(context)
        if mutual:
            self._identities["client"].configure(context)
        return context

    def certificate(self, name: str) -> bytes:
        """What ``getpeercert(True)`` is to say of the "server" or the "client"."""
        identity = self._identities[name]
        der: bytes = (identity.sign if self.ntls else identity).to_der()
        return der


@pytest.fixture(params=["TLS", "TLCP"])
def contexts(request: pytest.FixtureRequest, trust: SimpleNamespace) -> Contexts:
    """Contexts for TLS, and for TLCP."""
    return Contexts(request.param, trust)
