"""Our SM4 answers as Tongsuo's own does, whatever is done with a context: a million cases."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from programs_in_c import Toolchain

HERE = Path(__file__).parent

# One worker compiles the program.
pytestmark = pytest.mark.xdist_group("accel")

# Together a million. (CCM's take longer: a MAC cannot be made faster.)
CASES = {
    "ecb": 150_000,
    "cbc": 150_000,
    "ctr": 200_000,
    "gcm": 200_000,
    "ccm": 60_000,
    "xts": 120_000,
    "tls-cbc": 100_000,
    "tls-gcm": 100_000,
    "tls-ccm": 40_000,
}
AVX2, NATIVE = "0", "1"

Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Run:
    program = tmp_path_factory.mktemp("differential") / "differential"
    toolchain.program(program, HERE / "differential.c")

    def run(*arguments: str) -> str:
        done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, timeout=200)
        assert done.returncode == 0, done.stdout
        return done.stdout

    return run


@pytest.mark.parametrize("mode", CASES)
def test_with_all_that_this_processor_has(run: Run, mode: str) -> None:
    assert run(mode, str(CASES[mode]), "1", NATIVE) == f"{CASES[mode]} cases\n"


@pytest.mark.parametrize("mode", CASES)
def test_as_on_a_processor_with_avx2(run: Run, mode: str) -> None:
    cases = CASES[mode] // 10
    assert run(mode, str(cases), "2", AVX2) == f"{cases} cases\n"


def test_a_million() -> None:
    assert sum(CASES.values()) >= 1_000_000
