"""How far a measurement is: a line on standard error that is written over, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Called with what is under way, or how far it is.
Tell = Callable[[str], None]

_CLEAR = "\r\x1b[K"


@contextmanager
def telling() -> Iterator[Tell]:
    """What shows its text as long as the ``with`` block runs; nothing where nobody looks."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return

    def tell(text: str) -> None:
        print(f"{_CLEAR}{text}", end="", file=sys.stderr, flush=True)

    try:
        yield tell
    finally:
        print(_CLEAR, end="", file=sys.stderr, flush=True)
