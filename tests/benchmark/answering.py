"""What the child of test_children.py answers."""

from __future__ import annotations

import os
import sys
import time
from typing import Any, NoReturn


def echo(**arguments: Any) -> Any:
    print("not an answer")
    return arguments


def variable(name: str) -> str | None:
    return os.environ.get(name)


def fail(text: str) -> NoReturn:
    raise ValueError(text)


def leave(code: int) -> NoReturn:
    os._exit(code)


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def package() -> str:
    import tongsuo_py

    return str(tongsuo_py.__file__)


def searched() -> list[str]:
    return sys.path


ANSWERS = {
    function.__name__: function
    for function in (echo, variable, fail, leave, sleep, package, searched)
}
