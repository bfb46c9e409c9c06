"""Tongsuo's random generator, under the standard library's names.

TLS draws from it by itself; ``secrets`` and ``os.urandom`` serve programs just as well.
"""

from __future__ import annotations

import operator
import warnings

from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.buffers import INT_MAX, borrow
from tongsuo_py.ssl._errors import check


def RAND_add(string: str | bytes | bytearray | memoryview, entropy: float, /) -> None:
    """Mix ``string`` into the generator, as ``entropy`` bits' worth; it never replaces its own."""
    data = borrow(string.encode("utf-8") if isinstance(string, str) else string, "string")
    for start in range(0, max(len(data), 1), INT_MAX):
        size = min(len(data) - start, INT_MAX)
        lib.RAND_add(data + start, size, entropy)


def RAND_bytes(n: int, /) -> bytes:
    """``n`` random bytes, fit for keys. Raises ValueError below 0, SSLError without entropy."""
    size = operator.index(n)
    if size < 0:
        raise ValueError("num must be positive")
    if size > INT_MAX:
        raise OverflowError("Python int too large to convert to C int")
    buffer = ffi.new("unsigned char[]", size)
    check(lib.RAND_bytes(buffer, size))
    return bytes(ffi.buffer(buffer))


def RAND_pseudo_bytes(n: int, /) -> tuple[bytes, bool]:
    """``RAND_bytes(n)``, and whether it is fit for keys: always. CPython 3.11 only."""
    warnings.warn("ssl.RAND_pseudo_bytes() is deprecated", DeprecationWarning, stacklevel=2)
    return RAND_bytes(n), True


def RAND_status() -> bool:
    """Whether the generator has been seeded with enough entropy; it seeds itself."""
    return bool(lib.RAND_status())
