"""What is written in a certificate; shared by ``pki`` and ``ssl``. A handle is an ``X509 *``.

``decode`` gives the standard library's form of it (``SSLSocket.getpeercert``), the other functions
one thing each.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from tongsuo_py._binding import errors
from tongsuo_py._binding.bio import written
from tongsuo_py._binding.buffers import take
from tongsuo_py._binding.handles import (
    own_access_descriptions,
    own_bignum,
    own_crl_distribution_points,
    own_extended_key_usage,
    own_general_names,
    share_pkey,
)
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._binding.pem import to_der
from tongsuo_py.exceptions import FormatError

# The standard library prints through a buffer of 2048 bytes, and what it cuts off is cut off here.
_LINE_MAX = 2046
_OID_TEXT_MAX = 2048

# The text of RFC 4514 with its escapes, but letters beyond ASCII are left as they are.
_NAME_FLAGS = lib.XN_FLAG_RFC2253 & ~lib.ASN1_STRFLGS_ESC_MSB

# How names stand in ``text``: as ``openssl x509 -text`` of Tongsuo 8.5 has them, 8.4 escapes more.
_TEXT_NAME_FLAGS = (
    lib.XN_FLAG_SEP_CPLUS_SPC
    | lib.XN_FLAG_FN_SN
    | lib.ASN1_STRFLGS_ESC_CTRL
    | lib.ASN1_STRFLGS_UTF8_CONVERT
    | lib.ASN1_STRFLGS_DUMP_UNKNOWN
    | lib.ASN1_STRFLGS_DUMP_DER
)

Name = tuple[tuple[tuple[str, str | bytes | None], ...], ...]


class KeyUsage(enum.Flag):
    """What a key may be used for (RFC 5280, 4.2.1.3); the values are OpenSSL's."""

    DIGITAL_SIGNATURE = lib.KU_DIGITAL_SIGNATURE
    NON_REPUDIATION = lib.KU_NON_REPUDIATION
    KEY_ENCIPHERMENT = lib.KU_KEY_ENCIPHERMENT
    DATA_ENCIPHERMENT = lib.KU_DATA_ENCIPHERMENT
    KEY_AGREEMENT = lib.KU_KEY_AGREEMENT
    KEY_CERT_SIGN = lib.KU_KEY_CERT_SIGN
    CRL_SIGN = lib.KU_CRL_SIGN
    ENCIPHER_ONLY = lib.KU_ENCIPHER_ONLY
    DECIPHER_ONLY = lib.KU_DECIPHER_ONLY


def decode(certificate: Any) -> dict[str, Any]:
    """The dictionary that the standard library's ``SSLSocket.getpeercert()`` makes of it.

    Raises FormatError for a name that is no valid ASN.1 string, UnicodeDecodeError for a general
    name that is no UTF-8; for both the standard library raises too.
    """
    decoded: dict[str, Any] = {
        "subject": _name(lib.X509_get_subject_name(certificate)),
        "issuer": _name(lib.X509_get_issuer_name(certificate)),
        "version": lib.X509_get_version(certificate) + 1,
        "serialNumber": _first_line(
            lambda bio: lib.i2a_ASN1_INTEGER(bio, lib.X509_get_serialNumber(certificate))
        ),
        "notBefore": _time_text(lib.X509_get0_notBefore(certificate)),
        "notAfter": _time_text(lib.X509_get0_notAfter(certificate)),
    }
    names = subject_alternative_names(certificate)
    if names is not None:
        decoded["subjectAltName"] = names
    for key, values in (
        ("OCSP", _access_uris(certificate, lib.NID_ad_OCSP)),
        ("caIssuers", _access_uris(certificate, lib.NID_ad_ca_issuers)),
        ("crlDistributionPoints", _crl_uris(certificate)),
    ):
        if values:
            decoded[key] = values
    return decoded


def subject_alternative_names(certificate: Any) -> tuple[tuple[str, Any], ...] | None:
    """The subject alternative names as in ``decode``; None without a readable extension."""
    names = _extension(certificate, lib.NID_subject_alt_name, "GENERAL_NAMES *", own_general_names)
    if names is None:
        return None
    return tuple(_general_name(name) for name in _general_names(names))


def certificate_der(certificate: Any) -> bytes:
    """The DER form (X.690) of a certificate."""
    return to_der(lib.i2d_X509, certificate, "could not write the certificate")


