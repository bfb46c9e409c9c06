"""The documents about speed have the numbers of the results beside them, and their plots."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("benchmarks.md", "benchmarks-schemes.md")


@pytest.fixture(scope="module")
def documents() -> ModuleType:
    spec = importlib.util.spec_from_file_location("documents", ROOT / "benchmarks/documents.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclass looks for its annotations
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=NAMES)
def document(request: pytest.FixtureRequest, documents: ModuleType) -> tuple[str, Any]:
    """The text of a document, and what its results say."""
    text = (documents.DOCS / request.param).read_text("utf-8")
    return text, documents.DOCUMENTS[request.param]()


def test_all_of_them(documents: ModuleType) -> None:
    assert tuple(documents.DOCUMENTS) == NAMES


def test_the_numbers_are_those_of_the_results(
    document: tuple[str, Any], documents: ModuleType
) -> None:
    text, contents = document
    assert documents.filled(text, contents.places) == text, (
        "to write them anew: python benchmarks/documents.py --write"
    )


def test_everything_that_was_measured_is_there(document: tuple[str, Any]) -> None:
    text, contents = document
    assert set(re.findall(r"<!-- table ([\w-]+) -->", text)) == set(contents.places)


def test_its_plots_are_there(document: tuple[str, Any], documents: ModuleType) -> None:
    text, _ = document
    names = re.findall(r"\]\((benchmarks/[\w-]+\.png)\)", text)
    assert names
    for name in names:
        path = documents.DOCS / name
        assert path.is_file()
        assert path.with_suffix(".svg").is_file()


def test_another_number_would_be_seen(documents: ModuleType) -> None:
    places = {"targets": "| new |\n"}
    text = "<!-- table targets -->\nold\n<!-- end of table targets -->\nrest\n"
    filled = documents.filled(text, places)
    assert "old" not in filled
    assert places["targets"] in filled
    assert filled.endswith("rest\n")
    assert documents.filled(filled, places) == filled
    with pytest.raises(KeyError):
        documents.filled(text.replace("targets", "nonsense"), places)
