"""Enveloped SM2 keys (GM/T 0009-2012, 7.4): known ones, made by hand, spoilt in every way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gmalg
import pytest
from damage import beginnings, flipped, grown
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import peer_sm2, peer_sm4

from tongsuo_py import _der as der
from tongsuo_py import sm2, sm4
from tongsuo_py.exceptions import DecryptionError, FormatError
from tongsuo_py.sm2 import curve

N = int.from_bytes(curve.N, "big")
FAILED = "^the enveloped SM2 key could not be decrypted$"
SM4, SM4_ECB, SM4_CBC = "1.2.156.10197.1.104", "1.2.156.10197.1.104.1", "1.2.156.10197.1.104.2"
SYMMETRIC_KEY = bytes(range(16))
IV = bytes(range(16, 32))
ECB = der.sequence(der.oid(SM4_ECB), der.null())


@pytest.fixture(scope="module")
def recipient() -> sm2.PrivateKey:
    return sm2.PrivateKey.from_int(2**200 + 7)


def envelope(
    recipient: sm2.PrivateKey,
    key: sm2.PrivateKey,
    *,
    algorithm: bytes = ECB,
    plaintext: bytes | None = None,
    symmetric_key: bytes = SYMMETRIC_KEY,
    mode: sm4.Mode | None = None,
    point: bytes | None = None,
) -> bytes:
    """An SM2EnvelopedKey made by hand, with parts that can be replaced."""
    stream = sm4.encryptor(SYMMETRIC_KEY, mode or sm4.ECB(), padding=False)
    encrypted = stream.update(key.to_bytes() if plaintext is None else plaintext)
    return der.sequence(
        algorithm,
        recipient.public_key().encrypt(symmetric_key),
        der.bits(key.public_key().to_bytes() if point is None else point),
        der.bits(encrypted),
    )


def refused(data: bytes, recipient: sm2.PrivateKey) -> None:
    with pytest.raises(DecryptionError, match=FAILED) as caught:
        sm2.PrivateKey.from_enveloped(data, recipient)
    # Nothing beside the text tells one failure from another.
    assert caught.value.errors == ()
    assert caught.value.__cause__ is None


class TestKnown:
    def test_gmsms(self, vectors: Callable[[str], Any]) -> None:
        known = vectors("sm2_enveloped")["gmsm"]
        recipient = sm2.PrivateKey.from_hex(known["recipient"])
        key = sm2.PrivateKey.from_enveloped(bytes.fromhex(known["envelope"]), recipient)
        assert key.to_hex() == known["private_key"]

    def test_gmsms_bad_ones(self, vectors: Callable[[str], Any]) -> None:
        known = vectors("sm2_enveloped")["gmsm"]
        recipient = sm2.PrivateKey.from_hex(known["recipient"])
        for case in known["refused"]:
            with pytest.raises(FormatError, match=case["error"]):
                sm2.PrivateKey.from_enveloped(bytes.fromhex(case["envelope"]), recipient)

    def test_gmalg_and_gmssl_open_ours(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey
    ) -> None:
        outer = der.Reader(key.to_enveloped(recipient.public_key()), "ours").only()
        assert outer.element() == ECB
        cipher = outer.element()
        assert outer.bits() == key.public_key().to_bytes()
        encrypted = outer.bits()
        outer.finish()
        raw = sm2.convert_ciphertext(cipher, "der", "c1c3c2-bare")
        symmetric_key = peer_sm2(recipient.public_key(), recipient).decrypt(raw)
        pure = peer_sm4(symmetric_key, encrypt=False)
        assert bytes(pure.one_round(pure.sk, encrypted[:16])) == key.to_bytes()[:16]
        block = gmalg.SM4(symmetric_key).decrypt
        assert block(encrypted[:16]) + block(encrypted[16:]) == key.to_bytes()

    def test_we_open_what_gmalg_and_gmssl_make(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey
    ) -> None:
        block = gmalg.SM4(SYMMETRIC_KEY).encrypt
        encrypted = block(key.to_bytes()[:16]) + block(key.to_bytes()[16:])
        raw = peer_sm2(recipient.public_key()).encrypt(SYMMETRIC_KEY)
        cipher = sm2.convert_ciphertext(raw, "c1c3c2-bare", "der")
        point = der.bits(key.public_key().to_bytes())
        data = der.sequence(ECB, cipher, point, der.bits(encrypted))
        assert sm2.PrivateKey.from_enveloped(data, recipient).to_bytes() == key.to_bytes()


class TestRoundTrips:
    @given(st.integers(1, N - 2), st.integers(1, N - 2))
    @settings(max_examples=20)
    def test_any_two_keys(self, number: int, other: int) -> None:
        key, recipient = sm2.PrivateKey.from_int(number), sm2.PrivateKey.from_int(other)
        data = key.to_enveloped(recipient.public_key())
        again = sm2.PrivateKey.from_enveloped(bytearray(data), recipient)
        assert again.to_bytes() == key.to_bytes()
        assert again.public_key() == key.public_key()

    def test_each_is_another(self, key: sm2.PrivateKey, recipient: sm2.PrivateKey) -> None:
        made = {key.to_enveloped(recipient.public_key())[-32:] for _ in range(10)}
        assert len(made) == 10

    @pytest.mark.parametrize(
        "algorithm",
        [ECB, der.sequence(der.oid(SM4_ECB)), der.sequence(der.oid(SM4), der.null())],
        ids=["ECB", "ECB without NULL", "SM4 alone"],
    )
    @pytest.mark.parametrize("layout", ["32", "zeros before", "padding behind"])
    def test_layouts_that_are_met(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey, algorithm: bytes, layout: str
    ) -> None:
        plaintext = {
            "32": key.to_bytes(),
            "zeros before": bytes(32) + key.to_bytes(),
            "padding behind": key.to_bytes() + b"\x10" * 16,
        }[layout]
        data = envelope(recipient, key, algorithm=algorithm, plaintext=plaintext)
        assert sm2.PrivateKey.from_enveloped(data, recipient).to_bytes() == key.to_bytes()

    def test_cbc(self, key: sm2.PrivateKey, recipient: sm2.PrivateKey) -> None:
        algorithm = der.sequence(der.oid(SM4_CBC), der.octets(IV))
        for plaintext in (key.to_bytes(), key.to_bytes() + b"\x10" * 16):
            data = envelope(
                recipient, key, algorithm=algorithm, mode=sm4.CBC(IV), plaintext=plaintext
            )
            assert sm2.PrivateKey.from_enveloped(data, recipient).to_bytes() == key.to_bytes()

    @pytest.mark.parametrize("form", ["compressed", "hybrid", "bare"])
    def test_other_forms_of_the_public_key(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey, form: sm2.PointForm
    ) -> None:
        data = envelope(recipient, key, point=key.public_key().to_bytes(form))
        assert sm2.PrivateKey.from_enveloped(data, recipient).to_bytes() == key.to_bytes()


class TestRefused:
    """One error for all that the keys decide; where the structure is wrong, its place."""

    def test_another_recipient(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey, other_key: sm2.PrivateKey
    ) -> None:
        refused(key.to_enveloped(recipient.public_key()), other_key)

    def test_another_public_key(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey, other_key: sm2.PrivateKey
    ) -> None:
        refused(envelope(recipient, key, point=other_key.public_key().to_bytes()), recipient)

    def test_a_point_off_the_curve(self, key: sm2.PrivateKey, recipient: sm2.PrivateKey) -> None:
        point = flipped(key.public_key().to_bytes(), -1)
        refused(envelope(recipient, key, point=point), recipient)

    @pytest.mark.parametrize("number", [0, N - 1, N, 2**256 - 1])
    def test_numbers_out_of_range(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey, number: int
    ) -> None:
        refused(envelope(recipient, key, plaintext=number.to_bytes(32, "big")), recipient)

    def test_layouts_that_are_none(self, key: sm2.PrivateKey, recipient: sm2.PrivateKey) -> None:
        number = key.to_bytes()
        for plaintext in (
            b"\1" + bytes(31) + number,
            bytes(31) + b"\1" + number,
            number + bytes(32),
            number + b"\x10" * 15 + b"\x11",
            number + bytes(16),
        ):
            refused(envelope(recipient, key, plaintext=plaintext), recipient)

    def test_the_wrong_mode(self, key: sm2.PrivateKey, recipient: sm2.PrivateKey) -> None:
        refused(envelope(recipient, key, mode=sm4.CBC(IV)), recipient)

    def test_every_altered_bit_of_the_ciphertexts(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey
    ) -> None:
        data = envelope(recipient, key)
        end = len(data)
        for position in (*range(end - 119, end - 103), *range(end - 32, end)):  # C2, the number
            refused(flipped(data, position, 1 << position % 8), recipient)

    def test_cut_off_or_longer_anywhere(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey
    ) -> None:
        data = key.to_enveloped(recipient.public_key())
        for bad in (*beginnings(data), *grown(data)):
            with pytest.raises(FormatError, match=r"^the SM2EnvelopedKey: .* at byte \d+, found"):
                sm2.PrivateKey.from_enveloped(bad, recipient)
        with pytest.raises(FormatError, match=f"the end at byte {len(data)}, found 1 more bytes"):
            sm2.PrivateKey.from_enveloped(data + b"\0", recipient)

    @pytest.mark.parametrize(
        ("algorithm", "message"),
        [
            (der.sequence(der.oid("1.2.156.10197.1.102.1")), "SM4 .* at byte 5, found 1.2.156.1"),
            (der.sequence(der.oid(SM4_CBC), der.null()), "OCTET STRING at byte 15, found NULL"),
            (der.sequence(der.oid(SM4_CBC)), "OCTET STRING at byte 15, found the end"),
            (der.sequence(der.oid(SM4_CBC), der.octets(bytes(8))), "16 bytes at byte 15, found"),
            (der.sequence(der.oid(SM4_ECB), der.octets(IV)), "the end at byte 1[56], found 18"),
            (der.oid(SM4_ECB), "SEQUENCE at byte 3, found OBJECT IDENTIFIER"),
        ],
        ids=range(6),
    )
    def test_other_algorithms(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey, algorithm: bytes, message: str
    ) -> None:
        with pytest.raises(FormatError, match=f"^the SM2EnvelopedKey: expected .*{message}"):
            sm2.PrivateKey.from_enveloped(envelope(recipient, key, algorithm=algorithm), recipient)

    def test_lengths_that_tell_by_themselves(
        self, key: sm2.PrivateKey, recipient: sm2.PrivateKey
    ) -> None:
        for size in (0, 16, 80):
            data = envelope(recipient, key, plaintext=bytes(size))
            with pytest.raises(FormatError, match=f"32, 48 or 64 bytes at .*, found one of {size}"):
                sm2.PrivateKey.from_enveloped(data, recipient)
        for size in (15, 17, 32):
            data = envelope(recipient, key, symmetric_key=bytes(size))
            with pytest.raises(FormatError, match=f"STRING of 16 bytes .*, found one of {size}"):
                sm2.PrivateKey.from_enveloped(data, recipient)
        with pytest.raises(FormatError, match="a public key at byte"):
            sm2.PrivateKey.from_enveloped(envelope(recipient, key, point=b"\4" * 60), recipient)

    @given(st.binary(max_size=300))
    def test_random_bytes(self, data: bytes) -> None:
        with pytest.raises(FormatError):
            sm2.PrivateKey.from_enveloped(data, sm2.PrivateKey.from_int(5))

    @pytest.mark.parametrize("data", [None, "text", 5, ["x"]])
    def test_wrong_types(self, recipient: sm2.PrivateKey, data: Any) -> None:
        with pytest.raises(TypeError, match="must be bytes-like"):
            sm2.PrivateKey.from_enveloped(data, recipient)
        with pytest.raises(TypeError, match=r"must be an sm2\.PrivateKey"):
            sm2.PrivateKey.from_enveloped(b"", data)
        with pytest.raises(TypeError, match=r"must be an sm2\.PublicKey"):
            recipient.to_enveloped(data)

    def test_a_private_key_is_no_recipient(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(TypeError, match=r"must be an sm2\.PublicKey, not PrivateKey"):
            key.to_enveloped(key)  # type: ignore[arg-type]
