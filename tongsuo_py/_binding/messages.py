"""Many messages for one call of C (native/sm3_batch.h)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from tongsuo_py._binding.buffers import borrow
from tongsuo_py._binding.library import ffi

_POINTERS = ffi.typeof("const unsigned char *[]")
_SIZES = ffi.typeof("size_t[]")


def views(
    messages: Sequence[object], wrong: Callable[[Exception], Exception]
) -> tuple[list[Any], dict[int, Exception]]:
    """What C reads each message from; of those that are not bytes-like, the place and ``wrong`` of
    the TypeError.
    """
    if set(map(type, messages)) == {bytes}:
        return [*map(ffi.from_buffer, messages)], {}
    good, errors = [], {}
    for place, message in enumerate(messages):
        try:
            good.append(borrow(message))
        except TypeError as error:
            errors[place] = wrong(error)
    return good, errors


class Messages:
    """The tspy_messages of these views, as long as it is held; ``heads`` are 32 bytes for each,
    hashed before it, or None.
    """

    __slots__ = ("_memory", "struct")

    def __init__(self, data: Sequence[Any], heads: bytes | None = None) -> None:
        pointers, sizes = ffi.new(_POINTERS, data), ffi.new(_SIZES, [*map(len, data)])
        before = ffi.NULL if heads is None else ffi.from_buffer(heads)
        self.struct = ffi.new("tspy_messages *", (before, pointers, sizes, len(data)))
        self._memory = data, before, pointers, sizes
