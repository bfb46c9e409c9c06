"""Three OpenSSLs in one process: the standard library's, that of cryptography, and ours.

Run by test_coexistence.py as a program of its own, since what matters is which is loaded first:

    python neighbours.py MATERIAL NAME NAME NAME

with the names "stdlib", "cryptography" and "ours" in the order in which they are to be loaded.
"""

from __future__ import annotations

import importlib
import itertools
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

MODULES = {
    "stdlib": "_ssl",
    "cryptography": "cryptography.hazmat.bindings._rust",
    "ours": "tongsuo_py._tongsuo",
}
MATERIAL = Path(sys.argv[1])
MESSAGE = b"through three libraries"

for name in sys.argv[2:]:
    importlib.import_module(MODULES[name])
    assert [other for other in MODULES if MODULES[other] in sys.modules] == [
        other for other in MODULES if other in sys.argv[2 : sys.argv.index(name) + 1]
    ]

import hashlib  # noqa: E402
import ssl as stdlib  # noqa: E402

import OpenSSL.SSL as pyopenssl  # noqa: E402
from cryptography.exceptions import InvalidSignature  # noqa: E402
from cryptography.hazmat.backends.openssl.backend import backend  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

from tongsuo_py import ssl as ours  # noqa: E402
from tongsuo_py._binding import errors, ffi, handles, lib, pem  # noqa: E402

# ---- digests ----

SHA256_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
SM3_ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def our_digest(name: bytes, data: bytes) -> str:
    out = ffi.new("unsigned char[64]")
    size = ffi.new("unsigned int *")
    algorithm = lib.EVP_get_digestbyname(name)
    errors.check(lib.EVP_Digest(data, len(data), out, size, algorithm, ffi.NULL), "digest")
    return bytes(ffi.buffer(out, size[0])).hex()


def digests() -> None:
    assert hashlib.sha256(b"abc").hexdigest() == SHA256_ABC
    digest = hashes.Hash(hashes.SHA256())
    digest.update(b"abc")
    assert digest.finalize().hex() == SHA256_ABC
    assert our_digest(b"SHA256", b"abc") == SHA256_ABC
    assert our_digest(b"SM3", b"abc") == SM3_ABC


# ---- signatures ----


