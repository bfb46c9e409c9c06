"""How much is done: what takes about a minute in all, or with TONGSUO_PY_LOAD=full everything."""

from __future__ import annotations

import os

FULL = os.environ.get("TONGSUO_PY_LOAD") == "full"
GIGABYTE = 1 << 30


def amount(usual: int, full: int) -> int:
    """The second number in a full run, otherwise the first."""
    return full if FULL else usual
