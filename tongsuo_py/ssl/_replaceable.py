"""A class attribute that an instance may replace for itself, though it has slots and no dict."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

_T = TypeVar("_T")


class Replaceable(Generic[_T]):
    """``default``, until an instance is given another one; that is kept in its slot ``slot``."""

    def __init__(self, slot: str, default: _T) -> None:
        self._slot = slot
        self._default = default

    def __get__(self, instance: Any, owner: type) -> _T:
        mine: _T = getattr(instance, self._slot, self._default)  # of the class: the default
        return mine

    def __set__(self, instance: Any, value: _T) -> None:
        setattr(instance, self._slot, value)
