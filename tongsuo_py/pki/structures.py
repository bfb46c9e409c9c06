"""What DER is, told by its structure alone: keys, certificates, messages, signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from tongsuo_py import _ber
from tongsuo_py._der import BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE, Reader, context
from tongsuo_py._oids import EC_PUBLIC_KEY, SM2_CURVE
from tongsuo_py.exceptions import FormatError
from tongsuo_py.pki import cfca, pkcs12
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.cms.profiles import KIND_NAMES, kind_of
from tongsuo_py.pki.crl import CRL
from tongsuo_py.pki.request import Request
from tongsuo_py.sm2 import ciphertexts, enveloped, signature_formats

CIPHERTEXT, ENVELOPED_KEY = "ciphertext", "enveloped private key"

_ALGORITHMS = {
    "1.2.840.113549.1.1.1": "RSA",
    "1.2.840.113549.1.1.10": "RSA-PSS",
    "1.2.840.10040.4.1": "DSA",
    "1.3.101.110": "X25519",
    "1.3.101.111": "X448",
    "1.3.101.112": "Ed25519",
    "1.3.101.113": "Ed448",
}


@dataclass(frozen=True)
class Found:
    """What something is; see ``identify.Identity``."""

    kind: str
    algorithm: str | None = None
    encrypted: bool = False
    details: str = ""


def told(data: bytes) -> Iterator[Found]:
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


def curve_parameters(data: bytes) -> Found:
    """The curve, named or written out, that ``openssl ecparam`` puts before a key."""
    outer = Reader(data, "")
    named = outer.peek() == OID
    algorithm = _curve(outer)
    if not named:
        outer.enter()
    outer.finish()
    return Found("curve", algorithm)


def _certificate(data: bytes) -> Found:
    certificate = Certificate.from_der(data)
    details = f"{certificate.subject or '(no subject)'}, issued by {certificate.issuer}"
    return Found("certificate", certificate.public_key_algorithm, details=details)


def _request(data: bytes) -> Found:
    request = Request.from_der(data)
    return Found("certificate request", request.public_key_algorithm, details=request.subject)


def _crl(data: bytes) -> Found:
    return Found("revocation list", details=f"issued by {CRL.from_der(data).issuer}")


def _pkcs12(data: bytes) -> Found | None:
    return Found("PKCS #12 file", encrypted=True) if pkcs12.is_pkcs12(data) else None


def _cfca(data: bytes) -> Found | None:
    if not cfca.is_cfca(data):
        return None
    return Found("certificate with its key", "SM2", encrypted=True, details="CFCA's .sm2 file")


def _message(data: bytes) -> Found | None:
    info = Reader(data, "").only()
    identifier = info.oid()
    kind = kind_of(identifier)
    info.only(context(0))
    if kind is None:
        return None
    whose = "PKCS #7" if identifier.startswith("1.2.840.") else "GM/T 0010"
    name = KIND_NAMES[kind]
    return Found(f"CMS message, {name}", encrypted="nveloped" in name, details=f"{whose} names")


def _encrypted_key(data: bytes) -> Found:
    outer = Reader(data, "").only()
    outer.enter().enter(OID)
    outer.enter(OCTET_STRING)
    outer.finish()
    return Found("private key", encrypted=True, details="PKCS#8")


def _pkcs8(data: bytes) -> Found:
    outer = Reader(data, "").only()
    outer.enter(INTEGER)
    algorithm = _algorithm(outer.enter())
    outer.enter(OCTET_STRING)
    outer.optional(context(0))
    outer.optional(context(1, constructed=False))
    outer.finish()
    return Found("private key", algorithm, details="PKCS#8")


def _sec1(data: bytes) -> Found:
    outer = Reader(data, "").only()
    outer.enter(INTEGER)
    outer.enter(OCTET_STRING)
    parameters = outer.optional(context(0))
    outer.optional(context(1))
    outer.finish()
    algorithm = "EC" if parameters is None else _curve(parameters)
    return Found("private key", algorithm, details="SEC1")


def _public_key(data: bytes) -> Found:
    outer = Reader(data, "").only()
    algorithm = _algorithm(outer.enter())
    outer.enter(BIT_STRING)
    outer.finish()
    return Found("public key", algorithm, details="SubjectPublicKeyInfo")


def _signature(data: bytes) -> Found:
    signature_formats.split(data, "der")
    # ECDSA's signatures on curves of this size look the same.
    return Found("signature", "SM2 (or ECDSA)", details="r and s")


def _ciphertext(data: bytes) -> Found:
    ciphertexts.split(data, "der")
    return Found(CIPHERTEXT, "SM2", encrypted=True)


def _enveloped_key(data: bytes) -> Found:
    outer = Reader(data, "").only()
    outer.enter().enter(OID)
    enveloped.check_cipher(outer.enter())
    outer.enter(BIT_STRING)
    outer.enter(BIT_STRING)
    outer.finish()
    return Found(ENVELOPED_KEY, "SM2", encrypted=True, details="SM2EnvelopedKey")


_STRUCTURES: tuple[Callable[[bytes], Found | None], ...] = (
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


def _algorithm(reader: Reader) -> str:
    """The name of an AlgorithmIdentifier of a key, as far as it has one here."""
    identifier = reader.oid()
    if identifier == EC_PUBLIC_KEY:
        return _curve(reader)
    return _ALGORITHMS.get(identifier, identifier)


def _curve(reader: Reader) -> str:
    return "SM2" if reader.peek() == OID and reader.oid() == SM2_CURVE else "EC"
