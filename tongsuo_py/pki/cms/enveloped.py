"""Encrypted messages: envelopedData and signedAndEnvelopedData (GM/T 0010-2012, 9 and 10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from tongsuo_py import _der, _oids
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._der import SET
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.cms import profiles, structure
from tongsuo_py.pki.cms.profiles import Profile, ProfileName, profile_named
from tongsuo_py.pki.cms.recipients import (
    EncryptedContent,
    Recipient,
    check_recipients,
    decrypt_content,
    encrypt_content,
    read_recipients,
    recipient_info,
)
from tongsuo_py.pki.cms.signed import Verified, check_chains, check_signing, enclosures
from tongsuo_py.pki.cms.signers import Content, check_signers, signer_info
from tongsuo_py.pki.crl import CRL
from tongsuo_py.pki.keyed import KeyedCertificate
from tongsuo_py.sm2 import DEFAULT_ID


def encrypt(
    data: object,
    recipients: Certificate | Sequence[Certificate],
    *,
    by_key_identifier: bool = False,
    profile: ProfileName = "gm",
) -> bytes:
    """A message for one or several recipients (envelopedData) as DER: SM4-CBC, its key under SM2.

    Each recipient's certificate has to be one for encryption, and is named by issuer and serial
    number, or by its subject key identifier. ``profile``: whose identifiers, see ``ProfileName``.
    Raises ValueError for recipients that nobody can encrypt for.

    NOT AUTHENTICATED: it does not say who sent it, and whoever alters it is noticed only by chance.
    Sign the data first, and encrypt the signed message.
    """
    writer = profile_named(profile)
    everybody = [recipients] if isinstance(recipients, Certificate) else list(recipients)
    check_recipients(everybody)
    key, content = encrypt_content(to_bytes(data), writer.kind(profiles.DATA))
    version = 2 if by_key_identifier else writer.recipient_version
    enveloped = _der.sequence(
        _der.integer(version),
        _recipient_set(everybody, key, writer, by_key_identifier),
        content,
    )
    return structure.content_info(writer.kind(profiles.ENVELOPED), enveloped)


def decrypt(message: object, recipient: Recipient, *, padding: bool = True) -> bytes:
    """The content of an encrypted message (envelopedData, in PEM or DER): SM4 under SM2.

    ``recipient`` is a certificate with its key, a pair (its encryption certificate counts), or a
    key alone. ``padding`` False is for senders that encrypt whole blocks without padding.

    Raises DecryptionError, which is the same for every reason; FormatError where the message cannot
    be read, is for somebody else, or is not encrypted with SM4. Do not let anybody see whether it
    succeeds who can send messages of their own making: the content is not authenticated.
    """
    enveloped = structure.open_message(message, profiles.ENVELOPED).content.only()
    enveloped.integer()
    enveloped.optional(_der.context(0))  # the originator's certificates (RFC 5652, 6.1)
    locked = read_recipients(enveloped.enter(SET))
    content = EncryptedContent.read(enveloped)
    enveloped.optional(_der.context(1))
    enveloped.finish()
    return decrypt_content(locked, content, recipient, padding)


def sign_and_encrypt(
    data: object,
    signers: KeyedCertificate | Sequence[KeyedCertificate],
    recipients: Certificate | Sequence[Certificate],
    *,
    certificates: Iterable[Certificate] | None = None,
    crls: Iterable[CRL] = (),
    user_id: object = DEFAULT_ID,
    profile: ProfileName = "gm",
) -> bytes:
    """A message that is signed and encrypted in one (signedAndEnvelopedData) as DER.

    Arguments are those of ``sign`` and ``encrypt``. The signatures stand beside the ciphertext, so
    that anybody can see who signed, and try whether a guess of the content is right: if that
    matters, encrypt a signed message instead.
    """
    writer = profile_named(profile)
    authors = [signers] if isinstance(signers, KeyedCertificate) else list(signers)
    everybody = [recipients] if isinstance(recipients, Certificate) else list(recipients)
    check_signing(authors, attributes=False, profile=profile)
    check_recipients(everybody)
    content = Content(writer.kind(profiles.DATA), to_bytes(data))
    key, encrypted = encrypt_content(content.data, content.identifier)
    message = _der.sequence(
        _der.integer(1),
        _recipient_set(everybody, key, writer, False),
        _der.set_of(_der.algorithm_identifier(_oids.SM3)),
        encrypted,
        *enclosures(authors, certificates, crls),
        _der.set_of(*(signer_info(content, one, writer, None, user_id) for one in authors)),
    )
    return structure.content_info(writer.kind(profiles.SIGNED_AND_ENVELOPED), message)


def decrypt_and_verify(
    message: object,
    recipient: Recipient,
    *,
    roots: Iterable[Certificate] | None,
    certificates: Iterable[Certificate] = (),
    crls: Iterable[CRL] = (),
    at: datetime | None = None,
    user_id: object = DEFAULT_ID,
    padding: bool = True,
) -> Verified:
    """The content of a signedAndEnvelopedData message, and who signed it: all, and rightly.

    Arguments and errors are those of ``decrypt`` and ``verify``; nothing of the content is given
    out unless all signatures are right.
    """
    both = structure.open_message(message, profiles.SIGNED_AND_ENVELOPED).content.only()
    both.integer()
    locked = read_recipients(both.enter(SET))
    both.enter(SET)
    encrypted = EncryptedContent.read(both)
    enclosed = structure.read_certificates(both)
    enclosed_crls = structure.read_crls(both)
    infos = both.only(SET)
    data = decrypt_content(locked, encrypted, recipient, padding)
    known = (*enclosed, *certificates)
    signers = check_signers(infos, Content(encrypted.identifier, data), known, user_id)
    check_chains(signers, roots, known, (crls, enclosed_crls), at)
    return Verified(data, signers, enclosed, enclosed_crls)


def _recipient_set(
    recipients: Sequence[Certificate], key: bytes, profile: Profile, by_key_identifier: bool
) -> bytes:
    return _der.set_of(
        *(
            recipient_info(one, key, profile, by_key_identifier=by_key_identifier)
            for one in recipients
        )
    )
