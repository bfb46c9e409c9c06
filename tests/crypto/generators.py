"""Random generators whose every byte is known, and an independent Hash_DRBG to tell them."""

from __future__ import annotations

import hashlib
from typing import Any

from tongsuo_py._binding import errors, ffi, lib

_STRENGTH = 256  # bits
_OURS = b"tests of additional input"
_SEED_SIZE = 55  # bytes of Hash_DRBG's state with SHA-256


def _parameters(**values: bytes | int) -> tuple[Any, list[Any]]:
    """An OSSL_PARAM list (text ends with a zero), and the memory that it points to."""
    params, memory = ffi.new("OSSL_PARAM[]", len(values) + 1), []
    for param, (name, value) in zip(params, values.items(), strict=False):
        param.key = key = ffi.new("char[]", name.encode())
        if isinstance(value, int):
            data = ffi.new("unsigned int *", value)
            param.data_type, param.data_size = lib.OSSL_PARAM_UNSIGNED_INTEGER, 4
        elif name == "digest":
            data = ffi.new("char[]", value)
            param.data_type, param.data_size = lib.OSSL_PARAM_UTF8_STRING, len(value)
        else:
            data = ffi.new("char[]", value)
            param.data_type, param.data_size = lib.OSSL_PARAM_OCTET_STRING, len(value)
        param.data = data
        memory += [key, data]
    return params, memory


def _new(name: bytes, parent: Any, **settings: bytes | int) -> Any:
    algorithm = ffi.gc(lib.EVP_RAND_fetch(ffi.NULL, name, ffi.NULL), lib.EVP_RAND_free)
    generator = ffi.gc(lib.EVP_RAND_CTX_new(algorithm, parent), lib.EVP_RAND_CTX_free)
    params, memory = _parameters(**settings)
    # Without a personalization string of ours it would have one of its own.
    done = lib.EVP_RAND_instantiate(generator, _STRENGTH, 0, _OURS, len(_OURS), params)
    errors.check(done, f"no {name.decode()}")
    del memory
    return generator


class KnownGenerator:
    """Tongsuo's Hash_DRBG (SHA-256), seeded with this entropy (32 bytes) and nonce (16 bytes)."""

    def __init__(self, entropy: bytes, nonce: bytes) -> None:
        self._source = _new(
            b"TEST-RAND", ffi.NULL, strength=_STRENGTH, test_entropy=entropy, test_nonce=nonce
        )
        self.context = _new(b"HASH-DRBG", self._source, digest=b"SHA256")

    def generate(self, size: int) -> bytes:
        buffer = ffi.new("unsigned char[]", size)
        done = lib.EVP_RAND_generate(self.context, buffer, size, _STRENGTH, 0, ffi.NULL, 0)
        errors.check(done, "nothing generated")
        return bytes(buffer)


class HashDRBG:
    """Hash_DRBG of NIST SP 800-90A Rev. 1, 10.1.1, with SHA-256, from its text."""

    def __init__(self, entropy: bytes, nonce: bytes) -> None:
        self._v = self._derive(entropy + nonce + _OURS)
        self._c = self._derive(b"\0" + self._v)
        self._requests = 1

    @staticmethod
    def _derive(data: bytes) -> bytes:
        bits = (8 * _SEED_SIZE).to_bytes(4, "big")
        blocks = (hashlib.sha256(bytes((i,)) + bits + data).digest() for i in (1, 2))
        return b"".join(blocks)[:_SEED_SIZE]

    def _add(self, *numbers: bytes | int) -> None:
        total = int.from_bytes(self._v, "big")
        for number in numbers:
            total += number if isinstance(number, int) else int.from_bytes(number, "big")
        self._v = (total % 2 ** (8 * _SEED_SIZE)).to_bytes(_SEED_SIZE, "big")

    def generate(self, size: int, additional_input: bytes = b"") -> bytes:
        if additional_input:
            self._add(hashlib.sha256(b"\2" + self._v + additional_input).digest())
        data, result = int.from_bytes(self._v, "big"), b""
        while len(result) < size:
            block = (data % 2 ** (8 * _SEED_SIZE)).to_bytes(_SEED_SIZE, "big")
            result += hashlib.sha256(block).digest()
            data += 1
        self._add(hashlib.sha256(b"\3" + self._v).digest(), self._c, self._requests)
        self._requests += 1
        return result[:size]


class Counted:
    """This thread's private generator, which from now on is seeded again for each request.

    To be used in a thread of its own, whose generator goes with it.
    """

    def __init__(self) -> None:
        self._context = lib.RAND_get0_private(ffi.NULL)
        params, memory = _parameters(reseed_requests=1)
        errors.check(lib.EVP_RAND_CTX_set_params(self._context, params), "not settable")
        del memory

    def requests(self) -> int:
        """How often it was seeded, so how many requests it had, up to a constant."""
        params, memory = _parameters(reseed_counter=0)
        errors.check(lib.EVP_RAND_CTX_get_params(self._context, params), "not gettable")
        return int(memory[1][0])
