"""A connection of pyOpenSSL's, as far as our helpers know an SSLSocket."""

from __future__ import annotations

from typing import Any

from cryptography.x509.oid import NameOID
from OpenSSL import SSL


class View:
    """``version`` and ``getpeercert`` of a ``SSL.Connection``."""

    def __init__(self, connection: SSL.Connection) -> None:
        self._connection = connection
        self.version = connection.get_protocol_version_name

    def getpeercert(self) -> dict[str, Any] | None:
        certificate = self._connection.get_peer_certificate(as_cryptography=True)
        if certificate is None:
            return None
        (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return {"subject": ((("commonName", name.value),),)}
