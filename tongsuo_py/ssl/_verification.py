"""How a context verifies its peers: whether at all, host names, flags, after the handshake."""

from __future__ import annotations

import operator
import ssl as _stdlib
from typing import Any

from tongsuo_py._binding import ffi, lib
from tongsuo_py.ssl._versions import Versions, as_flags

_VERIFY = {
    _stdlib.CERT_NONE: lib.SSL_VERIFY_NONE,
    _stdlib.CERT_OPTIONAL: lib.SSL_VERIFY_PEER,
    _stdlib.CERT_REQUIRED: lib.SSL_VERIFY_PEER | lib.SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
}


class Verification(Versions):
    """The part of a context's settings that says how its peers are verified.

    All of it applies to TLCP, and there to both certificates of a pair; but for
    ``post_handshake_auth``, which only TLS 1.3 has.
    """

    __slots__ = ("_check_hostname", "_post_handshake_auth", "_trust_digest")

    _check_hostname: bool
    _post_handshake_auth: bool
    _trust_digest: list[bytes]  # see _session.domain; empty: to be computed

    def _set_default_ciphers(self) -> None:
        """The default suites depend on ``verify_mode``."""
        raise NotImplementedError

    @property
    def verify_mode(self) -> _stdlib.VerifyMode:
        """Whether the peer needs a certificate that verifies: CERT_NONE, _OPTIONAL, _REQUIRED."""
        mode = lib.SSL_CTX_get_verify_mode(self._ctx)
        return next(name for name, value in _VERIFY.items() if value == mode)

    @verify_mode.setter
    def verify_mode(self, value: int) -> None:
        if operator.index(value) not in _VERIFY:
            raise ValueError("invalid value for verify_mode")
        if value == _stdlib.CERT_NONE and self._check_hostname:
            raise ValueError("Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
        lib.SSL_CTX_set_verify(self._ctx, _VERIFY[_stdlib.VerifyMode(value)], ffi.NULL)
        self._set_default_ciphers()

    @property
    def check_hostname(self) -> bool:
        """Whether the server's certificate must be for ``server_hostname`` (RFC 9525)."""
        return self._check_hostname

    @check_hostname.setter
    def check_hostname(self, value: bool) -> None:
        if value and self.verify_mode == _stdlib.CERT_NONE:
            self.verify_mode = _stdlib.CERT_REQUIRED
        self._check_hostname = bool(value)

    @property
    def hostname_checks_common_name(self) -> bool:
        """Whether a certificate without a DNS name may match by its subject's common name."""
        return not self._host_flags & lib.X509_CHECK_FLAG_NEVER_CHECK_SUBJECT

    @hostname_checks_common_name.setter
    def hostname_checks_common_name(self, value: bool) -> None:
        if value:
            self._host_flags &= ~lib.X509_CHECK_FLAG_NEVER_CHECK_SUBJECT
        else:
            self._host_flags |= lib.X509_CHECK_FLAG_NEVER_CHECK_SUBJECT

    @property
    def _host_flags(self) -> int:
        """X509_CHECK_FLAG_*: how names are compared."""
        return int(lib.X509_VERIFY_PARAM_get_hostflags(lib.SSL_CTX_get0_param(self._ctx)))

    @_host_flags.setter
    def _host_flags(self, value: int) -> None:
        lib.X509_VERIFY_PARAM_set_hostflags(lib.SSL_CTX_get0_param(self._ctx), value)

    @property
    def verify_flags(self) -> _stdlib.VerifyFlags:
        """The set of ``VERIFY_*`` flags."""
        flags = lib.X509_VERIFY_PARAM_get_flags(lib.SSL_CTX_get0_param(self._ctx))
        return _stdlib.VerifyFlags(flags)

    @verify_flags.setter
    def verify_flags(self, value: int) -> None:
        parameters = lib.SSL_CTX_get0_param(self._ctx)
        wanted, present = as_flags(value), lib.X509_VERIFY_PARAM_get_flags(parameters)
        lib.X509_VERIFY_PARAM_clear_flags(parameters, present & ~wanted)
        lib.X509_VERIFY_PARAM_set_flags(parameters, wanted & ~present)

    @property
    def post_handshake_auth(self) -> bool | None:
        """Whether a TLS 1.3 client can be asked for its certificate after the handshake.

        Of a client: whether it offers that. Of a server with ``verify_mode`` CERT_OPTIONAL or
        CERT_REQUIRED: whether it leaves the certificate to ``verify_client_post_handshake()``,
        instead of asking in the handshake; in TLS 1.2 and TLCP it asks there in any case. On a
        context for TLCP alone it is None, the standard library's word for what cannot be had, which
        programs look for; setting it to true is a ValueError there.
        """
        return None if self._ntls else self._post_handshake_auth

    @post_handshake_auth.setter
    def post_handshake_auth(self, value: bool | None) -> None:
        if value and self._ntls:
            raise ValueError("TLCP asks for certificates in the handshake, never after it")
        self._post_handshake_auth = bool(value)

    def _allow_late_certificate(self, ssl: Any, server_side: bool) -> None:
        """Set up a new connection for ``post_handshake_auth``."""
        if not self._post_handshake_auth:
            return
        mode = lib.SSL_get_verify_mode(ssl)
        if not server_side:
            lib.SSL_set_post_handshake_auth(ssl, 1)
        elif mode & lib.SSL_VERIFY_PEER:
            lib.SSL_set_verify(ssl, mode | lib.SSL_VERIFY_POST_HANDSHAKE, ffi.NULL)
