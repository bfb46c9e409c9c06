"""What our library is and can do: the constants that differ from those of the interpreter's."""

from __future__ import annotations

from tongsuo_py._binding import lib
from tongsuo_py._binding.library import OPENSSL_VERSION_NUMBER
from tongsuo_py.ssl._suites import TLS_SUITES

HAS_NTLS = True

HAS_SNI = True
HAS_ECDH = True
HAS_ALPN = True
HAS_NPN = False  # ALPN (RFC 7301) took its place
HAS_NEVER_CHECK_COMMON_NAME = True
HAS_SSLv2 = False
HAS_SSLv3 = bool(lib.TSPY_HAS_SSL3)
HAS_TLSv1 = bool(lib.TSPY_HAS_TLS1)
HAS_TLSv1_1 = bool(lib.TSPY_HAS_TLS1_1)
HAS_TLSv1_2 = bool(lib.TSPY_HAS_TLS1_2)
HAS_TLSv1_3 = bool(lib.TSPY_HAS_TLS1_3)
HAS_PSK = bool(lib.TSPY_HAS_PSK)
HAS_PSK_TLS13 = HAS_PSK and HAS_TLSv1_3
HAS_PHA = HAS_TLSv1_3


def _split(number: int) -> tuple[int, int, int, int, int]:
    """0xMNNFFPPS as (major, minor, fix, patch, status); OpenSSL 3 has its patch number in PP."""
    return (
        number >> 28 & 0xFF,
        number >> 20 & 0xFF,
        number >> 12 & 0xFF,
        number >> 4 & 0xFF,
        number & 0xF,
    )


OPENSSL_VERSION_INFO = _split(OPENSSL_VERSION_NUMBER)
#: What we were compiled against: the same, since Tongsuo is linked in.
OPENSSL_API_VERSION = OPENSSL_VERSION_INFO

DEFAULT_CIPHERS = TLS_SUITES
