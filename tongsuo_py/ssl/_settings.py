"""What a context is told: the sum of its settings, its defaults, cipher suites, sessions."""

from __future__ import annotations

import operator
import ssl as _stdlib
import warnings
from collections.abc import Sequence
from typing import Any, Self

from tongsuo_py._binding import errors, lib
from tongsuo_py._binding.buffers import c_text
from tongsuo_py._binding.handles import own_ssl, own_ssl_ctx
from tongsuo_py.ssl import _suites as suites
from tongsuo_py.ssl._constants import PROTOCOL_NTLS_CLIENT, PROTOCOL_NTLS_SERVER
from tongsuo_py.ssl._errors import check
from tongsuo_py.ssl._negotiation import Negotiation
from tongsuo_py.ssl._verification import Verification
from tongsuo_py.ssl._versions import CLIENTS, RANGES, method

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
_HELLO_TIME = lib.SSL_MODE_SEND_CLIENTHELLO_TIME | lib.SSL_MODE_SEND_SERVERHELLO_TIME
_SESSION_ID_CONTEXT = b"Python"
_LONG_MAX = 2**63 - 1
_STATISTICS = (
    "number",
    "connect",
    "connect_good",
    "connect_renegotiate",
    "accept",
    "accept_good",
    "accept_renegotiate",
    "hits",
    "misses",
    "timeouts",
    "cache_full",
)


