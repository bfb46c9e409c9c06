"""Message authentication codes that are fed piece by piece: HMAC and CMAC."""

from __future__ import annotations

import hmac
from threading import Lock
from typing import Any, ClassVar, NoReturn, Self

from tongsuo_py._binding.buffers import readable, to_bytes
from tongsuo_py._binding.errors import check, check_pointer
from tongsuo_py._binding.handles import own_mac_ctx
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._binding.parameters import Parameters
from tongsuo_py.exceptions import InvalidTag

_length = ffi.new("size_t *")  # for C to write what is known


class Mac:
    """A code in progress, in the shape of what the standard library's ``hmac.new`` returns.

    A kind of code names its ``_algorithm`` and the ``_settings`` for it.
    """

    __slots__ = ("_context", "_lock")

    name: ClassVar[str]
    digest_size: ClassVar[int]
    block_size: ClassVar[int]
    _algorithm: ClassVar[Any]
    _settings: ClassVar[Parameters]

    def __init__(self, key: object, data: object = b"") -> None:
        secret = readable(key, "key")
        self._lock = Lock()
        self._context = own_mac_ctx(
            lib.EVP_MAC_CTX_new(self._algorithm), f"no memory for {self.name}"
        )
        result = lib.EVP_MAC_init(self._context, secret, len(secret), self._settings.list)
        check(result, f"{self.name} failed")
        self.update(data)

    def update(self, data: object, /) -> None:
        """Authenticate more data. Two updates are the same as one with both pieces joined."""
        source = readable(data)
        with self._lock:
            result = lib.EVP_MAC_update(self._context, source, len(source))
        check(result, f"{self.name} failed")

    def digest(self) -> bytes:
        """The code for all data so far, ``digest_size`` bytes; more may follow."""
        output = ffi.new("char[]", self.digest_size)
        with self._lock:
            context = check_pointer(lib.EVP_MAC_CTX_dup(self._context), f"{self.name} failed")
        done = lib.EVP_MAC_final(context, output, _length, self.digest_size)
        lib.EVP_MAC_CTX_free(context)
        check(done, f"{self.name} failed")
        result: bytes = ffi.unpack(output, self.digest_size)
        return result

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
        clone._lock = Lock()
        with self._lock:
            clone._context = own_mac_ctx(lib.EVP_MAC_CTX_dup(self._context), f"{self.name} failed")
        return clone

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"{self.name} is not pickled, for it holds the key")

    def __repr__(self) -> str:
        return f"<{self.name} at {id(self):#x}>"
