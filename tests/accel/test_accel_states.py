"""What is used; and where something of it cannot be, Tongsuo's own code, which says why."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from command import run as run_command
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from fresh import run_python
from programs_in_c import Toolchain

from tongsuo_py._binding import acceleration, lib

HERE = Path(__file__).parent

# One worker compiles the programs.
pytestmark = pytest.mark.xdist_group("accel")

PARTS = ("SM4", "SM2", "SM2 batches", "SM3 batches")
NO_INSTRUCTIONS = "this processor lacks instructions that it needs"

# What the program encrypts.
ENCRYPTED = (
    Cipher(algorithms.SM4(bytes(16)), modes.GCM(bytes(12))).encryptor().update(bytes(16)).hex()
)


def states(toolchain: Toolchain, folder: Path, *wrong: str) -> list[str]:
    """What states.c says: a line for each part, who encrypts, what came out, and errors left.

    ``wrong`` is what is wrong in it, one of its names, and the function that this is done to.
    """
    options = [f"-DWRONG_{wrong[0]}", f"-Wl,--wrap={wrong[1]}"] if wrong else []
    program = toolchain.program(folder / "states", HERE / "states.c", options)
    done = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True, timeout=60)
    return done.stdout.splitlines()


def test_where_all_is_well(toolchain: Toolchain, usable: frozenset[str], tmp_path: Path) -> None:
    *parts, who, what, errors = states(toolchain, tmp_path)
    for part, line in zip(PARTS, parts, strict=True):
        assert line == ("1 " if part in usable else f"0 {NO_INSTRUCTIONS}")
    assert who == ("tongsuo-py" if "SM4" in usable else "default") + " encrypts"
    assert (what, errors) == (ENCRYPTED, "0 errors left")


def test_a_library_that_fails_its_check(toolchain: Toolchain, tmp_path: Path) -> None:
    sm4, *_, who, what, errors = states(toolchain, tmp_path, "CTR", "ippsSMS4EncryptCTR")
    assert sm4 == "0 the library failed its own check"
    assert (who, what, errors) == ("default encrypts", ENCRYPTED, "0 errors left")


@pytest.mark.parametrize(
    ("wrong", "function", "part"),
    [
        ("SM2_SINGLE", "sm2_base_x", 1),
        ("SM2_BASE", "ifma_ec_sm2_mul_pointbase_mb8", 2),
        ("SM2_PRODUCT", "ifma_ec_sm2_mul_point_mb8", 2),
        ("SM3", "mbx_sm3_update_mb16", 3),
    ],
)
def test_a_part_that_is_wrong(
    toolchain: Toolchain,
    usable: frozenset[str],
    tmp_path: Path,
    wrong: str,
    function: str,
    part: int,
) -> None:
    expected = states(toolchain, tmp_path)
    if PARTS[part] in usable:
        expected[part] = "0 the library failed its own check"
    assert states(toolchain, tmp_path, wrong, function) == expected


def test_a_provider_that_cannot_be_loaded(toolchain: Toolchain, tmp_path: Path) -> None:
    sm4, sm2, *_, who, what, errors = states(toolchain, tmp_path, "LOADING", "OSSL_PROVIDER_load")
    assert sm4 == sm2 == "0 the provider could not be loaded"
    assert (who, what, errors) == ("default encrypts", ENCRYPTED, "0 errors left")


def test_a_processor_without_the_instructions(toolchain: Toolchain, tmp_path: Path) -> None:
    sm4, sm2, *_, who, what, errors = states(
        toolchain, tmp_path, "PROCESSOR", "ippcpGetEnabledCpuFeatures"
    )
    assert sm4 == sm2 == f"0 {NO_INSTRUCTIONS}"
    assert (who, what, errors) == ("default encrypts", ENCRYPTED, "0 errors left")


SAY = """
from tongsuo_py import sm4
from tongsuo_py._binding import acceleration
print(sm4.GCM(bytes(16)).encrypt(bytes(12), bytes(16))[:16].hex())
print(*(int(acceleration.in_use(part)) for part in acceleration.states()))
"""


def test_off_by_the_environment() -> None:
    assert run_python(SAY, TONGSUO_PY_ACCEL="0").splitlines() == [ENCRYPTED, "0 0 0 0"]
    found = json.loads(run_command("info", "--json", TONGSUO_PY_ACCEL="0").stdout)
    assert found["acceleration"]["library"] == acceleration.library()
    for part in PARTS:
        assert found["acceleration"][part] == "not in use: switched off by TONGSUO_PY_ACCEL=0"
    assert "Intel" not in str(found["code_paths"])


def test_as_on_an_older_processor() -> None:
    encrypted, uses = run_python(SAY, TONGSUO_PY_ACCEL="avx2").splitlines()
    assert encrypted == ENCRYPTED
    assert uses.split()[2:] == ["0", "0"]  # the lanes are those of AVX-512
    found = json.loads(run_command("info", "--json", TONGSUO_PY_ACCEL="avx2").stdout)
    assert found["acceleration"]["SM2 batches"] == f"not in use: {NO_INSTRUCTIONS}"


@pytest.mark.parametrize("value", ["", "1", "yes"])
def test_on_otherwise(usable: frozenset[str], value: str) -> None:
    uses = " ".join(str(int(part in usable)) for part in PARTS)
    assert run_python(SAY, TONGSUO_PY_ACCEL=value).splitlines() == [ENCRYPTED, uses]


def test_info_tells_what_is_in_use(usable: frozenset[str]) -> None:
    found = json.loads(run_command("info", "--json").stdout)
    assert found["acceleration"] == {
        "library": acceleration.library(),
        **{
            part: "in use" if part in usable else f"not in use: {NO_INSTRUCTIONS}" for part in PARTS
        },
    }
    assert acceleration.library().startswith("Intel")
    if "SM2" in usable:
        assert found["code_paths"]["SM2"].startswith("signatures: our own code for BMI2")
    if "SM4" in usable:
        assert found["code_paths"]["SM4"].startswith("Intel's library")


def test_there_is_no_reason_for_a_part_that_is_none() -> None:
    from tongsuo_py._binding import ffi

    for part in (0, 3, 16):
        assert ffi.string(lib.tspy_accel_reason(part)) == b"there is no such part"
