"""``tongsuo-py info``, and where its facts come from."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command import good
from conftest import native_openssl

import tongsuo_py
from tongsuo_py._binding import acceleration, build, lib
from tongsuo_py._binding.library import TONGSUO_VERSION


def test_what_it_shows() -> None:
    shown = json.loads(good("info", "--json"))
    assert shown["tongsuo_py"] == tongsuo_py.__version__
    assert shown["tongsuo"] == TONGSUO_VERSION
    assert shown["python"].endswith(".".join(map(str, sys.version_info[:3])))
    assert set(shown["code_paths"]) == {"SM2", "SM3", "SM4"}
    assert Path(shown["library"].removeprefix("linked into ")).is_file()
    text = good("info").decode()
    assert f"tongsuo       {TONGSUO_VERSION}\n" in text
    assert "\ncode paths    SM2: " in text


def test_it_is_what_the_native_program_says() -> None:
    program = native_openssl(TONGSUO_VERSION.removeprefix("Tongsuo "))
    version = subprocess.run(
        [program, "version", "-a"], capture_output=True, check=True, text=True
    ).stdout
    assert f"built on: {build.built_on()}\n" in version
    assert f"platform: {build.target()}\n" in version
    assert f"compiler: {build.compiler()}" in version
    assert f"CPUINFO: {build.processor()}\n" in version
    assert f"Seeding source: {build.seed_source()}\n" in version


@pytest.mark.parametrize(
    ("settings", "features"),
    [
        ("", []),
        ("OPENSSL_ia32cap=0x0000000000000000:0x0000000000000000", []),
        ("OPENSSL_ia32cap=0x0200000200000000:0x10000000020", ["PCLMULQDQ", "AES", "AVX2", "GFNI"]),
        ("OPENSSL_ia32cap=0x0:0x20:0x0:0x0:0x0 env:0xffffffffffffffff", ["AVX2"]),
        ("OPENSSL_armcap=0x601", ["NEON", "SM3", "SM4"]),
        ("OPENSSL_riscvcap=RV64GC", []),
    ],
    ids=["none", "zeros", "x86", "with an environment", "ARM", "another"],
)  # fmt: skip
def test_processors(monkeypatch: pytest.MonkeyPatch, settings: str, features: list[str]) -> None:
    monkeypatch.setattr(build, "processor", lambda: settings)
    assert build.processor_features() == features


@pytest.mark.parametrize(
    ("target", "settings", "sm3", "sm4"),
    [
        ("linux-x86_64", "OPENSSL_ia32cap=0x0:0x0", "portable C", "portable C"),
        ("linux-aarch64", "OPENSSL_armcap=0x601", "SM3 instructions", "SM4 instructions"),
        ("darwin64-arm64-cc", "OPENSSL_armcap=0x200", "SM3 instructions", None),
    ],
)
def test_code_paths(
    monkeypatch: pytest.MonkeyPatch, target: str, settings: str, sm3: str, sm4: str | None
) -> None:
    monkeypatch.setattr(build, "target", lambda: target)
    monkeypatch.setattr(build, "processor", lambda: settings)
    monkeypatch.setattr(acceleration, "in_use", lambda part: False)
    paths = build.code_paths()
    assert paths["SM3"] == sm3
    assert paths["SM4"] == sm4 or (sm4 is None and "portable C" in paths["SM4"])
    field = "64-bit field arithmetic" if lib.TSPY_HAS_SM2P_64 else "generic big numbers"
    assert paths["SM2"] == field
