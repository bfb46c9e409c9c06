"""BER (X.690) to DER, for the formats that may be written as a stream: PKCS #7, CMS, PKCS #12.

Only what streams need: lengths that are not known in advance, and strings in pieces.
"""

from __future__ import annotations

from tongsuo_py._der import CONSTRUCTED, OCTET_STRING, Reader, context, wrap

_INDEFINITE = b"\x80"
_END = b"\0\0"  # of what has an indefinite length
_DEEPEST = 32  # real messages have ten levels or so


def to_der(data: bytes, what: str) -> bytes:
    """``data`` without indefinite lengths; the same object where the outermost one is definite.

    ``what`` is its name in errors. Raises FormatError, with the byte of the mistake.
    """
    if data[1:2] != _INDEFINITE:
        return data
    reader = Reader(data, what)
    result = _element(data, reader, _DEEPEST)
    reader.finish()
    return result


def explicit_octets(info: Reader) -> bytes:
    """The OCTET STRING in the [0] that ends a structure; nothing else may be there."""
    inside = info.only(context(0))
    octets = inside.octets()
    inside.finish()
    return octets


def implicit_octets(reader: Reader) -> bytes:
    """An OCTET STRING under [0] that ends a structure, whole or in the pieces of BER."""
    pieces = reader.only(context(0)) if reader.peek() == context(0) else None
    if pieces is None:
        return reader.only(context(0, constructed=False)).rest()
    parts = []
    while pieces:
        parts.append(pieces.octets())
    return b"".join(parts)


def _element(data: bytes, reader: Reader, depth: int) -> bytes:
    """The next element as DER."""
    begin, tag = reader.position, reader.peek()
    if tag is None:
        reader.fail("another element")
    if depth == 0:
        reader.fail("fewer levels of elements", "more", begin)
    parts = []
    if data[begin + 1 : begin + 2] == _INDEFINITE:
        if not tag & CONSTRUCTED:
            reader.fail("a length", "80", begin + 1)
        reader.position += 2
        while data[reader.position : reader.position + 2] != _END:
            parts.append(_element(data, reader, depth - 1))
        reader.position += 2
    else:
        inner = reader.enter(tag)
        if not tag & CONSTRUCTED:
            return data[begin : reader.position]
        while inner:
            parts.append(_element(data, inner, depth - 1))
    if tag == OCTET_STRING | CONSTRUCTED:
        pieces = (Reader(part, reader.what).value(OCTET_STRING) for part in parts)
        return wrap(OCTET_STRING, *pieces)
    return wrap(tag, *parts)
