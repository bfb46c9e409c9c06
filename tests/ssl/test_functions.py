"""The module's functions: random bytes, a server's certificate, contexts without a word."""

from __future__ import annotations

import inspect
import os
import re
import socket
import ssl as stdlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair, at_once, session, tcp_pair

import tongsuo_py
from tongsuo_py import ssl

ONLY_3_11 = pytest.mark.skipif(sys.version_info >= (3, 12), reason="CPython 3.12 has dropped it")


# ---- random bytes ----


@pytest.mark.parametrize("size", [0, 1, 2, 16, 1000, True])
def test_random_bytes(size: int) -> None:
    data = ssl.RAND_bytes(size)
    assert type(data) is bytes
    assert len(data) == size
    if size >= 16:
        assert data != ssl.RAND_bytes(size)
        assert len(set(data)) > size // 20


@pytest.mark.parametrize("size", [-1, -5, 1.0, "1", None, 2**31, 2**70])
def test_random_bytes_of_no_size(size: Any) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)) as theirs:
        stdlib.RAND_bytes(size)
    with pytest.raises(theirs.type) as ours:
        ssl.RAND_bytes(size)
    if theirs.type is ValueError:
        assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize("data", ["text, ä", b"bytes", bytearray(b"a"), memoryview(b"b"), b""])
@pytest.mark.parametrize("entropy", [0, 75.0, 1])
def test_randomness_is_added(data: Any, entropy: float) -> None:
    ssl.RAND_add(data, entropy)
    assert ssl.RAND_status() is True
    assert ssl.RAND_bytes(16) != ssl.RAND_bytes(16)


@pytest.mark.parametrize(
    "arguments",
    [(5, 1.0), (None, 1.0), ("a", "b"), (b"a", None), ("\ud800", 1.0), (b"a",), ()],
    ids=["int", "None", "text for a number", "None for a number", "surrogate", "one", "none"],
)
def test_randomness_of_a_wrong_type(arguments: Any) -> None:
    with pytest.raises((TypeError, UnicodeError)) as theirs:
        stdlib.RAND_add(*arguments)
    with pytest.raises(theirs.type):
        ssl.RAND_add(*arguments)


@ONLY_3_11
def test_pseudo_random_bytes() -> None:
    warning = r"ssl\.RAND_pseudo_bytes\(\) is deprecated"
    with pytest.warns(DeprecationWarning, match=warning) as caught:
        data, strong = ssl.RAND_pseudo_bytes(16)
    assert caught[0].filename == __file__
    assert (len(data), strong) == (16, True)
    with (
        pytest.warns(DeprecationWarning, match="is deprecated"),
        pytest.raises(ValueError, match="num must be positive"),
    ):
        ssl.RAND_pseudo_bytes(-1)


# ---- a server's certificate ----


