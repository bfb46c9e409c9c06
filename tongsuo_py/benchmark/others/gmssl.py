"""gmssl: SM2, SM3 and SM4 in Python."""

from __future__ import annotations

from functools import partial

from gmssl import func
from gmssl import sm3 as sm3_of_gmssl
from gmssl.sm2 import CryptSM2
from gmssl.sm4 import SM4_DECRYPT, SM4_ENCRYPT, CryptSM4

from tongsuo_py.benchmark.timing import Call

LIBRARY = "Python"
FORM = "hex"


def sm3(data: bytes) -> Call:
    return lambda: bytes.fromhex(sm3_of_gmssl.sm3_hash(func.bytes_to_list(data)))


def _keyed(key: bytes, direction: int) -> CryptSM4:
    cipher = CryptSM4()
    cipher.set_key(key, direction)
    return cipher


def sm4_cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return partial(_keyed(key, SM4_ENCRYPT).crypt_cbc, iv, data)


def sm4_cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return partial(_keyed(key, SM4_DECRYPT).crypt_cbc, iv, data)


def sm4_ecb(key: bytes, data: bytes) -> Call:
    return partial(_keyed(key, SM4_ENCRYPT).crypt_ecb, data)


def sm2_sign(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(CryptSM2(private.hex(), public.hex()).sign_with_sm3, data)


def sm2_verify(public: bytes, data: bytes, signature: str) -> Call:
    return partial(CryptSM2("", public.hex()).verify_with_sm3, signature, data)


def sm2_encrypt(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(CryptSM2(private.hex(), public.hex(), mode=1).encrypt, data)


def sm2_decrypt(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(CryptSM2(private.hex(), public.hex(), mode=1).decrypt, data)
