"""Runs one of CPython's test modules with tongsuo_py.ssl in the place of ssl; run.py's child.

``child.py WHOSE MODULE RESULTS``: WHOSE is "ours", or "theirs" to run them with the standard
library's ssl; what becomes of each test goes into the file RESULTS, a line of JSON for each step.
"""

# Nothing may be imported before this that imports ssl.
from __future__ import annotations

import sys

from tongsuo_py import ssl as ours

stdlib = sys.modules["ssl"]
if sys.argv[1] == "ours":
    sys.modules["ssl"] = ours

# ruff: noqa: E402
import faulthandler
import importlib
import json
import types
import unittest
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from test import support

from tongsuo_py._binding import pem, x509
from tongsuo_py.ssl._connection import Connection

#: No network: the machine's own addresses are all that these tests may talk to.
RESOURCES = ["cpu", "largefile", "walltime"]
PATIENCE = 60  # seconds for one test; none takes a tenth of it


def private_module() -> types.ModuleType:
    """What ``ssl._ssl`` is for the tests: numbers from the interpreter's own, decoding from us."""

    def decode(path: str) -> Any:
        return x509.decode(pem.certificates_from_pem(Path(path).read_bytes())[0])

    module = types.ModuleType("_ssl")
    vars(module).update(vars(stdlib._ssl))  # type: ignore[attr-defined]
    module._test_decode_cert = decode  # type: ignore[attr-defined]
    return module


def refuse(*_: object, **__: object) -> None:
    """What the standard library's context is replaced by: nothing may pass that ours did not do."""
    raise AssertionError("this would have been a context of the standard library's")


def takes_reset_for_end() -> bool:
    """Whether this CPython has not yet mended gh-115627."""
    return sys.version_info < (3, 11, 9) or (3, 12) <= sys.version_info < (3, 12, 4)


def reset_as_end(call: Callable[..., Any]) -> Callable[..., Any]:
    """``call`` with gh-115627: a reset is the end of the data, not a ConnectionResetError.

    The servers of those versions' tests stop for good at any other exception, and whether a client
    that closes early resets the connection is a matter of luck.
    """

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except (ConnectionResetError, BrokenPipeError) as error:
            raise ours.SSLEOFError(
                ours.SSL_ERROR_EOF, "EOF occurred in violation of protocol"
            ) from error

    return wrapper


class Results(unittest.TestResult):
    """Writes down what becomes of each test: "passed", "skipped" or "failed", and what was said."""

    def __init__(self, file: TextIO) -> None:
        super().__init__()
        self._file = file
        self._failures: list[str] = []

    def _note(self, test: unittest.TestCase, outcome: str, text: str = "") -> None:
        print(json.dumps([test.id(), outcome, text]), file=self._file, flush=True)

    def _note_failure(self, test: unittest.TestCase, text: str) -> None:
        self._failures.append(text)
        self._note(test, "failed", "\n".join(self._failures))

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        print(f"---- {test.id()}", flush=True)
        self._failures.clear()
        self._note(test, "failed", "it did not come to an end")  # until it has
        faulthandler.dump_traceback_later(PATIENCE, exit=True)

    def stopTest(self, test: unittest.TestCase) -> None:
        faulthandler.cancel_dump_traceback_later()
        super().stopTest(test)

    def addSuccess(self, test: unittest.TestCase) -> None:
        self._note(test, "passed")

    def addError(self, test: unittest.TestCase, err: Any) -> None:
        self._note_failure(test, self._exc_info_to_string(err, test))  # type: ignore[attr-defined]

    addFailure = addError

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:
        if err is not None:
            text = self._exc_info_to_string(err, test)  # type: ignore[attr-defined]
            self._note_failure(test, f"{subtest}\n{text}")

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        if not self._failures:
            self._note(test, "skipped", reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:
        self._note(test, "passed")

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self._note_failure(test, "an unexpected success")


def take_their_place() -> None:
    """Make our module what these tests expect of ``ssl``, beside its name."""
    ours._ssl = private_module()  # type: ignore[attr-defined]
    stdlib.SSLContext.__new__ = refuse  # type: ignore[attr-defined]
    if takes_reset_for_end():
        for name in ("read", "write", "write_all"):
            setattr(Connection, name, reset_as_end(getattr(Connection, name)))


def main(whose: str, module: str, results: str) -> None:
    faulthandler.enable()
    if whose == "ours":
        take_their_place()
    support.use_resources = RESOURCES
    support.verbose = 0
    warnings.simplefilter("default")
    suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(module))
    with open(results, "w", encoding="utf-8") as file:
        suite.run(Results(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
