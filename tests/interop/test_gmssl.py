"""TLCP with GmSSL 3.1.1, both ways, and the files that it takes.

It knows one suite, ECC-SM2-SM4-CBC-SM3. Its server ends the handshake at any extension in the
client's hello, so that a client sends it no server name and no ticket. Its client refuses a chain
with the root in it, which a server sends that has no other CA's certificate to send and trusts that
root. Of a client it knows a single certificate, where Tongsuo has a pair.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from native_peer import TIMEOUT, Native
from our_side import OurServer, connect, load_pair, payload, receive, tlcp_client, tlcp_server
from programs import Program
from resources import free_port

from tongsuo_py import pki, ssl

SUITE = "ECC-SM2-SM4-CBC-SM3"
SIZE = 5000
PASSWORD = "1234"
ANSWER = b"an answer\n"


@pytest.fixture(scope="module")
def files(trust: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our certificates and keys as GmSSL reads them: its own form of encryption, both in a file."""
    folder = tmp_path_factory.mktemp("gmssl")
    pair: pki.CertificatePair = trust.server
    (folder / "pair.pem").write_bytes(pair.sign.to_pem() + pair.enc.to_pem())
    for name in ("sign", "enc"):
        key = getattr(pair, name).private_key
        (folder / f"{name}.key").write_bytes(key.to_pem(PASSWORD, encryption="gmssl"))
    (folder / "ca.pem").write_bytes(trust.ca.certificate.to_pem())
    client = trust.client.sign
    (folder / "client.pem").write_bytes(client.to_pem())
    (folder / "client.key").write_bytes(client.private_key.to_pem(PASSWORD, encryption="gmssl"))
    return folder


@contextmanager
def gmssl_server(gmssl: Path, files: Path, *options: str | Path) -> Iterator[tuple[str, int]]:
    """``gmssl tlcp_server`` with our pair; its address."""
    address = ("127.0.0.1", free_port())
    keys = ("-key", files / "sign.key", "-pass", PASSWORD)
    encryption = ("-ex_key", files / "enc.key", "-ex_pass", PASSWORD)
    command = ("tlcp_server", "-port", str(address[1]), "-cert", files / "pair.pem")
    with Native(gmssl, *command, *keys, *encryption, *options) as server:
        yield address
        server.kill()


def reach(context: ssl.SSLContext, address: tuple[str, int], name: str = "127.0.0.1") -> Any:
    """Our connection to a server that has just been started, and does not say when it listens."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        try:
            return connect(context, address, name)
        except ConnectionRefusedError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def plain_client(trust: SimpleNamespace, pair: str | None = None) -> ssl.SSLContext:
    """A client that sends no extension, as long as it goes to an address."""
    context: ssl.SSLContext = tlcp_client(trust, pair, SUITE)
    context.options |= ssl.OP_NO_TICKET
    return context


def test_our_client(gmssl: Path, files: Path, trust: SimpleNamespace) -> None:
    data = payload(SIZE, "to GmSSL")
    with (
        gmssl_server(gmssl, files) as address,
        reach(plain_client(trust), address) as sock,
    ):
        assert sock.cipher() == (SUITE, "NTLSv1.1", 128)
        assert sock.getpeercert(binary_form=True) == trust.server.sign.to_der()
        assert sock.get_peer_enc_cert(binary_form=True) == trust.server.enc.to_der()
        sock.sendall(data)
        assert receive(sock, SIZE) == data  # it sends back what it gets


def test_our_clients_pair_is_no_single_certificate(
    gmssl: Path, files: Path, trust: SimpleNamespace
) -> None:
    with (
        gmssl_server(gmssl, files, "-cacert", files / "ca.pem") as address,
        pytest.raises(ssl.SSLError, match="bad certificate"),
    ):
        reach(plain_client(trust, "client"), address)


@pytest.mark.parametrize("extension", ["ticket", "server name"])
def test_any_extension_is_too_much(
    gmssl: Path, files: Path, trust: SimpleNamespace, extension: str
) -> None:
    context = tlcp_client(trust, suites=SUITE)
    if extension == "server name":
        context.options |= ssl.OP_NO_TICKET
    name = "localhost" if extension == "server name" else "127.0.0.1"
    with (
        gmssl_server(gmssl, files) as address,
        pytest.raises(ssl.SSLError, match="unexpected message"),
    ):
        reach(context, address, name)


def test_its_client(gmssl: Path, files: Path, trust: SimpleNamespace) -> None:
    # A line: what is longer than its buffer, it forgets to send.
    data = payload(1000, "from GmSSL").translate(None, b"\0\n") + b"\n"

    def serve(sock: ssl.SSLSocket) -> bytes:
        assert sock.cipher() == (SUITE, "NTLSv1.1", 128)
        received = receive(sock, len(data))
        sock.sendall(ANSWER)
        return received

    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    load_pair(context, trust.dir / "server")
    with OurServer(context, serve) as server:
        host, port = server.address
        command = ("tlcp_client", "-host", host, "-port", str(port), "-cacert", files / "ca.pem")
        with Native(gmssl, *command) as client:
            client.send(data)
            client.expect(ANSWER.decode().strip())
            assert server.outcome() == data
            client.kill()


def test_its_clients_single_certificate_is_no_pair(
    gmssl: Path, files: Path, trust: SimpleNamespace
) -> None:
    intermediate = trust.ca.issue_ca("Servers' CA")
    context = tlcp_server(trust, mutual=True)
    intermediate.issue_pair("127.0.0.1", role="server").configure(context)
    with OurServer(context, lambda sock: None) as server:
        host, port = server.address
        command = ("tlcp_client", "-host", host, "-port", str(port), "-cacert", files / "ca.pem")
        own = ("-cert", files / "client.pem", "-key", files / "client.key", "-pass", PASSWORD)
        with Native(gmssl, *command, *own) as client:
            with pytest.raises(ssl.SSLError, match="unsupported certificate"):
                server.outcome()
            client.kill()


def test_its_keys_and_certificates(run_gmssl: Program, tmp_path: Path) -> None:
    """A server with files that GmSSL made: its keys are encrypted in a way of their own."""
    options = ("-days", "30", "-serial_len", "12", "-pass", PASSWORD, "-key", "{key}")
    for name, usage in (("sign", "digitalSignature"), ("enc", "keyEncipherment")):
        key = run_gmssl("sm2keygen", "-pass", PASSWORD, "-out", "{out}", "-pubout", os.devnull)
        command = ("certgen", "-CN", name, *options, "-key_usage", usage, "-out", "{out}")
        (tmp_path / f"{name}.key").write_bytes(key)
        (tmp_path / f"{name}.pem").write_bytes(run_gmssl(*command, key=key))
    server = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    load_pair(server, tmp_path, PASSWORD)
    client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    client.check_hostname = False
    for name in ("sign", "enc"):
        client.load_verify_locations(tmp_path / f"{name}.pem")
    with (
        OurServer(server, lambda sock: receive(sock, 5)) as ours,
        connect(client, ours.address) as sock,
    ):
        sock.sendall(b"hello")
        assert ours.outcome() == b"hello"
