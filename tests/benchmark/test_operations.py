"""What is measured is what its name says: the sides give the same answers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM

from tongsuo_py import sm2, sm3, sm4
from tongsuo_py.benchmark import ours, pyca, stdlib
from tongsuo_py.benchmark.timing import Call

SIZES = (64, 1024)


def own(operation: str, size: int) -> Call:
    call = ours.Ours(Path("nowhere")).find(operation, size)
    assert call is not None
    return call


def theirs(operation: str, size: int) -> Call:
    call = pyca.find(operation, size)
    assert call is not None
    return call


@pytest.mark.parametrize("size", SIZES)
def test_hashes(size: int) -> None:
    expected = hashlib.new("sm3", bytes(size)).digest()
    assert own("sm3", size)() == theirs("sm3", size)() == expected
    side = stdlib.Stdlib(Path("nowhere"))
    for operation, digest in (("sm3", expected), ("sha256", hashlib.sha256(bytes(size)).digest())):
        call = side.find(operation, size)
        assert call is not None
        assert call() == digest


@pytest.mark.parametrize("size", SIZES)
def test_authenticated_encryption(size: int) -> None:
    key, nonce, data = bytes(16), bytes(12), bytes(size)
    sealed = sm4.GCM(key).encrypt(nonce, data, None)
    assert own("sm4-gcm-encrypt", size)() == theirs("sm4-gcm-encrypt", size)() == sealed
    assert own("sm4-gcm-decrypt", size)() == data
    assert own("sm4-ccm-encrypt", size)() == sm4.CCM(key).encrypt(nonce, data, None)
    assert theirs("aes-gcm-encrypt", size)() == AESGCM(key).encrypt(nonce, data, None)
    assert theirs("aes-gcm-decrypt", size)() == data
    assert theirs("aes-ccm-encrypt", size)() == AESCCM(key).encrypt(nonce, data, None)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("mode", ["ctr", "cbc-encrypt", "cbc-decrypt", "ecb"])
def test_streams(mode: str, size: int) -> None:
    made = own(f"sm4-{mode}", size)()
    assert isinstance(made, bytes)
    assert len(made) == size
    key = bytes(range(16))
    modes: dict[str, Callable[[bytes], sm4.Mode]] = {"ctr": sm4.CTR, "cbc": sm4.CBC}
    how = sm4.ECB() if mode == "ecb" else modes[mode[:3]](bytes(16))
    begin = sm4.decryptor if mode.endswith("decrypt") else sm4.encryptor
    stream = begin(key, mode=how, padding=False)
    assert made == stream.update(bytes(size)) + stream.finalize()
    for name in (f"sm4-{mode}", f"aes-{mode}"):
        other = theirs(name, size)()
        assert isinstance(other, bytes)
        assert len(other) == size


def test_what_cryptography_has_not() -> None:
    for operation in ("sm4-ccm-encrypt", "sm4-xts", "sm4-gcm-decrypt", "sm2-sign", "p256-encrypt"):
        assert pyca.find(operation, 64) is None


def test_sm2() -> None:
    signed = own("sm2-sign", 32)
    key: sm2.PrivateKey = signed.func.__self__  # type: ignore[attr-defined]
    signature = signed()
    assert isinstance(signature, bytes)
    key.public_key().verify(signature, bytes(32))
    assert own("sm2-verify", 32)() is None
    assert own("sm2-decrypt", 32)() == bytes(32)
    assert isinstance(own("sm2-generate", 32)(), sm2.PrivateKey)
    assert theirs("p256-verify", 32)() is None


@pytest.mark.parametrize("suffix", ["", "-1"])
def test_batches(suffix: str) -> None:
    call = own(f"sm2-sign-many{suffix}", 32)
    key: sm2.PrivateKey = call.args[0]  # type: ignore[attr-defined]
    signatures = call()
    assert isinstance(signatures, list)
    assert len(signatures) == 1000
    key.public_key().verify(signatures[-1], bytes(32))
    assert own(f"sm2-verify-many{suffix}", 32)() == [None] * 1000
    keys = own(f"sm2-generate-many{suffix}", 32)()
    assert isinstance(keys, list)
    assert len({key.to_bytes() for key in keys}) == 1000


def test_batches_of_digests() -> None:
    assert list(own("sm3-digest-many", 64)()) == [sm3.sm3(bytes(64)).digest()] * 1000  # type: ignore[call-overload]
