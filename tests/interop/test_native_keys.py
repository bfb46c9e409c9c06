"""Key files that native Tongsuo wrote, and native Tongsuo with the key files that we write."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from native_peer import TLCP, Server, pair_options, run
from our_side import connect, load_pair, tlcp_client

from tongsuo_py import ssl

PASSWORD = "correct horse"
PKCS8, SEC1, ENCRYPTED_PKCS8 = "PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"

PLAIN = {
    "PKCS8": (PKCS8, "pkcs8 -topk8 -nocrypt"),
    "SEC1": (SEC1, "pkey -traditional"),
    "SEC1 by ec": (SEC1, "ec"),
}
ENCRYPTED = {
    "PKCS8 AES": (ENCRYPTED_PKCS8, "pkcs8 -topk8 -v2 aes-256-cbc"),
    "PKCS8 SM4": (ENCRYPTED_PKCS8, "pkcs8 -topk8 -v2 sm4-cbc"),
    "PKCS8 SM4 HMAC-SM3": (ENCRYPTED_PKCS8, "pkcs8 -topk8 -v2 sm4-cbc -v2prf hmacWithSM3"),
    "PKCS8 scrypt": (ENCRYPTED_PKCS8, "pkcs8 -topk8 -scrypt"),
    "PKCS8 PKCS12 3DES": (ENCRYPTED_PKCS8, "pkcs8 -topk8 -v1 PBE-SHA1-3DES"),
    "SEC1 AES": (SEC1, "pkey -traditional -aes-256-cbc"),
    "SEC1 SM4": (SEC1, "pkey -traditional -sm4-cbc"),
    "SEC1 AES by ec": (SEC1, "ec -aes-256-cbc"),
}


def rewrite(openssl: Path, command: str, source: Path, target: Path, label: str) -> None:
    """A copy of a pair's files, its keys written by native Tongsuo."""
    target.mkdir()
    for half in ("sign", "enc"):
        (target / f"{half}.pem").write_bytes((source / f"{half}.pem").read_bytes())
        key = target / f"{half}.key"
        files = ("-in", source / f"{half}.key", "-out", key)
        run(openssl, *command.split(), *files, "-passout", f"pass:{PASSWORD}")
        assert key.read_text().startswith(f"-----BEGIN {label}-----\n")


@pytest.mark.parametrize("form", PLAIN)
def test_a_plain_key(any_openssl: Path, form: str, trust: SimpleNamespace, tmp_path: Path) -> None:
    label, command = PLAIN[form]
    rewrite(any_openssl, command, trust.dir / "server", tmp_path / "pair", label)
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    load_pair(context, tmp_path / "pair")  # which checks that the keys are the certificates'
    load_pair(context, tmp_path / "pair", "of no use here")


@pytest.mark.parametrize("form", ENCRYPTED)
def test_an_encrypted_key(
    any_openssl: Path, form: str, trust: SimpleNamespace, tmp_path: Path
) -> None:
    label, command = ENCRYPTED[form]
    rewrite(any_openssl, command, trust.dir / "server", tmp_path / "pair", label)
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    with pytest.raises(ssl.SSLError, match=r"is the password right\?: .*sign\.key"):
        load_pair(context, tmp_path / "pair", "wrong")
    load_pair(context, tmp_path / "pair", PASSWORD)


def test_a_native_server_with_our_encrypted_keys(
    any_openssl: Path, trust: SimpleNamespace, tmp_path: Path
) -> None:
    trust.server.save(tmp_path / "pair", PASSWORD)
    assert (tmp_path / "pair" / "sign.key").read_text().startswith("-----BEGIN ENCRYPTED ")
    command = (*TLCP, *pair_options(tmp_path / "pair"), "-pass", f"pass:{PASSWORD}")
    with Server(any_openssl, *command) as native:
        with connect(tlcp_client(trust), native.address) as sock:
            sock.unwrap()
        assert native.wait() == 0


def test_native_tongsuo_refuses_our_encrypted_key_with_another_password(
    any_openssl: Path, trust: SimpleNamespace, tmp_path: Path
) -> None:
    trust.server.save(tmp_path / "pair", PASSWORD)
    key = tmp_path / "pair" / "sign.key"
    assert "priv:" in run(any_openssl, "pkey", "-in", key, "-passin", f"pass:{PASSWORD}", "-text")
    with pytest.raises(AssertionError, match="Could not"):
        run(any_openssl, "pkey", "-in", key, "-passin", "pass:wrong", "-text")
