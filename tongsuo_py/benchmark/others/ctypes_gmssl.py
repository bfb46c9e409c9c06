"""The classes over GmSSL's shared library that gmssl-python has, and easy_gmssl a copy of."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

from tongsuo_py.benchmark.timing import Call


class Adapter:
    """The operations by the classes of ``module``."""

    FORM = "der"

    def __init__(self, module: ModuleType) -> None:
        self._module: Any = module
        self.LIBRARY = str(self._module.GMSSL_LIBRARY_VERSION)

    def sm3(self, data: bytes) -> Call:
        def whole() -> bytes:
            context = self._module.Sm3()
            context.update(data)
            return bytes(context.digest())

        return whole

    def sm4_gcm_encrypt(self, key: bytes, nonce: bytes, data: bytes) -> Call:
        def whole() -> bytes:
            cipher = self._module.Sm4Gcm(key, nonce, b"", encrypt=True)
            return bytes(cipher.update(data) + cipher.finish())

        return whole

    def sm4_gcm_decrypt(self, key: bytes, nonce: bytes, sealed: bytes) -> Call:
        def whole() -> bytes:
            cipher = self._module.Sm4Gcm(key, nonce, b"", encrypt=False)
            return bytes(cipher.update(sealed) + cipher.finish())

        return whole

    def sm4_ctr(self, key: bytes, iv: bytes, data: bytes) -> Call:
        def whole() -> bytes:
            cipher = self._module.Sm4Ctr(key, iv)
            return bytes(cipher.update(data) + cipher.finish())

        return whole

    def _cbc(self, key: bytes, iv: bytes, data: bytes, encrypt: bool) -> Call:
        def whole() -> bytes:
            cipher = self._module.Sm4Cbc(key, iv, encrypt)
            return bytes(cipher.update(data) + cipher.finish())

        return whole

    def sm4_cbc_encrypt(self, key: bytes, iv: bytes, data: bytes) -> Call:
        return self._cbc(key, iv, data, True)

    def sm4_cbc_decrypt(self, key: bytes, iv: bytes, data: bytes) -> Call:
        return self._cbc(key, iv, data, False)

    def sm2_generate(self) -> Call:
        def whole() -> None:
            self._module.Sm2Key().generate_key()

        return whole

    def _key(self, private: bytes | None, public: bytes) -> Any:
        key = self._module.Sm2Key()
        key.public_key.x[:], key.public_key.y[:] = public[:32], public[32:]
        key._has_public_key = True
        if private is not None:
            key.private_key[:] = private
            key._has_private_key = True
        return key

    def sm2_sign(self, private: bytes, public: bytes, data: bytes) -> Call:
        key = self._key(private, public)

        def whole() -> bytes:
            signature = self._module.Sm2Signature(key, sign=True)
            signature.update(data)
            return bytes(signature.sign())

        return whole

    def sm2_verify(self, public: bytes, data: bytes, made: bytes) -> Call:
        key = self._key(None, public)

        def whole() -> bool:
            signature = self._module.Sm2Signature(key, sign=False)
            signature.update(data)
            return bool(signature.verify(made))

        return whole

    def sm2_encrypt(self, private: bytes, public: bytes, data: bytes) -> Call:
        return partial(self._key(private, public).encrypt, data)

    def sm2_decrypt(self, private: bytes, public: bytes, data: bytes) -> Call:
        return partial(self._key(private, public).decrypt, data)
