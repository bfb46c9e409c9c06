"""The forms that SM2 ciphertexts have: told apart, taken apart, rearranged; all without a key.

A ciphertext (GB/T 32918.4-2016) consists of C1, a point; C3, a digest of 32 bytes; and C2, which is
as long as the plaintext. GM/T 0009-2012 puts them into ASN.1, SEQUENCE { x, y, C3, C2 }; otherwise
they stand one after the other, in the order of the standard or in the older C1, C2, C3.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Literal, NamedTuple, NoReturn, cast, get_args

from tongsuo_py._arguments import check_choice
from tongsuo_py._binding import points
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._der import SEQUENCE, Reader, integer, octets, sequence
from tongsuo_py.exceptions import AmbiguousFormat, FormatError
from tongsuo_py.sm2 import curve, hexadecimal, point_forms

#: ``"der"``: the ASN.1 form. ``"c1c3c2"``: the order of GB/T 32918.4-2016, C1 being 04 || x || y.
#: ``"c1c2c3"``: the order of the first drafts, which is still met. ``"-bare"``: C1 is x || y;
#: ``"-compressed"``: it is 02 or 03 and x; ``"-hybrid"``: it is 06 or 07, x and y.
#: ``"-hex"`` behind any of them: the same in hexadecimal digits, as ASCII.
CiphertextEncoding = Literal[
    "der",
    "c1c3c2",
    "c1c2c3",
    "c1c3c2-bare",
    "c1c2c3-bare",
    "c1c3c2-compressed",
    "c1c2c3-compressed",
    "c1c3c2-hybrid",
    "c1c2c3-hybrid",
    "der-hex",
    "c1c3c2-hex",
    "c1c2c3-hex",
    "c1c3c2-bare-hex",
    "c1c2c3-bare-hex",
    "c1c3c2-compressed-hex",
    "c1c2c3-compressed-hex",
    "c1c3c2-hybrid-hex",
    "c1c2c3-hybrid-hex",
]

C3_SIZE = 32

_WHAT = "the SM2 ciphertext"
_HEX = "-hex"
_A_POINT = "a point of the SM2 curve"


class Parts(NamedTuple):
    """A ciphertext taken apart: the coordinates of C1 (32 bytes each), C3 and C2."""

    x: bytes
    y: bytes
    c3: bytes
    c2: bytes


class _Layout(NamedTuple):
    """How the parts stand one after the other: C3 before C2 or not, and the form of C1."""

    c3_first: bool
    form: str


class _Form(NamedTuple):
    """A way to write C1: how many bytes it takes, and which ones it may begin with."""

    size: int
    first: bytes


_FORMS = {
    "uncompressed": _Form(curve.POINT_SIZE, b"\4"),
    "bare": _Form(2 * curve.SIZE, b""),
    "compressed": _Form(1 + curve.SIZE, b"\2\3"),
    "hybrid": _Form(curve.POINT_SIZE, b"\6\7"),
}
_ENCODINGS: tuple[CiphertextEncoding, ...] = get_args(CiphertextEncoding)
_LAYOUTS = {
    order if form == "uncompressed" else f"{order}-{form}": _Layout(order == "c1c3c2", form)
    for order in ("c1c3c2", "c1c2c3")
    for form in _FORMS
}


def convert_ciphertext(
    ciphertext: object, source: CiphertextEncoding, target: CiphertextEncoding
) -> bytes:
    """A ciphertext that is in the encoding ``source``, in the encoding ``target``.

    No key is needed. Raises FormatError, with the byte and with what was expected there, where the
    bytes are not of that encoding or C1 is not on the curve; which order C3 and C2 have, and
    whether they are of any use, cannot be seen without the key. ValueError for an unknown encoding.
    """
    check_encoding(target)
    check_encoding(source)
    return join(_parse(raw(ciphertext, source), source), target)


def detect_ciphertext(ciphertext: object) -> CiphertextEncoding:
    """The encoding of a ciphertext, if there is only one that fits.

    That is so for DER, in bytes or hexadecimal digits. In the other encodings C1 shows by being a
    point of the curve, but C3 and C2 are random bytes to whoever has no key: AmbiguousFormat, with
    the names of both orders in its ``candidates``. (The holder of the key can decrypt with the
    encoding ``"auto"``.) FormatError where no encoding fits: it says what is wrong with the one
    that the first byte announces.
    """
    names = fitting(ciphertext)
    if not names:
        _fail_as_announced(ciphertext)
    if len(names) > 1:
        quoted = " or ".join(f'"{name}"' for name in names)
        raise AmbiguousFormat(
            f"{_WHAT} can be {quoted}: only its private key tells", candidates=names
        )
    return names[0]


def fitting(ciphertext: object) -> tuple[CiphertextEncoding, ...]:
    """Every encoding that this ciphertext can be in."""
    names = () if isinstance(ciphertext, str) else _fitting(raw(ciphertext))
    if not names:
        with suppress(FormatError):
            names = tuple(name + _HEX for name in _fitting(raw(ciphertext, _HEX)))
    return cast("tuple[CiphertextEncoding, ...]", names)


def check_encoding(encoding: str, *others: str) -> None:
    """ValueError for what is not the name of an encoding, or one of ``others``."""
    check_choice("encoding", encoding, (*_ENCODINGS, *others))


def raw(ciphertext: object, encoding: str = "") -> bytes:
    """A ciphertext as bytes, and no longer in hexadecimal digits."""
    if encoding.endswith(_HEX):
        return hexadecimal.decode(ciphertext, "ciphertext", _WHAT)
    return to_bytes(ciphertext, "ciphertext")


def split(ciphertext: bytes, encoding: str) -> Parts:
    """Take a ciphertext from ``raw`` apart, strictly, without asking if C1 is on the curve."""
    name = encoding.removesuffix(_HEX)
    if name == "der":
        return _read_der(ciphertext)
    c3_first, form = _LAYOUTS[name]
    x, y = _read_c1(ciphertext, form)
    end = _FORMS[form].size
    rest = ciphertext[end:]
    if len(rest) <= C3_SIZE:
        _reader(ciphertext).fail(
            f"{C3_SIZE} bytes of C3 and at least one of C2", f"{len(rest)} bytes in all", end
        )
    if c3_first:
        return Parts(x, y, rest[:C3_SIZE], rest[C3_SIZE:])
    return Parts(x, y, rest[-C3_SIZE:], rest[:-C3_SIZE])


def join(parts: Parts, encoding: str) -> bytes:
    """The ciphertext that consists of these parts."""
    name = encoding.removesuffix(_HEX)
    x, y, c3, c2 = parts
    if name == "der":
        ciphertext = sequence(integer(x), integer(y), octets(c3), octets(c2))
    else:
        c3_first, form = _LAYOUTS[name]
        c1 = point_forms.encode(b"\4" + x + y, form)
        ciphertext = b"".join((c1, c3, c2) if c3_first else (c1, c2, c3))
    return ciphertext if name == encoding else ciphertext.hex().encode("ascii")


def _reader(ciphertext: bytes) -> Reader:
    return Reader(ciphertext, _WHAT)


def _read_der(ciphertext: bytes) -> Parts:
    body = _reader(ciphertext).only()
    start = body.position
    x = body.unsigned(curve.SIZE)
    middle = body.position
    y = body.unsigned(curve.SIZE)
    c3, c2_start = body.octets(C3_SIZE), body.position
    c2 = body.octets()
    if not c2:
        body.fail("an OCTET STRING of at least 1 byte", "an empty one", c2_start)
    body.finish()
    _check_in_field(ciphertext, x, start)
    _check_in_field(ciphertext, y, middle)
    return Parts(x, y, c3, c2)


def _read_c1(ciphertext: bytes, form: str) -> tuple[bytes, bytes]:
    """The coordinates of the point that a ciphertext begins with."""
    size, first = _FORMS[form]
    c1 = ciphertext[:size]
    if len(c1) < size:
        _reader(ciphertext).fail(f"{size} bytes of C1", f"{len(c1)} bytes", 0)
    if first and c1[0] not in first:
        expected = " or ".join(f"{byte:02X}" for byte in first)
        _reader(ciphertext).fail(expected, f"{c1[0]:02X}", 0)
    if form == "compressed":
        point = points.decode(c1)
        if point is None:
            _reader(ciphertext).fail(_A_POINT, "an x that no point has", 0)
        c1 = points.encode(point)
    start = len(c1) - 2 * curve.SIZE
    x, y = c1[start : -curve.SIZE], c1[-curve.SIZE :]
    _check_in_field(ciphertext, x, start)
    _check_in_field(ciphertext, y, start + curve.SIZE)
    if form == "hybrid" and c1[0] != first[y[-1] & 1]:
        _reader(ciphertext).fail(f"{first[y[-1] & 1]:02X}", f"{c1[0]:02X}, for another y", 0)
    return x, y


def _check_in_field(ciphertext: bytes, coordinate: bytes, start: int) -> None:
    """Tongsuo takes coordinates modulo p: the same ciphertext could be written in two ways."""
    if coordinate >= curve.P:
        _reader(ciphertext).fail("a coordinate less than p", "a greater one", start)


def _parse(ciphertext: bytes, encoding: str) -> Parts:
    """As ``split``; C1 must be on the curve as well."""
    parts = split(ciphertext, encoding)
    if points.decode(b"\4" + parts.x + parts.y) is None:
        start = _reader(ciphertext).only().position if encoding.startswith("der") else 0
        _reader(ciphertext).fail(_A_POINT, "coordinates of none", start)
    return parts


def _fitting(ciphertext: bytes) -> tuple[str, ...]:
    names = [name for name in ("der", *_LAYOUTS) if _fits(ciphertext, name)]
    # Every second number is the x of a point, which makes a compressed one no evidence against one
    # whose two coordinates are on the curve: that does not happen by chance.
    certain = [name for name in names if not name.endswith("-compressed")]
    return tuple(certain or names)


def _fail_as_announced(ciphertext: object) -> NoReturn:
    """Say why this fits no encoding."""
    try:
        data = raw(ciphertext, _HEX)
    except FormatError:
        if isinstance(ciphertext, str):
            raise
        data = raw(ciphertext)
    for name in ("der", *_LAYOUTS):
        if data[:1] and data[0] in _first_bytes(name):
            _parse(data, name)
    found = f"{len(data)} other bytes" if data else None
    _reader(data).fail("a DER SEQUENCE or a point of the SM2 curve", found, 0)


def _first_bytes(encoding: str) -> bytes:
    """Those that announce this encoding."""
    return bytes((SEQUENCE,)) if encoding == "der" else _FORMS[_LAYOUTS[encoding].form].first


def _fits(ciphertext: bytes, encoding: str) -> bool:
    try:
        _parse(ciphertext, encoding)
    except FormatError:
        return False
    return True
