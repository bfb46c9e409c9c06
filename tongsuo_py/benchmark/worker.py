"""The loop of a side: a question is a line ``OPERATION SIZE SECONDS``, its answer a line of JSON.

An answer has ``wall`` and ``cpu``, in nanoseconds for one call; or ``absent`` where the side has no
such operation, or ``error`` with what was raised. The first line, unasked, tells about the side:
its versions, or ``missing`` with the reason why it cannot run. The end of the input is the end.

Nothing but ``timing`` is imported here: the packages of others answer by this as well, in
environments where the extension is not.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from tongsuo_py.benchmark.timing import Call, measure

#: Gives a function without arguments that does an operation of a size once, or None.
Find = Callable[[str, int], Call | None]


class Missing(Exception):
    """The side cannot run here; the text says why."""


def serve(start: Callable[[], tuple[Find, Mapping[str, str]]]) -> None:
    """Answer questions until there are no more; ``start`` gives the operations and the versions."""
    # Whatever a package prints is not to be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(answer: Mapping[str, Any]) -> None:
        answers.write(json.dumps(answer) + "\n")
        answers.flush()

    try:
        find, facts = start()
    except Exception as error:
        tell({"missing": _reason(error)})
        return
    tell(facts)
    current: tuple[str, int] | None = None
    call: Call | None = None
    for line in sys.stdin:
        operation, size, seconds = line.split()
        try:
            if (operation, int(size)) != current:
                current, call = None, None  # what the last one holds is let go first
                call = find(operation, int(size))
                current = operation, int(size)
                if call is not None:  # what is loaded or looked up once is not what it costs
                    first = measure(call, 0)
                    if first.wall >= float(seconds) * 1e9:  # unless that is nothing beside it
                        tell(first._asdict())
                        continue
            tell({"absent": True} if call is None else measure(call, float(seconds))._asdict())
        except Exception as error:
            tell({"error": _reason(error)})


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, Missing) else f"{type(error).__name__}: {text}"