def subject_text(certificate: Any) -> str:
    """The subject on one line, as RFC 4514 writes it: ``CN=www.example,O=Example``."""
    return _name_text(lib.X509_get_subject_name(certificate))


def issuer_text(certificate: Any) -> str:
    """The issuer on one line, as RFC 4514 writes it."""
    return _name_text(lib.X509_get_issuer_name(certificate))


def not_before(certificate: Any) -> datetime:
    """When it begins to be valid, in UTC. Raises FormatError for a time that is none."""
    return _time(lib.X509_get0_notBefore(certificate))


def not_after(certificate: Any) -> datetime:
    """When it ceases to be valid, in UTC. Raises FormatError for a time that is none."""
    return _time(lib.X509_get0_notAfter(certificate))


def key_usage(certificate: Any) -> KeyUsage | None:
    """What its key may be used for; None where the certificate does not restrict it.

    An extension that cannot be read gives ``KeyUsage(0)``: nothing is allowed.
    """
    bits = lib.X509_get_key_usage(certificate)
    errors.clear()
    if bits == 2**32 - 1:
        return None
    return KeyUsage(bits & sum(flag.value for flag in KeyUsage))


def public_key(certificate: Any) -> Any:
    """A handle on the public key; its type is SM2 for a key on that curve.

    Raises FormatError for a key of an algorithm that Tongsuo does not know.
    """
    pointer = lib.X509_get0_pubkey(certificate)
    errors.check_pointer(pointer, "the certificate's public key could not be read", FormatError)
    return share_pkey(pointer, "the certificate's public key")


def public_key_type(certificate: Any) -> str:
    """The algorithm of its public key as Tongsuo calls it: "SM2", "RSA", "EC"; or "unknown"."""
    pointer = lib.X509_get0_pubkey(certificate)
    errors.clear()
    name = ffi.NULL if pointer == ffi.NULL else lib.EVP_PKEY_get0_type_name(pointer)
    return "unknown" if name == ffi.NULL else _c_string(name)


def serial_number(certificate: Any) -> int:
    """The serial number; a negative one, which RFC 5280 forbids, is given as it is."""
    message = "could not read the serial number"
    number = own_bignum(
        lib.ASN1_INTEGER_to_BN(lib.X509_get_serialNumber(certificate), ffi.NULL), message
    )
    digits = errors.check_pointer(lib.BN_bn2hex(number), message)
    try:
        return int(_c_string(digits), 16)
    finally:
        lib.OPENSSL_free(digits)


def extended_key_usage(certificate: Any) -> tuple[str, ...] | None:
    """The purposes that it is restricted to, as OpenSSL's short names ("serverAuth"), or dotted.

    None where the certificate has no (readable) extension of this kind.
    """
    purposes = _extension(
        certificate, lib.NID_ext_key_usage, "EXTENDED_KEY_USAGE *", own_extended_key_usage
    )
    if purposes is None:
        return None
    found = []
    for index in range(lib.sk_ASN1_OBJECT_num(purposes)):
        purpose = lib.sk_ASN1_OBJECT_value(purposes, index)
        nid = lib.OBJ_obj2nid(purpose)
        found.append(_oid_text(purpose) if nid == lib.NID_undef else _c_string(lib.OBJ_nid2sn(nid)))
    return tuple(found)


def is_ca(certificate: Any) -> bool:
    """Whether its basic constraints, and its key usage if any, let it issue certificates."""
    # The other positive answers are for certificates without basic constraints.
    answer: int = lib.X509_check_ca(certificate)
    errors.clear()
    return answer == 1


def path_length(certificate: Any) -> int | None:
    """How many CAs may stand between it and a leaf (RFC 5280, 4.2.1.9); None: any number."""
    length: int = lib.X509_get_pathlen(certificate)
    errors.clear()
    return None if length < 0 else length


def subject_key_identifier(certificate: Any) -> bytes | None:
    """The subject key identifier, if it has one."""
    return _octets(lib.X509_get0_subject_key_id(certificate))


def authority_key_identifier(certificate: Any) -> bytes | None:
    """The key identifier of its issuer, if it names one."""
    return _octets(lib.X509_get0_authority_key_id(certificate))


def signature_algorithm(certificate: Any) -> str:
    """The algorithm of its signature, as OpenSSL calls it: "SM2-with-SM3"."""
    return _c_string(lib.OBJ_nid2ln(lib.X509_get_signature_nid(certificate)))


