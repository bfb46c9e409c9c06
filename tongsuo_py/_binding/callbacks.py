"""Python functions that C calls: what they raise comes out of the call that triggered them.

Each C call that may call back gets a handle on a small object; the callback finds the object by it,
does its work, and keeps an exception there, since none can pass through C. After the call,
``reraise`` lets it go on.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from tongsuo_py._binding.library import ffi

Password = str | bytes | bytearray | Callable[[], str | bytes | bytearray] | None


class Callee:
    """The Python side of one or more C calls; ``handle`` goes to C as the user data.

    Keep the object as long as C may call: the handle itself does not, so that what it holds (a
    password, say) goes with the last reference and does not wait for the garbage collector.
    """

    def __init__(self) -> None:
        self.handle: Any = ffi.new_handle(weakref.ref(self))
        self.raised: BaseException | None = None

    def reraise(self) -> None:
        """Raise what a callback raised since the last look, if anything."""
        if self.raised is not None:
            error, self.raised = self.raised, None
            raise error


class PasswordSource(Callee):
    """Answers for an encrypted key: with a password, or what a callable returns when asked.

    ``asked`` tells whether C wanted one at all; ``missing`` that it did, and there was none.
    """

    def __init__(self, password: Password) -> None:
        super().__init__()
        if not (
            password is None or isinstance(password, str | bytes | bytearray) or callable(password)
        ):
            raise TypeError("password should be a string or callable")
        self._password = password
        self.asked = False

    @property
    def missing(self) -> bool:
        return self.asked and self._password is None

    def answer(self, size: int) -> bytes:
        self.asked = True
        password = self._password
        if password is None:
            return b""
        if callable(password):
            password = password()
            if not isinstance(password, str | bytes | bytearray):
                raise TypeError("password callback must return a string")
        secret = password.encode("utf-8") if isinstance(password, str) else bytes(password)
        if len(secret) > size:
            raise ValueError(f"password cannot be longer than {size} bytes")
        return secret


def _callee(handle: Any) -> Any:
    return ffi.from_handle(handle)()


def _keep(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    """Keep what a callback raised. CFFI calls this, also where a signal's handler raised before
    the callback's first line, which no ``try`` in it would catch.
    """
    _callee(traceback.tb_frame.f_locals["handle"]).raised = error


@ffi.def_extern(error=-1, onerror=_keep)  # type: ignore[untyped-decorator]
def tspy_password(buf: Any, size: int, rwflag: int, handle: Any) -> int:
    source: PasswordSource = _callee(handle)
    secret = source.answer(size)
    ffi.memmove(buf, secret, len(secret))
    return -1 if source.missing else len(secret)
