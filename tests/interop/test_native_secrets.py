"""What both sides must know alike: the secrets in the key log, keys that they share, the time."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from identities import Identity
from native_peer import Client, Server, run
from our_side import OurServer, connect
from suites import PROTOCOLS, Suite

from tongsuo_py import ssl

EACH = pytest.mark.parametrize("suite", PROTOCOLS, ids=[suite.protocol for suite in PROTOCOLS])
IDENTITY, KEY = "meter 17", bytes(range(32))


def unwrap(sock: Any) -> None:
    sock.unwrap()


# ------------------------------------------------------------------------------ the key log


def secrets(path: Path) -> list[str]:
    """The lines of a key log, without comments, sorted."""
    return sorted(line for line in path.read_text().splitlines() if not line.startswith("#"))


def check_key_logs(suite: Suite, directory: Path) -> None:
    ours = secrets(directory / "ours")
    assert ours == secrets(directory / "theirs")
    labels = [line.split()[0] for line in ours]
    if suite.protocol == "TLS 1.3":
        assert {"CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0"} < set(labels)
    else:
        assert labels == ["CLIENT_RANDOM"]
        assert re.fullmatch(r"CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}", ours[0], re.IGNORECASE)


@EACH
def test_the_key_log_of_our_client_is_that_of_a_native_server(
    any_openssl: Path, suite: Suite, identities: dict[str, Identity], tmp_path: Path
) -> None:
    identity = identities[suite.certificates]
    context = suite.context("client", identity)
    context.keylog_filename = tmp_path / "ours"
    command = [*suite.options("server", identity), "-keylogfile", tmp_path / "theirs"]
    with Server(any_openssl, *command) as native:
        with connect(context, native.address) as sock:
            native.established()
            sock.unwrap()
        assert native.wait() == 0
    check_key_logs(suite, tmp_path)


@EACH
def test_the_key_log_of_our_server_is_that_of_a_native_client(
    any_openssl: Path, suite: Suite, identities: dict[str, Identity], tmp_path: Path
) -> None:
    identity = identities[suite.certificates]
    context = suite.context("server", identity)
    context.keylog_filename = tmp_path / "ours"
    command = [*suite.options("client", identity), "-keylogfile", tmp_path / "theirs"]
    with (
        OurServer(context, unwrap) as server,
        Client(any_openssl, server.address, *command) as native,
    ):
        server.outcome()
        assert native.wait() == 0
    check_key_logs(suite, tmp_path)


# ------------------------------------------------------------------------------ shared keys

PSK = [
    Suite("TLS 1.2", "PSK-AES128-GCM-SHA256", ""),
    Suite("TLS 1.2", "ECDHE-PSK-AES128-CBC-SHA256", ""),
    Suite("TLS 1.3", "TLS_AES_128_GCM_SHA256", ""),
]
EACH_PSK = pytest.mark.parametrize("suite", PSK, ids=str)


def psk_options(suite: Suite, key: bytes = KEY) -> list[str | Path]:
    version = {"TLS 1.2": "-tls1_2", "TLS 1.3": "-tls1_3"}[suite.protocol]
    ciphers = "-ciphersuites" if suite.protocol == "TLS 1.3" else "-cipher"
    return [version, ciphers, suite.name, "-psk", key.hex(), "-psk_identity", IDENTITY]


def psk_context(suite: Suite, side: str) -> Any:
    context = ssl.SSLContext(getattr(ssl, f"PROTOCOL_TLS_{side.upper()}"))
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if suite.protocol == "TLS 1.3":
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_ciphersuites(suite.name)
    else:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(suite.name)
    return context


@EACH_PSK
def test_our_client_shares_a_key_with_a_native_server(any_openssl: Path, suite: Suite) -> None:
    hints = []

    def key(hint: str | None) -> tuple[str, bytes]:
        hints.append(hint)
        return IDENTITY, KEY

    context = psk_context(suite, "client")
    context.set_psk_client_callback(key)
    command = [*psk_options(suite), "-nocert", "-psk_hint", "the hint"]
    with Server(any_openssl, *command) as native:
        with connect(context, native.address) as sock:
            assert sock.cipher()[0] == suite.name
            assert sock.getpeercert(True) is None
            assert f"CIPHER is {suite.name}\n" in native.established()
            sock.unwrap()
        assert native.wait() == 0
    assert hints == ["the hint" if suite.protocol == "TLS 1.2" else None]


@EACH_PSK
def test_a_native_client_shares_a_key_with_our_server(any_openssl: Path, suite: Suite) -> None:
    def key(name: str | None) -> bytes:
        names.append(name)
        return KEY

    names: list[str | None] = []
    context = psk_context(suite, "server")
    context.set_psk_server_callback(key, "the hint")
    with OurServer(context, unwrap) as server:
        with Client(any_openssl, server.address, *psk_options(suite)) as native:
            server.outcome()
            assert native.wait() == 0
            native.expect(f"Ciphersuite: {suite.name}\n", "stderr")
        with Client(any_openssl, server.address, *psk_options(suite, KEY[::-1])) as native:
            with pytest.raises(ssl.SSLError) as caught:
                server.outcome()
            assert native.wait() == 1
    assert names == [IDENTITY, IDENTITY]
    if suite.protocol == "TLS 1.3":
        assert caught.value.reason == "BINDER_DOES_NOT_VERIFY"
    else:
        assert caught.value.reason == "DECRYPTION_FAILED_OR_BAD_RECORD_MAC"


# ------------------------------------------------------------------------------ the time


def times(text: str) -> list[int]:
    """The beginnings of the randoms that a native program's trace shows, as numbers."""
    return [int(number, 16) for number in re.findall(r"gmt_unix_time=0x([0-9A-F]+)", text)]


def is_now(number: int) -> bool:
    return abs(number - time.time()) < 60


@EACH
@pytest.mark.parametrize("on", [False, True], ids=["random", "time"])
def test_time_in_the_hello_of_our_client(
    any_openssl: Path, suite: Suite, on: bool, identities: dict[str, Identity]
) -> None:
    identity = identities[suite.certificates]
    context = suite.context("client", identity)
    context.hello_time = on
    with Server(any_openssl, *suite.options("server", identity), "-trace") as native:
        with connect(context, native.address) as sock:
            native.established()
            sock.unwrap()
        assert native.wait() == 0
    client, server = times(native.stdout.decode("latin-1"))
    assert is_now(client) == on
    assert not is_now(server)


@EACH
@pytest.mark.parametrize("on", [False, True], ids=["random", "time"])
def test_time_in_the_hello_of_our_server(
    any_openssl: Path, suite: Suite, on: bool, identities: dict[str, Identity]
) -> None:
    identity = identities[suite.certificates]
    context = suite.context("server", identity)
    context.hello_time = on
    with OurServer(context, unwrap) as server:
        host, port = server.address
        command = ("-connect", f"{host}:{port}", *suite.options("client", identity), "-trace")
        trace = run(any_openssl, "s_client", *command)
        server.outcome()
    client, server_time = times(trace)
    assert is_now(server_time) == on
    assert not is_now(client)
