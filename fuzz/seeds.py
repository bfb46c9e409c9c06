"""What the targets start from: good examples of each format, made here by our own writers.

Keys and certificates are new in each run; what is the same is what they are examples of.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args

from tongsuo_py import pki, sm2, sm4, ssl

KEY = sm2.PrivateKey.generate()
MESSAGE = b"message"
HOST = "localhost"
PASSWORD = "password"  # noqa: S105 - no secret

Kind = Literal["client", "server", "dual"]


@cache
def authority() -> pki.CA:
    """The CA of everything here."""
    return pki.CA.create("Fuzzed Root CA")


@cache
def pair() -> pki.CertificatePair:
    """A server's pair."""
    return authority().issue_pair(HOST, "127.0.0.1", role="server")


@cache
def context(kind: Kind) -> Any:
    """A TLCP client, a TLCP server, or a server of both TLS and TLCP."""
    if kind == "client":
        client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
        authority().configure_trust(client)
        return client
    protocol = ssl.PROTOCOL_NTLS_SERVER if kind == "server" else ssl.PROTOCOL_TLS_SERVER
    server = ssl.SSLContext(protocol)
    if kind == "dual":
        server.enable_ntls()
    pair().configure(server)
    return server


def private_keys_der() -> Iterator[bytes]:
    """PKCS#8 and SEC1."""
    yield KEY.to_der()
    yield KEY.to_der(format="sec1")


def private_keys_pem() -> Iterator[bytes]:
    """PKCS#8, plain and encrypted, and SEC1."""
    yield KEY.to_pem()
    yield KEY.to_pem(PASSWORD)
    yield KEY.to_pem(format="sec1")


def public_keys_der() -> Iterator[bytes]:
    """SubjectPublicKeyInfo."""
    yield KEY.public_key().to_der()


def points() -> Iterator[bytes]:
    """Points of the curve."""
    yield KEY.public_key().to_bytes()


def signatures() -> Iterator[bytes]:
    """Signatures of something else, so that none is good."""
    yield KEY.sign(b"other")


def signature_formats() -> Iterator[bytes]:
    """A signature in each encoding."""
    for encoding in get_args(sm2.SignatureEncoding):
        yield KEY.sign(MESSAGE, encoding=encoding)


def ciphertexts() -> Iterator[bytes]:
    """Ciphertexts for another key, so that none opens."""
    other = sm2.PrivateKey.generate().public_key()
    for encoding in get_args(sm2.CiphertextEncoding):
        yield other.encrypt(MESSAGE, encoding)


def certificates() -> Iterator[bytes]:
    """Of a CA, a pair, and one that signed itself."""
    yield authority().certificate.to_der()
    yield pair().sign.to_der()
    yield pair().enc.to_der()
    yield pki.self_signed("xn--fiqs8s.example", country="CN").to_der()


def sm4_files() -> Iterator[bytes]:
    """Encrypted files: empty, of one chunk and of two, under a key and a password."""
    for data in (b"", MESSAGE, bytes(70_000)):
        target = io.BytesIO()
        sm4.encrypt_file(io.BytesIO(data), target, key=bytes(sm4.KEY_SIZE))
        yield target.getvalue()
    target = io.BytesIO()
    sm4.encrypt_file(io.BytesIO(MESSAGE), target, password=PASSWORD, iterations=1)
    yield target.getvalue()


def client_hellos() -> Iterator[bytes]:
    """What a client of TLCP and one of TLS begin with."""
    yield _first_flight(context("client"))
    tls = ssl.create_default_context()
    yield _first_flight(tls)


def server_flights() -> Iterator[bytes]:
    """A server's answer to a hello, which has another random number than the target's client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context("server").wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(_first_flight(context("client")))
    _advance(connection)
    yield outgoing.read()


def _first_flight(client: Any) -> bytes:
    outgoing = ssl.MemoryBIO()
    _advance(client.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=HOST))
    return outgoing.read()


def _advance(connection: Any) -> None:
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        return
    raise AssertionError("the handshake cannot be over yet")
