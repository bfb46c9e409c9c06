"""The fuzz targets (fuzz/) without the fuzzer: their seeds, cut and bent."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))  # after everything else: the package under test may be another one
from fuzz import targets  # noqa: E402

BENT = 900  # inputs made of the seeds of each target


@pytest.mark.parametrize("name", targets.ALL)
def test_only_the_allowed_exceptions(name: str) -> None:
    target = targets.ALL[name]
    chance = random.Random(name)
    seeds = [*target.seeds()]
    assert seeds
    for seed in seeds:
        target(seed)
        for _ in range(BENT // len(seeds)):
            target(_bend(seed, chance))


def _bend(seed: bytes, chance: random.Random) -> bytes:
    data = bytearray(seed)
    place = chance.randrange(len(data))
    match chance.randrange(5):
        case 0:
            del data[place:]
        case 1:
            data[place] ^= 1 << chance.randrange(8)
        case 2:
            data[place] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
        case 3:
            data[place:place] = chance.randbytes(chance.randrange(1, 9))
        case _:
            del data[place : place + chance.randrange(1, 9)]
    return bytes(data)


@pytest.mark.parametrize("name", ["der"])
def test_a_finding_is_a_failure(name: str) -> None:
    """What is not allowed comes through."""
    target = targets.Target(lambda data: data[0], targets.ALL[name].seeds)
    with pytest.raises(IndexError):
        target(b"")
