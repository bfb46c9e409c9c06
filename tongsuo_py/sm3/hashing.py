"""The hash function itself, in the shape of the standard library's ``hashlib``."""

from __future__ import annotations

from threading import Lock
from typing import Any, BinaryIO, NoReturn

from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.algorithms import SM3 as _SM3
from tongsuo_py._binding.buffers import borrow
from tongsuo_py._binding.errors import check, failure
from tongsuo_py._binding.handles import own_md_ctx
from tongsuo_py._files import StrPath, pieces

#: Bytes of a digest, and of the blocks that the function works on.
DIGEST_SIZE = 32
BLOCK_SIZE = 64


class SM3:
    """A hash in progress, ``data`` being its first input; ``sm3`` and ``new`` are the same.

    ``usedforsecurity`` is there because ``hashlib`` has it; SM3 is the same either way.
    """

    __slots__ = ("_context", "_lock", "_waiting")

    name = "sm3"
    digest_size = DIGEST_SIZE
    block_size = BLOCK_SIZE

    _context: Any
    _waiting: bytes

    def __init__(self, data: object = b"", *, usedforsecurity: bool = True) -> None:
        self._lock = Lock()
        self._context = None
        # Most hashes are made of one piece of data and asked for their digest once. That needs no
        # context of its own, which would cost as much as hashing a kilobyte.
        if type(data) is bytes and len(data) <= _MAY_WAIT:
            self._waiting = data
        else:
            self._waiting = b""
            self.update(data)

    def update(self, data: object, /) -> None:
        """Hash more data. Two updates are the same as one with both pieces joined."""
        source = data if type(data) is bytes else borrow(data)
        with self._lock:
            context = self._context or self._start()
            if _update(context, source, len(source)) != 1:
                raise failure(_FAILED)

    def digest(self) -> bytes:
        """The digest of all data so far, 32 bytes; more may follow."""
        waiting = self._waiting  # before we look whether it is all there is
        if self._context is None:
            return joined_digest(b"", waiting)
        result = bytes(DIGEST_SIZE)
        with self._lock:
            check(lib.tspy_digest_so_far(self._context, result), _FAILED)
        return result

    def hexdigest(self) -> str:
        """The digest as 64 hexadecimal digits."""
        return self.digest().hex()

    def copy(self) -> SM3:
        """Another hash that begins with all data so far."""
        waiting = self._waiting
        clone = SM3(waiting)
        if self._context is not None:
            clone._waiting, clone._context = b"", _new_md_ctx()
            with self._lock:
                check(lib.EVP_MD_CTX_copy_ex(clone._context, self._context), _FAILED)
        return clone

    def _start(self) -> Any:
        """A context of its own, with the data that waited; called with the lock held."""
        context, data = _new_md_ctx(), self._waiting
        check(
            lib.EVP_DigestInit_ex(context, _SM3, ffi.NULL)
            and lib.EVP_DigestUpdate(context, data, len(data)),
            _FAILED,
        )
        self._context = context
        self._waiting = b""
        return context

    def __reduce__(self) -> NoReturn:
        raise TypeError("a hash in progress is not pickled: use copy(), or its digest")

    def __repr__(self) -> str:
        return f"<sm3.SM3 at {id(self):#x}>"


sm3 = new = SM3


def file_digest(file: StrPath | BinaryIO, /) -> SM3:
    """The hash of a file from where it stands to its end, read piece by piece.

    ``file`` is a path, or an object that was opened for reading in binary mode; TypeError for
    one in text mode, OSError where it cannot be read.
    """
    state = SM3()
    for piece in pieces(file):
        state.update(piece)
    return state


def joined_digest(head: bytes, data: object) -> bytes:
    """SM3 of ``head`` and ``data``, one after the other, without an object in between."""
    source = data if type(data) is bytes else borrow(data)
    result = bytes(DIGEST_SIZE)
    if _digest(_SM3, head, len(head), source, len(source), result) != 1:
        raise failure(_FAILED)
    return result


def _new_md_ctx() -> Any:
    return own_md_ctx(lib.EVP_MD_CTX_new(), "no memory for a digest")


# Looked up once: a small call would feel it.
_digest, _update = lib.tspy_digest, lib.EVP_DigestUpdate
_MAY_WAIT = 65_536  # bytes that an object may keep until they are hashed
_FAILED = "SM3 failed"
