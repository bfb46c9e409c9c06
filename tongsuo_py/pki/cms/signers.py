"""Signers of a message: what each of them signs, and whether it did (GM/T 0010-2012, 8.2)."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tongsuo_py import _der, _oids, sm3
from tongsuo_py._der import GENERALIZED_TIME, SET, UTC_TIME, Reader, context
from tongsuo_py.exceptions import FormatError, InvalidSignature
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.cms import profiles, structure
from tongsuo_py.pki.cms.profiles import Profile
from tongsuo_py.pki.cms.structure import Name
from tongsuo_py.pki.keyed import KeyedCertificate

_TIME_SIZE = 15  # characters of a GeneralizedTime in DER


@dataclass(frozen=True)
class Signer:
    """Somebody whose signature was found to be right.

    ``signing_time`` is when it was made, by its own account, if it says so.
    """

    certificate: Certificate
    signing_time: datetime | None


@dataclass(frozen=True)
class Content:
    """What is signed: the identifier of its content type, and its bytes."""

    identifier: str
    data: bytes

    def content_info(self) -> bytes:
        """The DER of it as a ContentInfo."""
        return structure.content_info(self.identifier, _der.octets(self.data))

    def digest(self) -> bytes:
        """Its SM3."""
        return sm3.sm3(self.data).digest()


def signer_info(
    content: Content,
    signer: KeyedCertificate,
    profile: Profile,
    signing_time: datetime | None,
    user_id: object,
) -> bytes:
    """The DER of a SignerInfo; without ``signing_time`` it has no signed attributes."""
    attributes = b"" if signing_time is None else _attributes(content, signing_time)
    key = signer.private_key
    if attributes:
        signature = key.sign(_der.wrap(SET, attributes), user_id)
    elif profile.signs_content_info:
        signature = key.sign(content.content_info(), None)
    else:
        signature = key.sign(content.data, user_id)
    return _der.sequence(
        _der.integer(1),
        structure.issuer_and_serial(signer),
        _der.algorithm_identifier(_oids.SM3),
        _der.wrap(context(0), attributes) if attributes else b"",
        _der.algorithm_identifier(profile.signature),
        _der.octets(signature),
    )


def check_signer(
    info: Reader, content: Content, certificates: Iterable[Certificate], user_id: object
) -> Signer:
    """The signer of a SignerInfo. Raises InvalidSignature unless it signed this content."""
    info.integer()
    name = Name.read(info)
    structure.algorithm_of(info, (_oids.SM3,), "the digest SM3")
    signed = info.optional(context(0))
    attributes = None if signed is None else signed.rest()
    structure.algorithm_of(info, profiles.SIGNATURES, "an SM2 signature")
    signature = info.octets()
    info.optional(context(1))
    info.finish()
    certificate = name.find(certificates)
    if certificate is None:
        raise InvalidSignature(
            "the certificate of a signer is not in the message: give it as certificates="
        )
    key = certificate.public_key()
    if attributes is None:
        _refuse_attributes_as_content(content.data)
        try:
            key.verify(signature, content.data, user_id)
        except InvalidSignature:
            # GmSSL's way. Nobody can have one taken for the other: Z, a digest, would have to begin
            # as a ContentInfo does.
            key.verify(signature, content.content_info(), None)
        return Signer(certificate, None)
    key.verify(signature, _der.wrap(SET, attributes), user_id)
    return Signer(certificate, _checked_attributes(attributes, content))


def _attributes(content: Content, signing_time: datetime) -> bytes:
    """The signed attributes, in the order of DER, without the tag of their SET."""
    values = {
        profiles.CONTENT_TYPE: _der.oid(content.identifier),
        profiles.SIGNING_TIME: _time(signing_time),
        profiles.MESSAGE_DIGEST: _der.octets(content.digest()),
    }
    members = [_der.sequence(_der.oid(kind), _der.set_of(value)) for kind, value in values.items()]
    return b"".join(sorted(members))


def _checked_attributes(attributes: bytes, content: Content) -> datetime | None:
    """The signing time. Raises InvalidSignature unless the attributes are about this content."""
    found = _read_attributes(attributes)
    kind, digest = found.get(profiles.CONTENT_TYPE), found.get(profiles.MESSAGE_DIGEST)
    if kind is None or digest is None:
        raise FormatError(
            "the signed attributes: expected a content type and a message digest, found "
            + (", ".join(found) or "none")
        )
    if kind.oid() != content.identifier:
        raise InvalidSignature("the signed attributes are about another type of content")
    if not hmac.compare_digest(digest.octets(), content.digest()):
        raise InvalidSignature("the content is not the one that was signed: its digest differs")
    time = found.get(profiles.SIGNING_TIME)
    return None if time is None else _read_time(time)


def _read_attributes(attributes: bytes) -> dict[str, Reader]:
    """The value of each attribute; one that is there twice, or has several values, is an error."""
    reader = Reader(attributes, "the signed attributes")
    found: dict[str, Reader] = {}
    while reader:
        attribute = reader.enter()
        at = attribute.position
        kind = attribute.oid()
        if kind in found:
            attribute.fail("each attribute once", f"{kind} twice", at)
        found[kind] = attribute.only(SET)
    return found


def _refuse_attributes_as_content(data: bytes) -> None:
    """Signed attributes must not pass for content that was signed without attributes.

    Both are signed in the same way, so that anybody could turn one message into the other.
    """
    try:
        found = _read_attributes(Reader(data, "").only(SET).rest())
    except FormatError:
        return
    if profiles.MESSAGE_DIGEST in found:
        raise InvalidSignature("this content is the signed attributes of another message")


def _time(moment: datetime) -> bytes:
    """UTCTime until 2049, GeneralizedTime from then on (RFC 5652, 11.3)."""
    short = 1950 <= moment.year < 2050
    digits = f"{moment.year % 100:02}" if short else f"{moment.year:04}"
    value = f"{digits}{moment:%m%d%H%M%S}Z".encode("ascii")
    return _der.wrap(UTC_TIME if short else GENERALIZED_TIME, value)


def _read_time(reader: Reader) -> datetime:
    at, tag = reader.position, reader.peek()
    text = reader.value(GENERALIZED_TIME if tag == GENERALIZED_TIME else UTC_TIME)
    try:
        digits = text.decode("ascii")
        if tag == UTC_TIME:
            digits = ("19" if digits[:2] >= "50" else "20") + digits
        if len(digits) == _TIME_SIZE:  # strptime() takes numbers of one digit as well
            return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    reader.fail("a time in UTC, to the second", "another one", at)


def check_signers(
    infos: Reader, content: Content, certificates: Sequence[Certificate], user_id: object
) -> tuple[Signer, ...]:
    """All signers of a SET OF SignerInfo, at least one. Raises InvalidSignature unless all did."""
    signers = []
    while infos:
        signers.append(check_signer(infos.enter(), content, certificates, user_id))
    if not signers:
        raise InvalidSignature("nobody has signed this message")
    return tuple(signers)
