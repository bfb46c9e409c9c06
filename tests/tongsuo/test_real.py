"""The real Tongsuo, which takes minutes to build: from the cache that `make test` filled."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from miniature import ROOT, openssl

from tongsuo import build


@pytest.fixture(params=["8.5.0", "8.4.0"])
def real(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path]:
    """The real Tongsuo, from the user's cache; built there if it is not yet."""
    for name in ("TONGSUO_HOME", "TONGSUO_SRC", "TONGSUO_VERSION"):
        monkeypatch.delenv(name, raising=False)
    return request.param, build.find_prefix(request.param)


@pytest.mark.timeout(1200)
def test_the_real_library_is_the_version_asked_for_and_speaks_tlcp(real: tuple[str, Path]) -> None:
    version, prefix = real
    assert f"Tongsuo {version}" in openssl(prefix, "version")
    suites = openssl(prefix, "ciphers", "-v", "ALL")
    for exchange in ("ECC", "ECDHE"):
        for mode in ("GCM", "CBC"):
            assert re.search(rf"^{exchange}-SM2-SM4-{mode}-SM3 +NTLSv1.1 ", suites, re.MULTILINE)


@pytest.mark.timeout(1200)
def test_the_real_library_is_self_contained(real: tuple[str, Path], tmp_path: Path) -> None:
    _, prefix = real
    assert "OpenSSL Legacy Provider" in openssl(
        prefix, "list", "-providers", "-provider", "legacy", "-provider", "default"
    )
    assert not list(prefix.rglob("*.so*")) + list(prefix.rglob("*.dylib"))
    assert f'OPENSSLDIR: "{prefix}/ssl"' in openssl(prefix, "version", "-d")

    # Needs the installed openssl.cnf.
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    openssl(prefix, "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", key)
    subject = ["-subj", "/CN=test", "-sm3", "-days", "1"]
    openssl(prefix, "req", "-x509", "-new", "-key", key, *subject, "-out", certificate)
    assert "SM2-with-SM3" in openssl(prefix, "x509", "-noout", "-text", "-in", certificate)


@pytest.mark.timeout(1200)
def test_the_real_library_does_not_say_where_its_source_was(real: tuple[str, Path]) -> None:
    _, prefix = real
    content = (build.library_dir(prefix) / "libcrypto.a").read_bytes()
    assert b"../src/crypto/" in content  # the names of source files that error reports carry
    assert b"tongsuo-src" not in content


def test_the_lock_file_pins_both_versions_in_a_form_that_old_cargos_read() -> None:
    lock = tomllib.loads((ROOT / "tongsuo" / "Cargo.lock").read_text())
    assert lock["version"] == 3
    packages = [package for package in lock["package"] if package["name"] != "tongsuo-pin"]
    assert all(re.fullmatch("[0-9a-f]{64}", package["checksum"]) for package in packages)
    pinned = {p["version"] for p in packages if p["name"] == "tongsuo-src"}
    assert pinned == {"850.1.1+8.5.0", "840.2.0+8.4.0"}
    assert build.known_versions() == ("8.5.0", "8.4.0")
