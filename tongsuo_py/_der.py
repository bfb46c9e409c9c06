"""DER (X.690): elements read one after the other, with the byte of every mistake; and written.

A ``Reader`` stands in one value of the input and goes forward::

    outer = Reader(data, "the SM2 signature").only(SEQUENCE)
    r, s = outer.unsigned(32), outer.unsigned(32)
    outer.finish()

What is not there, or is BER but not DER, is a FormatError that says what was expected, what was
found, and at which byte of the whole input. Bytes are never taken for secret here: a mistake in a
private key is told by its tag and its place, never by its content.
"""

from __future__ import annotations

from typing import NoReturn

from tongsuo_py.exceptions import FormatError

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06
UTF8_STRING, SEQUENCE, SET = 0x0C, 0x30, 0x31
PRINTABLE_STRING, IA5_STRING, UTC_TIME, GENERALIZED_TIME = 0x13, 0x16, 0x17, 0x18
BMP_STRING = 0x1E

#: The bit of a tag that says that there are elements inside.
CONSTRUCTED = 0x20

_NAMES = {
    BOOLEAN: "BOOLEAN",
    INTEGER: "INTEGER",
    BIT_STRING: "BIT STRING",
    OCTET_STRING: "OCTET STRING",
    NULL: "NULL",
    OID: "OBJECT IDENTIFIER",
    UTF8_STRING: "UTF8String",
    SEQUENCE: "SEQUENCE",
    SET: "SET",
    PRINTABLE_STRING: "PrintableString",
    IA5_STRING: "IA5String",
    UTC_TIME: "UTCTime",
    GENERALIZED_TIME: "GeneralizedTime",
    BMP_STRING: "BMPString",
}
_CONTEXT = 0x80
_LONGEST_LENGTH = 8  # bytes of a length; more than any memory
_LONGEST_OID = 128  # bytes; nobody's has half as many, and endless arcs take endless time


def context(number: int, *, constructed: bool = True) -> int:
    """The tag [number] of the context-specific class."""
    return _CONTEXT | (CONSTRUCTED if constructed else 0) | number


def tag_name(tag: int) -> str:
    """A tag in words: ``SEQUENCE``, ``[0]``."""
    if tag in _NAMES:
        return _NAMES[tag]
    if tag & 0xC0 == _CONTEXT and tag & 0x1F != 0x1F:
        return f"[{tag & 0x1F}]"
    return f"the tag {tag:02X}"


