"""Lists of OSSL_PARAM: how the algorithms of a provider take their settings."""

from __future__ import annotations

from typing import Any

from tongsuo_py._binding.buffers import borrow
from tongsuo_py._binding.library import ffi, lib


class Parameters:
    """Named settings for C: text as it is, bytes-like values without a copy.

    ``list`` and what it points to live as long as this object does.
    """

    __slots__ = ("_memory", "list")

    def __init__(self, **values: object) -> None:
        self.list = ffi.new("OSSL_PARAM[]", len(values) + 1)  # one that is all zero ends it
        self._memory: list[Any] = []
        for index, (name, value) in enumerate(values.items()):
            param, key = self.list[index], ffi.new("char[]", name.encode("ascii"))
            if isinstance(value, str):
                data = ffi.from_buffer(value.encode("ascii"))
                param.data_type = lib.OSSL_PARAM_UTF8_STRING
            else:
                data = borrow(value, name)
                param.data_type = lib.OSSL_PARAM_OCTET_STRING
            param.key, param.data, param.data_size = key, data, len(data)
            self._memory += [key, data]
