"""SM2: signatures and ciphertexts in every form that other systems send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from known_answers import example
from parties import Artefact, Party, a_file, same_answer
from programs import Program
from sm2_peers import (
    DATA,
    GmSSL,
    Native,
    gmalg_encrypts,
    gmalg_exchanges,
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


class TestKeyExchange:
    """Both sides' keys, long and short ones, are those of a known answer; what it comes to, too."""

    def exchange(self, answer: dict[str, bytes]) -> tuple[sm2.SharedKey, sm2.SharedKey]:
        keys, ephemeral = (
            [sm2.PrivateKey.from_bytes(answer[f"{kind}_{side}"]) for side in "ab"]
            for kind in ("private_key", "ephemeral")
        )
        one, other = (
            sm2.KeyExchange(
                keys[own],
                initiator=own == 0,
                peer_key=keys[1 - own].public_key(),
                user_id=answer["id_" + "ab"[own]],
                peer_id=answer["id_" + "ba"[own]],
                _ephemeral=ephemeral[own],
            )
            for own in (0, 1)
        )
        size = len(answer["key"])
        return one.agree(other.ephemeral_key, size), other.agree(one.ephemeral_key, size)

    def test_the_key(self, meet: Meet) -> None:
        answer = example("sm2", "key_exchange")
        key = answer["key"]

        def ours() -> bytes:
            at_a, at_b = self.exchange(answer)
            assert at_a.key == at_b.key
            return at_a.key

        meet(
            "SM2 key exchange", "the key", key, same_answer(ours),
            **{"GB/T 32918.5": a_file(key)}, gmalg=same_answer(lambda: gmalg_exchanges(answer)),
        )  # fmt: skip

    def test_the_confirmation(self, meet: Meet) -> None:
        def all_of(answer: dict[str, bytes]) -> bytes:
            return answer["key"] + answer["confirmation_a"] + answer["confirmation_b"]

        def ours(answer: dict[str, bytes]) -> bytes:
            at_a, at_b = self.exchange(answer)
            at_a.verify(at_b.confirmation)
            at_b.verify(at_a.confirmation)
            return at_a.key + at_a.confirmation + at_b.confirmation

        standard = example("sm2", "key_exchange")
        java = example("sm2_bouncycastle", "key_exchanges", 0)
        content = all_of(standard) + all_of(java)
        meet(
            "SM2 key exchange", "with its confirmation", content,
            same_answer(lambda: ours(standard) + ours(java)),
            **{"GB/T 32918.5 and BouncyCastle": a_file(content)},
        )  # fmt: skip
