"""What is agreed on in a TLS handshake besides the cipher suite: groups, signature algorithms."""

from __future__ import annotations

import os
import ssl as _stdlib
from typing import Any

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py._binding.bio import Reader
from tongsuo_py._binding.buffers import c_text
from tongsuo_py._binding.handles import own_pkey
from tongsuo_py.ssl._errors import check, ssl_error
from tongsuo_py.ssl._suites import stack
from tongsuo_py.ssl._versions import Versions

#: The only group of TLCP.
NTLS_GROUP = "curveSM2"


class Negotiation(Versions):
    """The part of a context's settings that says what it offers and accepts for key agreement
    and signatures.

    In TLCP none of it can be chosen, the suite says it all: every setter is a ValueError on a
    context for TLCP alone, and on one for both acts on TLS.
    """

    __slots__ = ()

    def _refuse_for_ntls(self, what: str) -> None:
        if self._ntls:
            raise ValueError(
                f"TLCP has no {what} to choose: its suites have SM2 (or RSA) in their names"
            )

    # ---- groups ----

    def set_groups(self, grouplist: str, /) -> None:
        """Choose the groups for key agreement, most preferred first, such as "X25519:P-256".

        A server that has not been told takes curveSM2 from a client whose first key is for it, as
        RFC 8998 wants it.
        Raises SSLError where one is unknown, ValueError on a TLCP context.
        """
        chosen = c_text(grouplist, "grouplist")
        self._refuse_for_ntls("groups")
        if not grouplist.strip():  # Tongsuo 8.5 takes it, and then no handshake succeeds
            raise ssl_error("unrecognized group")
        check(lib.SSL_CTX_set1_groups_list(self._ctx, chosen), "unrecognized group")
        lib.tspy_rfc8998_group(self._ctx, 0)

    def get_groups(self, *, include_aliases: bool = False) -> list[str]:
        """The groups that can be had with the context's TLS versions; ["curveSM2"] in TLCP.

        ``include_aliases`` adds their other names. Raises NotImplementedError on Tongsuo 8.4.
        """
        if self._ntls:
            return [NTLS_GROUP]
        if not lib.TSPY_LISTS_GROUPS:
            raise NotImplementedError("listing the groups needs Tongsuo 8.5 or newer")
        names = ffi.gc(lib.sk_OPENSSL_CSTRING_new_null(), lib.sk_OPENSSL_CSTRING_free)
        check(lib.SSL_CTX_get0_implemented_groups(self._ctx, bool(include_aliases), names))
        found = stack(names, lib.sk_OPENSSL_CSTRING_num, lib.sk_OPENSSL_CSTRING_value)
        return [_text(name) for name in found]

    def set_ecdh_curve(self, name: str | bytes | os.PathLike[str], /) -> None:
        """Choose one curve for key agreement by OpenSSL's short name, such as "prime256v1".

        Raises ValueError for an unknown name and on a TLCP context, SSLError for what is no group.
        """
        encoded = os.fsencode(name)
        if b"\0" in encoded:
            raise ValueError("embedded null byte")
        self._refuse_for_ntls("curve")
        if lib.OBJ_sn2nid(encoded) == lib.NID_undef:
            raise ValueError(f"unknown elliptic curve name {name!r}")
        # By name: of numbers, Tongsuo takes one that is no group's.
        check(lib.SSL_CTX_set1_groups_list(self._ctx, encoded), "unknown error")
        lib.tspy_rfc8998_group(self._ctx, 0)

    def load_dh_params(self, path: str | bytes | os.PathLike[str], /) -> None:
        """Diffie-Hellman parameters, as PEM, for a server's DHE suites in TLS 1.2 and older.

        Raises OSError where the file cannot be read, SSLError where there are none in it or they
        are too small for the security level, ValueError on a TLCP context.
        """
        name = os.fspath(path)
        self._refuse_for_ntls("Diffie-Hellman parameters")
        with open(name, "rb") as file:
            data = file.read()
        found = lib.PEM_read_bio_Parameters(Reader(data).bio, ffi.NULL)
        parameters = None if found == ffi.NULL else own_pkey(found, "")
        if parameters is None or not _is_dh(parameters):
            errors.clear()
            raise _no_dh(os.fsdecode(name))
        check(lib.SSL_CTX_set0_tmp_dh_pkey(self._ctx, parameters))
        lib.EVP_PKEY_up_ref(parameters)  # the context has taken one reference

    # ---- signature algorithms ----

    def set_client_sigalgs(self, sigalgslist: str, /) -> None:
        """Choose the signature algorithms for client certificates, such as "sm2sig_sm3".

        On a server: those that it asks for; on a client: those that it may use. Where a server has
        not been told, it asks in TLS 1.3 for "sm2sig_sm3" alone when the suite is one with SM4 and
        it has an SM2 certificate, as RFC 8998 wants it. Raises SSLError for an unknown algorithm,
        ValueError on a TLCP context.
        """
        chosen = c_text(sigalgslist, "sigalgslist")
        self._refuse_for_ntls("signature algorithms")
        check(
            lib.SSL_CTX_set1_client_sigalgs_list(self._ctx, chosen),
            "unrecognized signature algorithm",
        )
        lib.tspy_rfc8998_client_sigalgs(self._ctx, 0)

    def set_server_sigalgs(self, sigalgslist: str, /) -> None:
        """Choose the signature algorithms with which a server may prove its identity.

        On a client: those that it offers; on a server: those that it may use. Raises SSLError for
        an unknown algorithm, ValueError on a TLCP context.
        """
        chosen = c_text(sigalgslist, "sigalgslist")
        self._refuse_for_ntls("signature algorithms")
        check(lib.SSL_CTX_set1_sigalgs_list(self._ctx, chosen), "unrecognized signature algorithm")

    # ---- NPN ----

    def set_npn_protocols(self, npn_protocols: Any) -> None:
        """Never: NPN was superseded by ALPN (``set_alpn_protocols``) and left OpenSSL's defaults.

        Raises NotImplementedError.
        """
        raise NotImplementedError("NPN is not supported: use set_alpn_protocols()")


def group(ssl: Any) -> str | None:
    """The group that a connection agreed on its key with, None without one."""
    name = lib.SSL_get0_group_name(ssl)
    return None if name == ffi.NULL else _text(name)


def sigalg(ssl: Any, *, ours: bool) -> str | None:
    """The algorithm that our side, or the peer, signed with; None if it did not sign."""
    name = ffi.new("const char **")
    get = lib.SSL_get0_signature_name if ours else lib.SSL_get0_peer_signature_name
    return _text(name[0]) if get(ssl, name) == 1 and name[0] != ffi.NULL else None


def _text(name: Any) -> str:
    return str(ffi.string(name).decode("ascii"))


def _is_dh(parameters: Any) -> bool:
    return bool(lib.EVP_PKEY_is_a(parameters, b"DH") or lib.EVP_PKEY_is_a(parameters, b"DHX"))


def _no_dh(name: str) -> _stdlib.SSLError:
    error = ssl_error(f"[PEM: NO_START_LINE] no start line: no DH parameters in {name}")
    error.library, error.reason = "PEM", "NO_START_LINE"
    return error
