"""The examples, run as their reader would run them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from broker import Terminator
from library_peers import HOST, TIMEOUT, Tlcp, serving

import tongsuo_py
from tongsuo_py import ssl

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
CIPHER = "('ECC-SM2-SM4-GCM-SM3', 'NTLSv1.1', 128)"


@contextmanager
def started(example: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """An example that runs; a warning ends it."""
    package = str(Path(tongsuo_py.__file__).resolve().parents[1])
    with subprocess.Popen(
        [sys.executable, "-W", "error", EXAMPLES / example, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONPATH": package},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def output(example: str, *arguments: object) -> str:
    """What an example prints, when it ends well."""
    with started(example, *arguments) as process:
        out, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
        return out


def hello(tls: ssl.SSLSocket) -> None:
    """A web server that knows one page."""
    request = b""
    while not request.endswith(b"\r\n\r\n"):
        request += tls.recv(1)
    assert request.startswith(b"GET / HTTP/1.")
    tls.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")
    tls.unwrap()


@pytest.mark.parametrize("example", ["https_requests", "https_httpx", "asyncio_streams"])
def test_client(example: str, trust: SimpleNamespace) -> None:
    tlcp = Tlcp(trust)
    with serving(tlcp.server(), hello, raises=OSError) as port:
        out = output(f"{example}.py", "localhost", port, tlcp.ca)
    assert (CIPHER in out) == (example != "https_requests")
    assert "200" in out
    assert "hello" in out


@pytest.mark.parametrize(
    "example", ["https_requests", "https_httpx", "asyncio_streams", "mqtt_paho"]
)
def test_client_of_a_stranger(example: str, trust: SimpleNamespace) -> None:
    tlcp = Tlcp(trust)
    with (
        serving(tlcp.server(), hello, raises=OSError) as port,
        started(f"{example}.py", "localhost", port, tlcp.other_ca) as process,
    ):
        out, errors = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "CERTIFICATE_VERIFY_FAILED" in errors


def test_mqtt(mosquitto: Path, trust: SimpleNamespace) -> None:
    tlcp = Tlcp(trust)
    with serving(tlcp.server(), Terminator(mosquitto).handle, raises=OSError) as port:
        out = output("mqtt_paho.py", "localhost", port, tlcp.ca)
    assert out == f"{CIPHER}\nmeters/42 1234.5 kWh\n"


def test_server(trust: SimpleNamespace) -> None:
    with started("https_uvicorn.py", HOST, 0, trust.dir / "server") as server:
        assert server.stderr is not None
        for line in server.stderr:
            if found := re.search(r"running on https://127\.0\.0\.1:(\d+)", line):
                break
        else:
            pytest.fail("it never ran")
        out = output("https_requests.py", "localhost", found[1], trust.dir / "ca" / "ca.pem")
        assert out == "200 Hello over TLCP\n"
        server.terminate()
        server.wait(TIMEOUT)


def test_each_example_is_run_and_short() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    for example in EXAMPLES.glob("*.py"):
        assert f'"{example.stem}' in source
        assert len(example.read_text(encoding="utf-8").splitlines()) < 40
