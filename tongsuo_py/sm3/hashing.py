"""The hash function itself, in the shape of the standard library's ``hashlib``."""

from __future__ import annotations

from threading import Lock
from typing import Any, BinaryIO, NamedTuple, NoReturn

from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.algorithms import SM3 as _SM3
from tongsuo_py._binding.buffers import readable
from tongsuo_py._binding.errors import check
from tongsuo_py._binding.handles import own_md_ctx
from tongsuo_py._binding.pool import Pool
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
        source = readable(data)
        with self._lock:
            context = self._started()
            check(lib.EVP_DigestUpdate(context, source, len(source)), _HASH_FAILED)

    def digest(self) -> bytes:
        """The digest of all data so far, 32 bytes; more may follow."""
        scratch = _scratch.take()
        context, output = scratch
        with self._lock:
            if self._context is None:
                data = self._waiting
                done = lib.EVP_DigestInit_ex(context, _SM3, _NULL) and lib.EVP_DigestUpdate(
                    context, data, len(data)
                )
            else:
                done = lib.EVP_MD_CTX_copy_ex(context, self._context)
        check(done and lib.EVP_DigestFinal_ex(context, output, _NULL), _HASH_FAILED)
        result: bytes = ffi.unpack(output, DIGEST_SIZE)
        _scratch.give(scratch)
        return result

    def hexdigest(self) -> str:
        """The digest as 64 hexadecimal digits."""
        return self.digest().hex()

    def copy(self) -> SM3:
        """Another hash that begins with all data so far."""
        with self._lock:
            if self._context is None:
                return SM3(self._waiting)
            clone = SM3()
            copied = lib.EVP_MD_CTX_copy_ex(clone._started(), self._context)
        check(copied, _HASH_FAILED)
        return clone

    def _started(self) -> Any:
        """A context of its own, with the data that waited; called with the lock held."""
        context, data = self._context, self._waiting
        if context is None:
            context = _new_md_ctx()
            check(
                lib.EVP_DigestInit_ex(context, _SM3, _NULL)
                and lib.EVP_DigestUpdate(context, data, len(data)),
                _HASH_FAILED,
            )
            self._context, self._waiting = context, b""
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
    source = readable(data)
    scratch = _scratch.take()
    context, output = scratch
    check(
        lib.EVP_DigestInit_ex(context, _SM3, _NULL)
        and lib.EVP_DigestUpdate(context, head, len(head))
        and lib.EVP_DigestUpdate(context, source, len(source))
        and lib.EVP_DigestFinal_ex(context, output, _NULL),
        _HASH_FAILED,
    )
    result: bytes = ffi.unpack(output, DIGEST_SIZE)
    _scratch.give(scratch)
    return result


class _Scratch(NamedTuple):
    context: Any
    output: Any


def _new_md_ctx() -> Any:
    return own_md_ctx(lib.EVP_MD_CTX_new(), "no memory for a digest")


_NULL = ffi.NULL
_MAY_WAIT = 65_536  # bytes that an object may keep until they are hashed
_HASH_FAILED = "SM3 failed"
_scratch: Pool[_Scratch] = Pool(lambda: _Scratch(_new_md_ctx(), ffi.new("char[]", DIGEST_SIZE)))
