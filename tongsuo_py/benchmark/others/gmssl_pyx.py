"""gmssl_pyx: GmSSL, compiled in, through a C extension."""

from __future__ import annotations

from functools import partial

import gmssl_pyx

from tongsuo_py.benchmark.timing import Call

LIBRARY = "GmSSL, compiled in"
FORM = "der"


def sm3(data: bytes) -> Call:
    return partial(gmssl_pyx.sm3_hash, data)


def sm4_gcm_encrypt(key: bytes, nonce: bytes, data: bytes) -> Call:
    return lambda: b"".join(gmssl_pyx.sm4_gcm_encrypt(key, nonce, b"", data))


def sm4_gcm_decrypt(key: bytes, nonce: bytes, sealed: bytes) -> Call:
    return partial(gmssl_pyx.sm4_gcm_decrypt, key, nonce, b"", sealed[:-16], sealed[-16:])


def sm4_ctr(key: bytes, iv: bytes, data: bytes) -> Call:
    return partial(gmssl_pyx.sm4_ctr_encrypt, key, iv, data)


def sm4_cbc_encrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return partial(gmssl_pyx.sm4_cbc_padding_encrypt, key, iv, data)


def sm4_cbc_decrypt(key: bytes, iv: bytes, data: bytes) -> Call:
    return partial(gmssl_pyx.sm4_cbc_padding_decrypt, key, iv, data)


def sm2_generate() -> Call:
    generate: Call = gmssl_pyx.sm2_key_generate
    return generate


def sm2_sign(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(gmssl_pyx.sm2_sign, private, public, data)


def sm2_verify(public: bytes, data: bytes, signature: bytes) -> Call:
    return partial(gmssl_pyx.sm2_verify, public, data, signature)


def sm2_encrypt(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(gmssl_pyx.sm2_encrypt, public, data)


def sm2_decrypt(private: bytes, public: bytes, data: bytes) -> Call:
    return partial(gmssl_pyx.sm2_decrypt, private, data)
