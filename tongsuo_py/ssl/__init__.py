"""TLS and TLCP (GB/T 38636-2020, Tongsuo's NTLS) with the interface of the standard library's ssl.

``from tongsuo_py import ssl`` in place of ``import ssl``: contexts, sockets and memory BIOs are
Tongsuo's; exceptions, enums and helper functions are the standard library's own, so that code which
catches ``ssl.SSLError`` catches ours. Beside its names there are those of TLCP:
``PROTOCOL_NTLS_CLIENT``, ``SSLContext.load_ntls_cert_pair``, ``create_ntls_context`` and others.
"""

# The standard library's module has these names too, and programs use them through it.
import base64 as base64
import errno as errno
import os as os
import sys as sys
import warnings as warnings
from collections import namedtuple as namedtuple
from contextlib import suppress as _suppress
from socket import SO_TYPE as SO_TYPE
from socket import SOCK_STREAM as SOCK_STREAM
from socket import SOL_SOCKET as SOL_SOCKET
from socket import create_connection as create_connection
from socket import socket as socket
from ssl import _PROTOCOL_NAMES as _PROTOCOL_NAMES  # type: ignore[attr-defined]
from ssl import (
    ALERT_DESCRIPTION_ACCESS_DENIED,
    ALERT_DESCRIPTION_BAD_CERTIFICATE,
    ALERT_DESCRIPTION_BAD_CERTIFICATE_HASH_VALUE,
    ALERT_DESCRIPTION_BAD_CERTIFICATE_STATUS_RESPONSE,
    ALERT_DESCRIPTION_BAD_RECORD_MAC,
    ALERT_DESCRIPTION_CERTIFICATE_EXPIRED,
    ALERT_DESCRIPTION_CERTIFICATE_REVOKED,
    ALERT_DESCRIPTION_CERTIFICATE_UNKNOWN,
    ALERT_DESCRIPTION_CERTIFICATE_UNOBTAINABLE,
    ALERT_DESCRIPTION_CLOSE_NOTIFY,
    ALERT_DESCRIPTION_DECODE_ERROR,
    ALERT_DESCRIPTION_DECOMPRESSION_FAILURE,
    ALERT_DESCRIPTION_DECRYPT_ERROR,
    ALERT_DESCRIPTION_HANDSHAKE_FAILURE,
    ALERT_DESCRIPTION_ILLEGAL_PARAMETER,
    ALERT_DESCRIPTION_INSUFFICIENT_SECURITY,
    ALERT_DESCRIPTION_INTERNAL_ERROR,
    ALERT_DESCRIPTION_NO_RENEGOTIATION,
    ALERT_DESCRIPTION_PROTOCOL_VERSION,
    ALERT_DESCRIPTION_RECORD_OVERFLOW,
    ALERT_DESCRIPTION_UNEXPECTED_MESSAGE,
    ALERT_DESCRIPTION_UNKNOWN_CA,
    ALERT_DESCRIPTION_UNKNOWN_PSK_IDENTITY,
    ALERT_DESCRIPTION_UNRECOGNIZED_NAME,
    ALERT_DESCRIPTION_UNSUPPORTED_CERTIFICATE,
    ALERT_DESCRIPTION_UNSUPPORTED_EXTENSION,
    ALERT_DESCRIPTION_USER_CANCELLED,
    CERT_NONE,
    CERT_OPTIONAL,
    CERT_REQUIRED,
    CHANNEL_BINDING_TYPES,
    OP_ALL,
    OP_CIPHER_SERVER_PREFERENCE,
    OP_ENABLE_MIDDLEBOX_COMPAT,
    OP_NO_COMPRESSION,
    OP_NO_RENEGOTIATION,
    OP_NO_TICKET,
    OP_SINGLE_DH_USE,
    OP_SINGLE_ECDH_USE,
    PEM_FOOTER,
    PEM_HEADER,
    PROTOCOL_TLS,
    PROTOCOL_TLS_CLIENT,
    PROTOCOL_TLS_SERVER,
    SSL_ERROR_EOF,
    SSL_ERROR_INVALID_ERROR_CODE,
    SSL_ERROR_SSL,
    SSL_ERROR_SYSCALL,
    SSL_ERROR_WANT_CONNECT,
    SSL_ERROR_WANT_READ,
    SSL_ERROR_WANT_WRITE,
    SSL_ERROR_WANT_X509_LOOKUP,
    SSL_ERROR_ZERO_RETURN,
    VERIFY_ALLOW_PROXY_CERTS,
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
    OP_NO_SSLv2,
    OP_NO_SSLv3,
    OP_NO_TLSv1,
    OP_NO_TLSv1_1,
    OP_NO_TLSv1_2,
    OP_NO_TLSv1_3,
    Options,
    PEM_cert_to_DER_cert,
    PROTOCOL_SSLv23,
    PROTOCOL_TLSv1,
    PROTOCOL_TLSv1_1,
    PROTOCOL_TLSv1_2,
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
    socket_error,
)
from ssl import _ASN1Object as _ASN1Object
from ssl import _SSLMethod as _SSLMethod
from ssl import _TLSAlertType as _TLSAlertType  # type: ignore[attr-defined]
from ssl import _TLSContentType as _TLSContentType  # type: ignore[attr-defined]
from ssl import _TLSMessageType as _TLSMessageType  # type: ignore[attr-defined]

