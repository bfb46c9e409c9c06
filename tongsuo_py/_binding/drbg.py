"""The generators of random numbers (DRBGs of NIST SP 800-90A), and additional input to them."""

from __future__ import annotations

from typing import Any

from tongsuo_py._binding.errors import check, check_pointer
from tongsuo_py._binding.library import ffi, lib


def private() -> Any:
    """This thread's generator of private values, which signatures draw their nonces from.

    It belongs to the thread, and goes with it: use it at once and do not keep it.
    """
    return check_pointer(lib.RAND_get0_private(ffi.NULL), "Tongsuo has no random generator")


def add_input(generator: Any, data: bytes) -> None:
    """Mix ``data`` into what the generator gives from now on, as additional input.

    It is not counted as entropy and takes none away: whoever knows or chooses it knows no more of
    what comes.
    """
    message = "the random generator did not take the additional input"
    check(lib.tspy_add_input(generator, data, len(data)), message)
