"""Digests and ciphers, fetched once: EVP looks for an algorithm in its providers at every fetch.

The one place that decides whose implementation is used.
"""

from __future__ import annotations

from typing import Any

from tongsuo_py._binding.errors import check_pointer, clear
from tongsuo_py._binding.library import ffi, lib


def digest(name: str) -> Any:
    """The digest of this name, for as long as the process lives."""
    pointer = lib.EVP_MD_fetch(ffi.NULL, name.encode("ascii"), ffi.NULL)
    return check_pointer(pointer, f"this Tongsuo has no {name}")


def cipher(name: str) -> Any:
    """The cipher of this name, for as long as the process lives."""
    pointer = lib.EVP_CIPHER_fetch(ffi.NULL, name.encode("ascii"), ffi.NULL)
    return check_pointer(pointer, f"this Tongsuo has no {name}")


def optional_cipher(name: str) -> Any | None:
    """As ``cipher``; None where this Tongsuo has not got it."""
    pointer = lib.EVP_CIPHER_fetch(ffi.NULL, name.encode("ascii"), ffi.NULL)
    clear()
    return None if pointer == ffi.NULL else pointer


def mac(name: str) -> Any:
    """The message authentication code of this name, for as long as the process lives."""
    pointer = lib.EVP_MAC_fetch(ffi.NULL, name.encode("ascii"), ffi.NULL)
    return check_pointer(pointer, f"this Tongsuo has no {name}")


SM3 = digest("SM3")
