"""PKCS #12 files put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from tongsuo_py import _der
from tongsuo_py._arguments import check_choice
from tongsuo_py._binding import pbe, pbes, pkcs8
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.pkcs12 import identifiers as oid
from tongsuo_py.pki.pkcs12 import mac
from tongsuo_py.sm2 import PrivateKey

#: ``"aes-256-cbc"``: PBKDF2 under HMAC-SHA-256 and a MAC with SHA-256, as OpenSSL 3 writes them.
#: ``"sm4-cbc"``: PBKDF2 under HMAC-SM3 and a MAC with SM3. Tongsuo reads it; few others do.
Encryption = Literal["aes-256-cbc", "sm4-cbc"]

_DIGESTS = {"aes-256-cbc": "SHA256", "sm4-cbc": "SM3"}


@dataclass(frozen=True)
class Entry:
    """A certificate with its key, and the name that both get in the file, if any."""

    name: str | None
    certificate: Certificate
    private_key: PrivateKey


def write(
    entries: Sequence[Entry],
    certificates: Iterable[Certificate],
    password: str | bytes | bytearray,
    encryption: Encryption,
    iterations: int,
) -> bytes:
    """The DER of a file with these entries, and ``certificates`` besides."""
    check_choice("encryption", encryption, _DIGESTS)
    if not 1 <= iterations <= pbes.MOST_ITERATIONS:
        raise ValueError(f"iterations must be 1 to {pbes.MOST_ITERATIONS}, not {iterations}")
    secret = pbe.password_bytes(password)
    certificate_bags, key_bags = [], []
    for number, entry in enumerate(entries, 1):
        attributes = _attributes(entry.name, bytes((number,)))
        certificate_bags.append(_certificate_bag(entry.certificate, attributes))
        pkey = entry.private_key._pkey
        shrouded = pkcs8.encrypted_der(pkey, password, encryption, iterations)
        key_bags.append(_bag(oid.SHROUDED_KEY_BAG, shrouded, attributes))
    certificate_bags += [_certificate_bag(certificate, b"") for certificate in certificates]
    safe = _der.sequence(*certificate_bags)
    safes = _der.sequence(
        _encrypted_safe(pbe.encrypt(safe, secret, encryption, iterations)),
        _content_info(oid.DATA, _der.octets(_der.sequence(*key_bags))),
    )
    return _der.sequence(
        _der.integer(3),
        _content_info(oid.DATA, _der.octets(safes)),
        mac.make(safes, secret, _DIGESTS[encryption], iterations),
    )


def _content_info(kind: str, content: bytes) -> bytes:
    return _der.sequence(_der.oid(kind), _der.wrap(_der.context(0), content))


def _encrypted_safe(encrypted: pbe.Encrypted) -> bytes:
    content = _der.sequence(
        _der.oid(oid.DATA),
        encrypted.algorithm,
        _der.wrap(_der.context(0, constructed=False), encrypted.ciphertext),
    )
    return _content_info(oid.ENCRYPTED_DATA, _der.sequence(_der.integer(0), content))


def _certificate_bag(certificate: Certificate, attributes: bytes) -> bytes:
    value = _der.sequence(
        _der.oid(oid.X509_CERTIFICATE),
        _der.wrap(_der.context(0), _der.octets(certificate.to_der())),
    )
    return _bag(oid.CERTIFICATE_BAG, value, attributes)


def _bag(kind: str, value: bytes, attributes: bytes) -> bytes:
    return _der.sequence(_der.oid(kind), _der.wrap(_der.context(0), value), attributes)


def _attributes(name: str | None, key_id: bytes) -> bytes:
    """The name, and the number by which certificate and key find each other."""
    attributes = [_attribute(oid.LOCAL_KEY_ID, _der.octets(key_id))]
    if name is not None:
        text = _der.wrap(_der.BMP_STRING, name.encode("utf-16-be"))
        attributes.append(_attribute(oid.FRIENDLY_NAME, text))
    return _der.set_of(*attributes)


def _attribute(kind: str, value: bytes) -> bytes:
    return _der.sequence(_der.oid(kind), _der.set_of(value))