def digest(certificate: Any, algorithm: str) -> bytes:
    """The digest of its DER form. Raises ValueError for an algorithm that Tongsuo has not."""
    kind = lib.EVP_get_digestbyname(algorithm.encode("utf-8"))
    if kind == ffi.NULL:
        errors.clear()
        raise ValueError(f"there is no digest {algorithm!r}: try sm3 or sha256")
    out, length = ffi.new("unsigned char[]", lib.EVP_MAX_MD_SIZE), ffi.new("unsigned int *")
    errors.check(lib.X509_digest(certificate, kind, out, length), "could not digest a certificate")
    return take(out, length[0])


def text(certificate: Any) -> str:
    """It in words, as ``openssl x509 -text -noout`` prints it."""
    printed = written(
        lambda bio: lib.X509_print_ex(bio, certificate, _TEXT_NAME_FLAGS, 0),
        "could not print the certificate",
    )
    errors.clear()
    return printed.decode("utf-8", "replace")


def matches(certificate: Any, key: Any) -> bool:
    """Whether the private key belongs to the certificate's public key."""
    answer: bool = lib.X509_check_private_key(certificate, key) == 1
    errors.clear()
    return answer


def issued_by(certificate: Any, issuer: Any) -> bool:
    """Whether ``issuer`` may have issued it (names, key identifiers, usage) and did sign it.

    An SM2 signature is taken as one with the ID 1234567812345678. Validity times are not looked at.
    """
    answer: bool = lib.X509_check_issued(issuer, certificate) == lib.X509_V_OK and (
        lib.X509_verify(certificate, lib.X509_get0_pubkey(issuer)) == 1
    )
    errors.clear()
    return answer


def _c_string(pointer: Any) -> str:
    return str(ffi.string(pointer).decode("ascii"))


def _octets(string: Any) -> bytes | None:
    errors.clear()
    if string == ffi.NULL:
        return None
    string = ffi.cast("ASN1_STRING *", string)
    length = lib.ASN1_STRING_length(string)
    return take(lib.ASN1_STRING_get0_data(string), length) if length else b""


def _text(data: Any, length: int) -> str:
    return take(data, length).decode("utf-8") if length else ""


def _string(string: Any) -> str:
    string = ffi.cast("ASN1_STRING *", string)
    return _text(lib.ASN1_STRING_get0_data(string), lib.ASN1_STRING_length(string))


def _first_line(write: Callable[[Any], int]) -> str:
    # What OpenSSL could not print in full, the standard library shows as far as it went.
    text = written(lambda bio: max(write(bio), 1), "could not print part of the certificate")
    errors.clear()
    line, newline, _ = text[:_LINE_MAX].partition(b"\n")
    return (line + newline).decode("utf-8")


def _oid_text(identifier: Any) -> str:
    length = lib.OBJ_obj2txt(ffi.NULL, 0, identifier, 0)
    errors.check(length + 1, "could not print an object identifier", FormatError)
    buffer = ffi.new("char[]", length + 1)
    lib.OBJ_obj2txt(buffer, len(buffer), identifier, 0)
    return _text(buffer, length)


def _name(name: Any) -> Name:
    sets: list[list[tuple[str, str | bytes | None]]] = []
    level = None
    for index in range(lib.X509_NAME_entry_count(name)):
        entry = lib.X509_NAME_get_entry(name, index)
        if lib.X509_NAME_ENTRY_set(entry) != level:
            level = lib.X509_NAME_ENTRY_set(entry)
            sets.append([])
        sets[-1].append(_attribute(entry))
    return tuple(tuple(attributes) for attributes in sets)


def _attribute(entry: Any) -> tuple[str, str | bytes | None]:
    key = _oid_text(lib.X509_NAME_ENTRY_get_object(entry))
    value = lib.X509_NAME_ENTRY_get_data(entry)
    if lib.ASN1_STRING_type(value) == lib.V_ASN1_BIT_STRING:  # x500UniqueIdentifier: no text
        length = lib.ASN1_STRING_length(value)
        # None for one without bits is the standard library's answer, too.
        return key, take(lib.ASN1_STRING_get0_data(value), length) if length else None
    out = ffi.new("unsigned char **")
    length = lib.ASN1_STRING_to_UTF8(out, value)
    errors.check(length + 1, f"the name's {key} is not a valid string", FormatError)
    try:
        return key, _text(out[0], length)
    finally:
        lib.OPENSSL_free(out[0])


