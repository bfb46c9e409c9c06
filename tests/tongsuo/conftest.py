"""A miniature source tree for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from miniature import Mini


@pytest.fixture
def mini(tmp_path: Path) -> Mini:
    return Mini(tmp_path)
