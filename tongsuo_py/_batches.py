"""Many items at once: by threads of Python, chunk by chunk, and the results in their order.

For most of a chunk's time the threads are in C without the GIL, so that they run side by side.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

#: Called with how many items are done, and how many there are.
Progress = Callable[[int, int], object]

Item = TypeVar("Item")
Result = TypeVar("Result")


def run(
    work: Callable[[Sequence[Item]], list[Result]],
    items: Sequence[Item],
    largest: int,
    threads: int | None,
    progress: Progress | None = None,
) -> list[Result]:
    """The results of ``work`` for all items in their order, ``largest`` of them at a time at most.

    ``threads`` work at once, all processors of this process if None; ValueError for less than one.
    ``progress`` is called in the caller's thread; what it raises ends the work and comes out.
    """
    count = _processors() if threads is None else operator.index(threads)
    if count < 1:
        raise ValueError(f"threads must be 1 or more, not {count}")
    size = max(1, min(largest, -(-len(items) // count)))
    starts = range(0, len(items), size)
    finished: dict[int, list[Result]] = {}
    done = 0

    def finish(start: int, results: list[Result]) -> None:
        nonlocal done
        finished[start] = results
        done += len(results)
        if progress is not None:
            progress(done, len(items))

    if min(count, len(starts)) <= 1:
        for start in starts:
            finish(start, work(items[start : start + size]))
    else:
        with ThreadPoolExecutor(min(count, len(starts))) as executor:
            try:
                futures = {
                    executor.submit(work, items[start : start + size]): start for start in starts
                }
                for future in as_completed(futures):
                    finish(futures[future], future.result())
            finally:
                # After an exception no further chunk is begun; those that run are waited for.
                executor.shutdown(cancel_futures=True)
    return [result for start in starts for result in finished[start]]


def bare(error: Exception) -> Exception:
    """The exception alone, without the frames behind it, which would keep much alive."""
    error.__context__ = None
    return error.with_traceback(None)


def merged(made: Sequence[Result], errors: dict[int, Exception]) -> list[Result | Exception]:
    """The results of the items that could be begun, and at their places what the others raised."""
    if not errors:
        return [*made]
    results = iter(made)
    return [
        errors[place] if place in errors else next(results)
        for place in range(len(made) + len(errors))
    ]


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
