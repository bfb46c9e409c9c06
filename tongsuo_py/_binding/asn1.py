"""ASN.1 values as C holds them: strings, numbers, times and object identifiers; to and from DER.

What OpenSSL does not read itself is for ``_der``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tongsuo_py._binding import errors
from tongsuo_py._binding.bio import written
from tongsuo_py._binding.buffers import take
from tongsuo_py._binding.handles import own_asn1_integer, own_asn1_time, own_bignum
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import FormatError

# The standard library prints through a buffer of 2048 bytes, and what it cuts off is cut off here.
_LINE_MAX = 2046


def from_der(decode: Callable[[Any, Any, int], Any], data: Any) -> tuple[Any, int]:
    """What one of OpenSSL's ``d2i`` functions makes of ``data`` (in C), and how many bytes it took.

    The pointer is NULL where it failed, and the error queue says why.
    """
    position = ffi.new("unsigned char const **", data)
    pointer = decode(ffi.NULL, position, len(data))
    return pointer, int(position[0] - ffi.cast("unsigned char const *", data))


def to_der(encode: Callable[[Any, Any], int], value: Any, message: str) -> bytes:
    """What one of OpenSSL's ``i2d`` functions makes of ``value``."""
    out = ffi.new("unsigned char **")
    length = errors.check(encode(value, out), message)
    try:
        return take(out[0], length)
    finally:
        lib.OPENSSL_cleanse(out[0], length)  # a private key, perhaps
        lib.OPENSSL_free(out[0])


def printed(write: Callable[[Any], int], message: str) -> str:
    """All that ``write(bio)`` prints, for people; TongsuoError with ``message`` if it fails."""
    text = written(write, message).decode("utf-8", "replace")
    errors.clear()
    return text


def c_string(pointer: Any) -> str:
    """A C string of ASCII characters."""
    return str(ffi.string(pointer).decode("ascii"))


def text(data: Any, length: int) -> str:
    """``length`` bytes of UTF-8; UnicodeDecodeError if they are none."""
    return take(data, length).decode("utf-8") if length else ""


def string(value: Any) -> str:
    """The text of an ASN1_STRING of ASCII or UTF-8, of whatever subtype."""
    value = ffi.cast("ASN1_STRING *", value)
    return text(lib.ASN1_STRING_get0_data(value), lib.ASN1_STRING_length(value))


def octets(value: Any) -> bytes | None:
    """The bytes of an ASN1_STRING of whatever subtype; None for NULL."""
    errors.clear()
    if value == ffi.NULL:
        return None
    value = ffi.cast("ASN1_STRING *", value)
    length = lib.ASN1_STRING_length(value)
    return take(lib.ASN1_STRING_get0_data(value), length) if length else b""


def first_line(write: Callable[[Any], int]) -> str:
    """The first line of what ``write(bio)`` prints, cut off where the standard library does."""
    # What OpenSSL could not print in full, the standard library shows as far as it went.
    printed = written(lambda bio: max(write(bio), 1), "could not print part of the certificate")
    errors.clear()
    line, newline, _ = printed[:_LINE_MAX].partition(b"\n")
    return (line + newline).decode("utf-8")


def oid(identifier: Any) -> str:
    """An object identifier by the name that OpenSSL has for it, or dotted."""
    length = lib.OBJ_obj2txt(ffi.NULL, 0, identifier, 0)
    errors.check(length + 1, "could not print an object identifier", FormatError)
    buffer = ffi.new("char[]", length + 1)
    lib.OBJ_obj2txt(buffer, len(buffer), identifier, 0)
    return text(buffer, length)


def algorithm(nid: int) -> str:
    """The long name of an algorithm: "SM2-with-SM3"."""
    return c_string(lib.OBJ_nid2ln(nid))


def integer(value: Any) -> int:
    """The number in an ASN1_INTEGER, of any size and sign."""
    message = "could not read an integer"
    number = own_bignum(lib.ASN1_INTEGER_to_BN(value, ffi.NULL), message)
    digits = errors.check_pointer(lib.BN_bn2hex(number), message)
    try:
        return int(c_string(digits), 16)
    finally:
        lib.OPENSSL_free(digits)


def new_integer(value: int) -> Any:
    """A handle on an ASN1_INTEGER with this number, which is not negative."""
    message = "could not make an integer"
    data = value.to_bytes(max(1, (value.bit_length() + 7) // 8))
    number = own_bignum(lib.BN_bin2bn(data, len(data), ffi.NULL), message)
    return own_asn1_integer(lib.BN_to_ASN1_INTEGER(number, ffi.NULL), message)


def time_text(value: Any) -> str:
    """A time as ``openssl`` prints it: "Jan  1 00:00:00 2026 GMT"."""
    printed = first_line(lambda bio: lib.ASN1_TIME_print(bio, value))
    # Tongsuo 8.4 leaves the zone out where the certificate has another, though it converts.
    return printed if printed.endswith(("GMT", "Bad time value")) else f"{printed} GMT"


def time(value: Any, what: str) -> datetime:
    """A time in UTC. Raises FormatError, which says that ``what`` is no time."""
    moment = ffi.new("struct tm *")
    errors.check(lib.ASN1_TIME_to_tm(value, moment), f"{what} is no time", FormatError)
    try:
        return datetime(
            moment.tm_year + 1900,
            moment.tm_mon + 1,
            moment.tm_mday,
            moment.tm_hour,
            moment.tm_min,
            moment.tm_sec,
            tzinfo=UTC,
        )
    except ValueError:  # the year 0
        raise FormatError(f"{what} is no time") from None


def new_time(value: datetime) -> Any:
    """A handle on a UTCTime until 2049, a GeneralizedTime from then on (RFC 5280, 4.1.2.5)."""
    message = "could not make a time"
    made = own_asn1_time(lib.ASN1_TIME_new(), message)
    value = value.astimezone(UTC)
    digits = f"{value.year:04}{value:%m%d%H%M%S}Z"
    errors.check(lib.ASN1_TIME_set_string_X509(made, digits.encode("ascii")), message)
    return made
