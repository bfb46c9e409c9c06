"""docs/benchmarks.md has the numbers of the results beside it, and its plots are there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def documents() -> ModuleType:
    spec = importlib.util.spec_from_file_location("documents", ROOT / "benchmarks/documents.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_numbers_are_those_of_the_results(documents: ModuleType) -> None:
    text = documents.DOCUMENT.read_text("utf-8")
    assert documents.filled(text, documents.made(documents.read())) == text, (
        "to write them anew: python benchmarks/documents.py --write"
    )


def test_everything_that_was_measured_is_there(documents: ModuleType) -> None:
    places = set(re.findall(r"<!-- table ([\w-]+) -->", documents.DOCUMENT.read_text("utf-8")))
    assert places == set(documents.made(documents.read()))


def test_its_plots_are_there(documents: ModuleType) -> None:
    for name in re.findall(
        r"\]\((benchmarks/[\w-]+\.png)\)", documents.DOCUMENT.read_text("utf-8")
    ):
        path = documents.DOCUMENT.parent / name
        assert path.is_file()
        assert path.with_suffix(".svg").is_file()


def test_another_number_would_be_seen(documents: ModuleType) -> None:
    made = documents.made(documents.read())
    text = "<!-- table targets -->\nold\n<!-- end of table targets -->\nrest\n"
    filled = documents.filled(text, made)
    assert "old" not in filled
    assert made["targets"] in filled
    assert filled.endswith("rest\n")
    assert documents.filled(filled, made) == filled
    with pytest.raises(KeyError):
        documents.filled(text.replace("targets", "nonsense"), made)
