"""Certificates written byte by byte (X.690), so that they may hold what no library would write."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, OID, UTF8 = 1, 2, 3, 4, 6, 12
NUMERIC, PRINTABLE, T61, IA5, UTC_TIME, GENERALIZED_TIME = 18, 19, 20, 22, 23, 24
VISIBLE, UNIVERSAL, BMP, SEQUENCE, SET = 26, 28, 30, 0x30, 0x31

KEY = ec.derive_private_key(3, ec.SECP256R1())
SPKI = KEY.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    out = b""
    for number in (40 * first + second, *rest):
        digits = [number & 0x7F]
        while number := number >> 7:
            digits.append(0x80 | (number & 0x7F))
        out += bytes(reversed(digits))
    return tlv(OID, out)


def integer(value: int) -> bytes:
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, signed=True))


def name(*sets: Iterable[tuple[str, int, bytes]]) -> bytes:
    """A Name of attributes (object identifier, string type, bytes), in sets."""
    return tlv(
        SEQUENCE,
        *(
            tlv(SET, *(tlv(SEQUENCE, oid(key), tlv(tag, value)) for key, tag, value in attributes))
            for attributes in sets
        ),
    )


def extension(identifier: str, content: bytes, critical: bool = False) -> bytes:
    flag = tlv(BOOLEAN, b"\xff") if critical else b""
    return tlv(SEQUENCE, oid(identifier), flag, tlv(OCTET_STRING, content))


def certificate(
    *,
    subject: bytes = name([("2.5.4.3", UTF8, b"subject")]),
    issuer: bytes = name([("2.5.4.3", UTF8, b"issuer")]),
    serial: bytes = integer(1),
    version: int = 2,
    not_before: bytes = tlv(UTC_TIME, b"200101000000Z"),
    not_after: bytes = tlv(UTC_TIME, b"491231235959Z"),
    extensions: Iterable[bytes] = (),
    spki: bytes = SPKI,
) -> bytes:
    """The DER of a certificate; its signature is not one."""
    algorithm = tlv(SEQUENCE, oid("1.2.840.10045.4.3.2"))
    added = b"".join(extensions)
    body = tlv(
        SEQUENCE,
        tlv(0xA0, integer(version)) if version else b"",
        serial,
        algorithm,
        issuer,
        tlv(SEQUENCE, not_before, not_after),
        subject,
        spki,
        tlv(0xA3, tlv(SEQUENCE, added)) if added else b"",
    )
    return tlv(SEQUENCE, body, algorithm, tlv(BIT_STRING, b"\0\0"))


def pem(der: bytes) -> str:
    text = base64.encodebytes(der).decode("ascii")
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"
