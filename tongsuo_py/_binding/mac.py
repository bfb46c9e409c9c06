"""Message authentication codes that are fed piece by piece: HMAC and CMAC."""

from __future__ import annotations

import hmac
from threading import Lock
from typing import Any, ClassVar, NoReturn, Self

from tongsuo_py._binding.algorithms import mac
from tongsuo_py._binding.buffers import readable, to_bytes
from tongsuo_py._binding.errors import check, failure
from tongsuo_py._binding.handles import own_mac_ctx
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._binding.parameters import Parameters
from tongsuo_py.exceptions import InvalidTag

_MAY_WAIT = 65_536  # bytes that an object may keep until there is a code to make of them
_ANY_KEY = bytes(16)
_NOTHING = b"", b""

# Looked up once: a small call would feel it.
_whole, _so_far, _update = lib.tspy_mac, lib.tspy_mac_so_far, lib.EVP_MAC_update


def prepared(algorithm: str, **settings: object) -> Any:
    """A context to copy: the algorithm with what it is set to, both looked up once."""
    context = own_mac_ctx(lib.EVP_MAC_CTX_new(mac(algorithm)), f"no memory for {algorithm}")
    parameters = Parameters(**settings)
    # Tongsuo copies no CMAC that has not got a key yet.
    result = lib.EVP_MAC_init(context, _ANY_KEY, len(_ANY_KEY), parameters.list)
    check(result, f"{algorithm} failed")
    return context


class Mac:
    """A code in progress, in the shape of what the standard library's ``hmac.new`` returns.

    A kind of code has the context that all of them are copied from, ``_prepared``.
    """

    __slots__ = ("_context", "_lock", "_waiting")

    name: ClassVar[str]
    digest_size: ClassVar[int]
    block_size: ClassVar[int]
    _prepared: ClassVar[Any]

    _context: Any
    _waiting: tuple[bytes, bytes]

    def __init__(self, key: object, data: object = b"") -> None:
        self._lock = Lock()
        self._context = None
        # Most codes are made of one piece of data and asked for once, which needs no context.
        if type(key) is bytes and type(data) is bytes and len(data) <= _MAY_WAIT:
            self._waiting = key, data
        else:
            self._waiting = _NOTHING
            self._start(readable(key, "key"), readable(data))

    def update(self, data: object, /) -> None:
        """Authenticate more data. Two updates are the same as one with both pieces joined."""
        source = readable(data)
        with self._lock:
            context = self._context or self._start(*self._waiting)
            check(_update(context, source, len(source)), f"{self.name} failed")

    def digest(self) -> bytes:
        """The code for all data so far, ``digest_size`` bytes; more may follow."""
        size = self.digest_size
        code = bytes(size)
        key, data = self._waiting  # before we look whether they are all there is
        if self._context is None:
            done = _whole(self._prepared, key, len(key), data, len(data), code, size)
        else:
            with self._lock:
                done = _so_far(self._context, code, size)
        if done != 1:
            raise failure(f"{self.name} failed")
        return code

    def hexdigest(self) -> str:
        """The code as hexadecimal digits."""
        return self.digest().hex()

    def verify(self, code: object) -> None:
        """InvalidTag unless ``code`` is the one for all data so far; in time that tells nothing."""
        if not hmac.compare_digest(self.digest(), to_bytes(code, "code")):
            raise InvalidTag(f"this is not the {self.name} of the data under this key")

    def copy(self) -> Self:
        """Another code under the same key that begins with all data so far."""
        clone = self.__new__(type(self))
        clone._lock, clone._context, clone._waiting = Lock(), None, self._waiting
        if self._context is not None:
            clone._waiting = _NOTHING
            with self._lock:
                clone._context = self._copied(self._context)
        return clone

    def _start(self, key: Any, data: Any) -> Any:
        """A context of its own, with the data that waited; called with the lock held."""
        context = self._copied(self._prepared)
        check(
            lib.EVP_MAC_init(context, key, len(key), ffi.NULL)
            and _update(context, data, len(data)),
            f"{self.name} failed",
        )
        self._context = context
        self._waiting = _NOTHING
        return context

    def _copied(self, context: Any) -> Any:
        return own_mac_ctx(lib.EVP_MAC_CTX_dup(context), f"{self.name} failed")

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self.name} is not pickled, for it holds the key")

    def __repr__(self) -> str:
        return f"<{self.name} at {id(self):#x}>"
