"""SM2 ciphertexts in every encoding, put together without the code under test."""

from __future__ import annotations

from typing import ClassVar, NamedTuple, get_args

from asn1crypto import core

from tongsuo_py import sm2

ENCODINGS: tuple[sm2.CiphertextEncoding, ...] = get_args(sm2.CiphertextEncoding)

#: Those in bytes, for tests that need not be repeated for hexadecimal digits.
IN_BYTES = tuple(encoding for encoding in ENCODINGS if not encoding.endswith("-hex"))


class Asn1(core.Sequence):
    """SM2Cipher of GM/T 0009-2012, 7.2."""

    _fields: ClassVar = [
        ("x", core.Integer),
        ("y", core.Integer),
        ("hash", core.OctetString),
        ("cipher", core.OctetString),
    ]


class Example(NamedTuple):
    """``c1`` has 65 bytes."""

    data: bytes
    c1: bytes
    c2: bytes
    c3: bytes


def written(example: Example, encoding: str) -> bytes:
    """The example in this encoding."""
    if encoding.endswith("-hex"):
        return written(example, encoding.removesuffix("-hex")).hex().encode()
    x, y = example.c1[1:33], example.c1[33:]
    order, _, form = encoding.partition("-")
    if order == "der":
        numbers = {"x": int.from_bytes(x, "big"), "y": int.from_bytes(y, "big")}
        der: bytes = Asn1({**numbers, "hash": example.c3, "cipher": example.c2}).dump()
        return der
    odd = y[-1] % 2
    c1 = {
        "": example.c1,
        "bare": x + y,
        "compressed": bytes((2 + odd,)) + x,
        "hybrid": bytes((6 + odd,)) + x + y,
    }[form]
    parts = {"c1": c1, "c2": example.c2, "c3": example.c3}
    return b"".join(parts[order[i : i + 2]] for i in (0, 2, 4))


def with_point(example: Example, x: int, y: int, encoding: str = "der") -> bytes:
    """The example with another C1, on the curve or not."""
    c1 = b"\4" + x.to_bytes(32, "big") + y.to_bytes(32, "big")
    return written(example._replace(c1=c1), encoding)
