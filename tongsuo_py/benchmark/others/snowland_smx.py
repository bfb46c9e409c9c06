"""snowland-smx (pysmx): SM2, SM3 and SM4 in Python."""

from __future__ import annotations

from functools import partial

from pysmx import SM2, SM3, SM4

from tongsuo_py.benchmark.timing import Call

LIBRARY = "Python"
FORM = "raw"
_ID = "1234567812345678"
_DIGITS = 64  # of a number, in hexadecimal


def sm3(data: bytes) -> Call:
    return partial(SM3.digest, data)


def sm4_cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return partial(SM4.sm4_encrypt_cbc, key, iv, data)


def sm4_cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return partial(SM4.sm4_decrypt_cbc, key, iv, data)


def sm4_ecb(key: bytes, data: bytes) -> Call:
    return partial(SM4.sm4_encrypt_ecb, key, data)


def sm2_generate() -> Call:
    generate: Call = SM2.generate_keypair
    return generate


def _private(private: bytes, public: bytes) -> SM2.SM2EllipticCurvePrivateKey:
    return SM2.SM2EllipticCurvePrivateKey(SM2.SM2EllipticCurve(), private, public)


def sm2_sign(private: bytes, public: bytes, data: bytes) -> Call:
    how = SM2.SM2SM3SignatureAlgorithm()
    return partial(_private(private, public).sign, data, how, uid=_ID)


def sm2_verify(public: bytes, data: bytes, signature: bytes) -> Call:
    return partial(SM2.Verify, signature, data, public, _DIGITS, uid=_ID)


def sm2_encrypt(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(_private(private, public).encrypt_sm2, data)


def sm2_decrypt(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(_private(private, public).decrypt_sm2, data)
