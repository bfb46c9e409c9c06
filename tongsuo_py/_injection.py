"""This package in the place of the standard library's ssl (``inject_into_ssl``).

The standard library's module itself is left alone, since its classes find each other by the names
in it. What changes is what ``import ssl`` finds, and what the modules that are loaded already have
by the name of ``ssl`` or of what they took from it.
"""

from __future__ import annotations

import ssl as _stdlib
import sys
import threading
from types import ModuleType
from typing import Any, Self

from tongsuo_py import ssl
from tongsuo_py.ssl import _defaults as defaults
from tongsuo_py.ssl import _functions as functions

_PACKAGE = __name__.partition(".")[0]
_NEW = (
    "HAS_NTLS",
    "OP_NO_NTLS",
    "OPENSSL_VERSION",
    "OPENSSL_VERSION_INFO",
    "OPENSSL_VERSION_NUMBER",
    "PROTOCOL_NTLS_CLIENT",
    "PROTOCOL_NTLS_SERVER",
    "PROTOCOL_TLCP_CLIENT",
    "PROTOCOL_TLCP_SERVER",
    "TONGSUO_VERSION",
    "TONGSUO_VERSION_INFO",
    "create_ntls_context",
)
_lock = threading.Lock()


class _AnyContext(type):
    """``isinstance(context, ssl.SSLContext)`` stays true of the contexts that were there before."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _stdlib.SSLContext)


class _Context(ssl.SSLContext, metaclass=_AnyContext):
    """A context whose clients speak TLCP, and whose servers take it beside TLS."""

    __slots__ = ("_unused",)

    _unused: dict[str, Any]

    def __new__(cls, protocol: Any = None, *args: Any, **kwargs: Any) -> Self:
        client = protocol == ssl.PROTOCOL_TLS_CLIENT
        self = super().__new__(cls, ssl.PROTOCOL_NTLS_CLIENT if client else protocol)
        self._unused = {}
        if protocol == ssl.PROTOCOL_TLS_SERVER:
            self.enable_ntls()
        return self


def _without_effect(name: str) -> property:
    """A setting of TLS that libraries change unasked: kept on a context of TLCP, and no more."""
    setting = getattr(ssl.SSLContext, name)

    def get(self: _Context) -> Any:
        return self._unused.get(name, setting.__get__(self))

    def set_(self: _Context, value: Any) -> None:
        if self._ntls:
            self._unused[name] = value
        else:
            setting.__set__(self, value)

    return property(get, set_, doc=f"Without effect in TLCP. {setting.__doc__}")


for _name in ("minimum_version", "maximum_version"):
    setattr(_Context, _name, _without_effect(_name))


def _create_default_context(
    purpose: Any = ssl.Purpose.SERVER_AUTH,
    *,
    cafile: Any = None,
    capath: Any = None,
    cadata: Any = None,
) -> ssl.SSLContext:
    return defaults.default_context(_Context, purpose, cafile, capath, cadata)


def _create_unverified_context(*args: Any, **kwargs: Any) -> ssl.SSLContext:
    return defaults.unverified_context(_Context, *args, **kwargs)


def _get_server_certificate(*args: Any, **kwargs: Any) -> str:
    return functions.fetch_certificate(_Context, *args, **kwargs)


# What the standard library's names stand for meanwhile.
_REPLACED = {
    "SSLContext": _Context,
    "create_default_context": _create_default_context,
    "get_server_certificate": _get_server_certificate,
    "_create_unverified_context": _create_unverified_context,
    "_create_stdlib_context": _create_unverified_context,
}


def _make_module() -> ModuleType:
    module = ModuleType("ssl", _stdlib.__doc__)
    vars(module).update(vars(_stdlib))
    vars(module).update({name: getattr(ssl, name) for name in _NEW})
    vars(module).update(_REPLACED)
    return module


_module = _make_module()


def inject() -> None:
    """See ``tongsuo_py.inject_into_ssl``."""
    originals: dict[str, Any] = {name: getattr(_stdlib, name) for name in _REPLACED}
    pairs = [(original, _REPLACED[name]) for name, original in originals.items()]
    with _lock:
        if sys.modules.get("ssl") is _module:
            return
        # Programs change this one; what they chose goes on, in our form where there is one.
        hook: Any = _stdlib._create_default_https_context
        for old, new in pairs:
            if hook is old:
                hook = new
        vars(_module)["_create_default_https_context"] = hook
        sys.modules["ssl"] = _module
        _exchange([(_stdlib, _module), *pairs])


def extract() -> None:
    """See ``tongsuo_py.extract_from_ssl``."""
    with _lock:
        if sys.modules.get("ssl") is not _module:
            return
        sys.modules["ssl"] = _stdlib
        originals = {_REPLACED[name]: getattr(_stdlib, name) for name in _REPLACED}
        _exchange([(_module, _stdlib), *originals.items()])


def _exchange(pairs: list[tuple[object, object]]) -> None:
    """In all modules, let names of the first object of a pair stand for the second."""
    for name, module in list(sys.modules.items()):
        ours = name == _PACKAGE or name.startswith(f"{_PACKAGE}.")
        if ours or module is _stdlib or module is _module or not isinstance(module, ModuleType):
            continue
        names = vars(module)
        for key, value in list(names.items()):
            for old, new in pairs:
                if value is old:
                    names[key] = new
