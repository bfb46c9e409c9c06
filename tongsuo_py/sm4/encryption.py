"""Streams in any mode: where they begin."""

from __future__ import annotations

from tongsuo_py.sm4.modes import XTS, Mode
from tongsuo_py.sm4.stream import Stream
from tongsuo_py.sm4.unit import Unit


def encryptor(key: object, mode: Mode, padding: bool = True) -> Stream:
    """A stream that encrypts. NOT AUTHENTICATED in any mode: prefer ``GCM``.

    ``key`` has 16 bytes, for ``XTS`` 32. With ``padding``, data in ECB and CBC mode is padded to
    whole blocks by 1 to 16 bytes (PKCS #7); without, it must come as whole blocks. The other
    modes need none.
    """
    return _kind(mode)._start(key, mode, padding, True)


def decryptor(key: object, mode: Mode, padding: bool = True) -> Stream:
    """A stream that decrypts; arguments as for ``encryptor``. Altered data is NOT noticed.

    Wrong padding shows in ``finalize``, and only there. Do not let anybody see the difference
    between that and other failures who can send ciphertexts of their own making.
    """
    return _kind(mode)._start(key, mode, padding, False)


def _kind(mode: Mode) -> type[Stream]:
    return Unit if isinstance(mode, XTS) else Stream
