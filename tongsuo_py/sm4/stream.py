"""SM4 on data that comes in pieces, in the modes that only encrypt."""

from __future__ import annotations

from threading import Lock
from typing import Any, NoReturn, Self

from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.buffers import borrow, borrow_writable, secret
from tongsuo_py._binding.errors import check, clear, failure
from tongsuo_py._binding.handles import own_cipher_ctx
from tongsuo_py._binding.pool import Pool
from tongsuo_py.exceptions import DecryptionError
from tongsuo_py.sm4.key import BLOCK_SIZE, key_view
from tongsuo_py.sm4.modes import Mode

_FAILED = "SM4 failed"
_BAD_PADDING = "the data does not decrypt to whole, properly padded blocks: is the key right?"

# Looked up once: a small call would feel it.
_NULL, _begin, _update, _finish = ffi.NULL, lib.EVP_CipherInit_ex, lib.tspy_update, lib.tspy_finish

_contexts: Pool[Any] = Pool(lambda: own_cipher_ctx(lib.EVP_CIPHER_CTX_new(), "no memory for SM4"))


class Stream:
    """Data through SM4, piece by piece; made by ``encryptor`` and ``decryptor``.

    The pieces may have any size. Several threads may use one stream, each call then being one
    piece, in some order.
    """

    __slots__ = ("_context", "_encrypts", "_held", "_lock", "_mode", "_pads")

    _context: Any
    _mode: Mode
    _encrypts: bool
    _pads: bool
    _held: int
    _lock: Lock

    def __init__(self) -> None:
        raise TypeError("make it with sm4.encryptor() or sm4.decryptor()")

    @classmethod
    def _start(cls, key: object, mode: Mode, padding: bool, encrypts: bool) -> Self:
        if not isinstance(mode, Mode):
            raise TypeError(f"mode must be an sm4 mode such as CBC(iv), not {type(mode).__name__}")
        if type(key) is not bytes or len(key) != mode._key_size:
            key = key_view(key, mode._key_size, f"SM4-{mode.name}")
        context = _contexts.take()
        pads = mode.padded and bool(padding)
        if _begin(context, mode._cipher, _NULL, key, mode.iv or _NULL, encrypts) != 1:
            raise failure(_FAILED)
        if mode.padded and not pads:
            check(lib.EVP_CIPHER_CTX_set_padding(context, 0), _FAILED)
        stream = cls.__new__(cls)
        stream._context = context
        stream._mode = mode
        stream._encrypts = encrypts
        stream._pads = pads
        stream._held = 0  # bytes that Tongsuo has and has not given back yet
        stream._lock = Lock()
        return stream

    def update(self, data: object) -> bytes:
        """Process a piece; returns what can be given out by now; in ECB, CBC, XTS whole blocks."""
        source = data if type(data) is bytes else borrow(data)
        with self._lock:
            room = self._output_size(len(source))
            out = bytes(room if room >= 2 else 2)  # C fills it; Python may share shorter ones
            self._process(out, source, len(source))
        return out if room >= 2 else out[:room]

    def update_into(self, data: object, buffer: object) -> int:
        """Process a piece into ``buffer``, without an object in between; returns the byte count.

        ``buffer`` is writable and bytes-like. In CTR, CFB and OFB mode as many bytes come out as
        go in; in ECB and CBC up to 15 more, or 16 when decrypting with padding; in XTS up to 31,
        since it keeps that many back. ValueError if they do not fit. It may be the memory of
        ``data`` itself.
        """
        source, target = borrow(data), borrow_writable(buffer)
        with self._lock:
            size = self._output_size(len(source))
            if len(target) < size:
                raise ValueError(f"the buffer has {len(target)} bytes, and {size} come out")
            # Output that runs behind the input, or ahead of it, would overwrite what is to be read.
            same = int(ffi.cast("uintptr_t", target)) - int(ffi.cast("uintptr_t", source))
            if -size < same < len(source) and (same or self._held or size != len(source)):
                with secret(len(source)) as copy:
                    ffi.memmove(copy, source, len(source))
                    self._process(target, copy, len(source))
            else:
                self._process(target, source, len(source))
        return size

    def finalize(self) -> bytes:
        """End the stream; returns the rest. Nothing else can be called any more.

        Raises ValueError where padding is off and the data did not end with a whole block, and
        DecryptionError (a ValueError too) where it should be padded and is not, or not rightly.
        """
        with self._lock:
            context, held = self._live(), self._held
            self._context = None
        rest = self._last(context, held)
        # Cleansed and ready for the next stream; after a failure it is freed instead.
        _contexts.give(context)
        return rest

    def _live(self) -> Any:
        if self._context is None:
            raise ValueError("this SM4 stream is finalized: make a new one")
        return self._context

    def _output_size(self, size: int) -> int:
        self._live()
        if not self._mode.padded:
            return size
        total = self._held + size
        # The last block is known to be padded only when the stream ends.
        if self._pads and not self._encrypts and total:
            total -= 1
        return total // BLOCK_SIZE * BLOCK_SIZE

    def _process(self, target: Any, source: Any, size: int) -> None:
        made = _update(self._context, target, source, size)
        if made < 0:
            raise failure(_FAILED)
        self._held += size - made

    def _last(self, context: Any, held: int) -> bytes:
        """The rest, after which the context is cleansed."""
        if held and not self._pads:
            raise ValueError(
                f"without padding, {self._mode.name} takes whole blocks of {BLOCK_SIZE} "
                f"bytes; {held} are left over"
            )
        block = bytes(BLOCK_SIZE)
        size = _finish(context, block)
        if size == 0:
            return b""
        if size == BLOCK_SIZE:
            return block
        if size > 0:
            rest = block[:size]
            lib.OPENSSL_cleanse(block, size)
            return rest
        if self._encrypts:
            raise failure(_FAILED)
        clear()
        raise DecryptionError(_BAD_PADDING)

    def __reduce__(self) -> NoReturn:
        raise TypeError("an SM4 stream is not pickled or copied, for it holds the key")

    def __repr__(self) -> str:
        what = "encryptor" if self._encrypts else "decryptor"
        return f"<sm4.Stream, {what} in {self._mode.name} mode>"
