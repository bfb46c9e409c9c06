"""SM2: signatures and ciphertexts in every form that other systems send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from parties import Artefact, Party
from programs import Program
from sm2_peers import (
    DATA,
    GmSSL,
    Native,
    gmalg_encrypts,
    gmalg_signs,
    prefixed,
    pure_encrypts,
    pure_signs,
    pyx_encrypts,
    pyx_signs,
    pyx_signs_digests,
)

from tongsuo_py import sm2, sm3

Meet = Callable[..., None]


@pytest.fixture(scope="module")
def key() -> sm2.PrivateKey:
    return sm2.PrivateKey.generate()


@pytest.fixture(scope="module")
def by_openssl(run_openssl: Program, key: sm2.PrivateKey) -> Native:
    return Native(run_openssl, key)


@pytest.fixture(scope="module")
def by_gmssl(run_gmssl: Program, key: sm2.PrivateKey) -> GmSSL:
    return GmSSL(run_gmssl, key)


def signs(key: sm2.PrivateKey, encoding: Any, user_id: bytes | None = sm2.DEFAULT_ID) -> Party:
    def takes(signature: Artefact) -> bytes:
        key.public_key().verify(signature, DATA, user_id, encoding)
        return DATA

    return Party(lambda: key.sign(DATA, user_id, encoding), takes)


def encrypts(key: sm2.PrivateKey, encoding: Any) -> Party:
    return Party(
        lambda: key.public_key().encrypt(DATA, encoding), lambda data: key.decrypt(data, encoding)
    )


class TestSignatures:
    def test_der(
        self, meet: Meet, key: sm2.PrivateKey, by_openssl: Native, by_gmssl: GmSSL
    ) -> None:
        meet(
            "SM2 signature", "DER", DATA, signs(key, "der"),
            Tongsuo=by_openssl.signs(), GmSSL=by_gmssl.signs(), gmssl_pyx=pyx_signs(key),
        )  # fmt: skip

    def test_raw(self, meet: Meet, key: sm2.PrivateKey) -> None:
        meet("SM2 signature", "r‖s", DATA, signs(key, "raw"), gmalg=gmalg_signs(key))

    def test_hex(self, meet: Meet, key: sm2.PrivateKey) -> None:
        meet("SM2 signature", "r‖s in hex", DATA, signs(key, "raw-hex"), gmssl=pure_signs(key))

    def test_another_id(
        self, meet: Meet, key: sm2.PrivateKey, by_openssl: Native, by_gmssl: GmSSL
    ) -> None:
        user_id = b"ALICE123@YAHOO.COM"
        meet(
            "SM2 signature", "DER, with another ID", DATA, signs(key, "der", user_id),
            Tongsuo=by_openssl.signs(user_id),
            GmSSL=by_gmssl.signs(user_id),
            gmssl_pyx=pyx_signs(key, user_id),
        )  # fmt: skip

    def test_without_z(self, meet: Meet, key: sm2.PrivateKey) -> None:
        meet(
            "SM2 signature", "of SM3(data), without Z", DATA, signs(key, "der", None),
            gmssl_pyx=pyx_signs(key, None),
        )  # fmt: skip

    def test_of_a_digest(self, meet: Meet, key: sm2.PrivateKey) -> None:
        digest = sm3.sm3(key.public_key().z() + DATA).digest()

        def takes(signature: Artefact) -> bytes:
            key.public_key().verify_digest(signature, digest)
            return digest

        meet(
            "SM2 signature", "of a digest", digest, Party(lambda: key.sign_digest(digest), takes),
            gmssl_pyx=pyx_signs_digests(key, digest),
        )  # fmt: skip


class TestCiphertexts:
    def test_der(
        self, meet: Meet, key: sm2.PrivateKey, by_openssl: Native, by_gmssl: GmSSL
    ) -> None:
        meet(
            "SM2 ciphertext", "DER (GM/T 0009)", DATA, encrypts(key, "der"),
            Tongsuo=by_openssl.encrypts(), GmSSL=by_gmssl.encrypts(), gmssl_pyx=pyx_encrypts(key),
        )  # fmt: skip

    def test_new_order(self, meet: Meet, key: sm2.PrivateKey) -> None:
        meet(
            "SM2 ciphertext", "C1‖C3‖C2", DATA, encrypts(key, "c1c3c2"),
            gmalg=gmalg_encrypts(key), gmssl=prefixed(b"\4", pure_encrypts(key, "c1c3c2")),
        )  # fmt: skip

    def test_old_order(self, meet: Meet, key: sm2.PrivateKey) -> None:
        meet(
            "SM2 ciphertext", "C1‖C2‖C3", DATA, encrypts(key, "c1c2c3"),
            gmssl=prefixed(b"\4", pure_encrypts(key, "c1c2c3")),
        )  # fmt: skip

    @pytest.mark.parametrize("order", ["c1c3c2", "c1c2c3"])
    def test_without_04(self, meet: Meet, key: sm2.PrivateKey, order: str) -> None:
        name = "‖".join(("C1", order[2:4].upper(), order[4:].upper())) + " without 04"
        bare = encrypts(key, f"{order}-bare")
        meet("SM2 ciphertext", name, DATA, bare, gmssl=pure_encrypts(key, order))
