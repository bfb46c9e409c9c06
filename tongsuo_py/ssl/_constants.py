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

# Options that not every interpreter has a name for: CPython 3.11, or one on OpenSSL 1.1.1.
OP_ENABLE_KTLS = _stdlib.Options(lib.SSL_OP_ENABLE_KTLS)
OP_IGNORE_UNEXPECTED_EOF = _stdlib.Options(lib.SSL_OP_IGNORE_UNEXPECTED_EOF)
OP_LEGACY_SERVER_CONNECT = _stdlib.Options(lib.SSL_OP_LEGACY_SERVER_CONNECT)

PROTOCOL_NAMES: dict[int, str] = {
    member: name
    for methods in (_stdlib._SSLMethod, NTLSMethod)
    for name, member in methods.__members__.items()
}