class Server:
    """Takes one connection in a thread of its own; ``handshake`` is what that came to."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = ("127.0.0.1", self._listener.getsockname()[1])
        self._pool = ThreadPoolExecutor(1)

    def __enter__(self) -> Server:
        self.handshake = self._pool.submit(self._serve)
        return self

    def _serve(self) -> None:
        sock, _ = self._listener.accept()
        with sock, self._context.wrap_socket(sock, server_side=True) as secure:
            secure.settimeout(20)
            secure.recv(1)

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._pool.shutdown()


def fetch(fresh: Any, address: tuple[str, int], **kwargs: Any) -> str:
    version = ssl.PROTOCOL_NTLS_CLIENT if fresh.ntls else ssl.PROTOCOL_TLS_CLIENT
    return ssl.get_server_certificate(address, version, **kwargs)


@pytest.mark.parametrize("verified", [True, False])
def test_a_servers_certificate(fresh: Any, verified: bool) -> None:
    ca = fresh.ca if verified else None
    with Server(fresh.server()) as server:
        text = fetch(fresh, server.address, ca_certs=ca, timeout=20)
    with session(fresh.server(), fresh.client()) as (_, connected):
        expected = connected.getpeercert(True)
    assert ssl.PEM_cert_to_DER_cert(text) == expected


def test_a_servers_certificate_that_is_not_trusted(
    fresh: Any, tls: SimpleNamespace, trust: SimpleNamespace
) -> None:
    stranger = tls.ca if fresh.ntls else trust.dir / "ca" / "ca.pem"
    with Server(fresh.server()) as server:
        with pytest.raises(ssl.SSLCertVerificationError, match="CERTIFICATE_VERIFY_FAILED"):
            fetch(fresh, server.address, ca_certs=stranger, timeout=20)
        with pytest.raises(OSError, match=r"(?i)alert|reset|EOF"):
            server.handshake.result(20)


def test_a_server_that_does_not_answer(fresh: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with pytest.raises(TimeoutError):
            fetch(fresh, address, timeout=0.1)
    with pytest.raises(ConnectionRefusedError):
        fetch(fresh, address, timeout=20)


# ---- wrap_socket ----


@ONLY_3_11
@pytest.mark.filterwarnings("ignore:ssl.PROTOCOL_TLS is deprecated:DeprecationWarning")
def test_wrap_socket_without_a_context(tls: SimpleNamespace) -> None:
    raw_server, raw_client = tcp_pair()

    def serve() -> None:
        with ssl.wrap_socket(
            raw_server, certfile=tls.ec, server_side=True, ciphers="AESGCM"
        ) as end:
            end.sendall(end.recv(1))

    def connect() -> Any:
        with ssl.wrap_socket(raw_client, cert_reqs=ssl.CERT_REQUIRED, ca_certs=tls.ca) as end:
            end.sendall(b"?")
            return end.recv(1), bool(end.getpeercert()["subject"])

    with pytest.warns(DeprecationWarning, match=r"use SSLContext\.wrap_socket\(\)") as caught:
        assert at_once(serve, connect) == [None, (b"?", True)]
    assert __file__ in {warning.filename for warning in caught}


@ONLY_3_11
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"server_side": True}, "certfile must be specified for server-side operations"),
        ({"keyfile": "key.pem"}, "certfile must be specified"),
    ],
)
def test_wrap_socket_without_a_certificate(arguments: Any, message: str) -> None:
    for module in (ssl, stdlib):
        with (
            socket.socket() as sock,
            pytest.warns(DeprecationWarning, match="is deprecated"),
            pytest.raises(ValueError, match=f"^{message}$"),
        ):
            module.wrap_socket(sock, **arguments)  # type: ignore[attr-defined]


# ---- contexts of the standard library's own modules ----


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"cert_reqs": ssl.CERT_REQUIRED},
        {"cert_reqs": ssl.CERT_REQUIRED, "check_hostname": True},
        {"cert_reqs": None},
        {"cert_reqs": None, "check_hostname": True},
        {"protocol": ssl.PROTOCOL_TLS_SERVER},
        {"purpose": ssl.Purpose.CLIENT_AUTH},
        {"purpose": ssl.Purpose.CLIENT_AUTH, "cert_reqs": ssl.CERT_OPTIONAL},
        {"purpose": "text"},
        {"purpose": ssl._ASN1Object.fromname("codeSigning")},
        {"keyfile": "key.pem"},
        {"certfile": "no such file"},
        {"cafile": "no such file"},
        {"check_hostname": True},
    ],
    ids=str,
)
def test_an_unverified_context(arguments: Any) -> None:
    def made(module: Any) -> Any:
        try:
            context = module._create_unverified_context(**arguments)
        except (OSError, ValueError, TypeError) as error:
            return type(error), str(error).split(": ")[0]  # ours names the file that is missing
        return context.protocol, context.verify_mode, context.check_hostname

    assert made(ssl) == made(stdlib)


def test_an_unverified_context_loads_what_it_is_given(tls: SimpleNamespace) -> None:
    server = ssl._create_unverified_context(purpose=ssl.Purpose.CLIENT_AUTH, certfile=tls.ec)
    client = ssl._create_unverified_context(
        cert_reqs=ssl.CERT_REQUIRED, check_hostname=True, cafile=tls.ca
    )
    MemoryPair(server, client).handshake()
    assert MemoryPair(server, ssl._create_unverified_context(), None).handshake() is None


KEYLOG = """
import sys
sys.path[:0] = [sys.argv[1]]
from tongsuo_py import ssl
for context in (
    ssl.create_default_context(), ssl.create_ntls_context(), ssl._create_unverified_context(),
):
    print(context.keylog_filename)
