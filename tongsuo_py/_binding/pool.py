"""C contexts kept ready for the next call, so that a small one does not pay for making them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Context = TypeVar("Context")

# More than this many threads at once in one object's calls make contexts of their own each time.
_KEPT = 16


class Pool(Generic[Context]):
    """Contexts of one kind: ``take`` one, use it alone, ``give`` it back.

    No two threads ever hold the same one. After a failure do not give it back: it is freed with
    its last reference, and the next call has a new one.
    """

    __slots__ = ("_kept", "_make")

    def __init__(self, make: Callable[[], Context]) -> None:
        self._make = make
        self._kept: list[Context] = []

    def take(self) -> Context:
        try:
            return self._kept.pop()
        except IndexError:
            return self._make()

    def give(self, context: Context) -> None:
        if len(self._kept) < _KEPT:
            self._kept.append(context)
