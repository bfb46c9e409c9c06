"""Signed messages: signedData (GM/T 0010-2012, 8; RFC 2315, 9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tongsuo_py import _ber, _der, _oids
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._binding.x509 import KeyUsage
from tongsuo_py._der import SET, Reader
from tongsuo_py.exceptions import FormatError, InvalidSignature
from tongsuo_py.pki import validity
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.cms import profiles, structure
from tongsuo_py.pki.cms.profiles import ProfileName, profile_named
from tongsuo_py.pki.cms.signers import Content, Signer, check_signers, signer_info
from tongsuo_py.pki.crl import CRL
from tongsuo_py.pki.keyed import KeyedCertificate
from tongsuo_py.pki.verify import verify_chain
from tongsuo_py.sm2 import DEFAULT_ID

_SIGNS = KeyUsage.DIGITAL_SIGNATURE | KeyUsage.NON_REPUDIATION


@dataclass(frozen=True)
class Verified:
    """A message whose signatures are right: its content, who signed it, and what came with it."""

    content: bytes
    signers: tuple[Signer, ...]
    certificates: tuple[Certificate, ...]
    crls: tuple[CRL, ...]


def sign(
    data: object,
    signers: KeyedCertificate | Sequence[KeyedCertificate],
    *,
    detached: bool = False,
    attributes: bool = True,
    certificates: Iterable[Certificate] | None = None,
    crls: Iterable[CRL] = (),
    signing_time: datetime | None = None,
    user_id: object = DEFAULT_ID,
    profile: ProfileName = "gm",
) -> bytes:
    """A signed message (signedData) as DER, with SM2 and SM3.

    ``signers`` are one or several; ``detached`` leaves the content out. With ``attributes`` each
    signs content type, time and digest; without, the content itself. The signers' certificates and
    chains are put in unless ``certificates`` says which; ``crls`` are revocation lists.
    ``signing_time`` is now by default. ``profile``: whose identifiers, see ``ProfileName``; GmSSL
    reads only messages without attributes. Raises ValueError for what cannot be.
    """
    writer = profile_named(profile)
    everybody = [signers] if isinstance(signers, KeyedCertificate) else list(signers)
    check_signing(everybody, attributes=attributes, profile=profile)
    content = Content(writer.kind(profiles.DATA), to_bytes(data))
    moment = _signing_time(signing_time, attributes=attributes)
    inside = _der.sequence(_der.oid(content.identifier)) if detached else content.content_info()
    signed_data = _der.sequence(
        _der.integer(1),
        _der.set_of(_der.algorithm_identifier(_oids.SM3)),
        inside,
        *enclosures(everybody, certificates, crls),
        _der.set_of(*(signer_info(content, one, writer, moment, user_id) for one in everybody)),
    )
    return structure.content_info(writer.kind(profiles.SIGNED), signed_data)


def verify(
    message: object,
    data: object | None = None,
    *,
    roots: Iterable[Certificate] | None,
    certificates: Iterable[Certificate] = (),
    crls: Iterable[CRL] = (),
    at: datetime | None = None,
    user_id: object = DEFAULT_ID,
) -> Verified:
    """The content of a signed message in PEM or DER, and who signed it: all of them, and rightly.

    ``data`` is the content of a detached one. ``certificates`` are looked through for signers and
    issuers besides those in the message. Each signer has to have a chain to one of ``roots``; with
    None the certificates are NOT CHECKED, and anybody can have made them. If there are ``crls``,
    each CA of the chain needs one, there or in the message, and none may revoke the one below.
    ``at`` is the time to look at it, by default now: when it was signed, the signer alone says.

    ``user_id`` None is for signatures that leave Z out (``openssl cms -sign -noattr``).

    Raises InvalidSignature if a signature is not right, a signer is unknown or not trusted, or if
    nobody has signed; FormatError where the message cannot be read.
    """
    signed = structure.open_message(message, profiles.SIGNED).content.only()
    signed.integer()
    signed.enter(SET)
    content = _content(signed.enter(), data)
    enclosed = structure.read_certificates(signed)
    enclosed_crls = structure.read_crls(signed)
    infos = signed.only(SET)
    known = (*enclosed, *certificates)
    signers = check_signers(infos, content, known, user_id)
    check_chains(signers, roots, known, (crls, enclosed_crls), at)
    return Verified(content.data, signers, enclosed, enclosed_crls)


def certificates(message: object) -> tuple[Certificate, ...]:
    """The certificates in a signed message (PEM or DER), signed by anybody or not (``.p7b``)."""
    signed = structure.open_message(message, profiles.SIGNED).content.only()
    signed.integer()
    signed.enter(SET)
    signed.enter()
    return structure.read_certificates(signed)


def check_signing(
    signers: Sequence[KeyedCertificate], *, attributes: bool, profile: ProfileName
) -> None:
    """TypeError or ValueError unless these can sign in this way."""
    for signer in signers:
        if not isinstance(signer, KeyedCertificate):
            raise TypeError(f"a signer is a KeyedCertificate, not {type(signer).__name__}")
    if not signers:
        raise ValueError("a signed message needs a signer")
    if attributes and profile == "gmssl":
        raise ValueError("GmSSL reads no signed attributes: say attributes=False")


def enclosures(
    signers: Sequence[KeyedCertificate],
    certificates: Iterable[Certificate] | None,
    crls: Iterable[CRL],
) -> tuple[bytes, bytes]:
    """The certificates and revocation lists that go with a signature."""
    if certificates is None:
        certificates = (one for signer in signers for one in (signer, *signer.chain))
    return (
        structure.certificate_set(list(dict.fromkeys(certificates))),
        structure.crl_set(list(crls)),
    )


def check_chains(
    signers: Iterable[Signer],
    roots: Iterable[Certificate] | None,
    intermediates: Sequence[Certificate],
    crls: tuple[Iterable[CRL], Sequence[CRL]],
    at: datetime | None,
) -> None:
    """InvalidSignature unless each signer may sign, and has a chain to a root, if there are any.

    ``crls`` are the lists given, and the ones in the message, which count only beside those.
    """
    if roots is None:
        return
    trusted, lists = tuple(roots), tuple(crls[0])
    for signer in signers:
        certificate = signer.certificate
        usage = certificate.key_usage
        if usage is not None and not usage & _SIGNS:
            raise InvalidSignature(
                f"the signer's certificate is not for signatures, by its key usage: {certificate}"
            )
        verification = verify_chain(
            certificate,
            roots=trusted,
            intermediates=intermediates,
            crls=(*lists, *crls[1]) if lists else (),
            at=at,
        )
        if not verification.ok:
            raise InvalidSignature(f"the signer's certificate is not trusted: {verification}")


def _signing_time(given: datetime | None, *, attributes: bool) -> datetime | None:
    """The time that is signed, which is one of the attributes."""
    if given is not None and not attributes:
        raise ValueError("without attributes no time is signed: leave signing_time out")
    if not attributes:
        return None
    return datetime.now(UTC) if given is None else validity.in_utc("signing_time", given)


def _content(info: Reader, data: object | None) -> Content:
    """What is signed, from the message or, if that is detached, from ``data``."""
    identifier = info.oid()
    given = None if data is None else to_bytes(data)
    if not info:
        if given is None:
            raise FormatError("the content is not in this message (detached): give it as data")
        return Content(identifier, given)
    content = _ber.explicit_octets(info)
    if given is not None and given != content:
        raise InvalidSignature("the message has another content than the data given")
    return Content(identifier, content)
