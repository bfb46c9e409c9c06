"""Contexts with safe settings, ready to use."""

from __future__ import annotations

import os
import ssl as _stdlib
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from tongsuo_py.ssl._constants import PROTOCOL_NTLS_CLIENT, PROTOCOL_NTLS_SERVER
from tongsuo_py.ssl._context import SSLContext
from tongsuo_py.ssl._credentials import StrPath

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_PROTOCOLS = {
    _stdlib.Purpose.SERVER_AUTH: (_stdlib.PROTOCOL_TLS_CLIENT, PROTOCOL_NTLS_CLIENT),
    _stdlib.Purpose.CLIENT_AUTH: (_stdlib.PROTOCOL_TLS_SERVER, PROTOCOL_NTLS_SERVER),
}


def _protocol_for(purpose: Any, index: int) -> int:
    if not isinstance(purpose, _stdlib._ASN1Object):
        raise TypeError(purpose)
    if purpose not in _PROTOCOLS:
        raise ValueError(purpose)
    return _PROTOCOLS[_stdlib.Purpose(purpose)][index]


def _finish(
    context: SSLContext,
    purpose: _stdlib.Purpose,
    cafile: StrPath | None,
    capath: StrPath | None,
    cadata: str | ReadableBuffer | None,
) -> None:
    """Load what the context trusts, and have it log its keys where SSLKEYLOGFILE says so."""
    if cafile or capath or cadata:
        context.load_verify_locations(cafile, capath, cadata)
    elif context.verify_mode != _stdlib.CERT_NONE:
        context.load_default_certs(purpose)
    keylog = os.environ.get("SSLKEYLOGFILE")
    if keylog and not sys.flags.ignore_environment:
        context.keylog_filename = keylog


def create_default_context(
    purpose: _stdlib.Purpose = _stdlib.Purpose.SERVER_AUTH,
    *,
    cafile: StrPath | None = None,
    capath: StrPath | None = None,
    cadata: str | ReadableBuffer | None = None,
) -> SSLContext:
    """A TLS context with safe settings, as the standard library's function of this name makes it.

    For SERVER_AUTH (a client) certificates and host names are verified, against the system's trust
    store where no other is given; for CLIENT_AUTH (a server) load a certificate next. Keys are
    logged where the environment's SSLKEYLOGFILE names a file.
    """
    return default_context(SSLContext, purpose, cafile, capath, cadata)


def default_context(
    kind: type[SSLContext],
    purpose: _stdlib.Purpose = _stdlib.Purpose.SERVER_AUTH,
    cafile: StrPath | None = None,
    capath: StrPath | None = None,
    cadata: str | ReadableBuffer | None = None,
) -> SSLContext:
    """What ``create_default_context`` makes, as an object of the class ``kind``."""
    context = kind(_protocol_for(purpose, 0))
    _finish(context, purpose, cafile, capath, cadata)
    if sys.version_info >= (3, 13):
        context.verify_flags |= _stdlib.VERIFY_X509_PARTIAL_CHAIN | _stdlib.VERIFY_X509_STRICT
    return context


def create_ntls_context(
    purpose: _stdlib.Purpose = _stdlib.Purpose.SERVER_AUTH,
    *,
    cafile: StrPath | None = None,
    capath: StrPath | None = None,
    cadata: str | ReadableBuffer | None = None,
) -> SSLContext:
    """A context with safe settings for TLCP (GB/T 38636-2020), the twin of create_default_context.

    For SERVER_AUTH (a client) both certificates of the server and its host name are verified,
    against the system's trust store where no other is given. For CLIENT_AUTH (a server) load a pair
    with ``load_ntls_cert_pair``; clients are asked for theirs where a CA is given for them, so
    that ``create_ntls_context(Purpose.CLIENT_AUTH, cafile=...)`` authenticates both sides.
    Only the four SM2 suites with SM4 and SM3 are enabled, those with forward secrecy first. Keys
    are logged where the environment's SSLKEYLOGFILE names a file.

    Certificates have to be as RFC 5280 says (VERIFY_X509_STRICT), and what is trusted need not be a
    root (VERIFY_X509_PARTIAL_CHAIN), on every Python. There are no session tickets (OP_NO_TICKET),
    so sessions are resumed by their ID; ``set_ticket_keys`` turns tickets on. Take a flag out of
    ``verify_flags`` or ``options`` to have it otherwise.
    """
    context = SSLContext(_protocol_for(purpose, 1))
    context.verify_flags |= _stdlib.VERIFY_X509_PARTIAL_CHAIN | _stdlib.VERIFY_X509_STRICT
    context.options |= _stdlib.OP_NO_TICKET
    _finish(context, purpose, cafile, capath, cadata)
    if purpose == _stdlib.Purpose.CLIENT_AUTH and (cafile or capath or cadata):
        context.verify_mode = _stdlib.CERT_REQUIRED
    return context


def unverified_context(
    kind: type[SSLContext],
    protocol: int | None = None,
    *,
    cert_reqs: int | None = _stdlib.CERT_NONE,
    check_hostname: bool = False,
    purpose: _stdlib.Purpose = _stdlib.Purpose.SERVER_AUTH,
    certfile: StrPath | None = None,
    keyfile: StrPath | None = None,
    cafile: StrPath | None = None,
    capath: StrPath | None = None,
    cadata: str | ReadableBuffer | None = None,
) -> SSLContext:
    """A context of the class ``kind`` that verifies nothing unless told to."""
    default = _protocol_for(purpose, 0)
    context = kind(default if protocol is None else protocol)
    context.check_hostname = check_hostname
    if cert_reqs is not None:
        context.verify_mode = cert_reqs
    if check_hostname:
        context.check_hostname = True
    if keyfile and not certfile:
        raise ValueError("certfile must be specified")
    if certfile:
        context.load_cert_chain(certfile, keyfile)
    _finish(context, purpose, cafile, capath, cadata)
    return context


#: A context that verifies nothing unless told to. Of the standard library's modules those for mail
#: and FTP use it where the program gives them no context; it is known as
#: ``ssl._create_unverified_context`` and ``ssl._create_stdlib_context``.
create_unverified_context = partial(unverified_context, SSLContext)
