"""As much of DER (X.690) as signatures and ciphertexts need, and no other form of BER."""

from __future__ import annotations

INTEGER, OCTET_STRING, SEQUENCE = 0x02, 0x04, 0x30


class Malformed(Exception):
    """The bytes are not what they should be; the caller says in its own words what is wrong."""


def length_size(length: int) -> int:
    """How many bytes it takes to write a length."""
    return 1 if length < 0x80 else 1 + (length.bit_length() + 7) // 8


def header(tag: int, length: int) -> bytes:
    """What stands before a value of ``length`` bytes."""
    size = length_size(length)
    if size == 1:
        return bytes((tag, length))
    return bytes((tag, 0x80 + size - 1)) + length.to_bytes(size - 1, "big")


def integer(number: bytes) -> bytes:
    """An INTEGER from the bytes of a number that is not negative, leading zeros or not."""
    value = number.lstrip(b"\0") or b"\0"
    if value[0] >= 0x80:
        value = b"\0" + value
    return header(INTEGER, len(value)) + value


def element(data: bytes, start: int, limit: int, tag: int) -> tuple[int, int]:
    """Where the value of the element at ``start`` begins and ends; Malformed if there is none."""
    if limit - start < 2 or data[start] != tag:
        raise Malformed
    length, begin = data[start + 1], start + 2
    if length >= 0x80:
        size = length - 0x80
        length = int.from_bytes(data[begin : begin + size], "big")
        begin += size
        if not 1 <= size <= 8 or begin > limit or length_size(length) != 1 + size:
            raise Malformed
    if length > limit - begin:
        raise Malformed
    return begin, begin + length


def read_integer(data: bytes, start: int, limit: int, size: int) -> tuple[bytes, int]:
    """The INTEGER at ``start``, not negative, as ``size`` bytes; and where it ends."""
    start, end = element(data, start, limit, INTEGER)
    value = data[start:end]
    if not value or value[0] >= 0x80 or (len(value) > 1 and value[0] == 0 and value[1] < 0x80):
        raise Malformed
    number = value.lstrip(b"\0")
    if len(number) > size:
        raise Malformed
    return number.rjust(size, b"\0"), end
