"""``cryptography``'s side: AES-128, P-256, and what it has of SM3 and SM4."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from tongsuo_py.benchmark.timing import Call
from tongsuo_py.benchmark.worker import Find, Missing, serve

_MODES = {"ctr": "CTR", "cbc": "CBC", "ecb": "ECB", "xts": "XTS"}


def find(operation: str, size: int) -> Call | None:
    """A function without arguments that does the operation once; None if there is none."""
    name, _, rest = operation.partition("-")
    data = bytes(size)
    if name == "aes":
        return _aes(rest, data)
    if name == "p256":
        return _p256(rest, data)
    if operation == "sm3":
        return _sm3(data)
    return _sm4(rest, data) if name == "sm4" else None


def _aes(what: str, data: bytes) -> Call | None:
    from cryptography.hazmat.primitives.ciphers import aead, algorithms

    if what.startswith(("gcm", "ccm")):
        cipher = aead.AESGCM(bytes(16)) if what.startswith("gcm") else aead.AESCCM(bytes(16))
        if what == "gcm-decrypt":
            return partial(cipher.decrypt, bytes(12), cipher.encrypt(bytes(12), data, None), None)
        return partial(cipher.encrypt, bytes(12), data, None)
    key = bytes(range(32 if what == "xts" else 16))
    return _stream(algorithms.AES(key), what, data)


def _sm4(what: str, data: bytes) -> Call | None:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    if what != "gcm-encrypt":
        # Neither CCM nor XTS with SM4 is there.
        key = algorithms.SM4(bytes(16))
        return None if what.startswith(("gcm", "ccm", "xts")) else _stream(key, what, data)

    def sealed() -> bytes:
        stream = Cipher(algorithms.SM4(bytes(16)), modes.GCM(bytes(12))).encryptor()
        return stream.update(data) + stream.finalize() + stream.tag

    return sealed


def _stream(algorithm: Any, what: str, data: bytes) -> Call:
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    name, _, direction = what.partition("-")
    mode = getattr(modes, _MODES[name])
    arguments = () if name == "ecb" else (bytes(16),)
    begin = "decryptor" if direction == "decrypt" else "encryptor"

    def whole() -> bytes:
        stream = getattr(Cipher(algorithm, mode(*arguments)), begin)()
        made: bytes = stream.update(data) + stream.finalize()  # which is empty: no copy
        return made

    return whole


def _sm3(data: bytes) -> Call:
    from cryptography.hazmat.primitives import hashes

    def whole() -> bytes:
        context = hashes.Hash(hashes.SM3())
        context.update(data)
        return context.finalize()

    return whole


def _p256(what: str, data: bytes) -> Call | None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key, how = ec.generate_private_key(ec.SECP256R1()), ec.ECDSA(hashes.SHA256())
    operations: Mapping[str, Callable[[], object]] = {
        "generate": lambda: ec.generate_private_key(ec.SECP256R1()),
        "sign": lambda: key.sign(data, how),
        "verify": partial(key.public_key().verify, key.sign(data, how), data, how),
    }
    return operations.get(what)


def _checked(find: Find) -> Find:
    """None for what its OpenSSL was built without."""
    from cryptography.exceptions import UnsupportedAlgorithm

    def checked(operation: str, size: int) -> Call | None:
        try:
            if (call := find(operation, size)) is not None:
                call()
        except UnsupportedAlgorithm:
            return None
        return call

    return checked


def _start() -> tuple[Find, Mapping[str, str]]:
    try:
        import cryptography
        from cryptography.hazmat.backends.openssl import backend
    except ImportError:
        raise Missing("it is not installed: pip install 'tongsuo-py[bench]'") from None
    facts = {"version": cryptography.__version__, "library": backend.openssl_version_text()}
    return _checked(find), facts


if __name__ == "__main__":
    serve(_start)
