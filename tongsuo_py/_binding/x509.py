"""What is written in a certificate; shared by ``pki`` and ``ssl``. A handle is an ``X509 *``.

``decode`` gives the standard library's form of it (``SSLSocket.getpeercert``), the other functions
one thing each.
"""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from tongsuo_py._binding import asn1, errors, x509_extensions, x509_names
from tongsuo_py._binding.buffers import take
from tongsuo_py._binding.handles import own_extended_key_usage, share_pkey
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import FormatError

_VALIDITY = "the certificate's validity"


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
        "subject": x509_names.attributes(lib.X509_get_subject_name(certificate)),
        "issuer": x509_names.attributes(lib.X509_get_issuer_name(certificate)),
        "version": lib.X509_get_version(certificate) + 1,
        "serialNumber": asn1.first_line(
            lambda bio: lib.i2a_ASN1_INTEGER(bio, lib.X509_get_serialNumber(certificate))
        ),
        "notBefore": asn1.time_text(lib.X509_get0_notBefore(certificate)),
        "notAfter": asn1.time_text(lib.X509_get0_notAfter(certificate)),
    }
    extensions = lib.X509_get0_extensions(certificate)
    names = x509_extensions.subject_alternative_names(extensions)
    if names is not None:
        decoded["subjectAltName"] = names
    for key, values in (
        ("OCSP", x509_extensions.access_uris(extensions, lib.NID_ad_OCSP)),
        ("caIssuers", x509_extensions.access_uris(extensions, lib.NID_ad_ca_issuers)),
        ("crlDistributionPoints", x509_extensions.crl_uris(extensions)),
    ):
        if values:
            decoded[key] = values
    return decoded


def subject_alternative_names(certificate: Any) -> tuple[tuple[str, Any], ...] | None:
    """The subject alternative names as in ``decode``; None without a readable extension."""
    return x509_extensions.subject_alternative_names(lib.X509_get0_extensions(certificate))


def crl_uris(certificate: Any) -> tuple[str, ...]:
    """Where its issuer's revocation lists are to be had."""
    return x509_extensions.crl_uris(lib.X509_get0_extensions(certificate))


def certificate_der(certificate: Any) -> bytes:
    """The DER form (X.690) of a certificate."""
    return asn1.to_der(lib.i2d_X509, certificate, "could not write the certificate")


def subject_text(certificate: Any) -> str:
    """The subject on one line, as RFC 4514 writes it: ``CN=www.example,O=Example``."""
    return x509_names.line(lib.X509_get_subject_name(certificate))


def issuer_text(certificate: Any) -> str:
    """The issuer on one line, as RFC 4514 writes it."""
    return x509_names.line(lib.X509_get_issuer_name(certificate))


def not_before(certificate: Any) -> datetime:
    """When it begins to be valid, in UTC. Raises FormatError for a time that is none."""
    return asn1.time(lib.X509_get0_notBefore(certificate), _VALIDITY)


def not_after(certificate: Any) -> datetime:
    """When it ceases to be valid, in UTC. Raises FormatError for a time that is none."""
    return asn1.time(lib.X509_get0_notAfter(certificate), _VALIDITY)


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
    return key_handle(lib.X509_get0_pubkey(certificate), "the certificate's public key")


def public_key_der(certificate: Any) -> bytes:
    """The DER of its SubjectPublicKeyInfo, of any algorithm."""
    message = "could not write the certificate's public key"
    return asn1.to_der(lib.i2d_X509_PUBKEY, lib.X509_get_X509_PUBKEY(certificate), message)


def public_key_type(certificate: Any) -> str:
    """The algorithm of its public key as Tongsuo calls it: "SM2", "RSA", "EC"; or "unknown"."""
    return key_type(lib.X509_get0_pubkey(certificate))


def key_handle(pointer: Any, what: str) -> Any:
    """A handle on a key inside another object; FormatError where Tongsuo could not read it."""
    errors.check_pointer(pointer, f"{what} could not be read", FormatError)
    return share_pkey(pointer, what)


def key_type(pointer: Any) -> str:
    """The algorithm of a key inside another object; "unknown" where Tongsuo could not read it."""
    errors.clear()
    name = ffi.NULL if pointer == ffi.NULL else lib.EVP_PKEY_get0_type_name(pointer)
    return "unknown" if name == ffi.NULL else asn1.c_string(name)


def serial_number(certificate: Any) -> int:
    """The serial number; a negative one, which RFC 5280 forbids, is given as it is."""
    return asn1.integer(lib.X509_get_serialNumber(certificate))


def extended_key_usage(certificate: Any) -> tuple[str, ...] | None:
    """The purposes that it is restricted to, as OpenSSL's short names ("serverAuth"), or dotted.

    None where the certificate has no (readable) extension of this kind.
    """
    purposes = x509_extensions.content(
        lib.X509_get0_extensions(certificate),
        lib.NID_ext_key_usage,
        "EXTENDED_KEY_USAGE *",
        own_extended_key_usage,
    )
    if purposes is None:
        return None
    found = []
    for index in range(lib.sk_ASN1_OBJECT_num(purposes)):
        purpose = lib.sk_ASN1_OBJECT_value(purposes, index)
        nid = lib.OBJ_obj2nid(purpose)
        known = nid != lib.NID_undef
        found.append(asn1.c_string(lib.OBJ_nid2sn(nid)) if known else asn1.oid(purpose))
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
    return asn1.octets(lib.X509_get0_subject_key_id(certificate))


def authority_key_identifier(certificate: Any) -> bytes | None:
    """The key identifier of its issuer, if it names one."""
    return asn1.octets(lib.X509_get0_authority_key_id(certificate))


def signature_algorithm(certificate: Any) -> str:
    """The algorithm of its signature, as OpenSSL calls it: "SM2-with-SM3"."""
    return asn1.algorithm(lib.X509_get_signature_nid(certificate))


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
    return asn1.printed(
        lambda bio: lib.X509_print_ex(bio, certificate, x509_names.TEXT_FLAGS, 0),
        "could not print the certificate",
    )


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


def is_self_signed(certificate: Any) -> bool:
    """Whether it was signed with its own key, be it a CA's or not."""
    answer: bool = lib.X509_self_signed(certificate, 1) == 1
    errors.clear()
    return answer