class Reader:
    """The elements of ``data``, or of one value in it; ``what`` is its name in errors.

    ``position`` is the byte that is read next, counted from the start of the whole input.
    """

    __slots__ = ("_data", "_end", "position", "what")

    def __init__(self, data: bytes, what: str, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._end = len(data) if end is None else end
        self.position = start
        self.what = what

    def __bool__(self) -> bool:
        """Whether there is anything left."""
        return self.position < self._end

    def peek(self) -> int | None:
        """The tag of the next element; None at the end."""
        return self._data[self.position] if self else None

    def enter(self, tag: int = SEQUENCE) -> Reader:
        """What is inside the next element, which must have this tag; it is passed over here."""
        start, end = self._element(tag)
        self.position = end
        return Reader(self._data, self.what, start, end)

    def only(self, tag: int = SEQUENCE) -> Reader:
        """As ``enter``, for an element after which nothing may follow."""
        inner = self.enter(tag)
        self.finish()
        return inner

    def optional(self, tag: int) -> Reader | None:
        """As ``enter``; None, and nothing passed over, where the next element has another tag."""
        return self.enter(tag) if self.peek() == tag else None

    def value(self, tag: int) -> bytes:
        """The bytes inside the next element, which must have this tag."""
        start, self.position = self._element(tag)
        return self._data[start : self.position]

    def element(self) -> bytes:
        """The next element whole, with tag and length, whatever it is."""
        begin = self.position
        if not self:
            self.fail("another element")
        _, end = self._element(self._data[begin])
        self.position = end
        return self._data[begin:end]

    def rest(self) -> bytes:
        """All bytes that are left, as they are."""
        data = self._data[self.position : self._end]
        self.position = self._end
        return data

    def finish(self) -> None:
        """Nothing may be left: FormatError otherwise."""
        if self:
            self.fail("the end", f"{self._end - self.position} more bytes")

    def integer(self) -> int:
        """An INTEGER of any size and sign. Not for secrets: see ``unsigned``."""
        return int.from_bytes(self._integer(), "big", signed=True)

    def number(self) -> int:
        """An INTEGER from 0 to 2**64 - 1."""
        return int.from_bytes(self.unsigned(8), "big")

    def unsigned(self, size: int) -> bytes:
        """An INTEGER that is not negative, as ``size`` bytes, big-endian."""
        begin = self.position
        value = self._integer()
        if value[0] >= 0x80:
            self.fail("an INTEGER that is not negative", "a negative one", begin)
        number = value[1:] if value[0] == 0 else value
        if len(number) > size:
            self.fail(f"an INTEGER of at most {size} bytes", f"one of {len(number)}", begin)
        return number.rjust(size, b"\0")

    def octets(self, size: int | None = None) -> bytes:
        """An OCTET STRING, of ``size`` bytes if that is given."""
        begin = self.position
        value = self.value(OCTET_STRING)
        if size is not None and len(value) != size:
            self.fail(f"an OCTET STRING of {size} bytes", f"one of {len(value)}", begin)
        return value

    def bits(self) -> bytes:
        """A BIT STRING of whole bytes."""
        begin = self.position
        value = self.value(BIT_STRING)
        if not value or value[0] != 0:
            self.fail("a BIT STRING of whole bytes", "another one", begin)
        return value[1:]

    def oid(self) -> str:
        """An OBJECT IDENTIFIER in dotted form."""
        begin = self.position
        arcs, arc, begun = [], 0, False
        value = self.value(OID)
        if len(value) > _LONGEST_OID:
            self.fail(
                f"an OBJECT IDENTIFIER of at most {_LONGEST_OID} bytes",
                f"one of {len(value)}",
                begin,
            )
        for byte in value:
            if not begun and byte == 0x80:
                self.fail("an OBJECT IDENTIFIER", "one with a padded arc", begin)
            arc, begun = arc << 7 | byte & 0x7F, True
            if byte < 0x80:
                arcs.append(arc)
                arc, begun = 0, False
        if begun or not arcs:
            self.fail("an OBJECT IDENTIFIER", "one that breaks off", begin)
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))

    def null(self) -> None:
        """A NULL."""
        self.enter(NULL).finish()

    def no_parameters(self) -> None:
        """The end of an AlgorithmIdentifier without parameters; a NULL may stand before it."""
        if self.peek() == NULL:
            self.null()
        self.finish()

    def fail(self, expected: str, found: str | None = None, at: int | None = None) -> NoReturn:
        """FormatError: what was expected, what was found, and where (here, unless ``at`` says)."""
        position = self.position if at is None else at
        if found is None:
            found = tag_name(self._data[position]) if position < self._end else "the end"
        raise FormatError(f"{self.what}: expected {expected} at byte {position}, found {found}")

    def _integer(self) -> bytes:
        begin = self.position
        value = self.value(INTEGER)
        if not value:
            self.fail("an INTEGER", "one without a value", begin)
        if len(value) > 1 and value[0] in (0, 0xFF) and (value[0] ^ value[1]) < 0x80:
            self.fail("an INTEGER", "one with leading bytes that DER forbids", begin)
        return value

    def _element(self, tag: int) -> tuple[int, int]:
        """Where the value of the next element begins and ends."""
        data, start, limit = self._data, self.position, self._end
        if start >= limit or data[start] != tag:
            self.fail(tag_name(tag))
        if tag & 0x1F == 0x1F:
            self.fail("a tag of one byte", "a longer one")
        begin = start + 2
        if begin > limit:
            self.fail("a length", "the end", start + 1)
        length = data[start + 1]
        if length >= 0x80:
            size = length - 0x80
            length = int.from_bytes(data[begin : min(begin + size, limit)], "big")
            if not 1 <= size <= _LONGEST_LENGTH or begin + size > limit:
                self.fail("a length", f"{data[start + 1]:02X}", start + 1)
            if len(header(tag, length)) != 2 + size:
                self.fail("a length in its shortest form", "a longer one", start + 1)
            begin += size
        if length > limit - begin:
            found = f"{limit - begin}"
            self.fail(f"{length} bytes of {tag_name(tag)}", found, begin)
        return begin, begin + length


def header(tag: int, length: int) -> bytes:
    """What stands before a value of ``length`` bytes."""
    if length < 0x80:
        return bytes((tag, length))
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 0x80 + size)) + length.to_bytes(size, "big")


def wrap(tag: int, *parts: bytes) -> bytes:
    """An element whose value is these parts, joined."""
    value = b"".join(parts)
    return header(tag, len(value)) + value


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of elements."""
    return wrap(SEQUENCE, *parts)


def algorithm_identifier(identifier: str, *parameters: bytes) -> bytes:
    """An AlgorithmIdentifier (RFC 5280, 4.1.1.2)."""
    return sequence(oid(identifier), *parameters)


def set_of(*parts: bytes) -> bytes:
    """A SET OF elements, in the order that DER asks for."""
    return wrap(SET, *sorted(parts))


def integer(number: int | bytes) -> bytes:
    """An INTEGER; from bytes it is not negative, big-endian, leading zeros or not."""
    if isinstance(number, int):
        size = (number if number >= 0 else ~number).bit_length() // 8 + 1
        return wrap(INTEGER, number.to_bytes(size, "big", signed=True))
    value = number.lstrip(b"\0") or b"\0"
    return wrap(INTEGER, b"\0" if value[0] >= 0x80 else b"", value)


def octets(value: bytes) -> bytes:
    """An OCTET STRING."""
    return wrap(OCTET_STRING, value)


def bits(value: bytes) -> bytes:
    """A BIT STRING of whole bytes."""
    return wrap(BIT_STRING, b"\0", value)


def null() -> bytes:
    """A NULL."""
    return header(NULL, 0)


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    first, second, *others = (int(arc) for arc in dotted.split("."))
    value = bytearray()
    for arc in (40 * first + second, *others):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        value += bytes(reversed(groups))
    return wrap(OID, bytes(value))
