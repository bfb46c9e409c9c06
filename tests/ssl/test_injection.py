"""``inject_into_ssl``: programs that only say ``import ssl``, each in a process of its own."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tongsuo_py import ssl

BODY = b"reading" * 5000


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{self.connection.version()} ".encode() + BODY  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # clients of the other protocol are sent away, which some tests mean to


@pytest.fixture(scope="module")
def port(trust: SimpleNamespace) -> Iterator[int]:
    """The port of an HTTPS server that speaks TLCP and nothing else."""
    context = ssl.create_ntls_context(ssl.Purpose.CLIENT_AUTH)
    trust.server.configure(context)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


class Program:
    """Runs programs; each knows ``url`` of the server and ``ca``, the file of its CA."""

    def __init__(self, port: int, ca: Path, directory: Path) -> None:
        self.variables = {"url": f"https://localhost:{port}/", "port": port, "ca": str(ca)}
        self.directory = directory

    def __call__(self, text: str) -> str:
        assignments = "\n".join(f"{name} = {value!r}" for name, value in self.variables.items())
        path = self.directory / "program.py"
        path.write_text(f"{assignments}\n{textwrap.dedent(text)}")
        result = subprocess.run(
            [sys.executable, "-W", "error", str(path)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert result.returncode == 0, result.stderr
        return result.stdout


@pytest.fixture
def program(port: int, trust: SimpleNamespace, tmp_path: Path) -> Program:
    return Program(port, trust.dir / "ca" / "ca.pem", tmp_path)


FETCHES = {
    "urllib": """
        import ssl, urllib.request
        context = ssl.create_default_context(cafile=ca)
        with urllib.request.urlopen(url, context=context) as answer:
            body = answer.read()
    """,
    "requests": """
        import requests
        body = requests.get(url, verify=ca).content
    """,
    "httpx": """
        import ssl, httpx
        body = httpx.get(url, verify=ssl.create_default_context(cafile=ca)).content
    """,
    "aiohttp": """
        import asyncio, ssl, aiohttp
        async def main():
            context = ssl.create_default_context(cafile=ca)
            async with aiohttp.ClientSession() as session:
                async with session.get(url, ssl=context) as answer:
                    return await answer.read()
        body = asyncio.run(main())
    """,
    "http.client": """
        import http.client, os
        os.environ["SSL_CERT_FILE"] = ca
        connection = http.client.HTTPSConnection("localhost", port)
        connection.request("GET", "/")
        body = connection.getresponse().read()
        connection.close()
    """,
    "sockets": """
        import socket, ssl
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(ca)
        plain = socket.create_connection(("localhost", port))
        with context.wrap_socket(plain, server_hostname="localhost") as sock:
            assert isinstance(sock, ssl.SSLSocket) and isinstance(context, ssl.SSLContext)
            sock.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
            answer = b"".join(iter(lambda: sock.recv(5000), b""))
        body = answer.partition(b"\\r\\n\\r\\n")[2]
    """,
}


@pytest.mark.parametrize("library", FETCHES)
@pytest.mark.parametrize("loaded", ["before", "after"])
def test_clients_speak_tlcp(program: Program, library: str, loaded: str) -> None:
    imports = [line for line in FETCHES[library].splitlines() if line.strip().startswith("import ")]
    early = "".join(line.strip() + "\n" for line in imports) if loaded == "before" else ""
    output = program(
        early
        + "import tongsuo_py; tongsuo_py.inject_into_ssl()\n"
        + textwrap.dedent(FETCHES[library])
        + "print(len(body), body.split()[0].decode())\n"
    )
    assert output.split() == [str(len(b"NTLSv1.1 " + BODY)), "NTLSv1.1"]


def test_extracted_again(program: Program) -> None:
    assert program(
        """
        import http.client, ssl, sys
        import tongsuo_py
        before = {name: dict(vars(module)) for name, module in sys.modules.items()
                  if name in ("ssl", "http.client", "asyncio.sslproto")}
        kept = [ssl]  # in a list: the names in this very program change too
        tongsuo_py.inject_into_ssl()
        original = kept[0]
        import requests, urllib3.util.ssl_  # they meet the injected module
        assert urllib3.util.ssl_.SSLContext is not original.SSLContext
        assert ssl is http.client.ssl is sys.modules["ssl"] is not original
        made = ssl.create_default_context(cafile=ca)
        old = original.SSLContext(original.PROTOCOL_TLS_SERVER)
        assert isinstance(old, ssl.SSLContext) and isinstance(made, original.SSLContext)
        assert not isinstance(5, ssl.SSLContext)
        old.options |= original.OP_NO_TICKET
        tongsuo_py.inject_into_ssl()  # twice is once
        tongsuo_py.extract_from_ssl()
        tongsuo_py.extract_from_ssl()
        assert ssl is original is http.client.ssl is urllib3.util.ssl_.ssl is sys.modules["ssl"]
        assert urllib3.util.ssl_.SSLContext is original.SSLContext
        for name, content in before.items():
            assert dict(vars(sys.modules[name])) == content, name
        try:
            requests.get(url, verify=ca)
        except requests.exceptions.SSLError as error:
            print("TLS again")
        import socket  # what was made meanwhile goes on working
        with made.wrap_socket(socket.create_connection(("localhost", port)),
                              server_hostname="localhost") as sock:
            print(sock.version())
        """
    ).splitlines() == ["TLS again", "NTLSv1.1"]


def test_certificates_are_verified(program: Program, trust: SimpleNamespace) -> None:
    program.variables["other"] = str(trust.dir / "other_ca" / "ca.pem")
    assert "CERTIFICATE_VERIFY_FAILED" in program(
        """
        import tongsuo_py; tongsuo_py.inject_into_ssl()
        import requests
        try:
            requests.get(url, verify=other)
        except requests.exceptions.SSLError as error:
            print(error)
        """
    )


def test_unverified_where_the_program_says_so(program: Program) -> None:
    assert program(
        """
        import ssl, urllib.request
        ssl._create_default_https_context = ssl._create_unverified_context  # before and after
        import tongsuo_py; tongsuo_py.inject_into_ssl()
        with urllib.request.urlopen(url) as answer:
            print(answer.read(8).decode())
        print(ssl.get_server_certificate(("localhost", port)).splitlines()[0])
        """
    ).splitlines() == ["NTLSv1.1", "-----BEGIN CERTIFICATE-----"]


def test_servers_take_both(program: Program, trust: SimpleNamespace, tls: SimpleNamespace) -> None:
    program.variables |= {
        "pair": str(trust.dir / "server"),
        "cert": str(tls.ec),
        "tls_ca": str(tls.ca),
    }
    assert program(
        """
        import socket, threading
        import tongsuo_py; tongsuo_py.inject_into_ssl()
        import ssl
        from tongsuo_py import ssl as ours
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(cert)
        server.load_ntls_cert_pair(*(f"{pair}/{kind}.{end}" for kind in ("sign", "enc")
                                     for end in ("pem", "key")))
        clients = [ssl.create_default_context(cafile=ca),
                   ours.create_default_context(cafile=tls_ca)]
        for client in clients:
            here, there = socket.socketpair()
            accepted = []
            thread = threading.Thread(
                target=lambda: accepted.append(server.wrap_socket(there, server_side=True)))
            thread.start()
            with client.wrap_socket(here, server_hostname="localhost") as sock:
                print(sock.version())
            thread.join()
            accepted[0].close()
        """
    ).splitlines() == ["NTLSv1.1", "TLSv1.3"]


def test_the_settings_that_libraries_make(program: Program) -> None:
    assert program(
        """
        import tongsuo_py; tongsuo_py.inject_into_ssl()
        import ssl
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        print(context.minimum_version == ssl.TLSVersion.TLSv1_2, context.protocol.name)
        print(ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).protocol.name, ssl.HAS_NTLS)
        """
    ).split() == ["True", "PROTOCOL_NTLS_CLIENT", "PROTOCOL_TLS_SERVER", "True"]
