"""TLS and TLCP (GB/T 38636-2020, Tongsuo's NTLS) with the interface of the standard library's ssl.

``from tongsuo_py import ssl`` in place of ``import ssl``: contexts, sockets and memory BIOs are
Tongsuo's; exceptions, enums and helper functions are the standard library's own, so that code which
catches ``ssl.SSLError`` catches ours. Beside its names there are those of TLCP:
``PROTOCOL_NTLS_CLIENT``, ``SSLContext.load_ntls_cert_pair``, ``create_ntls_context`` and others.
"""

from __future__ import annotations

import ssl as _stdlib
from ssl import (
    CERT_NONE,
    CERT_OPTIONAL,
    CERT_REQUIRED,
    OP_ALL,
    OP_CIPHER_SERVER_PREFERENCE,
    OP_IGNORE_UNEXPECTED_EOF,
    OP_NO_COMPRESSION,
    OP_NO_RENEGOTIATION,
    OP_NO_TICKET,
    OP_NO_TLSv1,
    OP_NO_TLSv1_1,
    OP_NO_TLSv1_2,
    OP_NO_TLSv1_3,
    PROTOCOL_TLS,
    PROTOCOL_TLS_CLIENT,
    PROTOCOL_TLS_SERVER,
    SSL_ERROR_EOF,
    SSL_ERROR_SSL,
    SSL_ERROR_SYSCALL,
    SSL_ERROR_WANT_READ,
    SSL_ERROR_WANT_WRITE,
    SSL_ERROR_ZERO_RETURN,
    VERIFY_CRL_CHECK_CHAIN,
    VERIFY_CRL_CHECK_LEAF,
    VERIFY_DEFAULT,
    VERIFY_X509_PARTIAL_CHAIN,
    VERIFY_X509_STRICT,
    VERIFY_X509_TRUSTED_FIRST,
    AlertDescription,
    CertificateError,
    DefaultVerifyPaths,
    DER_cert_to_PEM_cert,
    MemoryBIO,
    Options,
    PEM_cert_to_DER_cert,
    Purpose,
    SSLCertVerificationError,
    SSLEOFError,
    SSLError,
    SSLErrorNumber,
    SSLSyscallError,
    SSLWantReadError,
    SSLWantWriteError,
    SSLZeroReturnError,
    TLSVersion,
    VerifyFlags,
    VerifyMode,
    cert_time_to_seconds,
    get_default_verify_paths,
)

from tongsuo_py._binding.library import (
    OPENSSL_VERSION,
    OPENSSL_VERSION_NUMBER,
    TONGSUO_VERSION,
    TONGSUO_VERSION_INFO,
)
from tongsuo_py.ssl._constants import (
    HAS_NTLS,
    OP_NO_NTLS,
    PROTOCOL_NTLS_CLIENT,
    PROTOCOL_NTLS_SERVER,
    PROTOCOL_TLCP_CLIENT,
    PROTOCOL_TLCP_SERVER,
)
from tongsuo_py.ssl._context import SSLContext
from tongsuo_py.ssl._defaults import create_default_context, create_ntls_context
from tongsuo_py.ssl._object import SSLObject
from tongsuo_py.ssl._socket import SSLSocket

SSLContext.sslsocket_class = SSLSocket
SSLContext.sslobject_class = SSLObject
