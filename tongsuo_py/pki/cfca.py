"""Key files of CFCA, the certification authority of China's banks (``.sm2``): only read.

A certificate and its key, in a format of its own: SEQUENCE { 1, the key encrypted with SM4-CBC, the
certificate }. Key and IV are the KDF of GB/T 32918.4 over the password, so that a guess costs next
to nothing: keep such a file as if it were not encrypted at all, or better as PKCS #12.
"""

from __future__ import annotations

import binascii
from contextlib import suppress

from tongsuo_py import sm3, sm4
from tongsuo_py._binding import pbe
from tongsuo_py._binding.callbacks import Password, PasswordSource
from tongsuo_py._der import OID, Reader
from tongsuo_py._oids import GM_CONTENT, SM4, SM4_CBC
from tongsuo_py.exceptions import DecryptionError, FormatError, PasswordError
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.sm2 import PrivateKey

LABEL = "CFCA KEY"

_WHAT = "the CFCA key file"
_DATA = f"{GM_CONTENT}1"


def is_cfca(data: bytes) -> bool:
    """Whether this (DER) begins as such a file does."""
    with suppress(FormatError):
        outer = Reader(data, _WHAT).only()
        if outer.integer() == 1:
            key = outer.enter()
            return key.oid() == _DATA and key.peek() == OID
    return False


def from_base64(data: bytes) -> bytes | None:
    """The DER of such a file where it is base64 alone, as CFCA hands it out; None for others."""
    try:
        der = binascii.a2b_base64(b"".join(data.split()), strict_mode=True)
    except binascii.Error:
        return None
    return der if is_cfca(der) else None


def read(data: bytes, password: Password = None) -> tuple[Certificate, PrivateKey]:
    """The certificate and its key, from DER.

    Raises PasswordError where the password is missing or wrong, FormatError where it is no such
    file, or where the two do not belong together.
    """
    outer = Reader(data, _WHAT).only()
    outer.integer()
    key, certificate = outer.enter(), outer.enter()
    outer.finish()
    _expect(key, _DATA)
    _expect(key, SM4, SM4_CBC)
    ciphertext = key.octets()
    key.finish()
    _expect(certificate, _DATA)
    der = certificate.octets()
    certificate.finish()
    found = Certificate.from_der(der)
    return found, _key(ciphertext, password, found)


def _key(ciphertext: bytes, password: Password, certificate: Certificate) -> PrivateKey:
    source = PasswordSource(password)
    secret = source.answer(pbe.LONGEST_PASSWORD)
    if source.missing:
        raise PasswordError(f"{_WHAT} is encrypted: a password is needed")
    wrong = PasswordError(f"{_WHAT} could not be decrypted: is the password right?")
    material = sm3.kdf(secret, sm4.BLOCK_SIZE + sm4.KEY_SIZE)
    iv, key = material[: sm4.BLOCK_SIZE], material[sm4.BLOCK_SIZE :]
    stream = sm4.decryptor(key, sm4.CBC(iv))
    try:
        private_key = PrivateKey.from_bytes(stream.update(ciphertext) + stream.finalize())
    except (DecryptionError, FormatError):
        raise wrong from None
    # A wrong password may, once in a while, leave 32 bytes and what looks like padding.
    if private_key.public_key() != certificate.public_key():
        raise wrong
    return private_key


def _expect(reader: Reader, *identifiers: str) -> None:
    at = reader.position
    found = reader.oid()
    if found not in identifiers:
        reader.fail(" or ".join(identifiers), found, at)
