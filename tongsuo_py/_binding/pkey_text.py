"""Keys in words, as ``openssl pkey -text -noout`` prints them. A handle is an ``EVP_PKEY *``."""

from __future__ import annotations

from typing import Any

from tongsuo_py._binding import asn1
from tongsuo_py._binding.library import ffi, lib


def public(pkey: Any) -> str:
    """The public half of a key."""
    return asn1.printed(
        lambda bio: lib.EVP_PKEY_print_public(bio, pkey, 0, ffi.NULL), "could not print the key"
    )


def private(pkey: Any) -> str:
    """Both halves: whoever reads it has the key."""
    return asn1.printed(
        lambda bio: lib.EVP_PKEY_print_private(bio, pkey, 0, ffi.NULL), "could not print the key"
    )
