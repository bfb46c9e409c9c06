"""What the tests of the algorithms share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ciphertext_forms import Example

from tongsuo_py import sm2
from tongsuo_py._binding import lib

VECTORS = Path(__file__).resolve().parent.parent / "vectors"


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """The known answers of an algorithm, by the name of their file."""

    def load(name: str) -> Any:
        return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))

    return load


@pytest.fixture(autouse=True)
def error_queue_stays_empty() -> Iterator[None]:
    """Whatever a test does, no error may be left for the next caller to stumble over."""
    yield
    assert lib.ERR_peek_error() == 0


@pytest.fixture
def small_pieces() -> Iterator[None]:
    """What C takes at once, made small enough to see it done."""
    usual = lib.tspy_largest_piece
    lib.tspy_largest_piece = 32
    yield
    lib.tspy_largest_piece = usual


@pytest.fixture(scope="session")
def key(vectors: Callable[[str], Any]) -> sm2.PrivateKey:
    """The private key of the examples in GB/T 32918.5-2017."""
    return sm2.PrivateKey.from_bytes(bytes.fromhex(vectors("sm2")["private_key"]))


@pytest.fixture(scope="session")
def other_key() -> sm2.PrivateKey:
    return sm2.PrivateKey.generate()


@pytest.fixture(scope="session")
def example(vectors: Callable[[str], Any]) -> Example:
    """The ciphertext of the examples in GB/T 32918.5-2017."""
    values = vectors("sm2")["encryption"]
    return Example(**{name: bytes.fromhex(value) for name, value in values.items()})
