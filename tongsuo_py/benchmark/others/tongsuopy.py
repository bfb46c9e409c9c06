"""tongsuopy: a binding of an earlier Tongsuo, with the shape of ``cryptography``."""

from __future__ import annotations

from functools import partial
from typing import Any

from tongsuopy.backends import _tongsuo
from tongsuopy.crypto import hashes
from tongsuopy.crypto.asymciphers import ec
from tongsuopy.crypto.ciphers import Cipher, aead, algorithms, modes
from tongsuopy.crypto.exceptions import InvalidSignature

from tongsuo_py.benchmark.timing import Call

LIBRARY = _tongsuo.ffi.string(_tongsuo.lib.OpenSSL_version(0)).decode()
FORM = "der"


def sm3(data: bytes) -> Call:
    def whole() -> bytes:
        context = hashes.Hash(hashes.SM3())
        context.update(data)
        return bytes(context.finalize())

    return whole


def sm4_gcm_encrypt(key: bytes, nonce: bytes, data: bytes) -> Call:
    return partial(aead.SM4GCM(key).encrypt, nonce, data, None)


def sm4_gcm_decrypt(key: bytes, nonce: bytes, sealed: bytes) -> Call:
    return partial(aead.SM4GCM(key).decrypt, nonce, sealed, None)


def _stream(key: bytes, mode: Any, data: bytes, begin: str) -> Call:
    cipher = Cipher(algorithms.SM4(key), mode)

    def whole() -> bytes:
        stream = getattr(cipher, begin)()
        return bytes(stream.update(data) + stream.finalize())

    return whole


def sm4_ctr(key: bytes, iv: bytes, data: bytes) -> Call:
    return _stream(key, modes.CTR(iv), data, "encryptor")


def sm4_cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return _stream(key, modes.CBC(iv), data, "encryptor")


def sm4_cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return _stream(key, modes.CBC(iv), data, "decryptor")


def sm4_ecb(key: bytes, data: bytes) -> Call:
    return _stream(key, modes.ECB(), data, "encryptor")


def sm2_generate() -> Call:
    return partial(ec.generate_private_key, ec.SM2())


def _numbers(public: bytes) -> Any:
    x, y = (int.from_bytes(half, "big") for half in (public[:32], public[32:]))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SM2())


def sm2_sign(private: bytes, public: bytes, data: bytes) -> Call:
    numbers = ec.EllipticCurvePrivateNumbers(int.from_bytes(private, "big"), _numbers(public))
    return partial(numbers.private_key().sign, data, ec.ECDSA(hashes.SM3()))


def sm2_verify(public: bytes, data: bytes, signature: bytes) -> Call:
    key = _numbers(public).public_key()

    def whole() -> bool:
        try:
            key.verify(signature, data, ec.ECDSA(hashes.SM3()))
        except InvalidSignature:
            return False
        return True

    return whole
