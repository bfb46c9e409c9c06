"""Where the DER of a key breaks off: Tongsuo, which reads it, says neither place nor reason."""

from __future__ import annotations

from contextlib import suppress

from tongsuo_py._der import BIT_STRING, INTEGER, OCTET_STRING, OID, SEQUENCE, Reader, context
from tongsuo_py._oids import EC_PUBLIC_KEY
from tongsuo_py.exceptions import FormatError


def is_encrypted(data: bytes) -> bool:
    """Whether this begins as an EncryptedPrivateKeyInfo does, and no other private key."""
    with suppress(FormatError):
        return Reader(data, "").enter().peek() == SEQUENCE
    return False


def is_certificate(data: bytes) -> bool:
    """Whether this begins as a certificate (RFC 5280) does, and no key."""
    with suppress(FormatError):
        return Reader(data, "").enter().enter().peek() != OID
    return False


def check_private(data: bytes, what: str) -> None:
    """FormatError where the structure of PKCS#8 (RFC 5958) or SEC1 (RFC 5915) is not kept to.

    Nothing is checked in keys of other algorithms than elliptic curves.
    """
    outer = Reader(data, what).only()
    outer.enter(INTEGER)  # the version
    if outer.peek() != SEQUENCE:
        if outer.peek() != INTEGER:  # PKCS#1, of RSA
            _check_sec1(outer)
        return
    is_ec = _algorithm(outer.enter()) == EC_PUBLIC_KEY
    key = outer.enter(OCTET_STRING)
    outer.optional(context(0))
    outer.optional(context(1, constructed=False))
    outer.finish()
    if is_ec:
        inner = key.only()
        inner.enter(INTEGER)
        _check_sec1(inner)


def check_public(data: bytes, what: str) -> None:
    """FormatError where the structure of a SubjectPublicKeyInfo (RFC 5280) is not kept to."""
    outer = Reader(data, what).only()
    _algorithm(outer.enter())
    outer.enter(BIT_STRING)
    outer.finish()


def _algorithm(reader: Reader) -> str:
    """The identifier of an AlgorithmIdentifier, after which only its parameters may follow."""
    name = reader.oid()
    if reader:
        reader.element()
    reader.finish()
    return name


def _check_sec1(reader: Reader) -> None:
    reader.enter(OCTET_STRING)
    parameters = reader.optional(context(0))
    if parameters is not None:
        parameters.element()
        parameters.finish()
    public = reader.optional(context(1))
    if public is not None:
        public.only(BIT_STRING)
    reader.finish()
