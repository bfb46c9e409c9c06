"""What certificates, requests and revocation lists have in common: PEM, DER, being compared."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._binding.x509_forms import Form
from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import FormatError

_T = TypeVar("_T")
_E = TypeVar("_E", bound="Encoded")


class Encoded:
    """A signed object of X.509, read from its encoding; it does not change.

    Two are equal if their DER is. ``_x509`` is the handle on C's object.
    """

    __slots__ = ("_der", "_x509")

    _FORM: ClassVar[Form]
    _x509: Any
    _der: bytes

    def __init__(self) -> None:
        raise TypeError(f"make a {self._FORM.name} with from_pem(), from_der() or a load function")

    def to_pem(self) -> bytes:
        """PEM text (RFC 7468), of this alone."""
        return self._FORM.to_pem(self._der)

    def to_der(self) -> bytes:
        """The DER form."""
        return self._der

    def __eq__(self, other: object) -> bool:
        return self._der == other._der if isinstance(other, Encoded) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._der)


def adopt(target: _E, handle: Any) -> _E:
    """Fill a new, empty object with what a handle is on."""
    target._x509 = handle
    target._der = target._FORM.to_der(handle)
    return target


def wrap(kind: type[_E], handle: Any) -> _E:
    """A new object of this kind on a handle."""
    return adopt(kind.__new__(kind), handle)


def all_from_pem(kind: type[_E], data: object) -> list[_E]:
    """All of one kind in PEM text (str, or bytes-like), at least one. Raises FormatError."""
    raw = data.encode("utf-8") if isinstance(data, str) else to_bytes(data)
    return [wrap(kind, handle) for handle in kind._FORM.all_from_pem(raw)]


def require(value: object, kind: type[_E]) -> _E:
    """The value, if it is of this kind; TypeError otherwise."""
    if not isinstance(value, kind):
        raise TypeError(f"a pki.{kind.__name__} is needed, not {type(value).__name__}")
    return value


def handles(values: Iterable[object], kind: type[Encoded]) -> list[Any]:
    """The handles of all of them. TypeError for one of another kind."""
    return [require(value, kind)._x509 for value in values]


def load_all(kind: type[_E], source: StrPath | bytes) -> list[_E]:
    """All of one kind in a file (path) or in bytes, at least one: PEM in its order, or one as DER.

    Raises FileNotFoundError, and FormatError where there is none or one cannot be read.
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return in_file(path, lambda: _load_all(kind, path.read_bytes()))
    return _load_all(kind, to_bytes(source, "source"))


def in_file(path: StrPath, read: Callable[[], _T]) -> _T:
    """``read()``, whose FormatError then begins with the file's name."""
    try:
        return read()
    except FormatError as error:
        raise type(error)(f"{path}: {error.args[0]}", error.errors) from None


def _load_all(kind: type[_E], data: bytes) -> list[_E]:
    if b"-----BEGIN " in data:
        return all_from_pem(kind, data)
    if not data.startswith(b"\x30"):
        found = f"the byte {data[0]:02X}" if data else "the end"
        raise FormatError(
            f"there is no {kind._FORM.name} here, neither as PEM nor as DER: "
            f"expected -----BEGIN or SEQUENCE at byte 0, found {found}"
        )
    return [wrap(kind, kind._FORM.from_der(data))]
