"""What a context is told: protocol, versions, options, cipher suites, how to verify."""

from __future__ import annotations

import operator
import ssl as _stdlib
import warnings
from collections.abc import Sequence
from typing import Any

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.buffers import c_text
from tongsuo_py._binding.handles import own_ssl, own_ssl_ctx
from tongsuo_py.ssl import _suites as suites
from tongsuo_py.ssl._constants import PROTOCOL_NTLS_CLIENT, PROTOCOL_NTLS_SERVER, NTLSMethod
from tongsuo_py.ssl._errors import check

_METHODS: dict[int, Any] = {
    _stdlib.PROTOCOL_TLS: lib.TLS_method,
    _stdlib.PROTOCOL_TLS_CLIENT: lib.TLS_client_method,
    _stdlib.PROTOCOL_TLS_SERVER: lib.TLS_server_method,
    PROTOCOL_NTLS_CLIENT: lib.NTLS_client_method,
    PROTOCOL_NTLS_SERVER: lib.NTLS_server_method,
}
CLIENTS = (_stdlib.PROTOCOL_TLS_CLIENT, PROTOCOL_NTLS_CLIENT)
SERVERS = (_stdlib.PROTOCOL_TLS_SERVER, PROTOCOL_NTLS_SERVER)
# As plain numbers: an IntFlag drops what has no name, such as parts of OP_ALL.
_OPTIONS = (
    int(_stdlib.OP_ALL)
    | int(_stdlib.OP_NO_SSLv3)
    | int(_stdlib.OP_NO_COMPRESSION)
    | int(_stdlib.OP_CIPHER_SERVER_PREFERENCE)
    | int(_stdlib.OP_SINGLE_DH_USE)
    | int(_stdlib.OP_SINGLE_ECDH_USE)
    | int(getattr(_stdlib, "OP_ENABLE_MIDDLEBOX_COMPAT", 0))
)
_MODES = (
    lib.SSL_MODE_ENABLE_PARTIAL_WRITE
    | lib.SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
    | lib.SSL_MODE_AUTO_RETRY
    | lib.SSL_MODE_RELEASE_BUFFERS
)
_SESSION_ID_CONTEXT = b"Python"
_VERIFY = {
    _stdlib.CERT_NONE: lib.SSL_VERIFY_NONE,
    _stdlib.CERT_OPTIONAL: lib.SSL_VERIFY_PEER,
    _stdlib.CERT_REQUIRED: lib.SSL_VERIFY_PEER | lib.SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
}


