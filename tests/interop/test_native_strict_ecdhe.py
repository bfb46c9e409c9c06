"""The client's ECDHE parameters with and without the length that GB/T 38636 puts before them.

Tongsuo 8.5's servers take both forms, those of 8.4 only the one without; only clients of 8.5 can
send the other one.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from native_peer import TLCP, Client, Server, pair_options, run
from our_side import OurServer, connect, tlcp_client, tlcp_server

from tongsuo_py import ssl

SUITE = "ECDHE-SM2-SM4-GCM-SM3"
WE_ARE_8_4 = ssl.TONGSUO_VERSION_INFO < (8, 5)


def is_8_4(openssl: Path) -> bool:
    return "Tongsuo 8.4." in run(openssl, "version")


def test_the_setting(trust: SimpleNamespace) -> None:
    context = tlcp_client(trust)
    assert context.ntls_strict_ecdhe is False
    if WE_ARE_8_4:
        with pytest.raises(ValueError, match=r"needs Tongsuo 8\.5"):
            context.ntls_strict_ecdhe = True
    else:
        context.ntls_strict_ecdhe = True
        assert context.ntls_strict_ecdhe is True
    context.ntls_strict_ecdhe = False
    assert context.ntls_strict_ecdhe is False


@pytest.mark.parametrize("strict", [False, True], ids=["as Tongsuo", "as GB/T 38636"])
def test_our_client_and_native_server(
    any_openssl: Path, strict: bool, trust: SimpleNamespace
) -> None:
    context = tlcp_client(trust, "client", SUITE)
    if not WE_ARE_8_4:
        context.ntls_strict_ecdhe = strict
    elif strict:
        return  # test_the_setting has it
    command = (*TLCP, *pair_options(trust.dir / "server"), "-cipher", SUITE)
    with Server(any_openssl, *command) as native:
        if strict and is_8_4(any_openssl):
            with pytest.raises(ssl.SSLError, match="ntls_strict_ecdhe") as caught:
                connect(context, native.address)
            assert caught.value.reason == "TLSV1_ALERT_DECODE_ERROR"
        else:
            with connect(context, native.address) as sock:
                assert sock.cipher() == (SUITE, "NTLSv1.1", 128)
                sock.unwrap()
            assert native.wait() == 0


@pytest.mark.parametrize("strict", [False, True], ids=["as Tongsuo", "as GB/T 38636"])
def test_native_client_and_our_server(openssl: Path, strict: bool, trust: SimpleNamespace) -> None:
    command = [*TLCP, *pair_options(trust.dir / "client"), "-cipher", SUITE]
    if strict:
        command.append("-enable_ntls_strict_ecdhe_cke")
    with (
        OurServer(tlcp_server(trust, mutual=True), lambda sock: sock.unwrap()) as server,
        Client(openssl, server.address, *command) as native,
    ):
        if strict and WE_ARE_8_4:
            with pytest.raises(ssl.SSLError, match=r"from 8\.5 on") as caught:
                server.outcome()
            assert caught.value.reason == "LENGTH_MISMATCH"
        else:
            server.outcome()
            assert f"Ciphersuite: {SUITE}\n" in native.established()
            assert native.wait() == 0
