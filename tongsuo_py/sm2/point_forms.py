"""The forms that a public key, a point of the curve, has as bytes (GB/T 32918.1-2016, 4.2.9)."""

from __future__ import annotations

from typing import Literal, get_args

from tongsuo_py._arguments import check_choice
from tongsuo_py._binding import points
from tongsuo_py.exceptions import FormatError
from tongsuo_py.sm2 import curve

#: See ``PublicKey.to_bytes``.
PointForm = Literal["uncompressed", "compressed", "hybrid", "bare"]

#: What it is called in errors.
NAME = "the SM2 public key"

_COMPRESSED_SIZE = 1 + curve.SIZE
_BARE_SIZE = 2 * curve.SIZE
_SIZES = {
    2: _COMPRESSED_SIZE,
    3: _COMPRESSED_SIZE,
    4: curve.POINT_SIZE,
    6: curve.POINT_SIZE,
    7: curve.POINT_SIZE,
}


def uncompressed(data: bytes) -> bytes:
    """The same point as 65 bytes, ``04 || x || y``, from any of its forms.

    Raises FormatError for bytes in none of them. Only of a compressed or hybrid one it is known
    then that it is on the curve.
    """
    if len(data) == _BARE_SIZE:
        return b"\4" + data
    if not data or data[0] not in _SIZES:
        found = data[:1].hex() or "the end"
        raise FormatError(f"{NAME}: expected 02, 03, 04, 06 or 07 at byte 0, found {found}")
    if len(data) != _SIZES[data[0]]:
        raise FormatError(
            f"{NAME}: expected {_SIZES[data[0]]} bytes for one that begins with {data[:1].hex()} "
            f"(or {_BARE_SIZE} for x and y alone), found {len(data)}"
        )
    if data[0] == 4:
        return data
    point = points.decode(data)
    if point is None:
        raise FormatError(f"{NAME}: this is not a point of the SM2 curve")
    return points.encode(point)


def encode(point: bytes, form: str) -> bytes:
    """A point of 65 bytes in another form. Raises ValueError for an unknown one."""
    check_choice("form", form, get_args(PointForm))
    odd = point[-1] & 1
    if form == "uncompressed":
        return point
    if form == "compressed":
        return bytes((2 | odd,)) + point[1:_COMPRESSED_SIZE]
    if form == "hybrid":
        return bytes((6 | odd,)) + point[1:]
    return point[1:]


def from_coordinates(x: int, y: int) -> bytes:
    """The bytes of the point with these coordinates, on the curve or not. Raises FormatError."""
    for name, number in (("x", x), ("y", y)):
        if not isinstance(number, int):
            raise TypeError(f"{name} must be an int, not {type(number).__name__}")
        if not 0 <= number < 2 ** (8 * curve.SIZE):
            raise FormatError(f"{NAME}: {name} must be from 0 to p - 1")
    return b"\4" + x.to_bytes(curve.SIZE, "big") + y.to_bytes(curve.SIZE, "big")
