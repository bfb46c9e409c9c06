"""Contexts with safe settings, ready to use."""

from __future__ import annotations

import ssl as _stdlib
import sys
from typing import Any

from tongsuo_py.ssl._constants import PROTOCOL_NTLS_CLIENT, PROTOCOL_NTLS_SERVER
from tongsuo_py.ssl._context import SSLContext

_PROTOCOLS = {
    _stdlib.Purpose.SERVER_AUTH: (_stdlib.PROTOCOL_TLS_CLIENT, PROTOCOL_NTLS_CLIENT),
    _stdlib.Purpose.CLIENT_AUTH: (_stdlib.PROTOCOL_TLS_SERVER, PROTOCOL_NTLS_SERVER),
}


def _create(index: int, purpose: Any, cafile: Any, capath: Any, cadata: Any) -> SSLContext:
    if not isinstance(purpose, _stdlib._ASN1Object):
        raise TypeError(purpose)
    if purpose not in _PROTOCOLS:
        raise ValueError(purpose)
    context = SSLContext(_PROTOCOLS[_stdlib.Purpose(purpose)][index])
    if cafile or capath or cadata:
        context.load_verify_locations(cafile, capath, cadata)
    elif context.verify_mode != _stdlib.CERT_NONE:
        context.load_default_certs(_stdlib.Purpose(purpose))
    return context


def create_default_context(
    purpose: _stdlib.Purpose = _stdlib.Purpose.SERVER_AUTH,
    *,
    cafile: Any = None,
    capath: Any = None,
    cadata: Any = None,
) -> SSLContext:
    """A TLS context with safe settings, as the standard library's function of this name makes it.

    For SERVER_AUTH (a client) certificates and host names are verified, against the system's trust
    store where no other is given; for CLIENT_AUTH (a server) load a certificate next.
    """
    context = _create(0, purpose, cafile, capath, cadata)
    if sys.version_info >= (3, 13):
        context.verify_flags |= _stdlib.VERIFY_X509_PARTIAL_CHAIN | _stdlib.VERIFY_X509_STRICT
    return context


def create_ntls_context(
    purpose: _stdlib.Purpose = _stdlib.Purpose.SERVER_AUTH,
    *,
    cafile: Any = None,
    capath: Any = None,
    cadata: Any = None,
) -> SSLContext:
    """A context with safe settings for TLCP (GB/T 38636-2020), the twin of create_default_context.

    For SERVER_AUTH (a client) both certificates of the server and its host name are verified,
    against the system's trust store where no other is given. For CLIENT_AUTH (a server) load a pair
    with ``load_ntls_cert_pair``; clients are asked for theirs where a CA is given for them, so
    that ``create_ntls_context(Purpose.CLIENT_AUTH, cafile=...)`` authenticates both sides.
    Only the four SM2 suites with SM4 and SM3 are enabled, those with forward secrecy first.
    """
    context = _create(1, purpose, cafile, capath, cadata)
    if purpose == _stdlib.Purpose.CLIENT_AUTH and (cafile or capath or cadata):
        context.verify_mode = _stdlib.CERT_REQUIRED
    return context
