"""pygmssl: GmSSL's shared library through ctypes."""

from __future__ import annotations

from functools import partial

from pygmssl.sm2 import SM2
from pygmssl.sm3 import SM3
from pygmssl.sm4 import MOD, SM4

from tongsuo_py.benchmark.timing import Call

LIBRARY = "GmSSL's shared library"
FORM = "der"


def sm3(data: bytes) -> Call:
    return lambda: SM3(data).digest()


def sm4_cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return partial(SM4(key, mode=MOD.CBC, iv=iv).encrypt, data)


def sm4_cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return partial(SM4(key, mode=MOD.CBC, iv=iv).decrypt, data)


def sm2_generate() -> Call:
    generate: Call = SM2.generate_new_pair
    return generate


def sm2_sign(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(SM2(public, private).sign, data)


def sm2_verify(public: bytes, data: bytes, signature: bytes) -> Call:
    return partial(SM2(public).verify, data, signature)


def sm2_encrypt(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(SM2(public, private).encrypt, data)


def sm2_decrypt(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(SM2(public, private).decrypt, data)