from tongsuo_py._binding.library import (
    OPENSSL_VERSION,
    OPENSSL_VERSION_NUMBER,
    TONGSUO_VERSION,
    TONGSUO_VERSION_INFO,
)
from tongsuo_py.ssl._constants import (
    OP_ENABLE_KTLS,
    OP_IGNORE_UNEXPECTED_EOF,
    OP_LEGACY_SERVER_CONNECT,
    OP_NO_NTLS,
    PROTOCOL_NTLS_CLIENT,
    PROTOCOL_NTLS_SERVER,
    PROTOCOL_TLCP_CLIENT,
    PROTOCOL_TLCP_SERVER,
)
from tongsuo_py.ssl._context import SSLContext
from tongsuo_py.ssl._defaults import create_default_context, create_ntls_context
from tongsuo_py.ssl._defaults import create_unverified_context as _create_unverified_context
from tongsuo_py.ssl._features import DEFAULT_CIPHERS as _DEFAULT_CIPHERS
from tongsuo_py.ssl._features import (
    HAS_ALPN,
    HAS_ECDH,
    HAS_NEVER_CHECK_COMMON_NAME,
    HAS_NPN,
    HAS_NTLS,
    HAS_PHA,
    HAS_PSK,
    HAS_PSK_TLS13,
    HAS_SNI,
    OPENSSL_VERSION_INFO,
    HAS_SSLv2,
    HAS_SSLv3,
    HAS_TLSv1,
    HAS_TLSv1_1,
    HAS_TLSv1_2,
    HAS_TLSv1_3,
)
from tongsuo_py.ssl._features import OPENSSL_API_VERSION as _OPENSSL_API_VERSION  # noqa: F401
from tongsuo_py.ssl._functions import get_protocol_name, get_server_certificate, get_sigalgs
from tongsuo_py.ssl._object import SSLObject
from tongsuo_py.ssl._random import RAND_add, RAND_bytes, RAND_status
from tongsuo_py.ssl._session import SSLSession
from tongsuo_py.ssl._socket import SSLSocket
from tongsuo_py.ssl._stores import MemorySessionStore, RedisSessionStore, SessionStore

