"""Names in certificates, requests and revocation lists: X.500 names, general names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tongsuo_py._binding import asn1, errors
from tongsuo_py._binding.buffers import take
from tongsuo_py._binding.handles import own_name
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import FormatError

_OID_TEXT_MAX = 2048

# The text of RFC 4514 with its escapes, but letters beyond ASCII are left as they are.
_RFC4514 = lib.XN_FLAG_RFC2253 & ~lib.ASN1_STRFLGS_ESC_MSB

#: How names stand in ``openssl ... -text``: as Tongsuo 8.5 has them, 8.4 escapes more.
TEXT_FLAGS = (
    lib.XN_FLAG_SEP_CPLUS_SPC
    | lib.XN_FLAG_FN_SN
    | lib.ASN1_STRFLGS_ESC_CTRL
    | lib.ASN1_STRFLGS_UTF8_CONVERT
    | lib.ASN1_STRFLGS_DUMP_UNKNOWN
    | lib.ASN1_STRFLGS_DUMP_DER
)

Name = tuple[tuple[tuple[str, str | bytes | None], ...], ...]


def line(name: Any) -> str:
    """An X509_NAME on one line, as RFC 4514 writes it: ``CN=www.example,O=Example``."""
    # It returns -1 for a failure, and 0 for a name without attributes.
    return asn1.printed(
        lambda bio: lib.X509_NAME_print_ex(bio, name, 0, _RFC4514) + 1, "could not print the name"
    )


def attributes(name: Any) -> Name:
    """An X509_NAME as the standard library's ``getpeercert()`` has it."""
    sets: list[list[tuple[str, str | bytes | None]]] = []
    level = None
    for index in range(lib.X509_NAME_entry_count(name)):
        entry = lib.X509_NAME_get_entry(name, index)
        if lib.X509_NAME_ENTRY_set(entry) != level:
            level = lib.X509_NAME_ENTRY_set(entry)
            sets.append([])
        sets[-1].append(_attribute(entry))
    return tuple(tuple(members) for members in sets)


def new(members: Iterable[tuple[str, str]]) -> Any:
    """A handle on an X509_NAME of attributes by OpenSSL's short names, each in its own set."""
    name = own_name(lib.X509_NAME_new(), "could not make a name")
    for key, value in members:
        data = value.encode("utf-8")
        result = lib.X509_NAME_add_entry_by_txt(
            name, key.encode("ascii"), lib.MBSTRING_UTF8, data, len(data), -1, 0
        )
        errors.check(result, f"the subject's {key} cannot be {value!r}")
    return name


def is_empty(name: Any) -> bool:
    """Whether an X509_NAME has no attribute."""
    return bool(lib.X509_NAME_entry_count(name) == 0)


def general_names(names: Any) -> Iterator[Any]:
    """The members of a GENERAL_NAMES."""
    for index in range(lib.sk_GENERAL_NAME_num(names)):
        yield lib.sk_GENERAL_NAME_value(names, index)


def general_name(name: Any) -> tuple[str, Any]:
    """A GENERAL_NAME as the standard library has it: ``("DNS", "www.example")``."""
    kind = name.type
    if kind == lib.GEN_DNS:
        return "DNS", asn1.string(name.d.dNSName)
    if kind == lib.GEN_EMAIL:
        return "email", asn1.string(name.d.rfc822Name)
    if kind == lib.GEN_URI:
        return "URI", asn1.string(name.d.uniformResourceIdentifier)
    if kind == lib.GEN_IPADD:
        return "IP Address", _address(name.d.iPAddress)
    if kind == lib.GEN_DIRNAME:
        return "DirName", attributes(name.d.directoryName)
    if kind == lib.GEN_RID:
        text = asn1.oid(name.d.registeredID)
        return "Registered ID", text if len(text) < _OID_TEXT_MAX else "<INVALID>"
    # othername, X400Name, EdiPartyName: as OpenSSL prints them.
    key, _, value = asn1.first_line(lambda bio: lib.GENERAL_NAME_print(bio, name)).partition(":")
    return key, value


def _attribute(entry: Any) -> tuple[str, str | bytes | None]:
    key = asn1.oid(lib.X509_NAME_ENTRY_get_object(entry))
    value = lib.X509_NAME_ENTRY_get_data(entry)
    if lib.ASN1_STRING_type(value) == lib.V_ASN1_BIT_STRING:  # x500UniqueIdentifier: no text
        length = lib.ASN1_STRING_length(value)
        # None for one without bits is the standard library's answer, too.
        return key, take(lib.ASN1_STRING_get0_data(value), length) if length else None
    out = ffi.new("unsigned char **")
    length = lib.ASN1_STRING_to_UTF8(out, value)
    errors.check(length + 1, f"the name's {key} is not a valid string", FormatError)
    try:
        return key, asn1.text(out[0], length)
    finally:
        lib.OPENSSL_free(out[0])


def _address(string: Any) -> str:
    data = asn1.octets(string) or b""
    if len(data) == 4:
        return ".".join(map(str, data))
    if len(data) == 16:
        groups = (int.from_bytes(data[index : index + 2]) for index in range(0, 16, 2))
        return ":".join(f"{group:X}" for group in groups)
    return "<invalid>"
