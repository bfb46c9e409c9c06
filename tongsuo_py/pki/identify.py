"""What a file is: keys, certificates, messages, signatures, told by their bytes alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from tongsuo_py import _ber, _pem
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._der import BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE, Reader, context
from tongsuo_py.exceptions import FormatError
from tongsuo_py.pki import cfca, pkcs12
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.cms.profiles import KIND_NAMES, kind_of
from tongsuo_py.pki.crl import CRL
from tongsuo_py.pki.request import Request
from tongsuo_py.sm2 import PublicKey, ciphertexts
from tongsuo_py.sm4 import file as sm4_file

_HEX = re.compile(rb"\s*(?:[0-9A-Fa-f]{2})+\s*")
_COORDINATE = 32  # bytes, of the SM2 curve

_CIPHERTEXT, _ENVELOPED_KEY = "ciphertext", "enveloped private key"
_ALWAYS_ENCRYPTED = (_CIPHERTEXT, _ENVELOPED_KEY)

_SM2_CURVE = "1.2.156.10197.1.301"
_ALGORITHMS = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "1.2.840.10040.4.1": "DSA",
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}
_EC = "1.2.840.10045.2.1"


@dataclass(frozen=True)
class Identity:
    """What some bytes are, or could be.

    ``kind`` says it in words ("private key", "certificate", "CMS message, signedData"), ``format``
    how it is written ("PEM", "DER", "base64", "JSON", "hexadecimal", "raw bytes"), ``algorithm``
    what it is for ("SM2", "RSA", ...; None where that does not apply or cannot be seen),
    ``encrypted`` whether a password or another key is needed, ``details`` what else is known.
    ``contents`` are the parts of a PEM file that has several.
    """

    kind: str
    format: str
    algorithm: str | None = None
    encrypted: bool = False
    details: str = ""
    contents: tuple[Identity, ...] = field(default=())

    def __str__(self) -> str:
        words = ["encrypted"] if self.encrypted and self.kind not in _ALWAYS_ENCRYPTED else []
        words += [self.algorithm] if self.algorithm else []
        words += [self.kind, f"({self.format})"]
        return " ".join(words) + (f": {self.details}" if self.details else "")


@dataclass(frozen=True)
class _Found:
    """An identity that does not know yet how it is written."""

    kind: str
    algorithm: str | None = None
    encrypted: bool = False
    details: str = ""

    def written_as(self, format: str) -> Identity:
        """The identity, written in this way."""
        return Identity(self.kind, format, self.algorithm, self.encrypted, self.details)


def identify(data: object) -> tuple[Identity, ...]:
    """Everything that ``data`` (bytes-like, or str) can be; nothing is opened or decrypted.

    One identity where that is certain; several where the bytes are the same for more than one kind
    of thing, as 64 bytes are that may be a signature or a public key; none where nothing fits.
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else to_bytes(data)
    if b"-----BEGIN " in raw:
        return _pem_text(raw)
    found = [one.written_as("JSON") for one in _json(raw)]
    found += [one.written_as("DER") for one in _der(raw)]
    if (der := cfca.from_base64(raw)) is not None:
        found += [one.written_as("base64") for one in _der(der)]
    found += [one.written_as("raw bytes") for one in _bare(raw)]
    if _HEX.fullmatch(raw):
        digits = bytes.fromhex(raw.decode("ascii"))
        found += [one.written_as("hexadecimal") for one in (*_der(digits), *_bare(digits))]
    return tuple(found)


def _pem_text(data: bytes) -> tuple[Identity, ...]:
    try:
        blocks = list(_pem.blocks(data))
    except FormatError as error:
        return (Identity("text that cannot be read", "PEM", details=str(error)),)
    parts = tuple(_block(block) for block in blocks)
    if len(parts) == 1:
        return parts
    return (Identity("several things", "PEM", contents=parts),)


def _block(block: _pem.Block) -> Identity:
    label = block.label
    if b"Proc-Type: 4,ENCRYPTED" in block.body:
        algorithm = "EC or SM2" if label == "EC PRIVATE KEY" else label.split()[0]
        return Identity("private key", "PEM", algorithm, True, f"{label}, encrypted by RFC 1421")
    try:
        found = next(_der(block.decode()), None)
    except FormatError as error:
        return Identity(label, "PEM", details=f"cannot be read: {error}")
    if found is None:
        return Identity(label, "PEM", details="cannot be read, or is of an unknown kind")
    return found.written_as("PEM")


def _json(data: bytes) -> Iterator[_Found]:
    if not data.lstrip().startswith(b"{"):
        return
    with suppress(ValueError, RecursionError):
        value = json.loads(data)
        if isinstance(value, dict) and isinstance(value.get("kty"), str):
            kind = "private key" if "d" in value else "public key"
            curve = value.get("crv")
            yield _Found(kind, curve if isinstance(curve, str) else value["kty"], details="JWK")


def _der(data: bytes) -> Iterator[_Found]:
    """What DER (or BER) this is; the structures are so different that one fits at the most."""
    if data[:1] != bytes((SEQUENCE,)):
        return
    with suppress(FormatError):
        data = _ber.to_der(data, "")
    for look in _STRUCTURES:
        with suppress(FormatError):
            found = look(data)
            if found is not None:
                yield found
                return


