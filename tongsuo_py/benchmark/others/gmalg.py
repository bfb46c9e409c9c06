"""gmalg: SM2, SM3 and SM4 in Python."""

from __future__ import annotations

from functools import partial

import gmalg
from gmalg import bcmode

from tongsuo_py.benchmark.timing import Call

LIBRARY = "Python"
FORM = "raw"
_ID = b"1234567812345678"


def sm3(data: bytes) -> Call:
    def whole() -> bytes:
        context = gmalg.SM3()
        context.update(data)
        return bytes(context.value())

    return whole


def sm4_cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return lambda: bcmode.BlockCipherModeCBC(gmalg.SM4(key), iv).encrypt(data)


def sm4_cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return lambda: bcmode.BlockCipherModeCBC(gmalg.SM4(key), iv).decrypt(data)


def sm4_ecb(key: bytes, data: bytes) -> Call:
    return partial(bcmode.BlockCipherModeECB(gmalg.SM4(key)).encrypt, data)


def sm2_generate() -> Call:
    generate: Call = gmalg.SM2().generate_keypair
    return generate


def sm2_sign(private: bytes, public: bytes, data: bytes) -> Call:
    key = gmalg.SM2(private, _ID, b"\x04" + public)
    return lambda: b"".join(key.sign(data))


def sm2_verify(public: bytes, data: bytes, signature: bytes) -> Call:
    key = gmalg.SM2(None, _ID, b"\x04" + public)
    return partial(key.verify, data, signature[:32], signature[32:])


def sm2_encrypt(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(gmalg.SM2(pk=b"\x04" + public).encrypt, data)


def sm2_decrypt(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(gmalg.SM2(private).decrypt, data)
