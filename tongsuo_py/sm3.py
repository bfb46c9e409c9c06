"""SM3, the hash function of GB/T 32905-2016, and HMAC with it.

The objects have the shape of the standard library's ``hashlib`` and ``hmac``::

    sm3.sm3(b"abc").hexdigest()
    sm3.hmac(key, b"data").digest()

All data may be any bytes-like object of any size, and is not copied; the GIL is free while it is
hashed. Text raises TypeError. An object may be used from several threads at once; each update is
then hashed whole, in some order.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, NamedTuple, NoReturn

from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.algorithms import SM3 as _SM3
from tongsuo_py._binding.algorithms import mac as _mac
from tongsuo_py._binding.buffers import readable
from tongsuo_py._binding.errors import check, check_pointer
from tongsuo_py._binding.handles import own_mac_ctx, own_md_ctx
from tongsuo_py._binding.pool import Pool

__all__ = ["BLOCK_SIZE", "DIGEST_SIZE", "HMAC", "SM3", "hmac", "new", "sm3"]

#: Bytes of a digest, and of the blocks that the function works on.
DIGEST_SIZE = 32
BLOCK_SIZE = 64


def hmac(key: object, data: object = b"") -> HMAC:
    """A message authentication code (RFC 2104, GB/T 15852.2), with ``data`` as its first input.

    ``key`` is bytes-like, of any length; 32 random bytes are right. To check a code that came from
    outside, compare it by ``hmac.compare_digest`` of the standard library, never by ``==``.
    """
    return HMAC(key, data)


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


class HMAC:
    """A message authentication code in progress; what ``hmac.new`` returns."""

    __slots__ = ("_context", "_lock")

    name = "hmac-sm3"
    digest_size = DIGEST_SIZE
    block_size = BLOCK_SIZE

    def __init__(self, key: object, data: object = b"") -> None:
        secret = readable(key, "key")
        self._lock = Lock()
        self._context = own_mac_ctx(lib.EVP_MAC_CTX_new(_HMAC), "no memory for an HMAC")
        check(lib.EVP_MAC_init(self._context, secret, len(secret), _WITH_SM3), _HMAC_FAILED)
        self.update(data)

    def update(self, data: object, /) -> None:
        """Authenticate more data. Two updates are the same as one with both pieces joined."""
        source = readable(data)
        with self._lock:
            check(lib.EVP_MAC_update(self._context, source, len(source)), _HMAC_FAILED)

    def digest(self) -> bytes:
        """The code for all data so far, 32 bytes; more may follow."""
        output = ffi.new("char[]", DIGEST_SIZE)
        with self._lock:
            context = check_pointer(lib.EVP_MAC_CTX_dup(self._context), _HMAC_FAILED)
        done = lib.EVP_MAC_final(context, output, _length, DIGEST_SIZE)
        lib.EVP_MAC_CTX_free(context)
        check(done, _HMAC_FAILED)
        result: bytes = ffi.unpack(output, DIGEST_SIZE)
        return result

    def hexdigest(self) -> str:
        """The code as 64 hexadecimal digits."""
        return self.digest().hex()

    def copy(self) -> HMAC:
        """Another code under the same key that begins with all data so far."""
        clone = HMAC.__new__(HMAC)
        clone._lock = Lock()
        with self._lock:
            clone._context = own_mac_ctx(lib.EVP_MAC_CTX_dup(self._context), _HMAC_FAILED)
        return clone

    def __reduce__(self) -> NoReturn:
        raise TypeError("an HMAC is not pickled, for it holds the key")

    def __repr__(self) -> str:
        return f"<sm3.HMAC at {id(self):#x}>"


sm3 = new = SM3


class _Scratch(NamedTuple):
    context: Any
    output: Any


def _new_md_ctx() -> Any:
    return own_md_ctx(lib.EVP_MD_CTX_new(), "no memory for a digest")


def _digest_parameter(name: bytes) -> tuple[Any, tuple[Any, ...]]:
    """The parameter list that names a MAC's digest, and the memory that it points to."""
    params, key, value = (
        ffi.new("OSSL_PARAM[2]"),
        ffi.new("char[]", b"digest"),
        ffi.from_buffer(name),
    )
    params[0].key, params[0].data, params[0].data_size = key, value, len(name)
    params[0].data_type = lib.OSSL_PARAM_UTF8_STRING
    return params, (key, value)


_NULL = ffi.NULL
_MAY_WAIT = 65_536  # bytes that an object may keep until they are hashed
_HASH_FAILED = "SM3 failed"
_HMAC_FAILED = "HMAC with SM3 failed"
_HMAC = _mac("HMAC")
_WITH_SM3, _with_sm3_memory = _digest_parameter(b"SM3")
_length = ffi.new("size_t *")  # for C to write what is known
_scratch: Pool[_Scratch] = Pool(lambda: _Scratch(_new_md_ctx(), ffi.new("char[]", DIGEST_SIZE)))
