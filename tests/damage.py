"""Good input, damaged: what a reader has to refuse, or to see through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tongsuo_py._der import Reader, null, wrap

EVERY_BIT = tuple(1 << bit for bit in range(8))


def flipped(data: bytes, place: int, mask: int = 1) -> bytes:
    """``data`` with these bits of one byte the other way round."""
    changed = bytearray(data)
    changed[place] ^= mask
    return bytes(changed)


def flips(data: bytes, masks: Iterable[int] = (1,)) -> Iterator[bytes]:
    """``data`` with each of its bytes flipped in turn, by each of the masks."""
    for place in range(len(data)):
        for mask in masks:
            yield flipped(data, place, mask)


def beginnings(data: bytes) -> Iterator[bytes]:
    """Every beginning of ``data`` but the whole."""
    for length in range(len(data)):
        yield data[:length]


def grown(der: bytes) -> Iterator[bytes]:
    """DER with a NULL more at the end of each of its constructed elements in turn."""
    outer = Reader(der, "what is damaged")
    tag = outer.peek()
    assert tag is not None
    if not tag & 0x20:
        return
    inner, parts = outer.only(tag), []
    while inner:
        parts.append(inner.element())
    for place, part in enumerate(parts):
        for changed in grown(part):
            yield wrap(tag, *parts[:place], changed, *parts[place + 1 :])
    yield wrap(tag, *parts, null())


def replaced(der: bytes, old: bytes, new: bytes) -> bytes:
    """DER with ``new`` in the place of every element that is ``old``, and the lengths that follow.

    ``new`` may be several elements, or none.
    """
    if der == old:
        return new
    reader = Reader(der, "what is changed")
    tag = reader.peek()
    if tag is None or not tag & 0x20:
        return der
    inner, parts = reader.only(tag), []
    while inner:
        parts.append(replaced(inner.element(), old, new))
    return wrap(tag, *parts)
