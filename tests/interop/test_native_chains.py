"""Intermediate certificates, sent along with the pair, to a peer that trusts the root alone."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from native_peer import TLCP, Client, Server, pair_options
from our_side import NAMES, OurServer, connect, load_pair, tlcp_client, tlcp_server

from tongsuo_py import pki, ssl

UNABLE = "unable to get local issuer certificate"
UNABLE_CODE = 20
SUITES = pytest.mark.parametrize("suite", ["ECC-SM2-SM4-GCM-SM3", "ECDHE-SM2-SM4-GCM-SM3"])
CHAINS = pytest.mark.parametrize("chain", ["one", "two"])


@pytest.fixture(scope="module")
def below(trust: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pairs issued below ``trust.ca`` by intermediate CAs, in directories.

    ``one``: both certificates by the same CA. ``two``: each by a CA of its own. ``none``: the leaf
    certificates of ``one``, and nothing else. ``intermediate.pem`` issued ``one`` and ``none``.
    """
    directory = tmp_path_factory.mktemp("below")
    first, second = trust.ca.issue_ca("Intermediate CA 1"), trust.ca.issue_ca("Intermediate CA 2")
    one = first.issue_pair(*NAMES)
    one.save(directory / "one")
    pki.CertificatePair(one.sign, second.issue_pair(*NAMES).enc).save(directory / "two")
    one.save(directory / "none")
    for half in ("sign", "enc"):
        (directory / "none" / f"{half}.pem").write_bytes(getattr(one, half).to_pem())
    (directory / "intermediate.pem").write_bytes(first.certificate.to_pem())
    return directory


def our_server(trust: Any, directory: Path, suite: str) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    load_pair(context, directory)
    context.set_ciphers(suite)
    context.load_verify_locations(trust.dir / "ca" / "ca.pem")  # ECDHE verifies the client
    return context


def serve(sock: Any) -> int:
    """Returns how many certificates the client sent."""
    count = len(sock.get_unverified_chain())
    sock.unwrap()
    return count


def native_client(trust: Any, suite: str, pair: Path) -> list[str | Path]:
    root = trust.dir / "ca" / "ca.pem"
    verify = ("-CAfile", root, "-verify_return_error", "-cipher", suite)
    return [*TLCP, *pair_options(pair), *verify]


@SUITES
@CHAINS
def test_our_server_sends_its_chain(
    any_openssl: Path, suite: str, chain: str, trust: SimpleNamespace, below: Path
) -> None:
    command = native_client(trust, suite, trust.dir / "client")
    with (
        OurServer(our_server(trust, below / chain, suite), serve) as server,
        Client(any_openssl, server.address, *command) as native,
    ):
        server.outcome()
        assert "Verification: OK\n" in native.established()
        assert native.wait() == 0


@SUITES
def test_our_server_does_not_send_it(
    any_openssl: Path, suite: str, trust: SimpleNamespace, below: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    load_pair(context, below / "none")
    command = native_client(trust, suite, trust.dir / "client")
    with (
        OurServer(context, serve) as server,
        Client(any_openssl, server.address, *command) as native,
    ):
        with pytest.raises(ssl.SSLError, match="unknown ca") as caught:
            server.outcome()
        assert caught.value.reason == "TLSV1_ALERT_UNKNOWN_CA"
        assert native.wait() == 1
        assert UNABLE in native.stderr.decode()


@SUITES
def test_a_native_server_sends_its_chain(
    any_openssl: Path, suite: str, trust: SimpleNamespace, below: Path
) -> None:
    command = [*TLCP, *pair_options(below / "one"), "-cipher", suite]
    command += ["-cert_chain", below / "intermediate.pem"]
    with Server(any_openssl, *command) as native:
        with connect(tlcp_client(trust, "client"), native.address) as sock:
            # Signing, encryption, intermediate; of these the first leads over the last to the root.
            sent, verified = sock.get_unverified_chain(), sock.get_verified_chain()
            assert len(sent) == 3
            assert verified == [sent[0], sent[2], trust.ca.certificate.to_der()]
            sock.unwrap()
        assert native.wait() == 0


@SUITES
def test_a_native_server_does_not_send_it(
    any_openssl: Path, suite: str, trust: SimpleNamespace, below: Path
) -> None:
    command = [*TLCP, *pair_options(below / "none"), "-cipher", suite]
    with Server(any_openssl, *command) as native:
        with pytest.raises(ssl.SSLCertVerificationError, match=UNABLE) as caught:
            connect(tlcp_client(trust, "client"), native.address)
        assert (caught.value.verify_code, caught.value.verify_message) == (UNABLE_CODE, UNABLE)
        native.expect("unknown ca", "stderr")


@SUITES
@CHAINS
def test_our_client_sends_its_chain(
    any_openssl: Path, suite: str, chain: str, trust: SimpleNamespace, below: Path
) -> None:
    with native_server(any_openssl, trust, suite) as native:
        context = tlcp_client(trust)
        load_pair(context, below / chain)
        with connect(context, native.address) as sock:
            assert sock.cipher()[0] == suite
            sock.unwrap()
        assert native.wait() == 0
    assert b"verify error" not in native.stderr


@SUITES
def test_our_client_does_not_send_it(
    any_openssl: Path, suite: str, trust: SimpleNamespace, below: Path
) -> None:
    with native_server(any_openssl, trust, suite) as native:
        context = tlcp_client(trust)
        load_pair(context, below / "none")
        with pytest.raises(ssl.SSLError) as caught:
            connect(context, native.address)
        assert caught.value.reason == "TLSV1_ALERT_UNKNOWN_CA"
        native.expect(UNABLE, "stderr")


def native_server(openssl: Path, trust: Any, suite: str) -> Server:
    verify = ("-Verify", "3", "-verify_return_error", "-CAfile", trust.dir / "ca" / "ca.pem")
    return Server(openssl, *TLCP, *pair_options(trust.dir / "server"), "-cipher", suite, *verify)


@SUITES
def test_a_native_client_sends_its_chain(
    any_openssl: Path, suite: str, trust: SimpleNamespace, below: Path
) -> None:
    # -cert_chain is lost on s_client in TLCP.
    command = native_client(trust, suite, below / "one")
    command += ["-chainCAfile", below / "intermediate.pem"]
    with (
        OurServer(tlcp_server(trust, mutual=True), serve) as server,
        Client(any_openssl, server.address, *command) as native,
    ):
        assert server.outcome() == 3
        native.established()
        assert native.wait() == 0


@SUITES
def test_a_native_client_does_not_send_it(
    any_openssl: Path, suite: str, trust: SimpleNamespace, below: Path
) -> None:
    command = native_client(trust, suite, below / "none")
    with (
        OurServer(tlcp_server(trust, mutual=True), serve) as server,
        Client(any_openssl, server.address, *command) as native,
    ):
        with pytest.raises(ssl.SSLCertVerificationError, match=UNABLE) as caught:
            server.outcome()
        assert caught.value.verify_code == UNABLE_CODE
        assert native.wait() == 1
