"""SM4-GCM and SM4-CCM, which encrypt and authenticate; used as RFC 8998 does."""

from __future__ import annotations

from typing import Any, NoReturn

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.algorithms import cipher
from tongsuo_py._binding.buffers import INT_MAX, borrow, fresh, kept, readable
from tongsuo_py._binding.handles import own_cipher_ctx
from tongsuo_py._binding.pool import Pool
from tongsuo_py.exceptions import InvalidTag
from tongsuo_py.sm4.key import generate_key, key_view

_GCM, _CCM = cipher("SM4-GCM"), cipher("SM4-CCM")
_TAG = 16

# EVP counts in int; whole blocks, so that no piece ends inside one.
_LARGEST_PIECE = 2**30

_FAILED = "SM4 failed"
_ALTERED = "the ciphertext, its tag, the nonce or the associated data is not the right one"


class _Context:
    """A cipher context with the key in it, and the nonce length that it is set to."""

    __slots__ = ("_nonce_size", "evp", "length")

    def __init__(self) -> None:
        self.evp = own_cipher_ctx(lib.EVP_CIPHER_CTX_new(), "no memory for SM4")
        self.length = ffi.new("int *")
        self._nonce_size = 0

    def set_nonce_size(self, size: int) -> bool:
        """Whether it had to be changed."""
        if size == self._nonce_size:
            return False
        result = lib.EVP_CIPHER_CTX_ctrl(self.evp, lib.EVP_CTRL_AEAD_SET_IVLEN, size, ffi.NULL)
        errors.check(result, _FAILED)
        self._nonce_size = size
        return True


class GCM:
    """SM4 in Galois/counter mode (NIST SP 800-38D).

    ``tag_length`` is 12 to 16 bytes, for what others send; 16 is right for everything new. A nonce
    must never be used twice under one key: whoever sees two such messages can read parts of both,
    and forge others. Count them, or draw 12 random bytes for at most 2³² messages. One object may
    be used from any number of threads at once.
    """

    __slots__ = ("_contexts", "_tag")

    def __init__(self, key: object, tag_length: int = _TAG) -> None:
        key_view(key)
        self._tag = _tag_length(tag_length, "GCM", range(12, 17))
        secret = kept(key, "key")
        # The pool must not know the object, which would then outlive its last use.
        self._contexts = Pool(lambda: _gcm_context(secret))

    generate_key = staticmethod(generate_key)

    def encrypt(self, nonce: object, data: object, associated_data: object = None) -> bytes:
        """The ciphertext, as long as ``data``, and the tag after it.

        ``nonce`` has 8 to 128 bytes; 12 are best, and what protocols use. ``associated_data`` is
        authenticated too but not encrypted: it does not become part of the result.
        """
        source = readable(data)
        size = len(source)
        context = self._begin(nonce, size, associated_data, 1)
        evp, length = context.evp, context.length
        sealed, memory = fresh(size + self._tag)
        if size:
            _update(evp, memory, length, source, size)
        errors.check(
            lib.EVP_CipherFinal_ex(evp, memory + size, length)
            and lib.EVP_CIPHER_CTX_ctrl(evp, lib.EVP_CTRL_AEAD_GET_TAG, self._tag, memory + size),
            _FAILED,
        )
        self._contexts.give(context)
        return sealed

    def decrypt(self, nonce: object, data: object, associated_data: object = None) -> bytes:
        """The plaintext of a ciphertext with its tag, made with the same nonce and data.

        Raises InvalidTag if anything differs, or ``data`` is shorter than a tag; nothing of the
        plaintext is given out then.
        """
        source = borrow(data)
        size = len(source) - self._tag
        if size < 0:
            raise InvalidTag(_ALTERED)
        context = self._begin(nonce, size, associated_data, 0)
        evp, length = context.evp, context.length
        plaintext, memory = fresh(max(size, 2))
        if size:
            _update(evp, memory, length, source, size)
        errors.check(
            lib.EVP_CIPHER_CTX_ctrl(evp, lib.EVP_CTRL_AEAD_SET_TAG, self._tag, source + size),
            _FAILED,
        )
        # It compares the tag, and has nothing to write; but it wants to be told where.
        if lib.EVP_CipherFinal_ex(evp, memory, length) != 1:
            lib.OPENSSL_cleanse(memory, len(memory))
            errors.clear()
            raise InvalidTag(_ALTERED)
        self._contexts.give(context)
        return plaintext if size >= 2 else plaintext[:size]

    def _begin(self, nonce: object, size: int, associated_data: object, encrypt: int) -> _Context:
        iv = readable(nonce, "nonce")
        if not 8 <= len(iv) <= 128:
            raise ValueError(f"a GCM nonce has 8 to 128 bytes, best 12, not {len(iv)}")
        if size > 2**36 - 32:
            raise ValueError(f"GCM encrypts at most 2**36 - 32 bytes at once, not {size}")
        header = None if associated_data is None else readable(associated_data, "associated_data")
        context = self._contexts.take()
        evp = context.evp
        context.set_nonce_size(len(iv))
        errors.check(lib.EVP_CipherInit_ex(evp, ffi.NULL, ffi.NULL, ffi.NULL, iv, encrypt), _FAILED)
        if header is not None and len(header):
            _update(evp, ffi.NULL, context.length, header, len(header))
        return context

    def __reduce__(self) -> NoReturn:
        raise TypeError("sm4.GCM is not pickled or copied, for it holds the key")

    def __repr__(self) -> str:
        return f"<sm4.GCM with tags of {self._tag} bytes>"


