"""Our side: one call of each operation through tongsuo_py, as a program would make it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from tongsuo_py import __version__, sm2, sm3, sm4, ssl
from tongsuo_py._binding import acceleration
from tongsuo_py.benchmark.rows import BATCH
from tongsuo_py.benchmark.sessions import Sessions
from tongsuo_py.benchmark.timing import Call
from tongsuo_py.benchmark.worker import Find, serve

_MESSAGE = 32  # bytes: what is signed in a batch


class Ours:
    """The operations by name; sessions have their certificates in ``trust``."""

    def __init__(self, trust: Path) -> None:
        self._sessions = Sessions(ssl, trust)

    def find(self, operation: str, size: int) -> Call | None:
        """A function without arguments that does the operation once; None if there is none."""
        if "/" in operation:
            return self._sessions.find(operation, size)
        find = _OPERATIONS.get(operation)
        return None if find is None else find(bytes(size))

    def close(self) -> None:
        """Close what sessions have open."""
        self._sessions.close()


def _sm3(data: bytes) -> Call:
    return lambda: sm3.sm3(data).digest()


def _digest_many(data: bytes) -> Call | None:
    digest_many = getattr(sm3, "digest_many", None)
    return None if digest_many is None else partial(digest_many, [data] * BATCH)


def _gcm_encrypt(data: bytes) -> Call:
    return partial(sm4.GCM(bytes(16)).encrypt, bytes(12), data, None)


def _gcm_decrypt(data: bytes) -> Call:
    gcm = sm4.GCM(bytes(16))
    return partial(gcm.decrypt, bytes(12), gcm.encrypt(bytes(12), data, None), None)


def _ccm_encrypt(data: bytes) -> Call:
    return partial(sm4.CCM(bytes(16)).encrypt, bytes(12), data, None)


def _stream(begin: Callable[..., Any], mode: sm4.Mode, data: bytes) -> Call:
    key = bytes(range(32 if isinstance(mode, sm4.XTS) else 16))

    def whole() -> bytes:
        stream = begin(key, mode=mode, padding=False)
        made: bytes = stream.update(data) + stream.finalize()  # which is empty: no copy
        return made

    return whole


def _sign(data: bytes) -> Call:
    return partial(sm2.PrivateKey.generate().sign, data)


def _verify(data: bytes) -> Call:
    key = sm2.PrivateKey.generate()
    return partial(key.public_key().verify, key.sign(data), data)


def _encrypt(data: bytes) -> Call:
    return partial(sm2.PrivateKey.generate().public_key().encrypt, data)


def _decrypt(data: bytes) -> Call:
    key = sm2.PrivateKey.generate()
    return partial(key.decrypt, key.public_key().encrypt(data))


def _sign_many(data: bytes, threads: int | None = None) -> Call:
    key = sm2.PrivateKey.generate()
    return partial(sm2.sign_many, key, [data] * BATCH, threads=threads)


def _verify_many(data: bytes, threads: int | None = None) -> Call:
    key = sm2.PrivateKey.generate()
    items = [(key.public_key(), key.sign(data), data)] * BATCH
    return partial(sm2.verify_many, items, threads=threads)


def _generate_many(_: bytes, threads: int | None = None) -> Call:
    return partial(sm2.generate_many, BATCH, threads=threads)


_OPERATIONS: Mapping[str, Callable[[bytes], Call | None]] = {
    "sm3": _sm3,
    "sm3-digest-many": _digest_many,
    "sm4-gcm-encrypt": _gcm_encrypt,
    "sm4-gcm-decrypt": _gcm_decrypt,
    "sm4-ccm-encrypt": _ccm_encrypt,
    "sm4-ctr": lambda data: _stream(sm4.encryptor, sm4.CTR(bytes(16)), data),
    "sm4-cbc-encrypt": lambda data: _stream(sm4.encryptor, sm4.CBC(bytes(16)), data),
    "sm4-cbc-decrypt": lambda data: _stream(sm4.decryptor, sm4.CBC(bytes(16)), data),
    "sm4-ecb": lambda data: _stream(sm4.encryptor, sm4.ECB(), data),
    "sm4-xts": lambda data: _stream(sm4.encryptor, sm4.XTS(bytes(16)), data),
    "sm2-generate": lambda _: sm2.PrivateKey.generate,
    "sm2-sign": _sign,
    "sm2-verify": _verify,
    "sm2-encrypt": _encrypt,
    "sm2-decrypt": _decrypt,
    "sm2-sign-many": _sign_many,
    "sm2-verify-many": _verify_many,
    "sm2-generate-many": _generate_many,
    "sm2-sign-many-1": lambda data: _sign_many(data, 1),
    "sm2-verify-many-1": lambda data: _verify_many(data, 1),
    "sm2-generate-many-1": lambda data: _generate_many(data, 1),
}


def _start() -> tuple[Find, Mapping[str, str]]:
    parts = ("SM4", "SM2", "SM2 batches", "SM3 batches")
    facts = {
        "version": __version__,
        "library": ssl.TONGSUO_VERSION,
        "accelerated": ", ".join(filter(acceleration.in_use, parts)) or "nothing",
    }
    return Ours(Path(sys.argv[1])).find, facts


if __name__ == "__main__":
    serve(_start)
