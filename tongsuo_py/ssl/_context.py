"""SSLContext: the settings of connections, on Tongsuo."""

from __future__ import annotations

import ipaddress
import os
import ssl as _stdlib
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tongsuo_py._binding import errors, ffi, lib, pem, x509
from tongsuo_py._binding.callbacks import Password
from tongsuo_py._binding.handles import own_ssl_ctx, share_x509
from tongsuo_py.exceptions import FormatError
from tongsuo_py.ssl import _credentials as credentials
from tongsuo_py.ssl._connection import Connection, stack
from tongsuo_py.ssl._constants import (
    NTLS_ECDHE_PREFIX,
    NTLS_SUITES,
    PROTOCOL_NTLS_CLIENT,
    PROTOCOL_NTLS_SERVER,
    TLS_DEFAULT_CIPHERS,
    NTLSMethod,
)
from tongsuo_py.ssl._credentials import Credential, StrPath
from tongsuo_py.ssl._errors import check, from_queue, ssl_error

if TYPE_CHECKING:
    import socket

    from tongsuo_py.ssl._object import SSLObject
    from tongsuo_py.ssl._socket import SSLSocket

_METHODS = {
    _stdlib.PROTOCOL_TLS: lib.TLS_method,
    _stdlib.PROTOCOL_TLS_CLIENT: lib.TLS_client_method,
    _stdlib.PROTOCOL_TLS_SERVER: lib.TLS_server_method,
    PROTOCOL_NTLS_CLIENT: lib.NTLS_client_method,
    PROTOCOL_NTLS_SERVER: lib.NTLS_server_method,
}
_CLIENTS = (_stdlib.PROTOCOL_TLS_CLIENT, PROTOCOL_NTLS_CLIENT)
_OPTIONS = (
    lib.SSL_OP_ALL
    | _stdlib.OP_NO_SSLv3
    | _stdlib.OP_NO_COMPRESSION
    | _stdlib.OP_CIPHER_SERVER_PREFERENCE
    | _stdlib.OP_SINGLE_DH_USE
    | _stdlib.OP_SINGLE_ECDH_USE
    | getattr(_stdlib, "OP_ENABLE_MIDDLEBOX_COMPAT", 0)
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


class SSLContext:
    """The settings that connections share: protocol, certificates, trust, cipher suites.

    ``protocol`` is one of the standard library's ``PROTOCOL_TLS_CLIENT`` and
    ``PROTOCOL_TLS_SERVER``, or ``PROTOCOL_NTLS_CLIENT`` and ``PROTOCOL_NTLS_SERVER`` for TLCP
    (GB/T 38636-2020). A TLS server that shall take TLCP on the same port calls ``enable_ntls()``.

    ``isinstance(context, ssl.SSLContext)`` is true with the standard library's class as well, since
    libraries ask; but nothing is inherited from it. What this class does not have fails loudly,
    where the standard library's would act on another OpenSSL.
    """

    __slots__ = (
        "__weakref__",
        "_check_hostname",
        "_chooses_protocol",
        "_ciphers_chosen",
        "_ctx",
        "_has_ntls_pair",
        "_host_flags",
        "_ntls",
        "_ntls_strict_ecdhe",
        "_protocol",
    )

    sslsocket_class: type[SSLSocket]
    sslobject_class: type[SSLObject]

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return _stdlib.SSLContext

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
        self._has_ntls_pair = False
        self._ciphers_chosen = False
        self._ntls_strict_ecdhe = False
        self._check_hostname = False
        self._host_flags = 0
        self._set_defaults()

    def _set_defaults(self) -> None:
        ctx = self._ctx
        lib.SSL_CTX_set_options(ctx, int(_OPTIONS))
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
        if self._protocol in _CLIENTS:
            self.verify_mode = _stdlib.CERT_REQUIRED
            self.check_hostname = True

    # ---- protocols ----

    @property
    def protocol(self) -> int:
        """The protocol that the context was made for, as the enum member it was given as."""
        return (
            NTLSMethod(self._protocol) if self._ntls else _stdlib._SSLMethod(self._protocol)
        )

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
        wanted, present = int(value), lib.SSL_CTX_get_options(self._ctx)
        lib.SSL_CTX_clear_options(self._ctx, present & ~wanted)
        lib.SSL_CTX_set_options(self._ctx, wanted & ~present)

    @property
    def security_level(self) -> int:
        """OpenSSL's security level, see SSL_CTX_set_security_level(3)."""
        return int(lib.SSL_CTX_get_security_level(self._ctx))

    @property
    def ntls_strict_ecdhe(self) -> bool:
        """Whether a client's ECDHE parameters carry the length that GB/T 38636 puts before them.

        Tongsuo's servers take both forms; its clients leave the length out unless told. GmSSL's
        servers insist on it. Needs Tongsuo 8.5 or newer: ValueError on an older one.
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
        suites: list[str] = []
        if self._ntls or self._chooses_protocol:
            suites += NTLS_SUITES
            if self.verify_mode == _stdlib.CERT_NONE:
                # ECDHE needs the client's certificates, which this side does not ask for.
                suites.sort(key=lambda name: name.startswith(NTLS_ECDHE_PREFIX))
        if not self._ntls:
            suites.insert(0, TLS_DEFAULT_CIPHERS)
        check(lib.SSL_CTX_set_cipher_list(self._ctx, ":".join(suites).encode("ascii")))

    def set_ciphers(self, cipherlist: str, /) -> None:
        """Choose the suites of TLCP and of TLS 1.2 and older, in OpenSSL's list format.

        Raises SSLError where the list names none that Tongsuo has.
        """
        if lib.SSL_CTX_set_cipher_list(self._ctx, cipherlist.encode("ascii")) != 1:
            errors.clear()
            raise _stdlib.SSLError("No cipher can be selected.")
        self._ciphers_chosen = True

    def set_ciphersuites(self, ciphersuites: str, /) -> None:
        """Choose the suites of TLS 1.3, such as ``TLS_SM4_GCM_SM3`` (RFC 8998), by name."""
        if lib.SSL_CTX_set_ciphersuites(self._ctx, ciphersuites.encode("ascii")) != 1:
            errors.clear()
            raise _stdlib.SSLError("No cipher suite can be selected.")

    def get_ciphers(self) -> list[dict[str, Any]]:
        """The suites that are enabled, most preferred first; keys as in the standard library."""
        ssl = ffi.gc(lib.SSL_new(self._ctx), lib.SSL_free)
        ciphers = lib.SSL_get1_supported_ciphers(ssl)
        if ciphers == ffi.NULL:
            return []
        ciphers = ffi.gc(ciphers, lib.sk_SSL_CIPHER_free)
        return [
            _cipher_dictionary(cipher)
            for cipher in stack(ciphers, lib.sk_SSL_CIPHER_num, lib.sk_SSL_CIPHER_value)
        ]

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
        credentials.check_usage(sign, "signing")
        credentials.check_usage(enc, "encryption")
        credentials.check_algorithms(sign, enc)
        self._use_sign(sign)
        self._use_enc(enc)

    def _refuse_pair(self) -> None:
        if not (self._ntls or self._chooses_protocol):
            raise ValueError(
                "this context does not speak TLCP: make it with PROTOCOL_NTLS_CLIENT or "
                "PROTOCOL_NTLS_SERVER, or call enable_ntls() first"
            )

    def _use_sign(self, sign: Credential) -> None:
        self._refuse_pair()
        credentials.check_usage(sign, "signing")
        # The certificate first: it is what drops a key of another one.
        check(lib.SSL_CTX_use_sign_certificate(self._ctx, sign.certificate))
        check(lib.SSL_CTX_clear_chain_certs(self._ctx))
        self._add_chain(sign.chain)
        check(lib.SSL_CTX_use_sign_PrivateKey(self._ctx, sign.key))
        self._has_ntls_pair = True

    def _use_enc(self, enc: Credential) -> None:
        self._refuse_pair()
        credentials.check_usage(enc, "encryption")
        check(lib.SSL_CTX_use_enc_certificate(self._ctx, enc.certificate))
        check(lib.SSL_CTX_clear_chain_certs(self._ctx))
        self._add_chain(enc.chain)
        check(lib.SSL_CTX_use_enc_PrivateKey(self._ctx, enc.key))

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

    @property
    def verify_mode(self) -> _stdlib.VerifyMode:
        """Whether the peer must have a certificate that verifies: CERT_NONE, _OPTIONAL, _REQUIRED."""
        mode = lib.SSL_CTX_get_verify_mode(self._ctx)
        return next(name for name, value in _VERIFY.items() if value == mode)

    @verify_mode.setter
    def verify_mode(self, value: int) -> None:
        if value not in _VERIFY:
            raise ValueError("invalid value for verify_mode")
        if value == _stdlib.CERT_NONE and self._check_hostname:
            raise ValueError(
                "Cannot set verify_mode to CERT_NONE when check_hostname is enabled."
            )
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
        wanted, present = int(value), lib.X509_VERIFY_PARAM_get_flags(parameters)
        lib.X509_VERIFY_PARAM_clear_flags(parameters, present & ~wanted)
        lib.X509_VERIFY_PARAM_set_flags(parameters, wanted & ~present)

    def load_verify_locations(
        self,
        cafile: StrPath | None = None,
        capath: StrPath | None = None,
        cadata: str | bytes | None = None,
    ) -> None:
        """Certificates to trust: a PEM file, a directory in OpenSSL's hashed form, or data.

        ``cadata`` is PEM text, or the bytes of one or more DER certificates. Raises TypeError where
        all are None, FileNotFoundError for a missing file, SSLError for one without certificates.
        """
        if cafile is None and capath is None and cadata is None:
            raise TypeError("cafile, capath and cadata cannot be all omitted")
        store = lib.SSL_CTX_get_cert_store(self._ctx)
        if cadata is not None:
            self._trust(_certificates(cadata))
        if cafile is not None:
            name = _path(cafile, "cafile")
            with open(name, "rb"):
                pass  # for an OSError that names the file
            if lib.X509_STORE_load_file(store, os.fsencode(name)) != 1:
                raise from_queue(f"no certificate could be read from {os.fsdecode(name)}")
        if capath is not None:
            name = _path(capath, "capath")
            check(lib.X509_STORE_load_path(store, os.fsencode(name)))

    def _trust(self, certificates: Sequence[Any]) -> None:
        store = lib.SSL_CTX_get_cert_store(self._ctx)
        for certificate in certificates:
            check(lib.X509_STORE_add_cert(store, certificate))

    def set_default_verify_paths(self) -> None:
        """Trust what the system trusts: where the standard library looks, and SSL_CERT_FILE/_DIR.

        Tongsuo's own directory is of no use for that: nobody keeps trust anchors there.
        """
        paths = _stdlib.get_default_verify_paths()
        store = lib.SSL_CTX_get_cert_store(self._ctx)
        if paths.cafile is not None:
            lib.X509_STORE_load_file(store, os.fsencode(paths.cafile))
        if paths.capath is not None:
            lib.X509_STORE_load_path(store, os.fsencode(paths.capath))
        errors.clear()  # an unreadable store is no trust, not an error, as in the standard library

    def load_default_certs(
        self, purpose: _stdlib.Purpose = _stdlib.Purpose.SERVER_AUTH
    ) -> None:
        """Trust what the system trusts, for ``purpose``."""
        if not isinstance(purpose, _stdlib._ASN1Object):
            raise TypeError(purpose)
        self.set_default_verify_paths()

    def _trusted_certificates(self) -> list[Any]:
        objects = lib.X509_STORE_get0_objects(lib.SSL_CTX_get_cert_store(self._ctx))
        return [
            share_x509(lib.X509_OBJECT_get0_X509(entry), "")
            for entry in stack(objects, lib.sk_X509_OBJECT_num, lib.sk_X509_OBJECT_value)
            if lib.X509_OBJECT_get_type(entry) == lib.X509_LU_X509
        ]

    def get_ca_certs(self, binary_form: bool = False) -> list[Any]:
        """The CA certificates that were loaded, as getpeercert's dictionaries or as DER."""
        return [
            x509.certificate_der(certificate) if binary_form else x509.decode(certificate)
            for certificate in self._trusted_certificates()
            if lib.X509_check_ca(certificate) == 1
        ]

    def cert_store_stats(self) -> dict[str, int]:
        """How many certificates (x509), CA certificates among them (x509_ca) and CRLs there are."""
        certificates = self._trusted_certificates()
        objects = lib.X509_STORE_get0_objects(lib.SSL_CTX_get_cert_store(self._ctx))
        kinds = [
            lib.X509_OBJECT_get_type(entry)
            for entry in stack(objects, lib.sk_X509_OBJECT_num, lib.sk_X509_OBJECT_value)
        ]
        return {
            "x509": len(certificates),
            "crl": kinds.count(lib.X509_LU_CRL),
            "x509_ca": sum(lib.X509_check_ca(certificate) == 1 for certificate in certificates),
        }

    # ---- connections ----

    def wrap_socket(
        self,
        sock: socket.socket,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: str | None = None,
        session: Any = None,
    ) -> SSLSocket:
        """An SSLSocket over ``sock``, which is taken over; arguments as in the standard library."""
        return self.sslsocket_class._create(
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
        """An SSLObject that reads from and writes to memory; arguments as in the standard library."""
        return self.sslobject_class._create(
            incoming,
            outgoing,
            server_side=server_side,
            server_hostname=self._encode_hostname(server_hostname),
            session=session,
            context=self,
        )

    def _encode_hostname(self, hostname: str | bytes | None) -> str | None:
        if hostname is None:
            return None
        if isinstance(hostname, str):
            return hostname.encode("idna").decode("ascii")
        return hostname.decode("ascii")

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
        self._check_side(server_side, session)
        return Connection(
            self,
            server_side=bool(server_side),
            server_hostname=server_hostname,
            owner=owner,
            sock=sock,
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
        self._check_side(server_side, session)
        for bio in (incoming, outgoing):
            if not isinstance(bio, _stdlib.MemoryBIO):
                raise TypeError(f"a MemoryBIO is needed, not {type(bio).__name__}")
        return Connection(
            self,
            server_side=bool(server_side),
            server_hostname=server_hostname,
            owner=owner,
            bios=(incoming, outgoing),
        )

    def _check_side(self, server_side: bool, session: Any) -> None:
        if self._protocol in _CLIENTS and server_side:
            raise ssl_error("Cannot create a server socket with a PROTOCOL_*_CLIENT context")
        if self._protocol in (_stdlib.PROTOCOL_TLS_SERVER, PROTOCOL_NTLS_SERVER):
            if not server_side:
                raise ssl_error("Cannot create a client socket with a PROTOCOL_*_SERVER context")
        if session is not None:
            raise TypeError("Value is not a SSLSession.")

    def _prepare(self, ssl: Any, server_side: bool, server_hostname: str | None) -> None:
        """Set on a new connection what depends on its side and on the name of its server."""
        if self._ntls and not server_side and not self._has_ntls_pair:
            self._leave_out_ecdhe(ssl)
        if server_hostname is None:
            return
        if not server_hostname or server_hostname.startswith("."):
            raise ValueError("server_hostname cannot be an empty string or start with a leading dot.")
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
        ciphers = stack(lib.SSL_get_ciphers(ssl), lib.sk_SSL_CIPHER_num, lib.sk_SSL_CIPHER_value)
        names = [ffi.string(lib.SSL_CIPHER_get_name(cipher)).decode() for cipher in ciphers]
        ntls = [name for name in names if "-SM4-" in name]
        usable = [name for name in ntls if not name.startswith(NTLS_ECDHE_PREFIX)]
        if len(usable) == len(ntls):
            return
        if not usable:
            raise ssl_error(
                "TLCP's ECDHE suites need the client's certificates: load a pair with "
                "load_ntls_cert_pair(), or allow an ECC suite with set_ciphers()"
            )
        check(lib.SSL_set_cipher_list(ssl, ":".join(usable).encode("ascii")))


def _path(path: StrPath, what: str) -> str | bytes:
    try:
        return os.fspath(path)
    except TypeError:
        raise TypeError(f"{what} should be a valid filesystem path") from None


def _certificates(cadata: str | bytes) -> list[Any]:
    """The certificates in ``cadata``: PEM as text, DER as bytes."""
    try:
        if isinstance(cadata, str):
            try:
                text = cadata.encode("ascii")
            except UnicodeEncodeError:
                raise TypeError(
                    "cadata should be an ASCII string or a bytes-like object"
                ) from None
            return pem.certificates_from_pem(text)
        return pem.certificates_from_der(cadata)
    except FormatError as error:
        message = (
            "no start line: cadata does not contain a certificate"
            if isinstance(cadata, str)
            else "not enough data: cadata does not contain a certificate"
        )
        raise ssl_error(message, error.errors) from error


def _address(host: str) -> bytes | None:
    """The packed form of an IP address, or None for a name."""
    try:
        return ipaddress.ip_address(host).packed
    except ValueError:
        return None


def _version(number: int, *, least: bool) -> _stdlib.TLSVersion:
    if number == 0:
        return (
            _stdlib.TLSVersion.MINIMUM_SUPPORTED if least else _stdlib.TLSVersion.MAXIMUM_SUPPORTED
        )
    return _stdlib.TLSVersion(number)


def _version_number(value: int, *, least: bool) -> int:
    version = _stdlib.TLSVersion(value)
    if version == _stdlib.TLSVersion.MINIMUM_SUPPORTED:
        return 0 if least else lib.TLS1_VERSION
    if version == _stdlib.TLSVersion.MAXIMUM_SUPPORTED:
        return lib.TLS1_3_VERSION if least else 0
    return int(version)


def _cipher_dictionary(cipher: Any) -> dict[str, Any]:
    bits = ffi.new("int *")
    strength = lib.SSL_CIPHER_get_bits(cipher, bits)
    buffer = ffi.new("char[]", 512)
    description = lib.SSL_CIPHER_description(cipher, buffer, len(buffer))

    def name_of(nid: int) -> str | None:
        return None if nid == lib.NID_undef else ffi.string(lib.OBJ_nid2ln(nid)).decode()

    return {
        "id": lib.SSL_CIPHER_get_id(cipher),
        "name": ffi.string(lib.SSL_CIPHER_get_name(cipher)).decode(),
        "protocol": ffi.string(lib.SSL_CIPHER_get_version(cipher)).decode(),
        "description": ffi.string(description).decode().rstrip("\n"),
        "strength_bits": strength,
        "alg_bits": bits[0],
        "aead": bool(lib.SSL_CIPHER_is_aead(cipher)),
        "symmetric": name_of(lib.SSL_CIPHER_get_cipher_nid(cipher)),
        "digest": name_of(lib.SSL_CIPHER_get_digest_nid(cipher)),
        "kea": name_of(lib.SSL_CIPHER_get_kx_nid(cipher)),
        "auth": name_of(lib.SSL_CIPHER_get_auth_nid(cipher)),
    }
