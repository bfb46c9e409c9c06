"""Functions that run in a process of their own: with another environment, or to see what they use.

A ``Child`` imports one module of this package and answers calls of the functions that the module's
``ANSWERS`` names, one after the other: a line of JSON there, a line of JSON back.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

_HOME = Path(__file__).resolve().parents[2]
_GRACE = 10.0  # seconds; a child whose input is closed ends at once


class ChildFailed(Exception):
    """A function raised something in the child, or the child has ended; the text says what."""


class Child:
    """A process that answers for ``module``; ``environment`` is set there beside our own."""

    def __init__(self, module: str, environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [sys.executable, "-P", "-m", __name__, module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _search_path(), **(environment or {})},
            text=True,
            encoding="utf-8",
        )

    def start(self, function: str, /, **arguments: Any) -> None:
        """Ask for ``function(**arguments)``; ``result`` waits for what comes of it."""
        try:
            self._process.stdin.write(json.dumps([function, arguments]) + "\n")  # type: ignore[union-attr]
            self._process.stdin.flush()  # type: ignore[union-attr]
        except OSError as error:
            raise ChildFailed(f"the process for {function} has ended") from error

    def result(self) -> Any:
        """What the function that was asked for returned. Raises ChildFailed if it raised."""
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        if not line:
            raise ChildFailed(f"the process ended with exit code {self._process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise ChildFailed(answer["error"])
        return answer["result"]

    def ask(self, function: str, /, **arguments: Any) -> Any:
        """Both: what ``function(**arguments)`` returns there."""
        self.start(function, **arguments)
        return self.result()

    def close(self) -> None:
        """End the process."""
        try:
            self._process.communicate(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, traceback: object) -> None:
        if error is not None:  # it may be amid minutes of work that nobody waits for any more
            self._process.kill()
        self.close()


def _search_path() -> str:
    """Where the child finds the package that this one is, and all that we find."""
    return os.pathsep.join([str(_HOME), *filter(None, sys.path)])


def _serve(module: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    # What anything else prints is no answer.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answers:
        os.dup2(2, 1)
        functions = importlib.import_module(module).ANSWERS
        for line in sys.stdin:
            name, arguments = json.loads(line)
            try:
                answer = {"result": functions[name](**arguments)}
            except Exception as error:
                answer = {"error": f"{type(error).__name__}: {error}"}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
        os._exit(0)  # to take apart what it holds, one by one, is of no use


if __name__ == "__main__":
    _serve(sys.argv[1])
