"""ALPN and server names, in TLCP and TLS, as native Tongsuo of each version sees them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from identities import PAIR, Identity, make_p256
from native_peer import Client, Server, run
from our_side import OurServer, connect
from suites import PROTOCOLS, Suite

from tongsuo_py import ssl

EACH = pytest.mark.parametrize("suite", PROTOCOLS, ids=[suite.protocol for suite in PROTOCOLS])
OTHER = "other.example"


def native_visit(openssl: Path, server: OurServer, *options: str | Path) -> tuple[str, Any]:
    """A visit of s_client: what it says about it, and what our server returned for it."""
    host, port = server.address
    report = run(openssl, "s_client", "-connect", f"{host}:{port}", *options)
    return report, server.outcome()


# ------------------------------------------------------------------------------ ALPN


@EACH
@pytest.mark.parametrize(
    ("ours", "theirs", "chosen"),
    [
        pytest.param(["h2", "http/1.1"], "http/1.1,h2", "http/1.1", id="the server's choice"),
        pytest.param(["h2", "mqtt"], "mqtt", "mqtt", id="the only one"),
        pytest.param([], "mqtt", None, id="none offered"),
        pytest.param(["h2"], "", None, id="none known"),
    ],
)
def test_alpn_with_a_native_server(
    any_openssl: Path,
    suite: Suite,
    ours: list[str],
    theirs: str,
    chosen: str | None,
    identities: dict[str, Identity],
) -> None:
    identity = identities[suite.certificates]
    context = suite.context("client", identity)
    context.set_alpn_protocols(ours)
    options = suite.options("server", identity) + (["-alpn", theirs] if theirs else [])
    with Server(any_openssl, *options) as native:
        with connect(context, native.address) as sock:
            assert sock.selected_alpn_protocol() == chosen
            report = native.established()
            sock.unwrap()
        assert native.wait() == 0
    assert (f"ALPN protocols selected: {chosen}\n" in report) == (chosen is not None)
    assert ("ALPN protocols advertised by the client: " + ", ".join(ours) in report) == (
        bool(ours and theirs)
    )


@EACH
@pytest.mark.parametrize(
    ("ours", "theirs", "chosen"),
    [
        pytest.param(["http/1.1", "h2"], "h2,http/1.1", "http/1.1", id="the server's choice"),
        pytest.param(["h2"], "mqtt", None, id="none in common"),
        pytest.param([], "mqtt", None, id="none known"),
        pytest.param(["h2"], "", None, id="none offered"),
    ],
)
def test_alpn_with_a_native_client(
    any_openssl: Path,
    suite: Suite,
    ours: list[str],
    theirs: str,
    chosen: str | None,
    identities: dict[str, Identity],
) -> None:
    identity = identities[suite.certificates]
    context = suite.context("server", identity)
    context.set_alpn_protocols(ours)
    options = suite.options("client", identity) + (["-alpn", theirs] if theirs else [])

    def serve(sock: Any) -> Any:
        selected = sock.selected_alpn_protocol()
        sock.unwrap()
        return selected

    with OurServer(context, serve) as server:
        report, selected = native_visit(any_openssl, server, *options)
    assert selected == chosen
    expected = "No ALPN negotiated" if chosen is None else f"ALPN protocol: {chosen}"
    assert f"{expected}\n" in report


# ------------------------------------------------------------------------------ server names


@pytest.fixture(scope="module")
def other(
    openssl: Path, trust: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Identity]:
    """What a server has for the name OTHER, of another CA: by kind of certificate."""
    pair = tmp_path_factory.mktemp("other")
    trust.other_ca.issue_pair(OTHER).save(pair)
    return {
        "SM2 pair": Identity(trust.dir / "other_ca" / "ca.pem", pair, pair, PAIR),
        "P-256": make_p256(openssl, tmp_path_factory.mktemp("other"), OTHER),
    }


@EACH
def test_a_native_server_has_another_certificate_for_a_name(
    any_openssl: Path, suite: Suite, identities: dict[str, Identity], other: dict[str, Identity]
) -> None:
    usual, special = identities[suite.certificates], other[suite.certificates]
    second = [
        f"{part}2" if str(part).startswith("-") else part for part in special.options("server")
    ]
    options = [*suite.options("server", usual), "-servername", OTHER, *second]
    with Server(any_openssl, *options, connections=2) as native:
        for name, identity in (("localhost", usual), (OTHER, special)):
            with connect(suite.context("client", identity), native.address, name) as sock:
                seen = [sock.getpeercert(True), sock.get_peer_enc_cert(True)]
                sock.unwrap()
            assert [each for each in seen if each] == identity.der("server")
        assert native.wait() == 0
    assert native.stdout.count(b"Switching server context.\n") == 1


@EACH
def test_our_server_has_another_certificate_for_a_name(
    any_openssl: Path, suite: Suite, identities: dict[str, Identity], other: dict[str, Identity]
) -> None:
    usual, special = identities[suite.certificates], other[suite.certificates]
    context, second = suite.context("server", usual), suite.context("server", special)
    names = []

    def choose(sock: Any, name: str | None, _: Any) -> int | None:
        names.append(name)
        if name == OTHER:
            sock.context = second
        return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME if name == "nobody.example" else None

    context.sni_callback = choose
    with OurServer(context, lambda sock: sock.unwrap()) as server:
        for identity, options in (
            (usual, ("-noservername",)),
            (usual, ("-servername", "localhost", "-verify_hostname", "localhost")),
            (special, ("-servername", OTHER, "-verify_hostname", OTHER)),
        ):
            command = [*suite.options("client", identity), *options]
            report, _ = native_visit(any_openssl, server, *command)
            assert "Verify return code: 0 (ok)\n" in report
        command = [*suite.options("client", usual), "-servername", "nobody.example"]
        with Client(any_openssl, server.address, *command) as native:
            with pytest.raises(ssl.SSLError) as caught:
                server.outcome()
            assert native.wait() == 1
            native.expect("unrecognized name|SSL alert number 112", "stderr")
    assert caught.value.reason == "CALLBACK_FAILED"
    assert names == [None, "localhost", OTHER, "nobody.example"]
