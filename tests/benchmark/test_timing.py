"""What a call is said to take is what it takes."""

from __future__ import annotations

import time

from tongsuo_py.benchmark.timing import measure


def test_the_time_is_that_of_the_calls() -> None:
    calls = []

    def operation() -> None:
        calls.append(None)
        time.sleep(0.002)

    begin = time.perf_counter_ns()
    spent = measure(operation, 0.05)
    passed = time.perf_counter_ns() - begin
    assert 2e6 <= spent.wall <= passed / len(calls)
    assert spent.wall * len(calls) >= 0.05e9
    assert spent.cpu < spent.wall  # what sleeps computes nothing


def test_a_long_call_is_made_once() -> None:
    calls = []
    measure(lambda: calls.append(time.sleep(0.01)), 0)
    assert len(calls) == 1