def cryptography_signs() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signature = key.sign(MESSAGE, ec.ECDSA(hashes.SHA256()))
    key.public_key().verify(signature, MESSAGE, ec.ECDSA(hashes.SHA256()))
    try:
        key.public_key().verify(signature, MESSAGE + b"!", ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        pass
    else:
        raise AssertionError("verified")
    # Ours says the same of a signature that it did not make.
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    ours_of_it = pem.public_key_from_der(public)
    assert our_verify(ours_of_it, b"SHA256", signature, MESSAGE)
    assert not our_verify(ours_of_it, b"SHA256", signature, MESSAGE + b"!")


def context_for(init: Callable[..., int], key: Any, digest: bytes) -> Any:
    context = handles.own_md_ctx(lib.EVP_MD_CTX_new(), "context")
    algorithm = lib.EVP_get_digestbyname(digest)
    errors.check(init(context, ffi.NULL, algorithm, ffi.NULL, key), "init")
    return context


def our_sign(key: Any, digest: bytes, data: bytes) -> bytes:
    context = context_for(lib.EVP_DigestSignInit, key, digest)
    out, size = ffi.new("unsigned char[128]"), ffi.new("size_t *", 128)
    errors.check(lib.EVP_DigestSign(context, out, size, data, len(data)), "sign")
    return bytes(ffi.buffer(out, size[0]))


def our_verify(key: Any, digest: bytes, signature: bytes, data: bytes) -> bool:
    context = context_for(lib.EVP_DigestVerifyInit, key, digest)
    verified = lib.EVP_DigestVerify(context, signature, len(signature), data, len(data)) == 1
    errors.clear()
    return verified


def ours_signs() -> None:
    key = pem.private_key_from_pem((MATERIAL / "sign.key").read_bytes())
    signature = our_sign(key, b"SM3", MESSAGE)
    assert our_verify(key, b"SM3", signature, MESSAGE)
    assert not our_verify(key, b"SM3", signature, MESSAGE + b"!")


# ---- sessions ----


class Standard:
    """One end of a session, by the standard library's interface: its own or ours."""

    def __init__(self, context: Any, server: bool) -> None:
        self.incoming, self.outgoing = stdlib.MemoryBIO(), stdlib.MemoryBIO()
        hostname = None if server else "localhost"
        self.object = context.wrap_bio(self.incoming, self.outgoing, server, hostname)
        self.give, self.take = self.incoming.write, self.outgoing.read
        self.write, self.read = self.object.write, self.object.read
        self.version = self.object.version

    def handshake(self) -> bool:
        try:
            self.object.do_handshake()
        except stdlib.SSLWantReadError:
            return False
        return True


class PyOpenSSL:
    """One end of a session through cryptography's OpenSSL."""

    def __init__(self, context: Any, server: bool) -> None:
        self.connection = pyopenssl.Connection(context, None)
        (self.connection.set_accept_state if server else self.connection.set_connect_state)()
        self.give, self.write = self.connection.bio_write, self.connection.send
        self.read, self.version = self.connection.recv, self.connection.get_protocol_version_name

    def take(self) -> bytes:
        try:
            return self.connection.bio_read(1 << 20)
        except pyopenssl.WantReadError:
            return b""

    def handshake(self) -> bool:
        try:
            self.connection.do_handshake()
        except pyopenssl.WantReadError:
            return False
        return True


def context(module: Any, server: bool) -> Any:
    made = module.SSLContext(module.PROTOCOL_TLS_SERVER if server else module.PROTOCOL_TLS_CLIENT)
    made.load_cert_chain(MATERIAL / "tls.pem", MATERIAL / "tls.key")
    if not server:
        made.load_verify_locations(MATERIAL / "tls.pem")
    return made


def pyopenssl_context(server: bool) -> Any:
    made = pyopenssl.Context(pyopenssl.TLS_METHOD)
    made.use_certificate_file(str(MATERIAL / "tls.pem"))
    made.use_privatekey_file(str(MATERIAL / "tls.key"))
    if not server:
        made.load_verify_locations(str(MATERIAL / "tls.pem"))
        made.set_verify(pyopenssl.VERIFY_PEER)
    return made


def tlcp_context(server: bool) -> Any:
    made = ours.SSLContext(ours.PROTOCOL_NTLS_SERVER if server else ours.PROTOCOL_NTLS_CLIENT)
    names = ("sign.pem", "sign.key", "enc.pem", "enc.key")
    made.load_ntls_cert_pair(*(MATERIAL / name for name in names))
    for name in ("sign.pem", "enc.pem"):
        made.load_verify_locations(MATERIAL / name)
    return made


ENDS: dict[str, Callable[[bool], Any]] = {
    "stdlib": lambda server: Standard(context(stdlib, server), server),
    "cryptography": lambda server: PyOpenSSL(pyopenssl_context(server), server),
    "ours": lambda server: Standard(context(ours, server), server),
    "ours, TLCP": lambda server: Standard(tlcp_context(server), server),
}


def session(client_name: str, server_name: str, version: str = "TLSv1.3") -> None:
    client, server = ENDS[client_name](False), ENDS[server_name](True)
    done = [False, False]
    for _ in range(10):
        done[0] = done[0] or client.handshake()
        server.give(client.take())
        done[1] = done[1] or server.handshake()
        client.give(server.take())
        if all(done):
            break
    assert all(done)
    assert client.version() == server.version() == version
    for sender, receiver in ((client, server), (server, client)):
        sender.write(MESSAGE)
        receiver.give(sender.take())
        assert receiver.read(100) == MESSAGE


def sessions() -> None:
    session("ours, TLCP", "ours, TLCP", "NTLSv1.1")
    for pair in itertools.product(["stdlib", "cryptography", "ours"], repeat=2):
        session(*pair)


WORK: tuple[Callable[[], None], ...] = (digests, cryptography_signs, ours_signs, sessions)


def versions() -> None:
    """Three different texts: nobody answers for another."""
    texts = [stdlib.OPENSSL_VERSION, backend.openssl_version_text(), ours.OPENSSL_VERSION]
    assert len(set(texts)) == 3
    assert "Tongsuo" in ours.TONGSUO_VERSION
    assert not any("Tongsuo" in text for text in texts[:2])
    assert ours.OPENSSL_VERSION_NUMBER >> 28 == 3


def in_threads(rounds: int = 2) -> None:
    failed: list[BaseException] = []
    start = threading.Barrier(2 * len(WORK))

    def run(work: Callable[[], None]) -> None:
        try:
            start.wait()
            for _ in range(rounds):
                work()
            assert lib.ERR_peek_error() == 0
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=[work]) for work in WORK * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]


versions()
for work in WORK * 2:
    work()
in_threads()
versions()
assert lib.ERR_peek_error() == 0
print("ok")
