"""SM2 signatures over data that comes in pieces or lies in a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO

from tongsuo_py import sm3

#: A path, or a file object that was opened for reading bytes.
File = str | os.PathLike[str] | BinaryIO

_CHUNK = 2**18  # bytes


class _Stream:
    """Hashes what comes, after what the signer's identity puts before it."""

    __slots__ = ("_hash",)

    def __init__(self, head: bytes) -> None:
        self._hash: sm3.SM3 | None = sm3.sm3(head)

    def update(self, data: object) -> None:
        """Take more data (bytes-like). Two updates are the same as one with both joined."""
        self._unfinished().update(data)

    def read(self, file: File) -> None:
        """Take what is in a file, from where it stands to its end, in constant memory."""
        if isinstance(file, str | os.PathLike):
            with open(file, "rb") as stream:
                self._read(stream)
        elif hasattr(file, "read"):
            self._read(file)
        else:
            raise TypeError(f"file must be a path or a file object, not {type(file).__name__}")

    def _read(self, stream: BinaryIO) -> None:
        while data := stream.read(_CHUNK):
            self.update(data)
        if data is None:
            raise BlockingIOError("the file has no data now; it must not be non-blocking")

    def _unfinished(self) -> sm3.SM3:
        if self._hash is None:
            raise ValueError("it is finalized: begin another one")
        return self._hash

    def _digest(self) -> bytes:
        digest = self._unfinished().digest()
        self._hash = None
        return digest


class Signer(_Stream):
    """A signature in progress, made by ``PrivateKey.signer``."""

    __slots__ = ("_sign",)

    def __init__(self, head: bytes, sign: Callable[[bytes], bytes]) -> None:
        super().__init__(head)
        self._sign = sign

    def finalize(self) -> bytes:
        """The signature over all that was given. ValueError from the second call on."""
        return self._sign(self._digest())


class Verifier(_Stream):
    """A signature's verification in progress, made by ``PublicKey.verifier``."""

    __slots__ = ("_verify",)

    def __init__(self, head: bytes, verify: Callable[[bytes], None]) -> None:
        super().__init__(head)
        self._verify = verify

    def finalize(self) -> None:
        """Return if the signature is one over all that was given; InvalidSignature if it is not.

        ValueError from the second call on.
        """
        self._verify(self._digest())
