"""The modes of operation for streams (GB/T 17964-2021)."""

from __future__ import annotations

from typing import Any, Literal

from tongsuo_py._arguments import check_choice
from tongsuo_py._binding.algorithms import cipher, optional_cipher
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py.sm4.key import BLOCK_SIZE, KEY_SIZE


class Mode:
    """A mode with its initialization vector: ``ECB``, ``CBC``, ``CTR``, ``CFB``, ``OFB``, ``XTS``.

    ``iv`` is the vector (16 bytes, copied; empty for ECB), ``padded`` whether data is padded to
    whole blocks.
    """

    __slots__ = ("iv",)

    name: str
    padded: bool
    _cipher: Any
    _key_size = KEY_SIZE

    iv: bytes

    def __init__(self, iv: object) -> None:
        self.iv = iv if type(iv) is bytes and len(iv) == BLOCK_SIZE else self._vector(iv, "iv")

    def _vector(self, value: object, name: str) -> bytes:
        vector = to_bytes(value, name)
        if len(vector) != BLOCK_SIZE:
            raise ValueError(f"the {self.name} mode needs {BLOCK_SIZE} bytes, not {len(vector)}")
        return vector

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


class XTS(Mode):
    """XTS, for the sectors of a disk: one stream is one data unit of 16 bytes to 16 MiB.

    The key has 32 bytes, two SM4 keys that must differ. ``tweak`` is the number of the unit, 16
    bytes: ``number.to_bytes(16, "little")``. ``variant`` is "ieee" (IEEE 1619, what AES-XTS is
    elsewhere) or "gb" (GB/T 17964-2021, which counts the bits the other way round); from the
    second block on their results differ. The ciphertext is as long as the plaintext.

    Not authenticated; and a unit that is written again under the same tweak shows which of its
    blocks are the same. Raises NotImplementedError with Tongsuo 8.4, which lacks it.
    """

    __slots__ = ("variant",)
    name, padded, _cipher = "XTS", False, optional_cipher("SM4-XTS")
    _key_size = 2 * KEY_SIZE

    variant: Literal["ieee", "gb"]

    def __init__(self, tweak: object, variant: Literal["ieee", "gb"] = "ieee") -> None:
        if self._cipher is None:
            raise NotImplementedError("SM4-XTS needs Tongsuo 8.5 or newer, and this one lacks it")
        check_choice("variant", variant, ("ieee", "gb"))
        self.iv = self._vector(tweak, "tweak")
        self.variant = variant

    def __repr__(self) -> str:
        return f"sm4.XTS({self.iv!r}, {self.variant!r})"
