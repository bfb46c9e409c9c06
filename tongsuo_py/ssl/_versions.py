"""Which protocol a context is for, its TLS versions, and its options."""

from __future__ import annotations

import enum
import operator
import ssl as _stdlib
import sys
import warnings
from typing import Any

from tongsuo_py._binding import errors, lib
from tongsuo_py.ssl._constants import PROTOCOL_NTLS_CLIENT, PROTOCOL_NTLS_SERVER, NTLSMethod

#: Protocols of several TLS versions, of which a range can be chosen.
RANGES: dict[int, Any] = {
    _stdlib.PROTOCOL_TLS: lib.TLS_method,
    _stdlib.PROTOCOL_TLS_CLIENT: lib.TLS_client_method,
    _stdlib.PROTOCOL_TLS_SERVER: lib.TLS_server_method,
}
_METHODS: dict[int, Any] = {
    **RANGES,
    _stdlib.PROTOCOL_TLSv1: lib.TLSv1_method,
    _stdlib.PROTOCOL_TLSv1_1: lib.TLSv1_1_method,
    _stdlib.PROTOCOL_TLSv1_2: lib.TLSv1_2_method,
    PROTOCOL_NTLS_CLIENT: lib.NTLS_client_method,
    PROTOCOL_NTLS_SERVER: lib.NTLS_server_method,
}
_DEPRECATED: dict[int, str] = {
    _stdlib.PROTOCOL_TLS: "ssl.PROTOCOL_TLS",
    _stdlib.PROTOCOL_TLSv1: "ssl.PROTOCOL_TLSv1",
    _stdlib.PROTOCOL_TLSv1_1: "ssl.PROTOCOL_TLSv1_1",
    _stdlib.PROTOCOL_TLSv1_2: "ssl.PROTOCOL_TLSv1_2",
}
CLIENTS = (_stdlib.PROTOCOL_TLS_CLIENT, PROTOCOL_NTLS_CLIENT)
SERVERS = (_stdlib.PROTOCOL_TLS_SERVER, PROTOCOL_NTLS_SERVER)

_Version = _stdlib.TLSVersion
_OLD: dict[int, str] = {
    _Version.SSLv3: "ssl.TLSVersion.SSLv3",
    _Version.TLSv1: "ssl.TLSVersion.TLSv1",
    _Version.TLSv1_1: "ssl.TLSVersion.TLSv1_1",
}
_INT_MAX = 2**31 - 1
_NO_VERSION = (
    int(_stdlib.OP_NO_SSLv3)
    | int(_stdlib.OP_NO_TLSv1)
    | int(_stdlib.OP_NO_TLSv1_1)
    | int(_stdlib.OP_NO_TLSv1_2)
    | int(_stdlib.OP_NO_TLSv1_3)
)


def _warn_deprecated(what: str) -> None:
    """Warn at the line of the program: this is called by what a public method calls."""
    warnings.warn(f"{what} is deprecated", DeprecationWarning, stacklevel=4)


def method(protocol: Any) -> Any:
    """Tongsuo's method for one of the ``PROTOCOL_*``; ValueError for another number.

    Warns of deprecated ones, at the line that made the context.
    """
    number = operator.index(protocol)
    if number not in _METHODS:
        raise ValueError(f"invalid or unsupported protocol version {number}")
    if number in _DEPRECATED:
        _warn_deprecated(_DEPRECATED[number])
    return _METHODS[number]()


