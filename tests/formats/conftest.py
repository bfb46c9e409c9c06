from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from executables import Program
from parties import Party, check


@pytest.fixture(scope="session")
def native(openssl: Path) -> Program:
    """Tongsuo's ``openssl``."""
    return Program(openssl)


@pytest.fixture(scope="session")
def gm(gmssl: Path) -> Program:
    """GmSSL's ``gmssl``."""
    return Program(gmssl)


@pytest.fixture
def meet(request: pytest.FixtureRequest) -> Callable[..., None]:
    """``meet(what, format, content, ours, NAME=party, ...)``: see ``parties.check``."""

    def meet(what: str, name: str, content: object, ours: Party, **others: Party) -> None:
        check(request.node, (what, name), content, ours, **others)

    return meet
