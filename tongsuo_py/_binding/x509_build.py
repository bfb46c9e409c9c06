"""Making certificates: fields, extensions, and the SM2 signature over them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tongsuo_py._binding import asn1, errors, x509_extensions
from tongsuo_py._binding.handles import own_md_ctx, own_x509
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._binding.pkey import DEFAULT_ID

_MESSAGE = "could not make the certificate"


def build(
    *,
    subject: Any,
    serial: int,
    not_before: datetime,
    not_after: datetime,
    public_key: Any,
    extensions: Iterable[tuple[int, str]],
    issuer: Any | None,
    issuer_key: Any,
) -> Any:
    """A handle on a new X.509 version 3 certificate, signed by SM2 with SM3.

    ``subject`` is an X509_NAME; ``extensions`` are by NID, in the text form of OpenSSL's
    x509v3_config; ``issuer`` is the issuing certificate, or None for a self-signed one.
    """
    certificate = own_x509(lib.X509_new(), _MESSAGE)
    errors.check(lib.X509_set_version(certificate, lib.X509_VERSION_3), _MESSAGE)
    errors.check(lib.X509_set_serialNumber(certificate, asn1.new_integer(serial)), _MESSAGE)
    errors.check(lib.X509_set1_notBefore(certificate, asn1.new_time(not_before)), _MESSAGE)
    errors.check(lib.X509_set1_notAfter(certificate, asn1.new_time(not_after)), _MESSAGE)
    errors.check(lib.X509_set_subject_name(certificate, subject), _MESSAGE)
    issuer = certificate if issuer is None else issuer
    issuer_name = lib.X509_get_subject_name(issuer)
    errors.check(lib.X509_set_issuer_name(certificate, issuer_name), _MESSAGE)
    errors.check(lib.X509_set_pubkey(certificate, public_key), _MESSAGE)
    for nid, value in extensions:
        extension = x509_extensions.new(nid, value, issuer=issuer, subject=certificate)
        errors.check(lib.X509_add_ext(certificate, extension, -1), _MESSAGE)
    result = lib.X509_sign_ctx(certificate, sm2_signer(issuer_key))
    errors.check(result, "could not sign the certificate")
    return certificate


def sm2_signer(key: Any) -> Any:
    """A handle on a digest context that signs by SM2 with SM3, for the ``X509_*sign_ctx``."""
    context = own_md_ctx(lib.EVP_MD_CTX_new(), "could not sign")
    key_context = ffi.new("EVP_PKEY_CTX **")  # the digest context's own
    result = lib.EVP_DigestSignInit(context, key_context, lib.EVP_sm3(), ffi.NULL, key)
    errors.check(result, "could not sign")
    errors.check(
        lib.EVP_PKEY_CTX_set1_id(key_context[0], DEFAULT_ID, len(DEFAULT_ID)), "could not sign"
    )
    return context
