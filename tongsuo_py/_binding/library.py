"""Loads the extension and prepares the library inside it."""

from __future__ import annotations

from tongsuo_py._binding import acceleration
from tongsuo_py._tongsuo import ffi, lib

__all__ = [
    "OPENSSL_VERSION",
    "OPENSSL_VERSION_NUMBER",
    "TONGSUO_VERSION",
    "TONGSUO_VERSION_INFO",
    "ffi",
    "lib",
]

# The library would otherwise read an openssl.cnf from the directory that was named when it was
# built, which need not be anybody's on this machine. Its own defaults are the only ones.
if lib.OPENSSL_init_crypto(lib.OPENSSL_INIT_NO_LOAD_CONFIG, ffi.NULL) != 1:
    raise ImportError("Tongsuo could not be initialised: OPENSSL_init_crypto failed")

# A certificate in PEM with the header of an encrypted one would make the library ask for a password
# at the terminal, and wait. Passwords come from the caller, or there is none.
lib.UI_set_default_method(lib.UI_null())

acceleration.start()

TONGSUO_VERSION_INFO: tuple[int, int, int] = (
    lib.TONGSUO_VERSION_MAJOR,
    lib.TONGSUO_VERSION_MINOR,
    lib.TONGSUO_VERSION_PATCH,
)
TONGSUO_VERSION: str = ffi.string(lib.TONGSUO_VERSION_TEXT).decode("ascii")
OPENSSL_VERSION: str = ffi.string(lib.OpenSSL_version(lib.OPENSSL_VERSION)).decode("ascii")
OPENSSL_VERSION_NUMBER: int = lib.OpenSSL_version_num()