def _name_text(name: Any) -> str:
    # It returns -1 for a failure, and 0 for a name without attributes.
    text = written(
        lambda bio: lib.X509_NAME_print_ex(bio, name, 0, _NAME_FLAGS) + 1,
        "could not print the name",
    )
    return text.decode("utf-8", "replace")


def _time_text(value: Any) -> str:
    text = _first_line(lambda bio: lib.ASN1_TIME_print(bio, value))
    # Tongsuo 8.4 leaves the zone out where the certificate has another, though it converts.
    return text if text.endswith(("GMT", "Bad time value")) else f"{text} GMT"


def _time(value: Any) -> datetime:
    moment = ffi.new("struct tm *")
    errors.check(
        lib.ASN1_TIME_to_tm(value, moment), "the certificate's validity is no time", FormatError
    )
    return datetime(
        moment.tm_year + 1900,
        moment.tm_mon + 1,
        moment.tm_mday,
        moment.tm_hour,
        moment.tm_min,
        moment.tm_sec,
        tzinfo=UTC,
    )


def _extension(certificate: Any, nid: int, kind: str, own: Callable[..., Any]) -> Any:
    """The extension's content; None where it is missing, doubled or malformed."""
    pointer = lib.X509_get_ext_d2i(certificate, nid, ffi.NULL, ffi.NULL)
    errors.clear()
    return None if pointer == ffi.NULL else own(ffi.cast(kind, pointer), "the extension")


def _general_names(names: Any) -> Iterator[Any]:
    for index in range(lib.sk_GENERAL_NAME_num(names)):
        yield lib.sk_GENERAL_NAME_value(names, index)


def _general_name(name: Any) -> tuple[str, Any]:
    kind = name.type
    if kind == lib.GEN_DNS:
        return "DNS", _string(name.d.dNSName)
    if kind == lib.GEN_EMAIL:
        return "email", _string(name.d.rfc822Name)
    if kind == lib.GEN_URI:
        return "URI", _string(name.d.uniformResourceIdentifier)
    if kind == lib.GEN_IPADD:
        return "IP Address", _address(name.d.iPAddress)
    if kind == lib.GEN_DIRNAME:
        return "DirName", _name(name.d.directoryName)
    if kind == lib.GEN_RID:
        text = _oid_text(name.d.registeredID)
        return "Registered ID", text if len(text) < _OID_TEXT_MAX else "<INVALID>"
    # othername, X400Name, EdiPartyName: as OpenSSL prints them.
    key, _, value = _first_line(lambda bio: lib.GENERAL_NAME_print(bio, name)).partition(":")
    return key, value


def _address(string: Any) -> str:
    string = ffi.cast("ASN1_STRING *", string)
    length = lib.ASN1_STRING_length(string)
    if length not in (4, 16):
        return "<invalid>"
    data = take(lib.ASN1_STRING_get0_data(string), length)
    if length == 4:
        return ".".join(map(str, data))
    groups = (int.from_bytes(data[index : index + 2]) for index in range(0, 16, 2))
    return ":".join(f"{group:X}" for group in groups)


def _access_uris(certificate: Any, method: int) -> tuple[str, ...]:
    descriptions = _extension(
        certificate, lib.NID_info_access, "AUTHORITY_INFO_ACCESS *", own_access_descriptions
    )
    if descriptions is None:
        return ()
    found = []
    for index in range(lib.sk_ACCESS_DESCRIPTION_num(descriptions)):
        description = lib.sk_ACCESS_DESCRIPTION_value(descriptions, index)
        location = description.location
        if lib.OBJ_obj2nid(description.method) == method and location.type == lib.GEN_URI:
            found.append(_string(location.d.uniformResourceIdentifier))
    return tuple(found)


def _crl_uris(certificate: Any) -> tuple[str, ...]:
    points = _extension(
        certificate,
        lib.NID_crl_distribution_points,
        "CRL_DIST_POINTS *",
        own_crl_distribution_points,
    )
    if points is None:
        return ()
    found = []
    for index in range(lib.sk_DIST_POINT_num(points)):
        place = lib.sk_DIST_POINT_value(points, index).distpoint
        # Type 1 is a name relative to the issuer's: it has no URI.
        if place == ffi.NULL or place.type != 0:
            continue
        for name in _general_names(place.name.fullname):
            if name.type == lib.GEN_URI:
                found.append(_string(name.d.uniformResourceIdentifier))
    return tuple(found)