"""


@pytest.mark.parametrize("options", [[], ["-E"]])
def test_the_environment_says_where_keys_are_logged(options: list[str], tmp_path: Path) -> None:
    """For each of the functions that make contexts, unless the environment is to be ignored."""
    log = tmp_path / "keys.log"
    home = Path(tongsuo_py.__file__).resolve().parent.parent
    child = subprocess.run(
        [sys.executable, *options, "-c", KEYLOG, home],
        env={**os.environ, "SSLKEYLOGFILE": str(log)},
        capture_output=True,
        timeout=60,
        check=True,
        text=True,
    )
    assert child.stdout.split() == ["None" if options else str(log)] * 3
    assert log.exists() == (not options)


# ---- what a context makes, and what it counts ----


def test_a_connection_has_what_the_standard_librarys_classes_ask_of_it(fresh: Any) -> None:
    asked = set(re.findall(r"\b_sslobj\.(\w+)", inspect.getsource(stdlib)))
    assert {"read", "write", "do_handshake"} < asked
    asked.add("uses_ktls_for_send")  # CPython 3.15's sendfile
    connection = MemoryPair(fresh.server(), fresh.client()).client._sslobj
    assert [name for name in asked if not hasattr(connection, name)] == []
    assert connection.uses_ktls_for_send() is False


def test_chains_are_certificates(fresh: Any) -> None:
    """What truststore and others read from ``_sslobj`` before CPython 3.13."""
    pair = MemoryPair(fresh.server(), fresh.client())
    pair.handshake()
    sent = pair.client._sslobj.get_unverified_chain()
    verified = pair.client._sslobj.get_verified_chain()
    assert [each.public_bytes(2) for each in sent] == pair.client.get_unverified_chain()
    assert [each.public_bytes(2) for each in verified] == pair.client.get_verified_chain()
    leaf, root = verified[0], verified[-1]
    assert leaf == sent[0]
    assert hash(leaf) == hash(sent[0])
    assert leaf != root
    assert leaf != leaf.public_bytes(2)
    assert leaf.get_info() == pair.client.getpeercert()
    assert ssl.PEM_cert_to_DER_cert(leaf.public_bytes()) == leaf.public_bytes(2)
    assert "CN" in repr(root)
    with pytest.raises(ValueError, match="Unsupported format"):
        leaf.public_bytes(3)


def test_a_context_may_have_classes_of_its_own(fresh: Any) -> None:
    class Socket(ssl.SSLSocket):
        pass

    class Object(ssl.SSLObject):
        pass

    server, client = fresh.server(), fresh.client()
    assert client.sslsocket_class is ssl.SSLContext.sslsocket_class is ssl.SSLSocket
    assert client.sslobject_class is ssl.SSLContext.sslobject_class is ssl.SSLObject
    client.sslsocket_class = Socket
    client.sslobject_class = Object
    with session(server, client) as (accepted, connected):
        assert (type(accepted), type(connected)) == (ssl.SSLSocket, Socket)
    assert type(MemoryPair(server, client).client) is Object
    assert ssl.SSLContext.sslsocket_class is ssl.SSLSocket


def test_a_subclass_may_have_classes_of_its_own() -> None:
    class Object(ssl.SSLObject):
        pass

    class Context(ssl.SSLContext):
        sslobject_class = Object  # type: ignore[assignment]

    context = Context(ssl.PROTOCOL_TLS_SERVER)
    assert type(context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)) is Object


def test_old_roots_are_certificate_authorities(openssl: Path, tmp_path: Path) -> None:
    """Those of version 1, which have no extensions, count as in the standard library."""
    path = tmp_path / "v1.pem"
    key = tmp_path / "key.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-x509v1", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Old",
         "-keyout", key, "-out", path],
        check=True,
        capture_output=True,
        timeout=60,
        env={**os.environ, "OPENSSL_CONF": os.devnull},
    )  # fmt: skip
    for module in (ssl, stdlib):
        context = module.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(path)
        assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}
        assert len(context.get_ca_certs()) == 1