class CCM:
    """SM4 in counter mode with CBC-MAC (NIST SP 800-38C, RFC 3610).

    ``tag_length`` is 4, 6, 8, 10, 12, 14 or 16 bytes; one of 2ⁿ forgeries of an n-bit tag passes.
    A nonce must never be used twice under one key. One object may be used from any number of
    threads at once.
    """

    __slots__ = ("_decryptors", "_encryptors", "_key", "_tag")

    def __init__(self, key: object, tag_length: int = _TAG) -> None:
        key_view(key)
        self._tag = _tag_length(tag_length, "CCM", range(4, 17, 2))
        self._key = kept(key, "key")
        self._encryptors = Pool(lambda: _ccm_context(tag_length, 1))
        self._decryptors = Pool(lambda: _ccm_context(tag_length, 0))

    generate_key = staticmethod(generate_key)

    def encrypt(self, nonce: object, data: object, associated_data: object = None) -> bytes:
        """The ciphertext, as long as ``data``, and the tag after it.

        ``nonce`` has 7 to 13 bytes; the longer it is, the less can be encrypted at once: with 12,
        16 MiB - 1 byte, with 13, 65535 bytes, and never more than 2 GiB. ValueError for more.
        """
        source = readable(data)
        size = len(source)
        iv, header = self._checked(nonce, size, associated_data)
        sealed, memory = fresh(size + self._tag)
        context = self._encryptors.take()
        evp, length = context.evp, context.length
        self._start(context, iv, 1)
        self._head(context, size, header)
        errors.check(
            lib.EVP_CipherUpdate(evp, memory, length, source, size)
            and lib.EVP_CipherFinal_ex(evp, memory + size, length)
            and lib.EVP_CIPHER_CTX_ctrl(evp, lib.EVP_CTRL_AEAD_GET_TAG, self._tag, memory + size),
            _FAILED,
        )
        self._encryptors.give(context)
        return sealed

    def decrypt(self, nonce: object, data: object, associated_data: object = None) -> bytes:
        """The plaintext of a ciphertext with its tag, made with the same nonce and data.

        Raises InvalidTag if anything differs, or ``data`` is shorter than a tag; nothing of the
        plaintext is given out then.
        """
        source = borrow(data)
        size = len(source) - self._tag
        if size < 0:
            raise InvalidTag(_ALTERED)
        iv, header = self._checked(nonce, size, associated_data)
        plaintext, memory = fresh(max(size, 2))
        context = self._decryptors.take()
        evp = context.evp
        errors.check(
            lib.EVP_CIPHER_CTX_ctrl(evp, lib.EVP_CTRL_AEAD_SET_TAG, self._tag, source + size),
            _FAILED,
        )
        self._start(context, iv, 0)
        self._head(context, size, header)
        # In CCM this is where the tag is compared.
        if lib.EVP_CipherUpdate(evp, memory, context.length, source, size) != 1:
            lib.OPENSSL_cleanse(memory, len(memory))
            errors.clear()
            raise InvalidTag(_ALTERED)
        self._decryptors.give(context)
        return plaintext if size >= 2 else plaintext[:size]

    def _start(self, context: _Context, iv: Any, encrypt: int) -> None:
        # Tongsuo takes over the two lengths only when it is given the key.
        key = self._key if context.set_nonce_size(len(iv)) else ffi.NULL
        errors.check(
            lib.EVP_CipherInit_ex(context.evp, ffi.NULL, ffi.NULL, key, iv, encrypt), _FAILED
        )

    def _checked(self, nonce: object, size: int, associated_data: object) -> tuple[Any, Any]:
        iv = readable(nonce, "nonce")
        if not 7 <= len(iv) <= 13:
            raise ValueError(f"a CCM nonce has 7 to 13 bytes, not {len(iv)}")
        most = min(2 ** (8 * (15 - len(iv))) - 1, INT_MAX - _TAG)
        if size > most:
            raise ValueError(
                f"CCM with a nonce of {len(iv)} bytes takes at most {most} bytes, not {size}"
            )
        header = None if associated_data is None else readable(associated_data, "associated_data")
        if header is not None and len(header) > INT_MAX:
            raise ValueError(f"CCM takes at most {INT_MAX} bytes of associated data")
        return iv, header

    def _head(self, context: _Context, size: int, header: Any) -> None:
        evp, length, null = context.evp, context.length, ffi.NULL
        errors.check(lib.EVP_CipherUpdate(evp, null, length, null, size), _FAILED)
        if header is not None and len(header):
            errors.check(lib.EVP_CipherUpdate(evp, null, length, header, len(header)), _FAILED)

    def __reduce__(self) -> NoReturn:
        raise TypeError("sm4.CCM is not pickled or copied, for it holds the key")

    def __repr__(self) -> str:
        return f"<sm4.CCM with tags of {self._tag} bytes>"


