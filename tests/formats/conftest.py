from __future__ import annotations

from collections.abc import Callable

import pytest
from parties import TABLE, Party, check
from tables import Table


@pytest.fixture
def meet(request: pytest.FixtureRequest) -> Callable[..., None]:
    """``meet(what, format, content, ours, NAME=party, ...)``: see ``parties.check``."""

    def meet(
        what: str,
        name: str,
        content: object,
        ours: Party,
        table: Table = TABLE,
        **others: Party,
    ) -> None:
        check(request.node, (what, name), content, ours, table, **others)

    return meet
