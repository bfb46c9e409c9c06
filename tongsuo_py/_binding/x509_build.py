"""Making certificates: fields, extensions, and the SM2 signature over them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from tongsuo_py._binding import errors
from tongsuo_py._binding.handles import (
    own_asn1_integer,
    own_asn1_time,
    own_bignum,
    own_extension,
    own_md_ctx,
    own_name,
    own_x509,
)
from tongsuo_py._binding.library import ffi, lib

_MESSAGE = "could not make the certificate"

# What GM/T 0009 has both sides take where nothing else was agreed on; every verifier assumes it.
_SM2_ID = b"1234567812345678"


def build(
    *,
    subject: Iterable[tuple[str, str]],
    serial: int,
    not_before: datetime,
    not_after: datetime,
    public_key: Any,
    extensions: Iterable[tuple[int, str]],
    issuer: Any | None,
    issuer_key: Any,
) -> Any:
    """A handle on a new X.509 version 3 certificate, signed by SM2 with SM3.

    ``subject`` is attributes by OpenSSL's short names, each in a set of its own; ``extensions`` are
    by NID, in the text form of OpenSSL's x509v3_config; ``issuer`` is the issuing certificate, or
    None for a self-signed one.
    """
    certificate = own_x509(lib.X509_new(), _MESSAGE)
    errors.check(lib.X509_set_version(certificate, lib.X509_VERSION_3), _MESSAGE)
    errors.check(lib.X509_set_serialNumber(certificate, _integer(serial)), _MESSAGE)
    errors.check(lib.X509_set1_notBefore(certificate, _time(not_before)), _MESSAGE)
    errors.check(lib.X509_set1_notAfter(certificate, _time(not_after)), _MESSAGE)
    errors.check(lib.X509_set_subject_name(certificate, _name(subject)), _MESSAGE)
    issuer = certificate if issuer is None else issuer
    issuer_name = lib.X509_get_subject_name(issuer)
    errors.check(lib.X509_set_issuer_name(certificate, issuer_name), _MESSAGE)
    errors.check(lib.X509_set_pubkey(certificate, public_key), _MESSAGE)
    for nid, value in extensions:
        _add_extension(certificate, issuer, nid, value)
    _sign(certificate, issuer_key)
    return certificate


def _integer(value: int) -> Any:
    data = value.to_bytes(max(1, (value.bit_length() + 7) // 8))
    number = own_bignum(lib.BN_bin2bn(data, len(data), ffi.NULL), _MESSAGE)
    return own_asn1_integer(lib.BN_to_ASN1_INTEGER(number, ffi.NULL), _MESSAGE)


def _time(value: datetime) -> Any:
    """A UTCTime until 2049, a GeneralizedTime from then on (RFC 5280, 4.1.2.5)."""
    time = own_asn1_time(lib.ASN1_TIME_new(), _MESSAGE)
    value = value.astimezone(UTC)
    text = f"{value.year:04}{value:%m%d%H%M%S}Z"
    errors.check(lib.ASN1_TIME_set_string_X509(time, text.encode("ascii")), _MESSAGE)
    return time


def _name(attributes: Iterable[tuple[str, str]]) -> Any:
    name = own_name(lib.X509_NAME_new(), _MESSAGE)
    for key, value in attributes:
        data = value.encode("utf-8")
        result = lib.X509_NAME_add_entry_by_txt(
            name, key.encode("ascii"), lib.MBSTRING_UTF8, data, len(data), -1, 0
        )
        errors.check(result, f"the subject's {key} cannot be {value!r}")
    return name


def _add_extension(certificate: Any, issuer: Any, nid: int, value: str) -> None:
    context = ffi.new("X509V3_CTX *")
    lib.X509V3_set_ctx(context, issuer, certificate, ffi.NULL, ffi.NULL, 0)
    extension = own_extension(
        lib.X509V3_EXT_nconf_nid(ffi.NULL, context, nid, value.encode("ascii")), _MESSAGE
    )
    errors.check(lib.X509_add_ext(certificate, extension, -1), _MESSAGE)


def _sign(certificate: Any, key: Any) -> None:
    context = own_md_ctx(lib.EVP_MD_CTX_new(), _MESSAGE)
    key_context = ffi.new("EVP_PKEY_CTX **")  # the digest context's own
    result = lib.EVP_DigestSignInit(context, key_context, lib.EVP_sm3(), ffi.NULL, key)
    errors.check(result, _MESSAGE)
    errors.check(lib.EVP_PKEY_CTX_set1_id(key_context[0], _SM2_ID, len(_SM2_ID)), _MESSAGE)
    errors.check(lib.X509_sign_ctx(certificate, context), "could not sign the certificate")