def _tag_length(length: int, mode: str, allowed: range) -> int:
    if not isinstance(length, int) or isinstance(length, bool):
        raise TypeError(f"tag_length must be int, not {type(length).__name__}")
    if length not in allowed:
        *most, last = map(str, allowed)
        raise ValueError(f"a {mode} tag has {', '.join(most)} or {last} bytes, not {length}")
    return length


def _gcm_context(key: Any) -> _Context:
    context, null = _Context(), ffi.NULL
    errors.check(lib.EVP_CipherInit_ex(context.evp, _GCM, null, key, null, 1), _FAILED)
    return context


def _ccm_context(tag_length: int, encrypt: int) -> _Context:
    context, null = _Context(), ffi.NULL
    errors.check(
        lib.EVP_CipherInit_ex(context.evp, _CCM, null, null, null, encrypt)
        and lib.EVP_CIPHER_CTX_ctrl(context.evp, lib.EVP_CTRL_AEAD_SET_TAG, tag_length, null),
        _FAILED,
    )
    return context


def _update(evp: Any, target: Any, length: Any, source: Any, size: int) -> None:
    """EVP_CipherUpdate on data of any size, in pieces of what it takes; no target: only read."""
    if size <= _LARGEST_PIECE:
        errors.check(lib.EVP_CipherUpdate(evp, target, length, source, size), _FAILED)
        return
    source = ffi.from_buffer(source) if type(source) is bytes else source
    for start in range(0, size, _LARGEST_PIECE):
        piece = min(_LARGEST_PIECE, size - start)
        output = target + start if target else target
        errors.check(lib.EVP_CipherUpdate(evp, output, length, source + start, piece), _FAILED)
