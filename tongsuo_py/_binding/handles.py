"""Owning handles: C objects that Python frees, one helper for each type.

Each ``own_*`` takes a pointer that the caller now owns, raises (with OpenSSL's error queue) if it
is NULL, and frees it when the last reference to the handle is gone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tongsuo_py._binding.errors import check_pointer
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import TongsuoError


def _owner(free: Callable[[Any], None]) -> Callable[..., Any]:
    def own(pointer: Any, message: str, kind: type[TongsuoError] = TongsuoError) -> Any:
        return ffi.gc(check_pointer(pointer, message, kind), free)

    return own


def _free_ssl_ctx(ctx: Any) -> None:
    # C may keep it longer than we do, and must not call by a handle that went with our object.
    lib.SSL_CTX_set_ex_data(ctx, 0, ffi.NULL)
    lib.SSL_CTX_free(ctx)


def _free_extensions(extensions: Any) -> None:
    lib.sk_X509_EXTENSION_pop_free(extensions, ffi.addressof(lib, "X509_EXTENSION_free"))


own_pkey = _owner(lib.EVP_PKEY_free)
own_pkey_ctx = _owner(lib.EVP_PKEY_CTX_free)
own_md_ctx = _owner(lib.EVP_MD_CTX_free)
own_mac_ctx = _owner(lib.EVP_MAC_CTX_free)
own_cipher_ctx = _owner(lib.EVP_CIPHER_CTX_free)
own_bignum = _owner(lib.BN_free)
own_secret_bignum = _owner(lib.BN_clear_free)
own_bn_ctx = _owner(lib.BN_CTX_free)
own_secret_point = _owner(lib.EC_POINT_clear_free)
own_x509 = _owner(lib.X509_free)
own_request = _owner(lib.X509_REQ_free)
own_crl = _owner(lib.X509_CRL_free)
own_revoked = _owner(lib.X509_REVOKED_free)
own_name = _owner(lib.X509_NAME_free)
own_x509_stack = _owner(lib.sk_X509_free)
own_extension = _owner(lib.X509_EXTENSION_free)
own_extensions = _owner(_free_extensions)
own_asn1_integer = _owner(lib.ASN1_INTEGER_free)
own_asn1_enumerated = _owner(lib.ASN1_ENUMERATED_free)
own_asn1_time = _owner(lib.ASN1_TIME_free)
own_general_names = _owner(lib.GENERAL_NAMES_free)
own_access_descriptions = _owner(lib.AUTHORITY_INFO_ACCESS_free)
own_crl_distribution_points = _owner(lib.CRL_DIST_POINTS_free)
own_extended_key_usage = _owner(lib.EXTENDED_KEY_USAGE_free)
own_pkcs8 = _owner(lib.PKCS8_PRIV_KEY_INFO_free)
own_encrypted_pkcs8 = _owner(lib.X509_SIG_free)
own_algorithm = _owner(lib.X509_ALGOR_free)
own_store = _owner(lib.X509_STORE_free)
own_store_ctx = _owner(lib.X509_STORE_CTX_free)
own_ssl_ctx = _owner(_free_ssl_ctx)
own_ssl = _owner(lib.SSL_free)
own_connection = _owner(lib.tspy_conn_free)
own_session = _owner(lib.SSL_SESSION_free)


def share_x509(pointer: Any, message: str) -> Any:
    """A handle of our own on a certificate that C keeps as well (its count goes up)."""
    check_pointer(pointer, message)
    lib.X509_up_ref(pointer)
    return own_x509(pointer, message)


def share_pkey(pointer: Any, message: str) -> Any:
    """A handle of our own on a key that C keeps as well (its count goes up)."""
    check_pointer(pointer, message)
    lib.EVP_PKEY_up_ref(pointer)
    return own_pkey(pointer, message)
