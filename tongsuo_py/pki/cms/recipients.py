"""Recipients of a message, and the content that is encrypted for them (GM/T 0010-2012, 9)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from tongsuo_py import _ber, _der, _oids, sm4
from tongsuo_py._der import NULL, SEQUENCE, Reader, context
from tongsuo_py.exceptions import DecryptionError, FormatError, InvalidTag
from tongsuo_py.pki.certificate import Certificate, require_certificate
from tongsuo_py.pki.cms import profiles, structure
from tongsuo_py.pki.cms.profiles import Profile
from tongsuo_py.pki.cms.structure import Name
from tongsuo_py.pki.keyed import KeyedCertificate
from tongsuo_py.pki.pair import CertificatePair
from tongsuo_py.pki.usage import ENCRYPTION
from tongsuo_py.sm2 import CiphertextEncoding, PrivateKey

#: Whoever can open a message: with a certificate it is known which recipient that is.
Recipient = KeyedCertificate | CertificatePair | PrivateKey

_FAILED = "the message could not be decrypted"
_GCM_TAG = 16

# An SM4 key encrypted as C1C2C3 without the 04: CFCA's way. The ASN.1 form is longer.
_BARE_SIZE = 64 + sm4.KEY_SIZE + 32


class Locked(NamedTuple):
    """A key encrypted for one recipient."""

    name: Name
    encrypted_key: bytes


def encrypt_content(content: bytes, identifier: str) -> tuple[bytes, bytes]:
    """A new SM4 key, and the DER of the EncryptedContentInfo with the content in SM4-CBC."""
    key, iv = sm4.generate_key(), os.urandom(sm4.BLOCK_SIZE)
    stream = sm4.encryptor(key, sm4.CBC(iv))
    info = _der.sequence(
        _der.oid(identifier),
        _der.algorithm_identifier(_oids.SM4_CBC, _der.octets(iv)),
        _der.wrap(context(0, constructed=False), stream.update(content), stream.finalize()),
    )
    return key, info


def recipient_info(
    recipient: Certificate, key: bytes, profile: Profile, *, by_key_identifier: bool
) -> bytes:
    """The DER of a RecipientInfo: the key, encrypted for the owner of a certificate."""
    version, name = profile.recipient_version, structure.issuer_and_serial(recipient)
    if by_key_identifier:
        identifier = recipient.subject_key_identifier
        if identifier is None:
            raise ValueError(f"this certificate has no subject key identifier: {recipient}")
        version, name = 2, _der.wrap(context(0, constructed=False), identifier)
    return _der.sequence(
        _der.integer(version),
        name,
        _der.algorithm_identifier(profile.key_encryption),
        _der.octets(recipient.public_key().encrypt(key)),
    )


def check_recipients(recipients: Sequence[Certificate]) -> None:
    """TypeError, ValueError or FormatError unless one can encrypt for these."""
    if not recipients:
        raise ValueError("an encrypted message needs a recipient")
    for recipient in recipients:
        require_certificate(recipient)
        usage = recipient.key_usage
        if usage is not None and not usage & ENCRYPTION[0]:
            raise ValueError(f"the key usage of this certificate is not encryption: {recipient}")


def read_recipients(infos: Reader) -> list[Locked]:
    """The recipients whose key is encrypted with SM2; others are passed over."""
    found = []
    while infos:
        if infos.peek() != SEQUENCE:
            infos.element()  # key agreement and the like (RFC 5652, 6.2)
            continue
        info = infos.enter()
        info.integer()
        name = Name.read(info)
        algorithm = info.enter().oid()
        encrypted_key = info.octets()
        info.finish()
        if algorithm in profiles.KEY_ENCRYPTIONS:
            found.append(Locked(name, encrypted_key))
    return found


class EncryptedContent(NamedTuple):
    """An EncryptedContentInfo: the content type inside, how it is encrypted, and the ciphertext."""

    identifier: str
    algorithm: str
    parameters: Reader
    ciphertext: bytes

    @classmethod
    def read(cls, reader: Reader) -> EncryptedContent:
        """The EncryptedContentInfo that comes next."""
        info = reader.enter()
        identifier = info.oid()
        algorithm = info.enter()
        name = algorithm.oid()
        if not info:
            raise FormatError("the content is not in this message (detached), which is not read")
        return cls(identifier, name, algorithm, _ber.implicit_octets(info))

    def opener(self, padding: bool) -> Opener:
        """What decrypts it with a key; FormatError for an algorithm that is not SM4."""
        parameters = self.parameters
        if self.algorithm == _oids.SM4_GCM:
            inside = parameters.only()
            nonce = inside.octets()
            if inside and inside.integer() != _GCM_TAG:
                raise FormatError(f"SM4-GCM: expected a tag of {_GCM_TAG} bytes, found another")
            inside.finish()
            return Opener(self.ciphertext, None, nonce, padding)
        bare = not parameters or parameters.peek() == NULL
        if self.algorithm == _oids.SM4_ECB or (self.algorithm == _oids.SM4 and bare):
            return Opener(self.ciphertext, sm4.ECB(), b"", padding)
        if self.algorithm in (_oids.SM4_CBC, _oids.SM4):
            iv = parameters.octets(sm4.BLOCK_SIZE)
            parameters.finish()
            return Opener(self.ciphertext, sm4.CBC(iv), b"", padding)
        raise FormatError(f"the content: expected SM4 in CBC mode, found {self.algorithm}")


class Opener(NamedTuple):
    """Decrypts one content: in a mode of operation, or with GCM if that is None."""

    ciphertext: bytes
    mode: sm4.Mode | None
    nonce: bytes
    padding: bool

    def __call__(self, key: bytes) -> bytes:
        """The content; ValueError, DecryptionError or InvalidTag if this is not the key."""
        if self.mode is None:
            return sm4.GCM(key).decrypt(self.nonce, self.ciphertext)
        stream = sm4.decryptor(key, self.mode, self.padding)
        return stream.update(self.ciphertext) + stream.finalize()


def decrypt_content(
    locked: Sequence[Locked], content: EncryptedContent, recipient: Recipient, padding: bool
) -> bytes:
    """The content. One DecryptionError for all that can go wrong with keys and ciphertext.

    Raises FormatError if the message is not for this recipient, or not encrypted with SM4.
    """
    key, candidates = _matching(locked, recipient)
    opener = content.opener(padding)
    for one in candidates:
        encoding: CiphertextEncoding = (
            "c1c2c3-bare" if len(one.encrypted_key) == _BARE_SIZE else "der"
        )
        try:
            return opener(key.decrypt(one.encrypted_key, encoding))
        except (DecryptionError, InvalidTag, ValueError):
            # A key of a wrong length, padding that is none: nobody learns which.
            continue
    raise DecryptionError(_FAILED)


def _matching(
    locked: Sequence[Locked], recipient: Recipient
) -> tuple[PrivateKey, Sequence[Locked]]:
    if isinstance(recipient, PrivateKey):
        found: Sequence[Locked] = locked
    else:
        keyed = recipient.enc if isinstance(recipient, CertificatePair) else recipient
        if not isinstance(keyed, KeyedCertificate):
            raise TypeError(
                "a recipient is a KeyedCertificate, a CertificatePair or an sm2.PrivateKey, "
                f"not {type(keyed).__name__}"
            )
        found = [one for one in locked if one.name.is_of(keyed)]
        recipient = keyed.private_key
    if not found:
        raise FormatError("this message is not encrypted for this recipient, or not with SM2")
    return recipient, found
