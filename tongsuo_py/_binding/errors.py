"""OpenSSL's error queue, read out whole, and the checks that turn return codes into exceptions."""

from __future__ import annotations

import os
from typing import Any

from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import ErrorEntry, TongsuoError

_TEXT_FLAG = 0x02  # ERR_TXT_STRING: the entry's data is text


def _text(pointer: Any) -> str:
    return "" if pointer == ffi.NULL else ffi.string(pointer).decode("utf-8", "replace")


def _reason(code: int) -> str:
    if lib.ERR_GET_LIB(code) == lib.ERR_LIB_SYS:  # the reason is an errno, and has no text there
        return os.strerror(lib.ERR_GET_REASON(code))
    return _text(lib.ERR_reason_error_string(code))


def drain() -> tuple[ErrorEntry, ...]:
    """Take every entry off this thread's error queue, the oldest first."""
    file, function, data = (ffi.new("char const **") for _ in range(3))
    line, flags = ffi.new("int *"), ffi.new("int *")
    entries = []
    while code := lib.ERR_get_error_all(file, line, function, data, flags):
        entries.append(
            ErrorEntry(
                library=_text(lib.ERR_lib_error_string(code)),
                reason=_reason(code),
                library_code=lib.ERR_GET_LIB(code),
                reason_code=lib.ERR_GET_REASON(code),
                data=_text(data[0]) if flags[0] & _TEXT_FLAG else "",
                file=_text(file[0]),
                line=line[0],
                function=_text(function[0]),
            )
        )
    return tuple(entries)


def clear() -> None:
    """Empty this thread's error queue, after a failure that was expected."""
    lib.ERR_clear_error()


def failure(message: str, kind: type[TongsuoError] = TongsuoError) -> TongsuoError:
    """The exception for a call that failed, with the error queue taken into it."""
    return kind(message, drain())


def check(result: int, message: str, kind: type[TongsuoError] = TongsuoError) -> int:
    """Pass on a positive ``result``; raise ``kind`` for C's other answers (0, and below)."""
    if result <= 0:
        raise failure(message, kind)
    return result


def check_pointer(pointer: Any, message: str, kind: type[TongsuoError] = TongsuoError) -> Any:
    """Pass on ``pointer``, or raise ``kind`` when it is NULL."""
    if pointer == ffi.NULL:
        raise failure(message, kind)
    return pointer
