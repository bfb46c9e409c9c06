"""Sides for the tests: what they do is in the name of the operation that they are asked for."""

from __future__ import annotations

import os
import sys
import time

from tongsuo_py.benchmark.timing import Call
from tongsuo_py.benchmark.worker import Find, Missing, serve

CALLS: list[tuple[str, int]] = []


def find(operation: str, size: int) -> Call | None:
    def call() -> object:
        CALLS.append((operation, size))
        if operation == "raise":
            raise ValueError("not\ntoday")
        if operation == "end":
            os._exit(3)
        if operation == "hang":
            time.sleep(60)
        if operation == "print":
            print("this is no answer")
            os.write(1, b"nor is this\n")
        if operation == "sleep":
            time.sleep(size / 1000)
        return None

    if operation == "refuse":
        raise ValueError("no such thing")
    return None if operation == "absent" else call


def start() -> tuple[Find, dict[str, str]]:
    if sys.argv[1:] == ["missing"]:
        raise Missing("it is not here")
    if sys.argv[1:] == ["broken"]:
        raise RuntimeError("it does not start")
    return find, {"library": "none"}


if __name__ == "__main__":
    serve(start)
