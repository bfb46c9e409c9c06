"""What the tests of the binding share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from material import make_material

from tongsuo_py._binding import lib


@pytest.fixture(scope="session")
def material(openssl: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with keys and certificates; ``make_material`` names them."""
    return make_material(openssl, tmp_path_factory.mktemp("material"))


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No test starts or ends with an error in this thread's queue."""
    assert lib.ERR_peek_error() == 0
    yield
    assert lib.ERR_peek_error() == 0
