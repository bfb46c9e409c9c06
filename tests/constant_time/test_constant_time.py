"""Nothing branches on secrets, or looks them up in tables, in what makes SM4 and SM2 fast."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from programs_in_c import find_toolchain
from tracing import Stepper

HERE = Path(__file__).parent

#: Set it to compare many more secrets: some ten minutes.
EXHAUSTIVE = "TONGSUO_PY_EXHAUSTIVE"
MANY = 30 if os.environ.get(EXHAUSTIVE) else 1

# One worker compiles the program.
pytestmark = pytest.mark.xdist_group("constant-time")

NATIVE, AVX2 = "native", "avx2"

# What is Tongsuo's own there, and was before: its tables show the key and the data.
TONGSUOS_SM4 = {"ossl_sm4_set_key", "ossl_sm4_encrypt", "ossl_sm4_decrypt"}
CIPHERS = [
    "SM4-ECB encryption",
    "SM4-ECB decryption",
    "SM4-CBC decryption",
    "SM4-CTR",
    "SM4-GCM encryption",
    "SM4-GCM decryption",
    "SM4-CCM encryption",
    "SM4-CCM decryption",
    "SM4-XTS encryption",
    "SM4-XTS decryption",
]


@pytest.fixture(scope="module")
def stepper(openssl: Path, tmp_path_factory: pytest.TempPathFactory) -> Stepper:
    folder = tmp_path_factory.mktemp("constant-time")
    toolchain = find_toolchain(openssl.parents[1], folder)
    # Linked statically, everything that runs is in one file at fixed addresses.
    options = ["-static", "-no-pie", "-w", *(str(HERE / name) for name in ("stepper.c", "controls.c"))]
    return Stepper(toolchain.program(folder / "stepper", HERE / "subjects.c", options), folder)


def random_secrets(size: int, count: int) -> list[bytes]:
    """The same ones each time; all bits clear and all bits set among them."""
    source = random.Random(size)
    return [source.randbytes(size), bytes(size), b"\xff" * size] + [
        source.randbytes(size) for _ in range(count)
    ]


def test_a_branch_is_found(stepper: Stepper) -> None:
    run = stepper.compare("a branch", NATIVE, random_secrets(16, 1))
    assert {(found.kind, found.function) for found in run.findings} == {("branch", "with_branch")}