class Settings(Verification, Negotiation):
    """The settings of an SSLContext that are plain values in Tongsuo's SSL_CTX (``_ctx``)."""

    __slots__ = (
        "__weakref__",
        "_chooses_protocol",
        "_ciphers_chosen",
        "_ntls_chains",
        "_ntls_strict_ecdhe",
    )

    _chooses_protocol: bool
    _ciphers_chosen: bool
    _ntls_chains: dict[str, tuple[Any, Sequence[Any]]]
    _ntls_strict_ecdhe: bool

    def __new__(cls, protocol: Any = None, *args: Any, **kwargs: Any) -> Self:
        if protocol is None:
            warnings.warn(
                "ssl.SSLContext() without protocol argument is deprecated.",
                category=DeprecationWarning,
                stacklevel=2,
            )
            protocol = _stdlib.PROTOCOL_TLS
        self = super().__new__(cls)
        self._ctx = own_ssl_ctx(lib.SSL_CTX_new(method(protocol)), "no memory for a context")
        self._protocol = operator.index(protocol)
        self._ntls = protocol in (PROTOCOL_NTLS_CLIENT, PROTOCOL_NTLS_SERVER)
        self._chooses_protocol = False  # TLS and TLCP on one port
        self._ciphers_chosen = False
        self._ntls_strict_ecdhe = False
        self._ntls_chains = {}
        self._check_hostname = False
        self._post_handshake_auth = False
        self._trust_digest = []
        self._set_defaults()
        return self

    def _set_defaults(self) -> None:
        ctx = self._ctx
        lib.SSL_CTX_set_options(ctx, _OPTIONS)
        lib.SSL_CTX_set_mode(ctx, _MODES)
        if self._protocol not in CLIENTS:
            # A client with one would refuse the session that a pre-shared key makes in TLS 1.3.
            name = _SESSION_ID_CONTEXT
            check(lib.SSL_CTX_set_session_id_context(ctx, name, len(name)))
        parameters = lib.SSL_CTX_get0_param(ctx)
        lib.X509_VERIFY_PARAM_set_flags(parameters, lib.X509_V_FLAG_TRUSTED_FIRST)
        self._host_flags = lib.X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS
        if self._ntls:
            lib.SSL_CTX_enable_ntls(ctx)
            # TLCP has no RFC 5746, which ties a renegotiation to the connection before it.
            lib.SSL_CTX_set_options(ctx, int(_stdlib.OP_NO_RENEGOTIATION))
        else:
            lib.tspy_rfc8998_client_sigalgs(ctx, 1)
        if self._protocol in RANGES:
            check(lib.SSL_CTX_set_min_proto_version(ctx, lib.TLS1_2_VERSION))
            lib.tspy_rfc8998_group(ctx, 1)
        self._set_default_ciphers()
        if self._protocol in CLIENTS:
            self.verify_mode = _stdlib.CERT_REQUIRED
            self.check_hostname = True

    @property
    def _has_ntls_pair(self) -> bool:
        return len(self._ntls_chains) == 2

    # ---- protocols ----

    def enable_ntls(self) -> None:
        """Let a TLS server take TLCP on the same port; the first bytes of a client decide.

        It needs a TLCP pair (``load_ntls_cert_pair``) beside the TLS certificate
        (``load_cert_chain``). Settings that TLCP has not, such as versions and groups, then act on
        TLS. Without effect on a context that is made for TLCP. Raises ValueError on a TLS client,
        which has to know what it wants (make a PROTOCOL_NTLS_CLIENT context), and on a context for
        one TLS version.
        """
        if self._ntls:
            return
        if self._protocol == _stdlib.PROTOCOL_TLS_CLIENT:
            raise ValueError("a client speaks one protocol: use PROTOCOL_NTLS_CLIENT for TLCP")
        if self._protocol not in RANGES:
            raise ValueError("TLS and TLCP on one port need a PROTOCOL_TLS_SERVER context")
        lib.SSL_CTX_enable_ntls(self._ctx)
        self._chooses_protocol = True
        self._set_default_ciphers()

    @property
    def security_level(self) -> int:
        """OpenSSL's security level, see SSL_CTX_set_security_level(3)."""
        return int(lib.SSL_CTX_get_security_level(self._ctx))

    @property
    def num_tickets(self) -> int:
        """How many session tickets a server sends after a full TLS 1.3 handshake; 0 in TLCP.

        (TLCP and TLS 1.2 have one in each handshake, or none with OP_NO_TICKET.) Raises ValueError
        for a negative number, and unless the context is made with PROTOCOL_TLS_SERVER.
        """
        return 0 if self._ntls else int(lib.SSL_CTX_get_num_tickets(self._ctx))

    @num_tickets.setter
    def num_tickets(self, value: int) -> None:
        number = operator.index(value)
        if number > _LONG_MAX:
            raise OverflowError("Python int too large to convert to C long")
        if number < 0:
            raise ValueError("value must be non-negative")
        if self._ntls:
            raise ValueError(
                "num_tickets is TLS 1.3's: TLCP sends one ticket, or none with OP_NO_TICKET"
            )
        if self._protocol != _stdlib.PROTOCOL_TLS_SERVER:
            raise ValueError("SSLContext is not a server context.")
        check(lib.SSL_CTX_set_num_tickets(self._ctx, number), "failed to set num tickets.")

    def session_stats(self) -> dict[str, int]:
        """How often connections were made (connect, accept) and resumed (hits), TLCP's included.

        ``number`` is how many sessions the context has in store now.
        """
        return {name: int(getattr(lib, f"SSL_CTX_sess_{name}")(self._ctx)) for name in _STATISTICS}

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

    @property
    def hello_time(self) -> bool:
        """Whether the first four of the 32 random bytes in our hello are the time, UTC seconds.

        So GB/T 38636-2020 and TLS up to 1.2 describe them. Off by default, since it tells
        everybody what the clock of this host says; the other 28 bytes are random either way.
        """
        return bool(lib.SSL_CTX_get_mode(self._ctx) & _HELLO_TIME)

    @hello_time.setter
    def hello_time(self, value: bool) -> None:
        change = lib.SSL_CTX_set_mode if value else lib.SSL_CTX_clear_mode
        change(self._ctx, _HELLO_TIME)

    # ---- cipher suites ----

    def _set_default_ciphers(self) -> None:
        if self._ciphers_chosen:
            return
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
        enabled = suites.of_protocols(
            self._connection(),
            tls=not self._ntls,
            ntls=self._ntls or self._chooses_protocol,
        )
        return [suites.as_dictionary(cipher) for cipher in enabled]
