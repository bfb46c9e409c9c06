"""What all kinds of messages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tongsuo_py import _ber, _der, _pem
from tongsuo_py._arguments import check_choice
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._der import SEQUENCE, Reader, context
from tongsuo_py.exceptions import FormatError
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.cms import profiles
from tongsuo_py.pki.crl import CRL

WHAT = "the CMS message"
#: PEM labels: of PKCS #7 (RFC 7468, 8), of CMS (RFC 7468, 9), and an old one.
LABELS = ("PKCS7", "CMS", "PKCS #7 SIGNED DATA")


class ContentInfo(NamedTuple):
    """What a message is: a content type (see ``profiles``), and what is in it."""

    kind: int
    content: Reader


def to_pem(message: bytes, label: str = "PKCS7") -> bytes:
    """A message as PEM text: ``PKCS7`` is the usual label, GmSSL wants ``CMS``."""
    check_choice("label", label, LABELS)
    return _pem.armour(to_bytes(message, "message"), label)


def open_message(message: object, *expected: int) -> ContentInfo:
    """The content of a message in PEM, DER or BER, of one of these content types."""
    data = to_bytes(message, "message")
    if b"-----BEGIN " in data:
        data = _first_block(data)
    info = Reader(_ber.to_der(data, WHAT), WHAT).only()
    at = info.position
    identifier = info.oid()
    kind = profiles.kind_of(identifier)
    if kind not in expected:
        found = identifier if kind is None else profiles.KIND_NAMES[kind]
        info.fail(" or ".join(profiles.KIND_NAMES[number] for number in expected), found, at)
    assert kind is not None
    return ContentInfo(kind, info.only(context(0)))


def content_info(identifier: str, content: bytes) -> bytes:
    """The DER of a ContentInfo."""
    return _der.sequence(_der.oid(identifier), _der.wrap(context(0), content))


def algorithm_of(reader: Reader, allowed: Iterable[str], name: str) -> str:
    """The identifier in the AlgorithmIdentifier that comes next; FormatError for any other one."""
    inside = reader.enter()
    at = inside.position
    identifier = inside.oid()
    if identifier not in allowed:
        inside.fail(name, identifier, at)
    return identifier


def issuer_and_serial(certificate: Certificate) -> bytes:
    """The DER of the IssuerAndSerialNumber by which messages name a certificate."""
    tbs = Reader(certificate.to_der(), "the certificate").enter().enter()
    tbs.optional(context(0))
    serial = tbs.element()
    tbs.enter(SEQUENCE)
    return _der.sequence(tbs.element(), serial)


class Name(NamedTuple):
    """How a signer or recipient is named: by issuer and serial number, or by its key's identifier.

    Both are the bytes that a certificate has to have: the DER of an IssuerAndSerialNumber, or the
    subject key identifier.
    """

    issuer_and_serial: bytes | None
    key_identifier: bytes | None

    @classmethod
    def read(cls, reader: Reader) -> Name:
        """The name that comes next."""
        if reader.peek() == context(0, constructed=False):
            return cls(None, reader.value(context(0, constructed=False)))
        at = reader.position
        if reader.peek() != SEQUENCE:
            reader.fail("an IssuerAndSerialNumber or a key identifier", None, at)
        return cls(reader.element(), None)

    def is_of(self, certificate: Certificate) -> bool:
        """Whether this is the name of that certificate."""
        if self.key_identifier is not None:
            return certificate.subject_key_identifier == self.key_identifier
        return issuer_and_serial(certificate) == self.issuer_and_serial

    def find(self, certificates: Iterable[Certificate]) -> Certificate | None:
        """The first of the certificates that has this name."""
        return next((one for one in certificates if self.is_of(one)), None)


def certificate_set(certificates: Sequence[Certificate]) -> bytes:
    """The certificates of a message, under [0]; nothing if there are none."""
    return _implicit_set(0, [certificate.to_der() for certificate in certificates])


def crl_set(crls: Sequence[CRL]) -> bytes:
    """The revocation lists of a message, under [1]; nothing if there are none."""
    return _implicit_set(1, [crl.to_der() for crl in crls])


def read_certificates(reader: Reader) -> tuple[Certificate, ...]:
    """The X.509 certificates that come next, if any; those of older and other kinds are skipped."""
    return tuple(Certificate.from_der(der) for der in _sequences(reader.optional(context(0))))


def read_crls(reader: Reader) -> tuple[CRL, ...]:
    """The revocation lists that come next, if any; what else may stand there is skipped."""
    return tuple(CRL.from_der(der) for der in _sequences(reader.optional(context(1))))


def _sequences(members: Reader | None) -> Iterator[bytes]:
    """The DER of those members of a set that are SEQUENCEs."""
    while members:
        kind, der = members.peek(), members.element()
        if kind == SEQUENCE:
            yield der


def _implicit_set(number: int, members: Sequence[bytes]) -> bytes:
    # SET OF in the order of DER, under another tag.
    return _der.wrap(context(number), *sorted(members)) if members else b""


def _first_block(data: bytes) -> bytes:
    labels = []
    for block in _pem.blocks(data):
        if block.label in LABELS:
            return block.decode()
        labels.append(block.label)
    raise FormatError(
        f"{WHAT}: expected a PEM block {' or '.join(LABELS)}, found {', '.join(labels)}"
    )
