"""SSLContext: settings, certificates and trust that connections share."""

from __future__ import annotations

import ipaddress
import ssl as _stdlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tongsuo_py._binding import ffi, lib, x509
from tongsuo_py._binding.callbacks import Password
from tongsuo_py.ssl import _credentials as credentials
from tongsuo_py.ssl import _suites as suites
from tongsuo_py.ssl import _trust as trust
from tongsuo_py.ssl._certificate import decoded
from tongsuo_py.ssl._connection import Connection
from tongsuo_py.ssl._constants import PROTOCOL_NAMES
from tongsuo_py.ssl._credentials import Credential, StrPath
from tongsuo_py.ssl._errors import check, ssl_error
from tongsuo_py.ssl._memory import MemoryConnection
from tongsuo_py.ssl._network import SocketConnection
from tongsuo_py.ssl._object import SSLObject
from tongsuo_py.ssl._replaceable import Replaceable
from tongsuo_py.ssl._resumption import Resumption
from tongsuo_py.ssl._socket import SSLSocket
from tongsuo_py.ssl._versions import CLIENTS, SERVERS

# To type checkers a context is one of the standard library's, as it is to isinstance: the
# libraries that take contexts are annotated with those.
if TYPE_CHECKING:
    import socket

    from _typeshed import ReadableBuffer

    _Declared = _stdlib.SSLContext
else:
    _Declared = object

_STDLIB_CONTEXT = _stdlib.SSLContext


