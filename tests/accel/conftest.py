"""What the tests of the acceleration share."""

from __future__ import annotations

from pathlib import Path

import pytest
from fresh import run_python
from programs_in_c import Toolchain, find_toolchain

from tongsuo_py._binding import lib

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where it was not built in (another processor, or as the builder wished) there is nothing."""
    if not lib.tspy_accel_built():
        missing = pytest.mark.skip(reason="the extension was built without acceleration")
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(missing)


@pytest.fixture(autouse=True)
def switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the processes that these tests start, whatever the run itself was started with."""
    monkeypatch.delenv("TONGSUO_PY_ACCEL", raising=False)


@pytest.fixture(scope="session")
def usable() -> frozenset[str]:
    """The parts that this processor has instructions for: those in use where it is switched on."""
    say = (
        "from tongsuo_py._binding.acceleration import *; print(*filter(in_use, states()), sep=',')"
    )
    return frozenset(run_python(say, TONGSUO_PY_ACCEL="").strip().split(","))


@pytest.fixture(scope="session")
def toolchain(openssl: Path, tmp_path_factory: pytest.TempPathFactory) -> Toolchain:
    """For programs on the newest Tongsuo."""
    return find_toolchain(openssl.parents[1], tmp_path_factory.mktemp("objects"))
