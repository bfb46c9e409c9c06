"""The protocol and option constants of our own; all others are the standard library's."""

from __future__ import annotations

import enum
import ssl as _stdlib

from tongsuo_py._binding import lib


class NTLSMethod(enum.IntEnum):
    """Protocols that a context can be made for, beside the standard library's (``PROTOCOL_*``).

    They speak TLCP (GB/T 38636-2020), which Tongsuo's API calls NTLS, and nothing else.
    """

    PROTOCOL_NTLS_CLIENT = 0x101
    PROTOCOL_NTLS_SERVER = 0x102


PROTOCOL_NTLS_CLIENT = NTLSMethod.PROTOCOL_NTLS_CLIENT
PROTOCOL_NTLS_SERVER = NTLSMethod.PROTOCOL_NTLS_SERVER
PROTOCOL_TLCP_CLIENT = PROTOCOL_NTLS_CLIENT
PROTOCOL_TLCP_SERVER = PROTOCOL_NTLS_SERVER

#: Refuse TLCP on a context where it is enabled. (Tongsuo: SSL_OP_NO_NTLS.)
OP_NO_NTLS = _stdlib.Options(lib.SSL_OP_NO_NTLS)

HAS_NTLS = True

#: The name that Tongsuo gives TLCP, as ``SSLSocket.version()`` returns it.
NTLS_VERSION_NAME = "NTLSv1.1"

#: TLCP suites in the order in which a side with certificates on both ends prefers them: forward
#: secrecy first, GCM before CBC. The RSA suites must be asked for.
NTLS_SUITES = (
    "ECDHE-SM2-SM4-GCM-SM3",
    "ECC-SM2-SM4-GCM-SM3",
    "ECDHE-SM2-SM4-CBC-SM3",
    "ECC-SM2-SM4-CBC-SM3",
)

#: ECDHE in TLCP is SM2's key exchange, in which both sides use their encryption certificates.
NTLS_ECDHE_PREFIX = "ECDHE-SM2-"

#: What CPython's own build chooses for TLS 1.2 and older (Modules/_ssl.c, PY_SSL_DEFAULT_CIPHERS).
TLS_DEFAULT_CIPHERS = (
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"
)