class Settings:
    """The settings of an SSLContext that are plain values in Tongsuo's SSL_CTX (``_ctx``)."""

    __slots__ = (
        "__weakref__",
        "_check_hostname",
        "_chooses_protocol",
        "_ciphers_chosen",
        "_ctx",
        "_host_flags",
        "_ntls",
        "_ntls_chains",
        "_ntls_strict_ecdhe",
        "_protocol",
    )

    def __init__(self, protocol: int | None = None) -> None:
        if protocol is None:
            warnings.warn(
                "ssl.SSLContext() without protocol argument is deprecated.",
                category=DeprecationWarning,
                stacklevel=2,
            )
            protocol = _stdlib.PROTOCOL_TLS
        if protocol not in _METHODS:
            raise ValueError(f"invalid or unsupported protocol version: {protocol!r}")
        self._ctx = own_ssl_ctx(lib.SSL_CTX_new(_METHODS[protocol]()), "no memory for a context")
        self._protocol = protocol
        self._ntls = protocol in (PROTOCOL_NTLS_CLIENT, PROTOCOL_NTLS_SERVER)
        self._chooses_protocol = False  # TLS and TLCP on one port
        self._ciphers_chosen = False
        self._ntls_strict_ecdhe = False
        self._ntls_chains: dict[str, tuple[Any, Sequence[Any]]] = {}
        self._check_hostname = False
        self._host_flags = 0
        self._set_defaults()

    def _set_defaults(self) -> None:
        ctx = self._ctx
        lib.SSL_CTX_set_options(ctx, _OPTIONS)
        lib.SSL_CTX_set_mode(ctx, _MODES)
        check(
            lib.SSL_CTX_set_session_id_context(ctx, _SESSION_ID_CONTEXT, len(_SESSION_ID_CONTEXT))
        )
        parameters = lib.SSL_CTX_get0_param(ctx)
        lib.X509_VERIFY_PARAM_set_flags(parameters, lib.X509_V_FLAG_TRUSTED_FIRST)
        self._host_flags = lib.X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
        lib.X509_VERIFY_PARAM_set_hostflags(parameters, self._host_flags)
        if self._ntls:
            lib.SSL_CTX_enable_ntls(ctx)
        else:
            check(lib.SSL_CTX_set_min_proto_version(ctx, lib.TLS1_2_VERSION))
        self._set_default_ciphers()
        if self._protocol in CLIENTS:
            self.verify_mode = _stdlib.CERT_REQUIRED
            self.check_hostname = True

    @property
    def _has_ntls_pair(self) -> bool:
        return len(self._ntls_chains) == 2

    # ---- protocols ----

    @property
    def protocol(self) -> int:
        """The protocol that the context was made for, as the enum member it was given as."""
        return NTLSMethod(self._protocol) if self._ntls else _stdlib._SSLMethod(self._protocol)

    def enable_ntls(self) -> None:
        """Let a TLS server take TLCP on the same port; the first bytes of a client decide.

        It needs a TLCP pair (``load_ntls_cert_pair``) beside the TLS certificate
        (``load_cert_chain``). Without effect on a context that is made for TLCP. Raises ValueError
        on a TLS client, which has to know what it wants: make a PROTOCOL_NTLS_CLIENT context.
        """
        if self._ntls:
            return
        if self._protocol == _stdlib.PROTOCOL_TLS_CLIENT:
            raise ValueError("a client speaks one protocol: use PROTOCOL_NTLS_CLIENT for TLCP")
        lib.SSL_CTX_enable_ntls(self._ctx)
        self._chooses_protocol = True
        if not self._ciphers_chosen:
            self._set_default_ciphers()

    @property
    def minimum_version(self) -> _stdlib.TLSVersion:
        """The oldest TLS version; TLCP has one version only and is not touched by it."""
        return _version(lib.SSL_CTX_get_min_proto_version(self._ctx), least=True)

    @minimum_version.setter
    def minimum_version(self, value: int) -> None:
        self._refuse_versions()
        if value == _stdlib.TLSVersion.SSLv3:
            self.options &= ~_stdlib.OP_NO_SSLv3
        number = _version_number(value, least=True)
        check(lib.SSL_CTX_set_min_proto_version(self._ctx, number), "Unsupported protocol version")

    @property
    def maximum_version(self) -> _stdlib.TLSVersion:
        """The newest TLS version; TLCP has one version only and is not touched by it."""
        return _version(lib.SSL_CTX_get_max_proto_version(self._ctx), least=False)

    @maximum_version.setter
    def maximum_version(self, value: int) -> None:
        self._refuse_versions()
        number = _version_number(value, least=False)
        check(lib.SSL_CTX_set_max_proto_version(self._ctx, number), "Unsupported protocol version")

    def _refuse_versions(self) -> None:
        if self._ntls:
            raise ValueError("TLCP has one version: minimum_version and maximum_version are TLS's")

    @property
    def options(self) -> _stdlib.Options:
        """The set of ``OP_*`` flags."""
        return _stdlib.Options(lib.SSL_CTX_get_options(self._ctx))

    @options.setter
    def options(self, value: int) -> None:
        wanted, present = _flags(value), lib.SSL_CTX_get_options(self._ctx)
        if self._ntls and wanted & lib.SSL_OP_NO_NTLS:
            raise ValueError("this context speaks nothing but TLCP: OP_NO_NTLS would leave nothing")
        lib.SSL_CTX_clear_options(self._ctx, present & ~wanted)
        lib.SSL_CTX_set_options(self._ctx, wanted & ~present)

    @property
    def security_level(self) -> int:
        """OpenSSL's security level, see SSL_CTX_set_security_level(3)."""
        return int(lib.SSL_CTX_get_security_level(self._ctx))

    @property
    def ntls_strict_ecdhe(self) -> bool:
        """Whether a client's ECDHE parameters carry the length that GB/T 38636 puts before them.

        Off by default, as in Tongsuo: all of its servers take the form without the length, those
        before 8.5 no other; GmSSL's insist on it. A server that wants the other form answers with
        a decode error. Needs Tongsuo 8.5 or newer: ValueError on an older one.
        """
        return self._ntls_strict_ecdhe

    @ntls_strict_ecdhe.setter
    def ntls_strict_ecdhe(self, value: bool) -> None:
        if value and not lib.TSPY_HAS_STRICT_ECDHE_CKE:
            raise ValueError("ntls_strict_ecdhe needs Tongsuo 8.5 or newer")
        lib.SSL_CTX_set_ntls_strict_ecdhe_cke(self._ctx, bool(value))
        self._ntls_strict_ecdhe = bool(value)

    # ---- cipher suites ----

    def _set_default_ciphers(self) -> None:
        chosen = suites.default_list(
            tls=not self._ntls,
            ntls=self._ntls or self._chooses_protocol,
            asks_for_certificate=self.verify_mode != _stdlib.CERT_NONE,
        )
        check(lib.SSL_CTX_set_cipher_list(self._ctx, chosen.encode("ascii")))

    def set_ciphers(self, cipherlist: str, /) -> None:
        """Choose the suites of TLCP and of TLS 1.2 and older, in OpenSSL's list format.

        Raises SSLError where the list names none that Tongsuo has.
        """
        chosen = c_text(cipherlist, "cipherlist")
        # On a connection first: a list that is refused would leave the context with none.
        ssl = self._connection()
        accepted = lib.SSL_set_cipher_list(ssl, chosen) == 1
        errors.clear()
        if not accepted or (self._ntls and not suites.ntls_only(ssl)):
            raise _stdlib.SSLError("No cipher can be selected.")
        check(lib.SSL_CTX_set_cipher_list(self._ctx, chosen))
        self._ciphers_chosen = True

    def set_ciphersuites(self, ciphersuites: str, /) -> None:
        """Choose the suites of TLS 1.3, such as ``TLS_SM4_GCM_SM3`` (RFC 8998), by name.

        Raises SSLError for a name that Tongsuo does not know, ValueError on a TLCP context.
        """
        if self._ntls:
            raise ValueError("TLCP's suites are chosen with set_ciphers()")
        chosen = c_text(ciphersuites, "ciphersuites")
        # On a connection first: Tongsuo passes over the names that it does not know.
        ssl = self._connection()
        accepted = lib.SSL_set_ciphersuites(ssl, chosen) == 1
        errors.clear()
        if not accepted or not suites.tls13_only(ssl).issuperset(
            filter(None, ciphersuites.split(":"))
        ):
            raise _stdlib.SSLError("No cipher suite can be selected.")
        check(lib.SSL_CTX_set_ciphersuites(self._ctx, chosen))

    def _connection(self) -> Any:
        """A connection that is never made, for questions that only an SSL object answers."""
        return own_ssl(lib.SSL_new(self._ctx), "no memory for a connection")

    def get_ciphers(self) -> list[dict[str, Any]]:
        """The suites that are enabled, most preferred first; keys as in the standard library."""
        ssl = self._connection()
        ciphers = lib.SSL_get1_supported_ciphers(ssl)
        if ciphers == ffi.NULL:
            return []
        enabled = suites.in_stack(ffi.gc(ciphers, lib.sk_SSL_CIPHER_free))
        if self._chooses_protocol:
            enabled += suites.ntls_only(ssl)
        return [suites.as_dictionary(cipher) for cipher in enabled]

    # ---- verification ----

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
        if not self._ciphers_chosen:
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
        lib.X509_VERIFY_PARAM_set_hostflags(lib.SSL_CTX_get0_param(self._ctx), self._host_flags)

    @property
    def verify_flags(self) -> _stdlib.VerifyFlags:
        """The set of ``VERIFY_*`` flags."""
        flags = lib.X509_VERIFY_PARAM_get_flags(lib.SSL_CTX_get0_param(self._ctx))
        return _stdlib.VerifyFlags(flags)

    @verify_flags.setter
    def verify_flags(self, value: int) -> None:
        parameters = lib.SSL_CTX_get0_param(self._ctx)
        wanted, present = _flags(value), lib.X509_VERIFY_PARAM_get_flags(parameters)
        lib.X509_VERIFY_PARAM_clear_flags(parameters, present & ~wanted)
        lib.X509_VERIFY_PARAM_set_flags(parameters, wanted & ~present)


def _flags(value: int) -> int:
    """Flags as C takes them; checked before anything is changed."""
    number = operator.index(value)
    if not 0 <= number < 1 << 64:
        raise OverflowError("flags must be positive and fit into 64 bits")
    return number


def _version(number: int, *, least: bool) -> _stdlib.TLSVersion:
    if number == 0:
        return (
            _stdlib.TLSVersion.MINIMUM_SUPPORTED if least else _stdlib.TLSVersion.MAXIMUM_SUPPORTED
        )
    return _stdlib.TLSVersion(number)


def _version_number(value: int, *, least: bool) -> int:
    version = _stdlib.TLSVersion(operator.index(value))
    if version == _stdlib.TLSVersion.MINIMUM_SUPPORTED:
        return 0 if least else lib.TLS1_VERSION
    if version == _stdlib.TLSVersion.MAXIMUM_SUPPORTED:
        return lib.TLS1_3_VERSION if least else 0
    return int(version)
