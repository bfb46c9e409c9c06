"""The package's floors: imports only point down, and C is called from few places."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tree import ROOT

PACKAGE = ROOT / "tongsuo_py"

# The lowest first. What has no floor of its own (``__init__``, ``_injection``) may import all.
FLOORS = {
    "__version__": 0,
    "_tongsuo": 0,
    "exceptions": 0,
    "_arguments": 1,
    "_batches": 1,
    "_der": 1,
    "_exchange": 1,
    "_files": 1,
    "_oids": 1,
    "_pem": 1,
    "_ber": 2,
    "_binding": 3,
    "sm3": 4,
    "sm4": 5,
    "zuc": 5,
    "sm2": 6,
    "pki": 7,
    "ssl": 7,
    "benchmark": 8,
    "cli": 9,
}
TOP = max(FLOORS.values()) + 1


def imported(source: str) -> Iterator[str]:
    """The modules of the package that this source imports, without ``tongsuo_py.``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            if node.module == "tongsuo_py":
                yield from (alias.name for alias in node.names)
            elif (node.module or "").startswith("tongsuo_py."):
                yield str(node.module).removeprefix("tongsuo_py.")
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("tongsuo_py."):
                    yield alias.name.removeprefix("tongsuo_py.")


def part(module: str) -> str:
    return module.split(".")[0]


def wrong(source: str, own: str) -> list[str]:
    """What a module of this part of the package imports and should not."""
    floor = FLOORS.get(own, TOP)
    return [
        module
        for module in imported(source)
        if part(module) != own and FLOORS.get(part(module), TOP) >= floor
    ]


@pytest.mark.parametrize(
    "path", sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py"))
)
def test_imports_point_down(path: str) -> None:
    own = Path(path).parts[0].removesuffix(".py")
    if own in FLOORS:
        assert wrong((PACKAGE / path).read_text("utf-8"), own) == []


@pytest.mark.parametrize(
    "source",
    [
        "from tongsuo_py import pki",
        "from tongsuo_py import sm3, pki",
        "from tongsuo_py.pki.crl import CRL",
        "def f():\n    import tongsuo_py.pki",
    ],
)
def test_another_direction_would_be_seen(source: str) -> None:
    assert len(wrong(source, "sm2")) == 1
    assert wrong(source, "cli") == []


def test_every_part_has_its_floor() -> None:
    """A new one does not go unlooked at."""
    parts = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.suffix != ".so"}
    without = {"__init__", "__main__", "__pycache__", "_injection", "py.typed"}
    assert parts - without == FLOORS.keys() - {"__version__", "_tongsuo"}
