"""SM4 keys."""

from __future__ import annotations

from typing import Any

from tongsuo_py._binding import lib
from tongsuo_py._binding.buffers import readable, secret, take
from tongsuo_py._binding.errors import check

#: Bytes of a key, and of a block.
KEY_SIZE = 16
BLOCK_SIZE = 16


def generate_key() -> bytes:
    """A new key: 16 bytes from Tongsuo's random generator for private values."""
    with secret(KEY_SIZE) as key:
        check(lib.RAND_priv_bytes(key, KEY_SIZE), "Tongsuo's random generator failed")
        return take(key)


def key_view(key: object, size: int = KEY_SIZE, kind: str = "SM4") -> Any:
    """The key for C to read; ValueError unless it has so many bytes."""
    view = readable(key, "key")
    if len(view) != size:
        raise ValueError(f"an {kind} key has {size} bytes, not {len(view)}")
    return view
