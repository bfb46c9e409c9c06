"""What the targets start from: good examples of each format, made here by our own writers.

Keys and certificates are new in each run; what is the same is what they are examples of.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

from tongsuo_py import pki, sm2, sm4, ssl
from tongsuo_py.pki import cms

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


def private_keys() -> Iterator[bytes]:
    """Every form that is found out by looking."""
    yield from private_keys_der()
    yield from private_keys_pem()
    yield KEY.to_der(PASSWORD, encryption="gmssl")
    yield KEY.to_bytes()
    yield KEY.to_hex().encode()
    yield json.dumps(KEY.to_jwk()).encode()


def public_keys() -> Iterator[bytes]:
    """Every form that is found out by looking."""
    key = KEY.public_key()
    for form in get_args(sm2.PointForm):
        yield key.to_bytes(form)
        yield key.to_hex(form).encode()
    yield from public_keys_der()
    yield key.to_pem()
    yield json.dumps(key.to_jwk()).encode()
    yield authority().certificate.to_pem()


def enveloped_keys() -> Iterator[bytes]:
    """A key for the one that opens it, and one for another."""
    other = sm2.PrivateKey.generate()
    yield other.to_enveloped(KEY.public_key())
    yield KEY.to_enveloped(other.public_key())


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


def certificates_pem() -> Iterator[bytes]:
    """One, and two with other text between."""
    yield authority().certificate.to_pem()
    yield pair().sign.to_pem() + b"text\n" + authority().certificate.to_pem()


def requests() -> Iterator[bytes]:
    """With and without names to ask for."""
    yield pki.Request.create(KEY, HOST, "127.0.0.1", role="r", country="CN").to_der()
    yield pki.Request.create(KEY, common_name="Meter").to_der()


def revocation_lists() -> Iterator[bytes]:
    """Empty, and with two entries."""
    reason = pki.RevocationReason.SUPERSEDED
    entry = pki.RevokedCertificate(5, pair().sign.not_before, reason)
    yield authority().issue_crl([], number=0).to_der()
    yield authority().issue_crl([pair().enc, entry], number=2**64).to_der()


def registers() -> Iterator[bytes]:
    """A register with an event of each kind."""
    with tempfile.TemporaryDirectory() as directory:
        register = pki.Register(directory)
        register.add(pair().sign, pair().enc)
        register.revoke(pair().enc, pki.RevocationReason.KEY_COMPROMISE)
        register.issue_crl(authority())
        yield (Path(directory) / "register.jsonl").read_bytes()


def sm4_files() -> Iterator[bytes]:
    """Encrypted files: empty, of one chunk and of two, under a key and a password."""
    for data in (b"", MESSAGE, bytes(70_000)):
        target = io.BytesIO()
        sm4.encrypt_file(io.BytesIO(data), target, key=bytes(sm4.KEY_SIZE))
        yield target.getvalue()
    target = io.BytesIO()
    sm4.encrypt_file(io.BytesIO(MESSAGE), target, password=PASSWORD, iterations=1)
    yield target.getvalue()


def pkcs12_files() -> Iterator[bytes]:
    """A pair, under as little work as can be."""
    yield pair().to_pkcs12(PASSWORD, iterations=1)
    yield pair().sign.to_pkcs12(PASSWORD, name="name", encryption="sm4-cbc", iterations=1)


def signed_messages() -> Iterator[bytes]:
    """With and without attributes, in each family of identifiers, and as PEM."""
    signer = pair().sign
    yield cms.sign(MESSAGE, signer)
    yield cms.sign(MESSAGE, signer, profile="pkcs7", crls=[authority().issue_crl([], number=1)])
    yield cms.sign(MESSAGE, signer, profile="gmssl", attributes=False)
    yield cms.to_pem(cms.sign(MESSAGE, signer, certificates=[signer]))


def encrypted_messages() -> Iterator[bytes]:
    """For the pair: encrypted, and signed as well."""
    yield cms.encrypt(MESSAGE, pair().enc)
    yield cms.encrypt(MESSAGE, pair().enc, profile="pkcs7", by_key_identifier=True)
    yield cms.sign_and_encrypt(MESSAGE, pair().sign, pair().enc)


def files_of_pairs() -> Iterator[bytes]:
    """Certificates and keys in one file."""
    files = (pair().sign.to_pem(), *(one.private_key.to_pem() for one in (pair().sign, pair().enc)))
    yield b"".join(files)
    yield from pkcs12_files()
    yield pair().sign.to_der()


def streams() -> Iterator[bytes]:
    """BER: lengths left open, strings in pieces."""
    yield b"\x30\x80\x02\x01\x05\x24\x80\x04\x02ab\x04\x01c\x00\x00\x00\x00"


def things() -> Iterator[bytes]:
    """One of everything."""
    for examples in (
        private_keys_der,
        private_keys_pem,
        public_keys_der,
        points,
        signature_formats,
        ciphertexts,
        certificates,
        pkcs12_files,
        signed_messages,
        encrypted_messages,
        streams,
    ):
        yield next(examples())


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
