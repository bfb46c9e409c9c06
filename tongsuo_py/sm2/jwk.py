"""SM2 keys as JSON Web Keys (RFC 7517), in the shape that RFC 7518, 6.2, has for other curves.

SM2 is not registered for them. What is met, and written here, is ``"kty": "EC"`` with ``"crv":
"SM2"``; ``x``, ``y`` and, in a private key, ``d`` are 32 bytes each in base64url without padding.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from tongsuo_py.exceptions import FormatError
from tongsuo_py.sm2 import curve

_NAME = "the SM2 JWK"
_TEXT_SIZE = 43  # characters of 32 bytes


def public_members(point: bytes) -> dict[str, str]:
    """The members for a point of 65 bytes."""
    x, y = point[1 : 1 + curve.SIZE], point[1 + curve.SIZE :]
    return {"kty": "EC", "crv": "SM2", "x": _text(x), "y": _text(y)}


def private_members(number: bytes, point: bytes) -> dict[str, str]:
    """The members for a private key of 32 bytes and its point."""
    return public_members(point) | {"d": _text(number)}


def public_point(members: Mapping[str, object]) -> bytes:
    """The point, 65 bytes, on the curve or not. Raises FormatError, for a private key too."""
    point = _point(members)
    if "d" in members:
        raise FormatError(
            f'{_NAME}: expected a public key, found the private member "d": '
            "use PrivateKey.from_jwk().public_key()"
        )
    return point


def private_parts(members: Mapping[str, object]) -> tuple[bytes, bytes]:
    """The number, 32 bytes, and the point of 65 bytes beside it. Raises FormatError."""
    point = _point(members)
    return _octets(members, "d"), point


def _point(members: Mapping[str, object]) -> bytes:
    if not isinstance(members, Mapping):
        raise TypeError(f"a JWK must be a mapping, not {type(members).__name__}")
    for name, expected in (("kty", "EC"), ("crv", "SM2")):
        found = members.get(name)
        if found != expected:
            shown = "none" if name not in members else repr(found)[:40]
            raise FormatError(f'{_NAME}: expected "{expected}" as member "{name}", found {shown}')
    return b"\4" + _octets(members, "x") + _octets(members, "y")


def _octets(members: Mapping[str, object], name: str) -> bytes:
    """A member of 32 bytes. What is wrong with it is not shown, since it may be the secret."""
    expected = f'{_NAME}: expected {_TEXT_SIZE} characters of base64url as member "{name}", found '
    if name not in members:
        raise FormatError(f"{expected}none")
    text = members[name]
    if not isinstance(text, str):
        raise FormatError(f"{expected}{type(text).__name__}")
    if len(text) != _TEXT_SIZE:
        raise FormatError(f"{expected}{len(text)}")
    for place, character in enumerate(text):
        if not (character.isascii() and (character.isalnum() or character in "-_")):
            raise FormatError(f"{expected}another character at byte {place}")
    octets = base64.urlsafe_b64decode(text + "=")
    if _text(octets) != text:
        raise FormatError(f"{expected}bits after the last byte")
    return octets


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
