"""How long a call takes: by the clock on the wall, and by that of the processor.

Nothing of tongsuo_py is imported here: the packages of others are timed by this as well, in
environments where the extension is not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

Call = Callable[[], object]


class Spent(NamedTuple):
    """Nanoseconds for one call.

    ``cpu`` counts what this process' threads computed, and so leaves out what other processes took
    of the machine; it also leaves out waiting.
    """

    wall: float
    cpu: float


def measure(call: Call, seconds: float) -> Spent:
    """What one call takes, over about ``seconds``; the clock is looked at as seldom as that allows.

    What is loaded or looked up once should have been before.
    """
    calls, batch = 0, 1
    cpu, start = time.process_time_ns(), time.perf_counter_ns()
    while True:
        for _ in range(batch):
            call()
        calls += batch
        spent = time.perf_counter_ns() - start
        if spent >= seconds * 1e9:
            return Spent(spent / calls, (time.process_time_ns() - cpu) / calls)
        if spent < seconds * 1e8:
            batch *= 2
