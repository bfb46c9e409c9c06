"""What a file is: keys, certificates, messages, signatures, told by their bytes alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from tongsuo_py import _pem
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py.exceptions import FormatError
from tongsuo_py.pki import cfca, structures
from tongsuo_py.pki.structures import CIPHERTEXT, ENVELOPED_KEY, Found
from tongsuo_py.sm2 import PublicKey, ciphertexts, curve
from tongsuo_py.sm4 import file as sm4_file

_HEX = re.compile(rb"\s*(?:[0-9A-Fa-f]{2})+\s*")

_ALWAYS_ENCRYPTED = (CIPHERTEXT, ENVELOPED_KEY)


@dataclass(frozen=True)
class Identity:
    """What some bytes are, or could be.

    ``kind`` says it in words ("private key", "certificate", "CMS message, signedData"), ``format``
    how it is written ("PEM", "DER", "base64", "JSON", "hexadecimal", "raw bytes"), ``algorithm``
    what it is for ("SM2", "RSA", ...; None where that does not apply or cannot be seen),
    ``encrypted`` whether a password or another key is needed, ``details`` what else is known.
    ``contents`` are the parts of a PEM file that has several; ``readable`` is False for a PEM file,
    or a part of one, that is damaged or of an unknown kind, about which ``details`` says more.
    """

    kind: str
    format: str
    algorithm: str | None = None
    encrypted: bool = False
    details: str = ""
    contents: tuple[Identity, ...] = field(default=())
    readable: bool = True

    def __str__(self) -> str:
        words = ["encrypted"] if self.encrypted and self.kind not in _ALWAYS_ENCRYPTED else []
        words += [self.algorithm] if self.algorithm else []
        words += [self.kind, f"({self.format})"]
        return " ".join(words) + (f": {self.details}" if self.details else "")


def identify(data: object) -> tuple[Identity, ...]:
    """Everything that ``data`` (bytes-like, or str) can be; nothing is opened or decrypted.

    One identity where that is certain; several where the bytes are the same for more than one kind
    of thing, as 64 bytes are that may be a signature or a public key; none where nothing fits.
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else to_bytes(data)
    if b"-----BEGIN " in raw:
        return _pem_text(raw)
    found = [_written(one, "JSON") for one in _json(raw)]
    found += [_written(one, "DER") for one in structures.told(raw)]
    if (der := cfca.from_base64(raw)) is not None:
        found += [_written(one, "base64") for one in structures.told(der)]
    found += [_written(one, "raw bytes") for one in _bare(raw)]
    if _HEX.fullmatch(raw):
        digits = bytes.fromhex(raw.decode("ascii"))
        found += [
            _written(one, "hexadecimal") for one in (*structures.told(digits), *_bare(digits))
        ]
    return tuple(found)


def _written(found: Found, format: str) -> Identity:
    return Identity(found.kind, format, found.algorithm, found.encrypted, found.details)


def _pem_text(data: bytes) -> tuple[Identity, ...]:
    try:
        blocks = list(_pem.blocks(data))
    except FormatError as error:
        return (Identity("text that cannot be read", "PEM", details=str(error), readable=False),)
    parts = tuple(_block(block) for block in blocks)
    if len(parts) == 1:
        return parts
    return (Identity("several things", "PEM", contents=parts),)


def _block(block: _pem.Block) -> Identity:
    label = block.label
    if b"Proc-Type: 4,ENCRYPTED" in block.body and label.endswith(" PRIVATE KEY"):
        algorithm = "EC or SM2" if label == "EC PRIVATE KEY" else label.split()[0]
        return Identity("private key", "PEM", algorithm, True, f"{label}, encrypted by RFC 1421")
    try:
        if label == "EC PARAMETERS":
            return _written(structures.curve_parameters(block.decode()), "PEM")
        found = next(structures.told(block.decode()), None)
    except FormatError as error:
        return Identity(label, "PEM", details=f"cannot be read: {error}", readable=False)
    if found is None:
        why = "cannot be read, or is of an unknown kind"
        return Identity(label, "PEM", details=why, readable=False)
    return _written(found, "PEM")


def _json(data: bytes) -> Iterator[Found]:
    if not data.lstrip().startswith(b"{"):
        return
    with suppress(ValueError, RecursionError):
        value = json.loads(data)
        if isinstance(value, dict) and isinstance(value.get("kty"), str):
            kind = "private key" if "d" in value else "public key"
            name = value.get("crv")
            yield Found(kind, name if isinstance(name, str) else value["kty"], details="JWK")


def _bare(data: bytes) -> Iterator[Found]:
    """What bytes without a structure can be."""
    if data.startswith(sm4_file.MAGIC):
        yield Found("file", "SM4", encrypted=True, details="a container of tongsuo-py")
    size = len(data)
    with suppress(FormatError):
        PublicKey.from_bytes(data)
        yield Found("public key", "SM2", details="a point of the curve")
    if size == 2 * curve.SIZE:
        yield Found("signature", "SM2 (or ECDSA)", details="r and s")
    if size == curve.SIZE:
        yield Found("private key", details="a number of 32 bytes")
        yield Found("digest", details="of 32 bytes, as SM3's and SHA-256's are")
    for encoding in ciphertexts.fitting(data):
        if not encoding.startswith("der") and not encoding.endswith("-hex"):
            yield Found(CIPHERTEXT, "SM2", encrypted=True, details=encoding)
