"""The same thing done to a context of the standard library's and to one of ours."""

from __future__ import annotations

import ssl as stdlib
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

from peers import queue_is_empty

from tongsuo_py import ssl


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns, or the type of what it raises and what a program can see of it."""
    try:
        return call()
    except Exception as error:
        seen = [type(error)]
        if isinstance(error, stdlib.SSLError):
            seen += [getattr(error, name, None) for name in ("errno", "library", "reason")]
        elif isinstance(error, OSError):
            seen += [error.errno, error.filename]
        return tuple(seen)


def tells(call: Callable[[], Any]) -> Any:
    """What a call returns, or what its exception tells; the number aside, which is OpenSSL's."""
    seen = outcome(call)
    if isinstance(seen, tuple) and seen and seen[0] is stdlib.SSLError:
        return seen[0], *seen[2:]
    return seen


def both(
    action: Callable[[Any, ModuleType], Any], protocol: int = ssl.PROTOCOL_TLS_CLIENT
) -> tuple[Any, Any]:
    """The outcome of an action on the standard library's context, and on ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        outcomes = [
            outcome(lambda m=module: action(m.SSLContext(protocol), m)) for module in (stdlib, ssl)
        ]
    assert queue_is_empty()
    return outcomes[0], outcomes[1]


def same(action: Callable[[Any, ModuleType], Any], protocol: int = ssl.PROTOCOL_TLS_CLIENT) -> Any:
    """The outcome, which must be the same for both."""
    theirs, ours = both(action, protocol)
    assert ours == theirs, f"{ours} is not {theirs}"
    return ours
