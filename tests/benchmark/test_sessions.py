"""The sessions speak what they are called, and verify whom they should."""

from __future__ import annotations

import os
import ssl as stdlib
import subprocess
import sys
from pathlib import Path

import pytest

from tongsuo_py import ssl
from tongsuo_py.benchmark import certificates, sessions
from tongsuo_py.benchmark.sessions import SESSIONS, Session, Sessions, contexts
from tongsuo_py.benchmark.tls import TlsSide

ACTIONS = (
    ("handshake", 0),
    ("resumed", 0),
    ("handshake-memory", 0),
    ("handshake-sockets", 0),
    ("handshake-asyncio", 0),
    ("resumed-memory", 0),
    ("resumed-sockets", 0),
    ("records-memory", 1000),
    ("records-socket", 1000),
    ("stream-threads", 16384),
    ("stream-asyncio", 64),
    ("echo-asyncio", 64),
    ("connections", 20),
)


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("trust")
    assert certificates.make(directory)
    (directory / "openssl.cnf").write_text(sessions.CONFIGURATION)
    return directory


@pytest.mark.parametrize("name", SESSIONS)
def test_who_shows_a_certificate(name: str, trust: Path) -> None:
    session = SESSIONS[name]
    if not (trust / session.keys).exists():
        pytest.skip(f"nobody made certificates of {session.keys}")
    server, client = contexts(ssl, session, trust)
    side = TlsSide(server, client, session.agreed)
    ends = side._pair_in_one_thread()
    try:
        assert ends[0].getpeercert()["subjectAltName"] == (("DNS", "localhost"),)
        assert bool(ends[1].getpeercert()) == session.mutual
        assert client.check_hostname
        assert not ends[0].session_reused
        if session.group is not None:
            assert ends[0].group() in (session.group, "secp256r1" if session.keys == "p256" else "")
    finally:
        side._close(ends)
        side.close()


@pytest.mark.parametrize(("action", "size"), ACTIONS)
@pytest.mark.parametrize("name", ["tlcp-ecc", "tls13-sm", "tls13-p256"])
def test_actions(name: str, action: str, size: int, trust: Path) -> None:
    every = Sessions(ssl, trust)
    call = every.find(f"{name}/{action}", size)
    assert call is not None
    for _ in range(2):
        call()
    every.close()


def test_another_suite_than_was_asked_for_is_seen(trust: Path) -> None:
    session = SESSIONS["tlcp-ecc"]
    made = contexts(ssl, session, trust)
    with pytest.raises(RuntimeError, match=r"was agreed on, not NTLSv1\.1 ECC-SM2-SM4-CBC-SM3$"):
        TlsSide(*made, SESSIONS["tlcp-cbc"].agreed)


def test_a_peer_of_another_ca_is_refused(trust: Path, tmp_path: Path) -> None:
    certificates.make(tmp_path)
    session: Session = SESSIONS["tlcp-ecc"]
    server, _ = contexts(ssl, session, tmp_path)
    _, client = contexts(ssl, session, trust)
    with pytest.raises(ssl.SSLError, match="certificate verify failed"):
        TlsSide(server, client, session.agreed)


def test_the_standard_library_speaks_no_tlcp(trust: Path) -> None:
    for name in ("tlcp-ecc", "tls13-sm"):
        assert Sessions(stdlib, trust).find(f"{name}/handshake", 0) is None


def test_without_certificates_there_is_no_session(tmp_path: Path) -> None:
    assert Sessions(ssl, tmp_path).find("tls13-p256/handshake", 0) is None


def test_the_standard_library_does_the_same(trust: Path) -> None:
    """In a process of its own, whose OpenSSL reads our configuration."""
    program = (
        "import ssl, sys\n"
        "from pathlib import Path\n"
        "from tongsuo_py.benchmark.sessions import Sessions\n"
        "every = Sessions(ssl, Path(sys.argv[1]))\n"
        "for question in sys.argv[2:]:\n"
        "    action, _, size = question.partition(' ')\n"
        "    every.find(f'tls13-p256/{action}', int(size))()\n"
        "every.close()\n"
    )
    asked = [f"{action} {size}" for action, size in ACTIONS]
    environment = {**os.environ, "OPENSSL_CONF": str(trust / "openssl.cnf")}
    environment["PYTHONPATH"] = str(Path(sessions.__file__).parents[2])
    command = [sys.executable, "-c", program, str(trust), *asked]
    subprocess.run(command, check=True, env=environment, timeout=60)
