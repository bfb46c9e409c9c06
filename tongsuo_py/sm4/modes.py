"""The modes of operation for streams (GB/T 17964-2021)."""

from __future__ import annotations

from typing import Any

from tongsuo_py._binding.algorithms import cipher
from tongsuo_py._binding.buffers import borrow, take
from tongsuo_py.sm4.key import BLOCK_SIZE


class Mode:
    """A mode with its initialization vector; one of ``ECB``, ``CBC``, ``CTR``, ``CFB``, ``OFB``.

    ``iv`` is the vector (16 bytes, copied; empty for ECB), ``padded`` whether data is padded to
    whole blocks.
    """

    __slots__ = ("iv",)

    name: str
    padded: bool
    _cipher: Any

    iv: bytes

    def __init__(self, iv: object) -> None:
        vector = take(borrow(iv, "iv"))
        if len(vector) != BLOCK_SIZE:
            raise ValueError(f"the {self.name} mode needs {BLOCK_SIZE} bytes, not {len(vector)}")
        self.iv = vector

    def __repr__(self) -> str:
        return f"sm4.{self.name}({self.iv!r})"


class ECB(Mode):
    """Electronic code book: each block by itself. UNSAFE for anything but single random blocks.

    Equal blocks of plaintext give equal blocks of ciphertext, and nothing is authenticated.
    """

    __slots__ = ()
    name, padded, _cipher = "ECB", True, cipher("SM4-ECB")

    def __init__(self) -> None:
        self.iv = b""

    def __repr__(self) -> str:
        return "sm4.ECB()"


class CBC(Mode):
    """Cipher block chaining. ``iv``: 16 bytes that nobody can foretell, new for each message.

    Not authenticated. Whoever can ask whether altered ciphertexts decrypt can read the plaintext,
    so authenticate the ciphertext before decrypting it, or use ``GCM``.
    """

    __slots__ = ()
    name, padded, _cipher = "CBC", True, cipher("SM4-CBC")


class CTR(Mode):
    """Counter mode. ``nonce``: the first counter block, 16 bytes, counted up as one number.

    No block may ever be used twice under one key. Not authenticated: whoever flips a bit of the
    ciphertext flips the same bit of the plaintext.
    """

    __slots__ = ()
    name, padded, _cipher = "CTR", False, cipher("SM4-CTR")

    def __init__(self, nonce: object) -> None:
        super().__init__(nonce)


class CFB(Mode):
    """Cipher feedback by whole blocks (CFB128). ``iv``: 16 bytes, never twice under one key.

    Not authenticated.
    """

    __slots__ = ()
    name, padded, _cipher = "CFB", False, cipher("SM4-CFB")


class OFB(Mode):
    """Output feedback. ``iv``: 16 bytes, never twice under one key.

    Not authenticated: whoever flips a bit of the ciphertext flips the same bit of the plaintext.
    """

    __slots__ = ()
    name, padded, _cipher = "OFB", False, cipher("SM4-OFB")
