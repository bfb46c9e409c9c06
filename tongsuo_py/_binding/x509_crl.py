"""Revocation lists (CRLs, RFC 5280, section 5). A handle is an ``X509_CRL *``."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from tongsuo_py._binding import asn1, errors, x509_extensions, x509_names
from tongsuo_py._binding.handles import (
    own_asn1_enumerated,
    own_asn1_integer,
    own_crl,
    own_revoked,
)
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._binding.x509_build import sm2_signer

_MESSAGE = "could not make the revocation list"
_FROM_CRL = 2  # X509_CRL_get0_by_serial: the entry takes back what an earlier list said

#: Of one revoked certificate: the serial number, when, and the reason's number if there is one.
Entry = tuple[int, datetime, int | None]


def build(
    *,
    issuer: Any,
    issuer_key: Any,
    number: int,
    this_update: datetime,
    next_update: datetime,
    revoked: Iterable[Entry],
) -> Any:
    """A handle on a new CRL of version 2, signed by SM2 with SM3; ``issuer`` is a certificate."""
    crl = own_crl(lib.X509_CRL_new(), _MESSAGE)
    errors.check(lib.X509_CRL_set_version(crl, lib.X509_CRL_VERSION_2), _MESSAGE)
    errors.check(lib.X509_CRL_set_issuer_name(crl, lib.X509_get_subject_name(issuer)), _MESSAGE)
    errors.check(lib.X509_CRL_set1_lastUpdate(crl, asn1.new_time(this_update)), _MESSAGE)
    errors.check(lib.X509_CRL_set1_nextUpdate(crl, asn1.new_time(next_update)), _MESSAGE)
    for entry in revoked:
        _add(crl, entry)
    errors.check(lib.X509_CRL_sort(crl), _MESSAGE)
    if lib.X509_get0_subject_key_id(issuer) != ffi.NULL:
        identifier = x509_extensions.new(
            lib.NID_authority_key_identifier, "keyid:always", issuer=issuer, crl=crl
        )
        errors.check(lib.X509_CRL_add_ext(crl, identifier, -1), _MESSAGE)
    value = asn1.new_integer(number)
    errors.check(lib.X509_CRL_add1_ext_i2d(crl, lib.NID_crl_number, value, 0, 0), _MESSAGE)
    result = lib.X509_CRL_sign_ctx(crl, sm2_signer(issuer_key))
    errors.check(result, "could not sign the revocation list")
    return crl


def issuer_text(crl: Any) -> str:
    """Who issued it, as RFC 4514 writes names."""
    return x509_names.line(lib.X509_CRL_get_issuer(crl))


def this_update(crl: Any) -> datetime:
    """When it was issued. Raises FormatError for a time that is none."""
    return asn1.time(lib.X509_CRL_get0_lastUpdate(crl), "the revocation list's thisUpdate")


def next_update(crl: Any) -> datetime | None:
    """When the next one is due; None if it does not say."""
    value = lib.X509_CRL_get0_nextUpdate(crl)
    return None if value == ffi.NULL else asn1.time(value, "the revocation list's nextUpdate")


def number(crl: Any) -> int | None:
    """Its number among its issuer's; None where it has none."""
    extensions = lib.X509_CRL_get0_extensions(crl)
    value = x509_extensions.content(
        extensions, lib.NID_crl_number, "ASN1_INTEGER *", own_asn1_integer
    )
    return None if value is None else asn1.integer(value)


def signature_algorithm(crl: Any) -> str:
    """The algorithm of its signature: "SM2-with-SM3"."""
    return asn1.algorithm(lib.X509_CRL_get_signature_nid(crl))


def entries(crl: Any) -> list[Entry]:
    """All that it lists, in its order."""
    revoked = lib.X509_CRL_get_REVOKED(crl)
    if revoked == ffi.NULL:  # a list without any
        return []
    count = lib.sk_X509_REVOKED_num(revoked)
    return [_entry(lib.sk_X509_REVOKED_value(revoked, index)) for index in range(count)]


def find(crl: Any, serial: Any) -> Entry | None:
    """What it says of a serial number (an ASN1_INTEGER), if that is revoked."""
    place = ffi.new("X509_REVOKED **")
    answer = lib.X509_CRL_get0_by_serial(crl, place, serial)
    errors.clear()
    return None if answer in (0, _FROM_CRL) else _entry(place[0])


def is_of(crl: Any, certificate: Any) -> bool:
    """Whether the issuer of the certificate and that of the list bear the same name."""
    names = lib.X509_CRL_get_issuer(crl), lib.X509_get_issuer_name(certificate)
    return bool(lib.X509_NAME_cmp(*names) == 0)


def verifies(crl: Any, issuer: Any) -> bool:
    """Whether the certificate ``issuer`` bears its name and its key signed it."""
    names = lib.X509_CRL_get_issuer(crl), lib.X509_get_subject_name(issuer)
    key = lib.X509_get0_pubkey(issuer)
    answer: bool = (
        lib.X509_NAME_cmp(*names) == 0 and key != ffi.NULL and lib.X509_CRL_verify(crl, key) == 1
    )
    errors.clear()
    return answer


def text(crl: Any) -> str:
    """It in words, as ``openssl crl -text -noout`` prints it."""
    return asn1.printed(
        lambda bio: lib.X509_CRL_print_ex(bio, crl, x509_names.TEXT_FLAGS),
        "could not print the revocation list",
    )


def _add(crl: Any, entry: Entry) -> None:
    serial, when, reason = entry
    revoked = own_revoked(lib.X509_REVOKED_new(), _MESSAGE)
    errors.check(lib.X509_REVOKED_set_serialNumber(revoked, asn1.new_integer(serial)), _MESSAGE)
    errors.check(lib.X509_REVOKED_set_revocationDate(revoked, asn1.new_time(when)), _MESSAGE)
    if reason is not None:
        value = own_asn1_enumerated(lib.ASN1_ENUMERATED_new(), _MESSAGE)
        errors.check(lib.ASN1_ENUMERATED_set(value, reason), _MESSAGE)
        result = lib.X509_REVOKED_add1_ext_i2d(revoked, lib.NID_crl_reason, value, 0, 0)
        errors.check(result, _MESSAGE)
    errors.check(lib.X509_CRL_add0_revoked(crl, revoked), _MESSAGE)
    ffi.gc(revoked, None)  # the list has it now


def _entry(revoked: Any) -> Entry:
    reason = x509_extensions.content(
        lib.X509_REVOKED_get0_extensions(revoked),
        lib.NID_crl_reason,
        "ASN1_ENUMERATED *",
        own_asn1_enumerated,
    )
    return (
        asn1.integer(lib.X509_REVOKED_get0_serialNumber(revoked)),
        asn1.time(lib.X509_REVOKED_get0_revocationDate(revoked), "the time of a revocation"),
        None if reason is None else lib.ASN1_ENUMERATED_get(reason),
    )
