"""HMAC with SM3, in the shape of the standard library's ``hmac`` module."""

from __future__ import annotations

from hmac import compare_digest

from tongsuo_py._binding.mac import Mac, prepared
from tongsuo_py.sm3.hashing import BLOCK_SIZE, DIGEST_SIZE


class HMAC(Mac):
    """A message authentication code in progress; what ``hmac(key)`` and ``hmac.new`` return.

    ``key`` is bytes-like, of any length; 32 random bytes are right.
    """

    __slots__ = ()

    name = "hmac-sm3"
    digest_size = DIGEST_SIZE
    block_size = BLOCK_SIZE

    _prepared = prepared("HMAC", digest="SM3")


class _HmacModule:
    """``sm3.hmac``: what the standard library's module has; calling it is ``new``."""

    __slots__ = ()

    def new(self, key: object, msg: object = None) -> HMAC:
        """A code (RFC 2104, GB/T 15852.2) under ``key``, with ``msg`` as its first input."""
        return HMAC(key, b"" if msg is None else msg)

    def digest(self, key: object, msg: object) -> bytes:
        """The code of one message, 32 bytes."""
        return HMAC(key, msg).digest()

    #: What codes from outside are compared by, never by ``==``.
    compare_digest = staticmethod(compare_digest)

    def __call__(self, key: object, data: object = b"") -> HMAC:
        return HMAC(key, data)

    def __repr__(self) -> str:
        return "<sm3.hmac>"


hmac = _HmacModule()