class SSLContext(Resumption, _Declared):  # type: ignore[misc, override]
    """The settings that connections share: protocol, certificates, trust, cipher suites.

    ``protocol`` is one of the standard library's ``PROTOCOL_TLS_CLIENT`` and
    ``PROTOCOL_TLS_SERVER``, or ``PROTOCOL_NTLS_CLIENT`` and ``PROTOCOL_NTLS_SERVER`` for TLCP
    (GB/T 38636-2020). A TLS server that shall take TLCP on the same port calls ``enable_ntls()``.

    ``isinstance(context, ssl.SSLContext)`` is true with the standard library's class as well, since
    libraries ask; but nothing is inherited from it. What this class does not have fails loudly,
    where the standard library's would act on another OpenSSL.
    """

    __slots__ = ("_sslobject_class", "_sslsocket_class")

    sslsocket_class = Replaceable[type[SSLSocket]]("_sslsocket_class", SSLSocket)
    sslobject_class = Replaceable[type[SSLObject]]("_sslobject_class", SSLObject)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return _STDLIB_CONTEXT

    def __reduce__(self) -> Any:
        # Nor copied: the copy would share the C context, and what one is told both would do.
        raise TypeError("cannot pickle 'SSLContext' object")

    # ---- our certificates ----

    def load_cert_chain(
        self, certfile: StrPath, keyfile: StrPath | None = None, password: Password = None
    ) -> None:
        """The certificate (and its chain, PEM) and private key for TLS, as in the standard library.

        An SM2 certificate here is for TLS 1.3 (RFC 8998); TLCP's are a pair of their own.
        """
        credential = credentials.load(certfile, keyfile, password)
        self._use_certificate([credential.certificate, *credential.chain], credential.key)

    def load_sign_cert_chain(
        self, certfile: StrPath, keyfile: StrPath | None = None, password: Password = None
    ) -> None:
        """TLCP's signing certificate with its chain (PEM, leaf first) and private key.

        ``password`` is text, bytes, or a callable that returns either; it is used only for an
        encrypted key. Raises FileNotFoundError, or SSLError where something cannot be read, the key
        is another certificate's, or the key usage lacks digitalSignature.
        """
        self._use_sign(credentials.load(certfile, keyfile, password))

    def load_enc_cert_chain(
        self, certfile: StrPath, keyfile: StrPath | None = None, password: Password = None
    ) -> None:
        """TLCP's encryption certificate with its chain (PEM, leaf first) and private key.

        As ``load_sign_cert_chain``; the key usage must have keyEncipherment, dataEncipherment or
        keyAgreement.
        """
        self._use_enc(credentials.load(certfile, keyfile, password))

    def load_ntls_cert_pair(
        self,
        sign_certfile: StrPath,
        sign_keyfile: StrPath | None,
        enc_certfile: StrPath,
        enc_keyfile: StrPath | None,
        password: Password = None,
    ) -> None:
        """TLCP's two certificates with their chains and keys, all checked before any is taken.

        ``password`` is for both keys. Raises what the single ones raise, and SSLError where the two
        keys are not of one algorithm.
        """
        sign = credentials.load(sign_certfile, sign_keyfile, password)
        enc = credentials.load(enc_certfile, enc_keyfile, password)
        self._use_pair(sign, enc)

    def _use_ntls_pair(
        self, sign_chain: Sequence[Any], sign_key: Any, enc_chain: Sequence[Any], enc_key: Any
    ) -> None:
        """The pair from handles; pki's way in."""
        sign = Credential(sign_chain[0], tuple(sign_chain[1:]), sign_key, "(signing)")
        enc = Credential(enc_chain[0], tuple(enc_chain[1:]), enc_key, "(encryption)")
        credentials.check_match(sign)
        credentials.check_match(enc)
        self._use_pair(sign, enc)

    def _use_pair(self, sign: Credential, enc: Credential) -> None:
        self._refuse_pair()
        credentials.check_pair(sign, enc)
        self._use_sign(sign)
        self._use_enc(enc)

    def _check_takes_over(self, *, ntls: bool) -> None:
        """Raise ValueError unless this context can take over a connection of that protocol."""
        if ntls:
            self._refuse_pair()
            if not self._has_ntls_pair:
                raise ValueError(
                    "this context has no TLCP pair, which a TLCP connection needs: load one with "
                    "load_ntls_cert_pair()"
                )
        elif self._ntls:
            raise ValueError("this context speaks TLCP alone, and the connection is one of TLS")

    def _refuse_pair(self) -> None:
        if not (self._ntls or self._chooses_protocol):
            raise ValueError(
                "this context does not speak TLCP: make it with PROTOCOL_NTLS_CLIENT or "
                "PROTOCOL_NTLS_SERVER, or call enable_ntls() first"
            )

    def _use_sign(self, sign: Credential) -> None:
        self._refuse_pair()
        credentials.check_role(sign, "signing")
        # The certificate first: it is what drops a key of another one.
        check(lib.SSL_CTX_use_sign_certificate(self._ctx, sign.certificate))
        check(lib.SSL_CTX_use_sign_PrivateKey(self._ctx, sign.key))
        self._ntls_chains["sign"] = (sign.certificate, sign.chain)
        self._send_ntls_chains()

    def _use_enc(self, enc: Credential) -> None:
        self._refuse_pair()
        credentials.check_role(enc, "encryption")
        check(lib.SSL_CTX_use_enc_certificate(self._ctx, enc.certificate))
        check(lib.SSL_CTX_use_enc_PrivateKey(self._ctx, enc.key))
        self._ntls_chains["enc"] = (enc.certificate, enc.chain)
        self._send_ntls_chains()

    def _send_ntls_chains(self) -> None:
        """Have the issuers of both certificates sent: Tongsuo takes one of the two chains."""
        chains = self._ntls_chains.values()
        issuers = {x509.certificate_der(issuer): issuer for _, chain in chains for issuer in chain}
        for certificate, _ in chains:
            check(lib.SSL_CTX_select_current_cert(self._ctx, certificate))
            check(lib.SSL_CTX_clear_chain_certs(self._ctx))
            self._add_chain(list(issuers.values()))

    def _use_certificate(self, chain: Sequence[Any], key: Any) -> None:
        """A certificate for TLS from handles, leaf first; pki's way in."""
        if self._ntls:
            raise ValueError("TLCP needs a pair of certificates: use load_ntls_cert_pair()")
        check(lib.SSL_CTX_use_certificate(self._ctx, chain[0]))
        check(lib.SSL_CTX_clear_chain_certs(self._ctx))
        self._add_chain(chain[1:])
        check(lib.SSL_CTX_use_PrivateKey(self._ctx, key))

    def _add_chain(self, chain: Sequence[Any]) -> None:
        for certificate in chain:
            check(lib.SSL_CTX_add1_chain_cert(self._ctx, certificate))

    # ---- trust ----

    def load_verify_locations(
        self,
        cafile: StrPath | None = None,
        capath: StrPath | None = None,
        cadata: str | ReadableBuffer | None = None,
    ) -> None:
        """Certificates to trust: a PEM file, a directory in OpenSSL's hashed form, or data.

        ``cadata`` is PEM text, or the bytes of one or more DER certificates. Raises TypeError where
        all are None, FileNotFoundError for a missing file, SSLError for one without certificates.
        """
        if cafile is None and capath is None and cadata is None:
            raise TypeError("cafile, capath and cadata cannot be all omitted")
        try:
            if cadata is not None:
                trust.load_data(self._ctx, cadata)
            if cafile is not None:
                trust.load_file(self._ctx, cafile)
            if capath is not None:
                trust.load_directory(self._ctx, capath)
        finally:
            self._trust_digest = []

    def set_default_verify_paths(self) -> None:
        """Trust what the system trusts: where the standard library looks, and SSL_CERT_FILE/_DIR.

        Tongsuo's own directory is of no use for that: nobody keeps trust anchors there.
        """
        trust.load_system(self._ctx)
        self._trust_digest = []

    def load_default_certs(self, purpose: _stdlib.Purpose = _stdlib.Purpose.SERVER_AUTH) -> None:
        """Trust what the system trusts, for ``purpose``."""
        if not isinstance(purpose, _stdlib._ASN1Object):
            raise TypeError(purpose)
        self.set_default_verify_paths()

    def get_ca_certs(self, binary_form: bool = False) -> list[Any]:
        """The CA certificates that were loaded, as getpeercert's dictionaries or as DER."""
        return [
            x509.certificate_der(certificate) if binary_form else decoded(certificate)
            for certificate in trust.authorities(self._ctx)
        ]

    def cert_store_stats(self) -> dict[str, int]:
        """How many certificates (x509), CA certificates among them (x509_ca) and CRLs there are."""
        return {
            "x509": len(trust.certificates(self._ctx)),
            "crl": trust.revocation_lists(self._ctx),
            "x509_ca": len(trust.authorities(self._ctx)),
        }

    # ---- connections ----

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | bytes | None = None,
        session: Any = None,
    ) -> SSLSocket:
        """An SSLSocket over ``sock``, which is taken over; arguments as in the standard library."""
        return self.sslsocket_class._create(  # type: ignore[attr-defined,no-any-return]
            sock=sock,
            server_side=server_side,
            do_handshake_on_connect=do_handshake_on_connect,
            suppress_ragged_eofs=suppress_ragged_eofs,
            server_hostname=server_hostname,
            context=self,
            session=session,
        )

    def wrap_bio(
        self,
        incoming: _stdlib.MemoryBIO,
        outgoing: _stdlib.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: Any = None,
    ) -> SSLObject:
        """An SSLObject that reads and writes memory; arguments as in the standard library."""
        if self._check_hostname and not server_side and server_hostname is None:
            # As wrap_socket does. Up to 3.11 the standard library warns, and checks nothing.
            raise ValueError("check_hostname requires server_hostname")
        return self.sslobject_class._create(  # type: ignore[attr-defined,no-any-return]
            incoming,
            outgoing,
            server_side=server_side,
            server_hostname=self._encode_hostname(server_hostname),
            session=session,
            context=self,
        )

    # The next two are what the standard library's SSLSocket and SSLObject call.

    def _wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool,
        server_hostname: str | None = None,
        *,
        owner: object = None,
        session: Any = None,
    ) -> Connection:
        self._check_side(server_side)
        return SocketConnection(
            self,
            sock,
            server_side=bool(server_side),
            server_hostname=server_hostname,
            owner=owner,
            session=session,
        )

    def _wrap_bio(
        self,
        incoming: _stdlib.MemoryBIO,
        outgoing: _stdlib.MemoryBIO,
        server_side: bool,
        server_hostname: str | None = None,
        *,
        owner: object = None,
        session: Any = None,
    ) -> Connection:
        self._check_side(server_side)
        for bio in (incoming, outgoing):
            if not isinstance(bio, _stdlib.MemoryBIO):
                raise TypeError(f"a MemoryBIO is needed, not {type(bio).__name__}")
        return MemoryConnection(
            self,
            incoming,
            outgoing,
            server_side=bool(server_side),
            server_hostname=server_hostname,
            owner=owner,
            session=session,
        )

    def _check_side(self, server_side: bool) -> None:
        if self._protocol in CLIENTS and server_side:
            name = PROTOCOL_NAMES[self._protocol]
            raise ssl_error(f"Cannot create a server socket with a {name} context", number=0)
        if self._protocol in SERVERS and not server_side:
            name = PROTOCOL_NAMES[self._protocol]
            raise ssl_error(f"Cannot create a client socket with a {name} context", number=0)

    def _prepare(self, ssl: Any, server_side: bool, server_hostname: str | None) -> None:
        """Set on a new connection what depends on its side and on the name of its server."""
        self._allow_late_certificate(ssl, server_side)
        if server_side:
            self._bind_sessions(ssl)
        elif self._ntls and not self._has_ntls_pair:
            self._leave_out_ecdhe(ssl)
        if server_hostname is None:
            return
        if not server_hostname or server_hostname.startswith("."):
            raise ValueError(
                "server_hostname cannot be an empty string or start with a leading dot."
            )
        if "\0" in server_hostname:  # C would take what stands before it
            raise TypeError("server_hostname cannot contain null bytes")
        name = server_hostname.encode("ascii")
        address = _address(server_hostname)
        if address is None:
            check(lib.SSL_set_tlsext_host_name(ssl, ffi.from_buffer(name + b"\0")))
        if self._check_hostname:
            parameters = lib.SSL_get0_param(ssl)
            if address is None:
                check(lib.X509_VERIFY_PARAM_set1_host(parameters, name, len(name)))
            else:
                check(lib.X509_VERIFY_PARAM_set1_ip(parameters, address, len(address)))

    def _leave_out_ecdhe(self, ssl: Any) -> None:
        """Do not offer what cannot work: TLCP's ECDHE suites take both sides' certificates."""
        ntls = [suites.name(cipher) for cipher in suites.ntls_only(ssl)]
        usable = [name for name in ntls if not suites.needs_client_pair(name)]
        if len(usable) == len(ntls):
            return
        if not usable:
            raise ssl_error(
                "TLCP's ECDHE suites need the client's certificates: load a pair with "
                "load_ntls_cert_pair(), or allow an ECC suite with set_ciphers()"
            )
        check(lib.SSL_set_cipher_list(ssl, ":".join(usable).encode("ascii")))


def _address(host: str) -> bytes | None:
    """The packed form of an IP address, or None for a name."""
    try:
        return ipaddress.ip_address(host).packed
    except ValueError:
        return None
