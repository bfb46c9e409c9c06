"""PKCS #12 files put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from tongsuo_py import _der
from tongsuo_py._binding import lib, pbe
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.pkcs12 import identifiers as oid
from tongsuo_py.pki.pkcs12 import mac
from tongsuo_py.pki.pkcs12.rounds import MOST
from tongsuo_py.sm2 import PrivateKey

#: ``"aes-256-cbc"``: PBKDF2 under HMAC-SHA-256 and a MAC with SHA-256, as OpenSSL 3 writes them.
#: ``"sm4-cbc"``: PBKDF2 under HMAC-SM3 and a MAC with SM3. Tongsuo reads it; few others do.
Encryption = Literal["aes-256-cbc", "sm4-cbc"]

_BMP_STRING = 0x1E


class _Scheme(NamedTuple):
    cipher: str
    prf: int
    digest: str


_SCHEMES: dict[str, _Scheme] = {
    "aes-256-cbc": _Scheme("AES-256-CBC", lib.NID_hmacWithSHA256, "SHA256"),
    "sm4-cbc": _Scheme("SM4-CBC", lib.NID_hmacWithSM3, "SM3"),
}


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
    if encryption not in _SCHEMES:
        names = ", ".join(f'"{name}"' for name in _SCHEMES)
        raise ValueError(f"encryption must be one of {names}, not {encryption!r}")
    parts = 2 + len(entries)
    if not 1 <= iterations <= MOST // parts:
        raise ValueError(f"iterations must be 1 to {MOST // parts}, not {iterations}")
    scheme = _SCHEMES[encryption]
    secret = pbe.password_bytes(password)

    def sealed(data: bytes) -> pbe.Encrypted:
        return pbe.encrypt(data, secret, scheme.cipher, scheme.prf, iterations)

    certificate_bags, key_bags = [], []
    for number, entry in enumerate(entries, 1):
        attributes = _attributes(entry.name, bytes((number,)))
        certificate_bags.append(_certificate_bag(entry.certificate, attributes))
        key = sealed(entry.private_key.to_der())
        shrouded = _der.sequence(key.algorithm, _der.octets(key.ciphertext))
        key_bags.append(_bag(oid.SHROUDED_KEY_BAG, shrouded, attributes))
    certificate_bags += [_certificate_bag(certificate, b"") for certificate in certificates]
    safes = _der.sequence(
        _encrypted_safe(sealed(_der.sequence(*certificate_bags))),
        _content_info(oid.DATA, _der.octets(_der.sequence(*key_bags))),
    )
    return _der.sequence(
        _der.integer(3),
        _content_info(oid.DATA, _der.octets(safes)),
        mac.make(safes, secret, scheme.digest, iterations),
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
        text = _der.wrap(_BMP_STRING, name.encode("utf-16-be"))
        attributes.append(_attribute(oid.FRIENDLY_NAME, text))
    return _der.set_of(*attributes)


def _attribute(kind: str, value: bytes) -> bytes:
    return _der.sequence(_der.oid(kind), _der.set_of(value))
