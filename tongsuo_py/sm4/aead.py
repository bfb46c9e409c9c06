"""SM4-GCM and SM4-CCM, which encrypt and authenticate; used as RFC 8998 does."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.algorithms import cipher
from tongsuo_py._binding.buffers import INT_MAX, borrow, kept
from tongsuo_py._binding.errors import check, failure
from tongsuo_py._binding.handles import own_cipher_ctx
from tongsuo_py._binding.pool import Pool
from tongsuo_py.exceptions import InvalidTag
from tongsuo_py.sm4.key import generate_key, key_view

_TAG = 16

_FAILED = "SM4 failed"
_ALTERED = "the ciphertext, its tag, the nonce or the associated data is not the right one"

# Looked up once: a small call would feel it.
_NULL, _seal, _open = ffi.NULL, lib.tspy_seal, lib.tspy_open


class _Aead:
    """What the two modes have in common: all but their limits, and when they are given the key."""

    __slots__ = ("_contexts", "_key", "_tag")

    #: The mode's name, what nonces it takes in words, and which lengths of tags.
    _mode: ClassVar[str]
    _nonces: ClassVar[str]
    _tags: ClassVar[range]
    #: The largest number of bytes to encrypt at once, by the nonce's length; and of others.
    _largest: ClassVar[dict[int, int]]
    _largest_header: ClassVar[int]

    _contexts: Pool[Any]
    _key: Any

    def __init__(self, key: object, tag_length: int = _TAG) -> None:
        key_view(key)
        self._tag = self._checked_tag(tag_length)
        self._use(kept(key, "key"))

    generate_key = staticmethod(generate_key)

    def encrypt(self, nonce: object, data: object, associated_data: object = None) -> bytes:
        """The ciphertext, as long as ``data``, and the tag after it.

        ``associated_data`` is authenticated too but not encrypted: it does not become part of the
        result. Raises ValueError for a nonce of another length than the mode takes, and for more
        data than it can encrypt at once.
        """
        source = data if type(data) is bytes else borrow(data)
        size = len(source)
        return self._run(_seal, nonce, associated_data, source, size, size + self._tag)

    def decrypt(self, nonce: object, data: object, associated_data: object = None) -> bytes:
        """The plaintext of a ciphertext with its tag, made with the same nonce and data.

        Raises InvalidTag if anything differs, or ``data`` is shorter than a tag; nothing of the
        plaintext is given out then.
        """
        source = data if type(data) is bytes else borrow(data)
        size = len(source) - self._tag
        if size < 0:
            raise InvalidTag(_ALTERED)
        if size < 2:  # Python may share objects so short, and C must not write to them
            return self._run(_open, nonce, associated_data, source, size, 2)[:size]
        return self._run(_open, nonce, associated_data, source, size, size)

    def _run(
        self, work: Any, nonce: object, associated_data: object, source: Any, size: int, room: int
    ) -> bytes:
        """What ``work``, a function of native/oneshot.h, writes: ``room`` bytes."""
        iv = nonce if type(nonce) is bytes else borrow(nonce, "nonce")
        iv_size = len(iv)
        largest = self._largest.get(iv_size)
        if largest is None:
            raise ValueError(f"a {self._mode} nonce has {self._nonces}, not {iv_size}")
        if size > largest:
            raise ValueError(
                f"{self._mode} with a nonce of {iv_size} bytes takes at most {largest} bytes, "
                f"not {size}"
            )
        if associated_data is None:
            header: Any = b""
        elif type(associated_data) is bytes:
            header = associated_data
        else:
            header = borrow(associated_data, "associated_data")
        header_size = len(header)
        if header_size > self._largest_header:
            raise ValueError(
                f"{self._mode} takes at most {self._largest_header} bytes of associated data"
            )
        context = self._contexts.take()
        out = bytes(room)  # C fills it, before anybody sees it
        done = work(
            context, self._key, iv, iv_size, header, header_size, source, size, out, self._tag
        )
        if done != 1:
            raise InvalidTag(_ALTERED) if done < 0 else failure(_FAILED)
        self._contexts.give(context)
        return out

    def _use(self, key: Any) -> None:
        raise NotImplementedError

    @classmethod
    def _checked_tag(cls, length: int) -> int:
        if not isinstance(length, int) or isinstance(length, bool):
            raise TypeError(f"tag_length must be int, not {type(length).__name__}")
        if length not in cls._tags:
            *most, last = map(str, cls._tags)
            raise ValueError(
                f"a {cls._mode} tag has {', '.join(most)} or {last} bytes, not {length}"
            )
        return length

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"sm4.{self._mode} is not pickled or copied, for it holds the key")

    def __repr__(self) -> str:
        return f"<sm4.{self._mode} with tags of {self._tag} bytes>"


class GCM(_Aead):
    """SM4 in Galois/counter mode (NIST SP 800-38D).

    ``tag_length`` is 12 to 16 bytes, for what others send; 16 is right for everything new. A nonce
    has 8 to 128 bytes; 12 are best, and what protocols use. It must never be used twice under one
    key: whoever sees two such messages can read parts of both, and forge others. Count them, or
    draw 12 random bytes for at most 2³² messages. At most 2³⁶ - 32 bytes are encrypted at once.
    One object may be used from any number of threads at once.
    """

    __slots__ = ()

    _mode = "GCM"
    _nonces = "8 to 128 bytes, best 12"
    _tags = range(12, 17)
    _largest = dict.fromkeys(range(8, 129), 2**36 - 32)
    _largest_header = 2**61 - 1

    def _use(self, key: Any) -> None:
        self._key = _NULL
        # The pool must not know the object, which would then outlive its last use.
        self._contexts = Pool(lambda: _context("SM4-GCM", key))


class CCM(_Aead):
    """SM4 in counter mode with CBC-MAC (NIST SP 800-38C, RFC 3610).

    ``tag_length`` is 4, 6, 8, 10, 12, 14 or 16 bytes; one of 2ⁿ forgeries of an n-bit tag passes.
    A nonce has 7 to 13 bytes, and must never be used twice under one key. The longer it is, the
    less can be encrypted at once: with 12, 16 MiB - 1 byte, with 13, 65535 bytes, and never more
    than 2 GiB. One object may be used from any number of threads at once.
    """

    __slots__ = ()

    _mode = "CCM"
    _nonces = "7 to 13 bytes"
    _tags = range(4, 17, 2)
    _largest: ClassVar = {
        size: min(2 ** (8 * (15 - size)) - 1, INT_MAX - _TAG) for size in range(7, 14)
    }
    _largest_header = INT_MAX

    def _use(self, key: Any) -> None:
        self._key = key
        self._contexts = Pool(lambda: _context("SM4-CCM"))


_CIPHERS = {name: cipher(name) for name in ("SM4-GCM", "SM4-CCM")}


def _context(name: str, key: Any = _NULL) -> Any:
    context = own_cipher_ctx(lib.EVP_CIPHER_CTX_new(), "no memory for SM4")
    check(lib.EVP_CipherInit_ex(context, _CIPHERS[name], _NULL, key, _NULL, 1), _FAILED)
    return context
