"""SM2 signatures over data that comes in pieces or lies in a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from tongsuo_py import sm3
from tongsuo_py._files import StrPath, pieces


class _Stream:
    """Hashes what comes, after what the signer's identity puts before it."""

    __slots__ = ("_hash",)

    def __init__(self, head: bytes) -> None:
        self._hash: sm3.SM3 | None = sm3.sm3(head)

    def update(self, data: object) -> None:
        """Take more data (bytes-like). Two updates are the same as one with both joined."""
        self._unfinished().update(data)

    def update_file(self, file: StrPath | BinaryIO) -> None:
        """Take a file, from where it stands to its end, in constant memory.

        ``file`` is a path, or an object open for reading bytes; TypeError for one in text mode,
        OSError where it cannot be read.
        """
        for piece in pieces(file):
            self.update(piece)

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