__all__ = [
    "ALERT_DESCRIPTION_ACCESS_DENIED",
    "ALERT_DESCRIPTION_BAD_CERTIFICATE",
    "ALERT_DESCRIPTION_BAD_CERTIFICATE_HASH_VALUE",
    "ALERT_DESCRIPTION_BAD_CERTIFICATE_STATUS_RESPONSE",
    "ALERT_DESCRIPTION_BAD_RECORD_MAC",
    "ALERT_DESCRIPTION_CERTIFICATE_EXPIRED",
    "ALERT_DESCRIPTION_CERTIFICATE_REVOKED",
    "ALERT_DESCRIPTION_CERTIFICATE_UNKNOWN",
    "ALERT_DESCRIPTION_CERTIFICATE_UNOBTAINABLE",
    "ALERT_DESCRIPTION_CLOSE_NOTIFY",
    "ALERT_DESCRIPTION_DECODE_ERROR",
    "ALERT_DESCRIPTION_DECOMPRESSION_FAILURE",
    "ALERT_DESCRIPTION_DECRYPT_ERROR",
    "ALERT_DESCRIPTION_HANDSHAKE_FAILURE",
    "ALERT_DESCRIPTION_ILLEGAL_PARAMETER",
    "ALERT_DESCRIPTION_INSUFFICIENT_SECURITY",
    "ALERT_DESCRIPTION_INTERNAL_ERROR",
    "ALERT_DESCRIPTION_NO_RENEGOTIATION",
    "ALERT_DESCRIPTION_PROTOCOL_VERSION",
    "ALERT_DESCRIPTION_RECORD_OVERFLOW",
    "ALERT_DESCRIPTION_UNEXPECTED_MESSAGE",
    "ALERT_DESCRIPTION_UNKNOWN_CA",
    "ALERT_DESCRIPTION_UNKNOWN_PSK_IDENTITY",
    "ALERT_DESCRIPTION_UNRECOGNIZED_NAME",
    "ALERT_DESCRIPTION_UNSUPPORTED_CERTIFICATE",
    "ALERT_DESCRIPTION_UNSUPPORTED_EXTENSION",
    "ALERT_DESCRIPTION_USER_CANCELLED",
    "CERT_NONE",
    "CERT_OPTIONAL",
    "CERT_REQUIRED",
    "CHANNEL_BINDING_TYPES",
    "HAS_ALPN",
    "HAS_ECDH",
    "HAS_NEVER_CHECK_COMMON_NAME",
    "HAS_NPN",
    "HAS_NTLS",
    "HAS_PHA",
    "HAS_PSK",
    "HAS_PSK_TLS13",
    "HAS_SNI",
    "OPENSSL_VERSION",
    "OPENSSL_VERSION_INFO",
    "OPENSSL_VERSION_NUMBER",
    "OP_ALL",
    "OP_CIPHER_SERVER_PREFERENCE",
    "OP_ENABLE_KTLS",
    "OP_ENABLE_MIDDLEBOX_COMPAT",
    "OP_IGNORE_UNEXPECTED_EOF",
    "OP_LEGACY_SERVER_CONNECT",
    "OP_NO_COMPRESSION",
    "OP_NO_NTLS",
    "OP_NO_RENEGOTIATION",
    "OP_NO_TICKET",
    "OP_SINGLE_DH_USE",
    "OP_SINGLE_ECDH_USE",
    "PEM_FOOTER",
    "PEM_HEADER",
    "PROTOCOL_NTLS_CLIENT",
    "PROTOCOL_NTLS_SERVER",
    "PROTOCOL_TLCP_CLIENT",
    "PROTOCOL_TLCP_SERVER",
    "PROTOCOL_TLS",
    "PROTOCOL_TLS_CLIENT",
    "PROTOCOL_TLS_SERVER",
    "SSL_ERROR_EOF",
    "SSL_ERROR_INVALID_ERROR_CODE",
    "SSL_ERROR_SSL",
    "SSL_ERROR_SYSCALL",
    "SSL_ERROR_WANT_CONNECT",
    "SSL_ERROR_WANT_READ",
    "SSL_ERROR_WANT_WRITE",
    "SSL_ERROR_WANT_X509_LOOKUP",
    "SSL_ERROR_ZERO_RETURN",
    "TONGSUO_VERSION",
    "TONGSUO_VERSION_INFO",
    "VERIFY_ALLOW_PROXY_CERTS",
    "VERIFY_CRL_CHECK_CHAIN",
    "VERIFY_CRL_CHECK_LEAF",
    "VERIFY_DEFAULT",
    "VERIFY_X509_PARTIAL_CHAIN",
    "VERIFY_X509_STRICT",
    "VERIFY_X509_TRUSTED_FIRST",
    "AlertDescription",
    "CertificateError",
    "DER_cert_to_PEM_cert",
    "DefaultVerifyPaths",
    "HAS_SSLv2",
    "HAS_SSLv3",
    "HAS_TLSv1",
    "HAS_TLSv1_1",
    "HAS_TLSv1_2",
    "HAS_TLSv1_3",
    "MemoryBIO",
    "MemorySessionStore",
    "OP_NO_SSLv2",
    "OP_NO_SSLv3",
    "OP_NO_TLSv1",
    "OP_NO_TLSv1_1",
    "OP_NO_TLSv1_2",
    "OP_NO_TLSv1_3",
    "Options",
    "PEM_cert_to_DER_cert",
    "PROTOCOL_SSLv23",
    "PROTOCOL_TLSv1",
    "PROTOCOL_TLSv1_1",
    "PROTOCOL_TLSv1_2",
    "Purpose",
    "RAND_add",
    "RAND_bytes",
    "RAND_status",
    "RedisSessionStore",
    "SSLCertVerificationError",
    "SSLContext",
    "SSLEOFError",
    "SSLError",
    "SSLErrorNumber",
    "SSLObject",
    "SSLSession",
    "SSLSocket",
    "SSLSyscallError",
    "SSLWantReadError",
    "SSLWantWriteError",
    "SSLZeroReturnError",
    "SessionStore",
    "TLSVersion",
    "VerifyFlags",
    "VerifyMode",
    "cert_time_to_seconds",
    "create_default_context",
    "create_ntls_context",
    "get_default_verify_paths",
    "get_protocol_name",
    "get_server_certificate",
    "get_sigalgs",
    "socket_error",
]

# Helpers of the standard library's that are nobody's interface; an interpreter may drop them.
with _suppress(ImportError):
    from ssl import _dnsname_match as _dnsname_match  # type: ignore[attr-defined]
    from ssl import _inet_paton as _inet_paton  # type: ignore[attr-defined]
    from ssl import _ipaddress_match as _ipaddress_match  # type: ignore[attr-defined]

if sys.version_info < (3, 12):
    from ssl import match_hostname

    from tongsuo_py.ssl._functions import wrap_socket
    from tongsuo_py.ssl._random import RAND_pseudo_bytes

    __all__ += ["RAND_pseudo_bytes", "match_hostname", "wrap_socket"]

# What http.client and those for mail and FTP make their contexts with; programs replace the first.
_create_default_https_context = create_default_context
_create_stdlib_context = _create_unverified_context
_RESTRICTED_SERVER_CIPHERS = _DEFAULT_CIPHERS
