"""Cipher suites: which ones by default, and how they are described."""

from __future__ import annotations

from typing import Any

from tongsuo_py._binding import ffi, lib

#: TLCP suites in the order in which a side with certificates on both ends prefers them: forward
#: secrecy first, GCM before CBC. The RSA suites must be asked for.
NTLS_SUITES = (
    "ECDHE-SM2-SM4-GCM-SM3",
    "ECC-SM2-SM4-GCM-SM3",
    "ECDHE-SM2-SM4-CBC-SM3",
    "ECC-SM2-SM4-CBC-SM3",
)

#: What CPython's own build chooses for TLS 1.2 and older (Modules/_ssl.c, PY_SSL_DEFAULT_CIPHERS).
TLS_SUITES = (
    "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"
)

_NTLS_ECDHE = "ECDHE-SM2-"
_NTLS_NAME = "-SM4-"  # in the names of TLCP's suites alone; those of TLS 1.3 have underscores


def needs_client_pair(name: str) -> bool:
    """Whether a TLCP suite needs the client's certificates too: ECDHE, SM2's key exchange."""
    return name.startswith(_NTLS_ECDHE)


def default_list(*, tls: bool, ntls: bool, asks_for_certificate: bool) -> str:
    """The suites of a context that was told none, in OpenSSL's list format."""
    suites = [TLS_SUITES] if tls else []
    if ntls:
        # A server that asks for no certificate prefers the suites that work without one.
        suites += (
            NTLS_SUITES if asks_for_certificate else sorted(NTLS_SUITES, key=needs_client_pair)
        )
    return ":".join(suites)


def stack(pointer: Any, count: Any, value: Any) -> list[Any]:
    """The elements of one of OpenSSL's stacks, still owned by it."""
    return [value(pointer, index) for index in range(count(pointer))]


def in_stack(pointer: Any) -> list[Any]:
    """The suites in a STACK_OF(SSL_CIPHER)."""
    return stack(pointer, lib.sk_SSL_CIPHER_num, lib.sk_SSL_CIPHER_value)


def of_protocols(ssl: Any, *, tls: bool, ntls: bool) -> list[Any]:
    """The suites of a connection that are TLS's, TLCP's or both; other ones in it go unused."""
    wanted = {False: tls, True: ntls}
    enabled = in_stack(lib.SSL_get_ciphers(ssl))
    return [cipher for cipher in enabled if wanted[_NTLS_NAME in name(cipher)]]


def ntls_only(ssl: Any) -> list[Any]:
    """The TLCP suites among those of a connection."""
    return of_protocols(ssl, tls=False, ntls=True)


def current(ssl: Any) -> Any:
    """The suite of a connection, None before there is one."""
    return _or_none(lib.SSL_get_current_cipher(ssl))


def pending(ssl: Any) -> Any:
    """The suite that a handshake under way agreed on, None before that."""
    return _or_none(lib.SSL_get_pending_cipher(ssl))


def _or_none(cipher: Any) -> Any:
    return None if cipher == ffi.NULL else cipher


def tls13_only(ssl: Any) -> set[str]:
    """The names of the TLS 1.3 suites among those of a connection."""
    names = map(name, in_stack(lib.SSL_get_ciphers(ssl)))
    return {each for each in names if each.startswith("TLS_")}


def name(cipher: Any) -> str:
    """OpenSSL's name of a suite."""
    return str(ffi.string(lib.SSL_CIPHER_get_name(cipher)).decode("ascii"))


def as_tuple(cipher: Any) -> tuple[str, str, int]:
    """(name, protocol version, secret bits), as ``SSLSocket.cipher()`` returns it."""
    version = ffi.string(lib.SSL_CIPHER_get_version(cipher)).decode("ascii")
    return name(cipher), version, lib.SSL_CIPHER_get_bits(cipher, ffi.NULL)


def as_dictionary(cipher: Any) -> dict[str, Any]:
    """A suite as ``SSLContext.get_ciphers()`` describes it."""
    bits = ffi.new("int *")
    strength = lib.SSL_CIPHER_get_bits(cipher, bits)
    buffer = ffi.new("char[]", 512)
    lib.SSL_CIPHER_description(cipher, buffer, len(buffer))
    return {
        "id": lib.SSL_CIPHER_get_id(cipher),
        "name": name(cipher),
        "protocol": ffi.string(lib.SSL_CIPHER_get_version(cipher)).decode("ascii"),
        "description": ffi.string(buffer).decode("ascii").rstrip("\n"),
        "strength_bits": strength,
        "alg_bits": bits[0],
        "aead": bool(lib.SSL_CIPHER_is_aead(cipher)),
        "symmetric": _long_name(lib.SSL_CIPHER_get_cipher_nid(cipher)),
        "digest": _long_name(lib.SSL_CIPHER_get_digest_nid(cipher)),
        "kea": _long_name(lib.SSL_CIPHER_get_kx_nid(cipher)),
        "auth": _long_name(lib.SSL_CIPHER_get_auth_nid(cipher)),
    }


def _long_name(nid: int) -> str | None:
    return None if nid == lib.NID_undef else ffi.string(lib.OBJ_nid2ln(nid)).decode("ascii")