def _certificate(data: bytes) -> _Found:
    certificate = Certificate.from_der(data)
    details = f"{certificate.subject}, issued by {certificate.issuer}"
    return _Found("certificate", certificate.public_key_algorithm, details=details)


def _request(data: bytes) -> _Found:
    request = Request.from_der(data)
    return _Found("certificate request", request.public_key_algorithm, details=request.subject)


def _crl(data: bytes) -> _Found:
    return _Found("revocation list", details=f"issued by {CRL.from_der(data).issuer}")


def _pkcs12(data: bytes) -> _Found | None:
    return _Found("PKCS #12 file", encrypted=True) if pkcs12.is_pkcs12(data) else None


def _cfca(data: bytes) -> _Found | None:
    if not cfca.is_cfca(data):
        return None
    return _Found("certificate with its key", "SM2", encrypted=True, details="CFCA's .sm2 file")


def _message(data: bytes) -> _Found | None:
    info = Reader(data, "").only()
    identifier = info.oid()
    kind = kind_of(identifier)
    info.only(context(0))
    if kind is None:
        return None
    whose = "PKCS #7" if identifier.startswith("1.2.840.") else "GM/T 0010"
    name = KIND_NAMES[kind]
    return _Found(f"CMS message, {name}", encrypted="nveloped" in name, details=f"{whose} names")


def _encrypted_key(data: bytes) -> _Found:
    outer = Reader(data, "").only()
    outer.enter().enter(OID)
    outer.enter(OCTET_STRING)
    outer.finish()
    return _Found("private key", encrypted=True, details="PKCS#8")


def _pkcs8(data: bytes) -> _Found:
    outer = Reader(data, "").only()
    outer.enter(INTEGER)
    algorithm = _algorithm(outer.enter())
    outer.enter(OCTET_STRING)
    outer.optional(context(0))
    outer.optional(context(1, constructed=False))
    outer.finish()
    return _Found("private key", algorithm, details="PKCS#8")


def _sec1(data: bytes) -> _Found:
    outer = Reader(data, "").only()
    outer.enter(INTEGER)
    outer.enter(OCTET_STRING)
    parameters = outer.optional(context(0))
    outer.optional(context(1))
    outer.finish()
    algorithm = "EC" if parameters is None else _curve(parameters)
    return _Found("private key", algorithm, details="SEC1")


def _public_key(data: bytes) -> _Found:
    outer = Reader(data, "").only()
    algorithm = _algorithm(outer.enter())
    outer.enter(BIT_STRING)
    outer.finish()
    return _Found("public key", algorithm, details="SubjectPublicKeyInfo")


def _signature(data: bytes) -> _Found:
    outer = Reader(data, "").only()
    for _ in "rs":
        outer.unsigned(_COORDINATE)
    outer.finish()
    # ECDSA's signatures on curves of this size look the same.
    return _Found("signature", "SM2 (or ECDSA)", details="r and s")


def _ciphertext(data: bytes) -> _Found:
    _read_ciphertext(Reader(data, "").only())
    return _Found(_CIPHERTEXT, "SM2", encrypted=True)


def _enveloped_key(data: bytes) -> _Found:
    outer = Reader(data, "").only()
    outer.enter().enter(OID)
    _read_ciphertext(outer.enter())
    outer.enter(BIT_STRING)
    outer.enter(BIT_STRING)
    outer.finish()
    return _Found(_ENVELOPED_KEY, "SM2", encrypted=True, details="SM2EnvelopedKey")


_STRUCTURES: tuple[Callable[[bytes], _Found | None], ...] = (
    _signature,
    _ciphertext,
    _enveloped_key,
    _encrypted_key,
    _pkcs8,
    _sec1,
    _public_key,
    _pkcs12,
    _cfca,
    _message,
    _certificate,
    _request,
    _crl,
)


def _bare(data: bytes) -> Iterator[_Found]:
    """What bytes without a structure can be."""
    if data.startswith(sm4_file.MAGIC):
        yield _Found("file", "SM4", encrypted=True, details="a container of tongsuo-py")
    size = len(data)
    with suppress(FormatError):
        PublicKey.from_bytes(data)
        yield _Found("public key", "SM2", details="a point of the curve")
    if size == 2 * _COORDINATE:
        yield _Found("signature", "SM2 (or ECDSA)", details="r and s")
    if size == _COORDINATE:
        yield _Found("private key", details="a number of 32 bytes")
        yield _Found("digest", details="of 32 bytes, as SM3's and SHA-256's are")
    for encoding in ciphertexts.fitting(data):
        if not encoding.startswith("der") and not encoding.endswith("-hex"):
            yield _Found(_CIPHERTEXT, "SM2", encrypted=True, details=encoding)


def _read_ciphertext(reader: Reader) -> None:
    for _ in "xy":
        reader.unsigned(_COORDINATE)
    reader.octets(32)
    reader.enter(OCTET_STRING)
    reader.finish()


def _algorithm(reader: Reader) -> str:
    """The name of an AlgorithmIdentifier of a key, as far as it has one here."""
    identifier = reader.oid()
    if identifier == _EC:
        return _curve(reader)
    return _ALGORITHMS.get(identifier, identifier)


def _curve(reader: Reader) -> str:
    return "SM2" if reader.peek() == OID and reader.oid() == _SM2_CURVE else "EC"
