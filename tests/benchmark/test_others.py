"""The packages of others: nobody is timed who does not do what is asked."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tongsuo_py import sm2, sm3, sm4
from tongsuo_py.benchmark.others import known
from tongsuo_py.benchmark.timing import Call

OPERATIONS = (
    "sm3",
    "sm4-gcm-encrypt",
    "sm4-gcm-decrypt",
    "sm4-ctr",
    "sm4-cbc-encrypt",
    "sm4-cbc-decrypt",
    "sm4-ecb",
    "sm2-generate",
    "sm2-sign",
    "sm2-verify",
    "sm2-encrypt",
    "sm2-decrypt",
)


def streamed(begin: Callable[..., Any], mode: sm4.Mode, key: bytes, data: bytes) -> bytes:
    stream = begin(key, mode=mode, padding=False)
    return bytes(stream.update(data) + stream.finalize())


def test_the_answers_are_those_of_tongsuo() -> None:
    key, iv, data = known.KEY, known.IV, known.DATA
    assert sm3.sm3(b"abc").digest() == known.SM3_OF_ABC
    assert sm4.GCM(key).encrypt(known.NONCE, data, None) == known.GCM
    assert streamed(sm4.encryptor, sm4.CTR(iv), key, data) == known.CTR
    assert streamed(sm4.encryptor, sm4.CBC(iv), key, data) == known.CBC
    assert streamed(sm4.encryptor, sm4.ECB(), key, key) == known.BLOCK
    private = sm2.PrivateKey.from_bytes(known.PRIVATE)
    public = private.public_key()
    assert public.to_bytes()[-64:] == known.PUBLIC
    public.verify(known.SIGNATURE, known.MESSAGE, encoding="raw")
    public.verify(known._form("der"), known.MESSAGE, encoding="der")


def good() -> SimpleNamespace:
    """An adapter of our own."""
    private = sm2.PrivateKey.from_bytes(known.PRIVATE)
    public = private.public_key()

    def verify(_: bytes, data: bytes, signature: bytes) -> Call:
        def whole() -> bool:
            try:
                public.verify(signature, data, encoding="raw")
            except sm2.InvalidSignature:
                return False
            return True

        return whole

    return SimpleNamespace(
        FORM="raw",
        sm3=lambda data: lambda: sm3.sm3(data).digest(),
        sm4_gcm_encrypt=lambda key, nonce, data: lambda: sm4.GCM(key).encrypt(nonce, data, None),
        sm4_gcm_decrypt=lambda key, nonce, data: lambda: sm4.GCM(key).decrypt(nonce, data, None),
        sm4_ctr=lambda key, iv, data: lambda: streamed(sm4.encryptor, sm4.CTR(iv), key, data),
        sm4_cbc_encrypt=lambda key, iv, data: (
            lambda: streamed(sm4.encryptor, sm4.CBC(iv), key, data)
        ),
        sm4_cbc_decrypt=lambda key, iv, data: (
            lambda: streamed(sm4.decryptor, sm4.CBC(iv), key, data)
        ),
        sm4_ecb=lambda key, data: lambda: streamed(sm4.encryptor, sm4.ECB(), key, data),
        sm2_generate=lambda: sm2.PrivateKey.generate,
        sm2_sign=lambda _, __, data: lambda: private.sign(data, encoding="raw"),
        sm2_verify=verify,
        sm2_encrypt=lambda _, __, data: lambda: public.encrypt(data),
        sm2_decrypt=lambda _, __, data: lambda: private.decrypt(data),
    )


def test_a_good_one() -> None:
    adapter = good()
    known.check(adapter)
    find = known.finder(adapter)
    for operation in OPERATIONS:
        call = find(operation, 64)
        assert call is not None
        call()
    for operation in ("sm4-xts", "sm2-sign-many", "tlcp-ecc/handshake", "FORM"):
        assert find(operation, 64) is None


def test_one_with_little() -> None:
    adapter = SimpleNamespace(sm3=good().sm3)
    known.check(adapter)
    assert known.finder(adapter)("sm4-ctr", 64) is None


@pytest.mark.parametrize(
    "name",
    [
        "sm3",
        "sm4_gcm_encrypt",
        "sm4_gcm_decrypt",
        "sm4_ctr",
        "sm4_cbc_encrypt",
        "sm4_cbc_decrypt",
        "sm4_ecb",
        "sm2_decrypt",
    ],
)
def test_one_that_gives_something_else(name: str) -> None:
    adapter = good()
    setattr(adapter, name, lambda *arguments: lambda: bytes(64))
    with pytest.raises(known.Wrong, match=f"its {name} gives another answer"):
        known.check(adapter)


def test_one_that_goes_on_where_it_was() -> None:
    """A counter that is not set back would give each call another part of the stream."""
    adapter = good()
    answers = [known.CTR, bytes(48)]
    adapter.sm4_ctr = lambda *arguments: lambda: answers.pop(0)
    with pytest.raises(known.Wrong, match="sm4_ctr"):
        known.check(adapter)


@pytest.mark.parametrize("answer", [True, False])
def test_one_that_does_not_look_at_signatures(answer: bool) -> None:
    adapter = good()
    adapter.sm2_verify = lambda *arguments: lambda: answer
    with pytest.raises(known.Wrong, match="sm2_verify"):
        known.check(adapter)


def test_one_that_signs_without_the_id() -> None:
    """A signature over the message's digest alone is quicker, and is not what SM2 asks for."""
    adapter = good()
    private = sm2.PrivateKey.from_bytes(known.PRIVATE)
    adapter.sm2_sign = lambda _, __, data: lambda: private.sign(data, user_id=None, encoding="raw")
    with pytest.raises(known.Wrong, match="sm2_verify"):
        known.check(adapter)


@pytest.mark.parametrize("name", ["gmssl", "gmalg", "gmssl_pyx"])
def test_those_that_the_tests_have(name: str) -> None:
    """The other ones need an environment of their own: their adapters check themselves there."""
    adapter: Any = importlib.import_module(f"tongsuo_py.benchmark.others.{name}")
    known.check(adapter)
    find = known.finder(adapter)
    for operation in OPERATIONS:
        call = find(operation, 32)
        if hasattr(adapter, operation.replace("-", "_")):
            assert call is not None
            call()
        else:
            assert call is None
