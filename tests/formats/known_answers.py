"""Known answers (tests/vectors), as what a party made that is not here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).resolve().parents[1] / "vectors"


def example(name: str, *path: str | int) -> dict[str, Any]:
    """One of the known answers in tests/vectors, out of hexadecimal where it is in it."""
    found = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    for step in path:
        found = found[step]
    texts = ("name", "source", "variant")
    return {
        field: bytes.fromhex(value) if isinstance(value, str) and field not in texts else value
        for field, value in found.items()
    }
