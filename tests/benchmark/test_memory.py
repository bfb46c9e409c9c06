"""The measures of memory and files see what they are to see."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import pytest

from tongsuo_py.benchmark import memory

MIB = 1 << 20


def test_memory_that_is_held() -> None:
    before = memory.resident()
    held = bytearray(b"x" * (64 * MIB))
    assert 60 * MIB < memory.resident() - before < 80 * MIB
    assert len(held) == 64 * MIB


@pytest.mark.parametrize("size", [0, 8, 64])
def test_memory_that_was_there_for_a_moment(size: int) -> None:
    def work() -> None:
        bytearray(b"x" * (128 * MIB))

    work()  # whatever peak there was before: only this one counts
    peak = memory.peak(lambda: bytes(bytearray(size * MIB)))
    assert 2 * size * MIB - MIB <= peak <= 2 * size * MIB + 2 * MIB


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can forget an earlier peak")
def test_it_may_be_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(path)

    monkeypatch.setattr(Path, "write_text", forbidden)
    assert memory.peak(lambda: None) >= 0


def test_room_for_files(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, limits[1]))
        assert memory.room_for_files(100) == 200  # there is enough
        assert memory.room_for_files(300) == 300
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (300, limits[1])
        if limits[1] != resource.RLIM_INFINITY:
            assert memory.room_for_files(limits[1] + 1) == limits[1]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def test_open_files() -> None:
    before = memory.open_files()
    with open("/dev/null", "rb"):
        assert memory.open_files() == before + 1
