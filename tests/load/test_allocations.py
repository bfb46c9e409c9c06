"""What a record costs does not depend on how many there were: memory is allocated as often."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import tongsuo_py

HERE = Path(__file__).parent
HOME = Path(tongsuo_py.__file__).resolve().parent.parent
# What a record sent and received may take of all allocations, of C and of Python's objects.
MOST = {"memory": 40, "socket": 40}


@pytest.fixture(scope="session")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("the allocator is looked into where it is glibc's")
    library = tmp_path_factory.mktemp("allocations") / "allocations.so"
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(HERE / "allocations.c")],
        check=True,
    )
    return library


@pytest.mark.parametrize("size", [64, 16384])
@pytest.mark.parametrize("way", ["memory", "socket"])
@pytest.mark.parametrize("accelerated", ["1", "0"])
def test_records(way: str, size: int, accelerated: str, counter: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-P", str(HERE / "records.py"), way, str(size)],
        env={
            **os.environ,
            "PYTHONPATH": str(HOME),
            "PYTHONMALLOC": "malloc",
            "LD_PRELOAD": str(counter),
            "TONGSUO_PY_ACCEL": accelerated,
        },
        stdout=subprocess.PIPE,
        check=True,
    )
    few, many = json.loads(finished.stdout)
    # The last record of a run may leave a container that has grown by then: a few in all.
    assert abs(few - many) * 200 <= 8, (few, many)
    assert many <= MOST[way], many