class Versions:
    """The part of a context's settings that says which protocol versions it speaks, and how."""

    __slots__ = ("_ctx", "_ntls", "_protocol")

    _ctx: Any
    _ntls: bool
    _protocol: int

    @property
    def protocol(self) -> enum.IntEnum:
        """The protocol that the context was made for, as the enum member it was given as."""
        return NTLSMethod(self._protocol) if self._ntls else _stdlib._SSLMethod(self._protocol)

    @property
    def minimum_version(self) -> _stdlib.TLSVersion:
        """The oldest TLS version. TLCP has one version: there, setting it is a ValueError."""
        number = lib.SSL_CTX_get_min_proto_version(self._ctx)
        return _Version(number) if number else _Version.MINIMUM_SUPPORTED

    @minimum_version.setter
    def minimum_version(self, value: int) -> None:
        version = self._settable_version(value)
        if version == _Version.SSLv3:
            self.options &= ~_stdlib.OP_NO_SSLv3
        if version == _Version.MINIMUM_SUPPORTED:
            number = 0
        elif version == _Version.MAXIMUM_SUPPORTED:
            number = lib.TLS1_3_VERSION
        else:
            number = int(version)
        _check_version(lib.SSL_CTX_set_min_proto_version(self._ctx, number), number)

    @property
    def maximum_version(self) -> _stdlib.TLSVersion:
        """The newest TLS version. TLCP has one version: there, setting it is a ValueError."""
        number = lib.SSL_CTX_get_max_proto_version(self._ctx)
        return _Version(number) if number else _Version.MAXIMUM_SUPPORTED

    @maximum_version.setter
    def maximum_version(self, value: int) -> None:
        version = self._settable_version(value)
        if version == _Version.MAXIMUM_SUPPORTED:
            number = 0
        elif version == _Version.MINIMUM_SUPPORTED:
            number = lib.TLS1_VERSION
        else:
            number = int(version)
        _check_version(lib.SSL_CTX_set_max_proto_version(self._ctx, number), number)

    def _settable_version(self, value: int) -> _stdlib.TLSVersion:
        number = operator.index(value)
        if self._ntls:
            raise ValueError("TLCP has one version: minimum_version and maximum_version are TLS's")
        if number > _INT_MAX:
            raise OverflowError("Option is too long")
        if self._protocol not in RANGES:
            raise ValueError(
                "The context's protocol doesn't support modification of highest and lowest version."
            )
        if number not in tuple(_Version):
            raise ValueError(f"Unsupported TLS/SSL version 0x{number:x}")
        version = _Version(number)
        if version in _OLD:
            _warn_deprecated(_OLD[version])
        return version

    @property
    def options(self) -> _stdlib.Options:
        """The set of ``OP_*`` flags.

        In TLCP, OP_NO_TICKET, OP_NO_RENEGOTIATION, OP_CIPHER_SERVER_PREFERENCE and
        OP_IGNORE_UNEXPECTED_EOF act as in TLS; those that forbid TLS versions or compression, and
        OP_LEGACY_SERVER_CONNECT, ask for what is so in TLCP anyway. OP_NO_NTLS on a context that
        speaks nothing else is a ValueError. OP_ENABLE_KTLS never has an effect here: records do not
        go through OpenSSL's own sockets.
        """
        return _stdlib.Options(lib.SSL_CTX_get_options(self._ctx))

    @options.setter
    def options(self, value: int) -> None:
        wanted, present = as_flags(value), lib.SSL_CTX_get_options(self._ctx)
        if self._ntls and wanted & lib.SSL_OP_NO_NTLS:
            raise ValueError("this context speaks nothing but TLCP: OP_NO_NTLS would leave nothing")
        if wanted & ~present & _NO_VERSION:
            warnings.warn(
                "ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated",
                DeprecationWarning,
                stacklevel=2,
            )
        lib.SSL_CTX_clear_options(self._ctx, present & ~wanted)
        lib.SSL_CTX_set_options(self._ctx, wanted & ~present)


def as_flags(value: int) -> int:
    """Flags as C takes them; checked before anything is changed."""
    number = operator.index(value)
    if number < 0 and sys.version_info >= (3, 14):
        raise ValueError("flags must be positive")
    if not 0 <= number < 1 << 64:
        raise OverflowError("flags must be positive and fit into 64 bits")
    return number


def _check_version(result: int, number: int) -> None:
    if result == 0:
        errors.clear()
        raise ValueError(f"Unsupported protocol version 0x{number:x}")
