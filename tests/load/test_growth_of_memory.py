"""Memory does not grow with the data, and an idle connection has its price: in other processes.

What is measured is what ``tongsuo-py bench growth`` draws; no time is looked at.
"""

from __future__ import annotations

import sys

import pytest
from amounts import amount

from tongsuo_py.benchmark import growth, growth_data
from tongsuo_py.benchmark.children import Child

MIB = 1 << 20
SMALL, LARGE = MIB, amount(48, 512) * MIB
# What a piece, a pipe and the stack of a second thread may take; Linux counts by 256 KiB or so.
ROOM = 2 * MIB
HELD = amount(300, 2_000)
# What asyncio has for a connection besides ours: its buffer of 256 KiB and its own objects, beside
# which ours is to cost no more than it does on a socket.
OF_ASYNCIO = "TLS 1.3, stdlib, asyncio"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a while")
@pytest.mark.parametrize("operation", growth_data.OPERATIONS)
def test_data(operation: str) -> None:
    with Child(growth_data.__name__) as child:
        peaks = {
            size: child.ask("measure", operation=operation, size=size)["memory"]
            for size in (SMALL, LARGE)
        }
    held = LARGE if operation in growth_data.IN_MEMORY else 0
    assert peaks[SMALL] <= SMALL + ROOM
    assert held - MIB <= peaks[LARGE] <= held + ROOM


def test_idle_connections() -> None:
    curves = growth.connections(["TLCP"], HELD, lambda _: None)
    each = {curve.quantity: curve.each for curve in curves}
    counts = [count for count, _ in curves[0].points]
    assert counts[-1] == HELD
    assert 10_000 < each["memory"] <= growth.IDLE  # an SSL object alone is more than the first
    assert 10_000 < each["client memory"] <= growth.IDLE


def test_idle_connections_of_asyncio() -> None:
    curves = growth.connections(["TLCP, asyncio", OF_ASYNCIO], HELD, lambda _: None)
    ours, theirs = (curve.each for curve in curves if curve.quantity == "memory")
    assert ours - theirs <= growth.IDLE / 2
