"""SM2 encryption: the standard's example, every form, other programs both ways, and bad input."""

from __future__ import annotations

import mmap
from collections.abc import Callable
from typing import Any

import pytest
from ciphertext_forms import ENCODINGS, IN_BYTES, Example, with_point, written
from damage import beginnings, flips
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import BYTES_LIKE, peer_sm2

from tongsuo_py import sm2, sm3
from tongsuo_py._der import SEQUENCE, header, integer, octets
from tongsuo_py.sm2 import curve, encryption

RunOpenssl = Callable[..., bytes]

EVERY = pytest.mark.parametrize("encoding", ENCODINGS)
MESSAGE = "the SM2 ciphertext could not be decrypted"


def refused(key: sm2.PrivateKey, ciphertext: object, encoding: Any) -> None:
    """The same error, with nothing in it that would tell one cause from another."""
    with pytest.raises(sm2.DecryptionError) as caught:
        key.decrypt(ciphertext, encoding)
    assert str(caught.value) == MESSAGE
    assert caught.value.errors == ()


@EVERY
def test_the_standards_example(key: sm2.PrivateKey, example: Example, encoding: Any) -> None:
    assert key.decrypt(written(example, encoding), encoding) == example.data


class TestRoundTrips:
    @EVERY
    @given(data=st.binary(min_size=1, max_size=400))
    @settings(max_examples=20)
    def test_random_data(self, key: sm2.PrivateKey, encoding: Any, data: bytes) -> None:
        ciphertext = key.public_key().encrypt(data, encoding)
        assert key.decrypt(ciphertext, encoding) == data
        assert key.decrypt(ciphertext, "auto") == data

    @pytest.mark.parametrize("encoding", IN_BYTES)
    @pytest.mark.parametrize("size", [1, 2, 31, 32, 33, 127, 128, 255, 256, 65_535, 1_000_003])
    def test_sizes(self, key: sm2.PrivateKey, encoding: Any, size: int) -> None:
        data = b"\x5a" * size
        assert key.decrypt(key.public_key().encrypt(data, encoding), encoding) == data

    def test_single_bytes_are_never_sent_in_the_clear(self, key: sm2.PrivateKey) -> None:
        # One mask in 256 is zero, and another k has to be drawn then.
        for _ in range(1500):
            ciphertext = key.public_key().encrypt(b"!", "c1c3c2")
            assert ciphertext[-1:] != b"!"
            assert key.decrypt(ciphertext, "c1c3c2") == b"!"

    def test_no_two_are_the_same(self, key: sm2.PrivateKey) -> None:
        ciphertexts = {key.public_key().encrypt(b"data", "c1c3c2")[:65] for _ in range(100)}
        assert len(ciphertexts) == 100

    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, key: sm2.PrivateKey, kind: str) -> None:
        make = BYTES_LIKE[kind]
        ciphertext = key.public_key().encrypt(make(b"data"))
        assert key.decrypt(make(ciphertext)) == b"data"

    @EVERY
    def test_coordinates_with_leading_zeros(self, key: sm2.PrivateKey, encoding: Any) -> None:
        for place, k in ((0, 327), (32, 107)):  # x, y
            assert multiple_of_g(k)[place] == 0
            ciphertext = written(encrypted_with(key, k, b"data"), encoding)
            assert key.decrypt(ciphertext, encoding) == b"data"


class TestRefused:
    @EVERY
    def test_every_altered_byte(self, key: sm2.PrivateKey, example: Example, encoding: Any) -> None:
        for altered in flips(written(example, encoding), (1, 0x80)):
            refused(key, altered, encoding)

    @EVERY
    def test_every_truncation(self, key: sm2.PrivateKey, example: Example, encoding: Any) -> None:
        ciphertext = written(example, encoding)
        for part in beginnings(ciphertext):
            refused(key, part, encoding)
        refused(key, ciphertext + b"\0", encoding)

    @pytest.mark.parametrize("encoding", IN_BYTES)
    def test_altered_or_cut_in_an_unknown_encoding(
        self, key: sm2.PrivateKey, example: Example, encoding: Any
    ) -> None:
        ciphertext = written(example, encoding)
        for bad in (*beginnings(ciphertext), *flips(ciphertext, (4,))):
            refused(key, bad, "auto")

    @pytest.mark.parametrize("encoding", [*ENCODINGS, "auto"])
    @given(data=st.binary(max_size=300))
    @settings(max_examples=30)
    def test_random_bytes(self, key: sm2.PrivateKey, encoding: Any, data: bytes) -> None:
        refused(key, data, encoding)

    @EVERY
    def test_another_key(self, example: Example, other_key: sm2.PrivateKey, encoding: Any) -> None:
        refused(other_key, written(example, encoding), encoding)

    def test_another_encoding(self, key: sm2.PrivateKey, example: Example) -> None:
        for encoding in ENCODINGS:
            for other in ENCODINGS:
                if other != encoding:
                    refused(key, written(example, encoding), other)

    def test_points_off_the_curve(self, key: sm2.PrivateKey) -> None:
        # Small ones, on curves where a few questions would give the private key away.
        for x, y in ((0, 0), (1, 1), (2, 3), (curve.P, 5)):
            c1 = b"".join(
                value if isinstance(value, bytes) else value.to_bytes(32, "big") for value in (x, y)
            )
            refused(key, c1 + bytes(32) + b"data", "c1c3c2-bare")

    @EVERY
    def test_the_point_at_infinity(
        self, key: sm2.PrivateKey, example: Example, encoding: Any
    ) -> None:
        # It has no coordinates: one byte says it, or zeros are taken for them.
        refused(key, with_point(example, 0, 0, encoding), encoding)
        refused(key, b"\0" + example.c3 + example.c2, encoding)
        refused(key, bytes(65) + example.c3 + example.c2, encoding)

    @EVERY
    def test_no_c2(self, key: sm2.PrivateKey, example: Example, encoding: Any) -> None:
        refused(key, written(example._replace(c2=b""), encoding), encoding)

    @EVERY
    def test_another_c3(self, key: sm2.PrivateKey, example: Example, encoding: Any) -> None:
        for c3 in (bytes(32), sm3.sm3(b"").digest(), example.c3[::-1]):
            refused(key, written(example._replace(c3=c3), encoding), encoding)

    def test_a_coordinate_beyond_the_field(self, key: sm2.PrivateKey) -> None:
        # Tongsuo itself would take it modulo p: the same ciphertext, written in another way.
        p = int.from_bytes(curve.P, "big")
        b = int.from_bytes(curve.B, "big")
        y = pow(b, (p + 1) // 4, p).to_bytes(32, "big")
        refused(key, curve.P + y + bytes(32) + b"data", "c1c3c2-bare")

    @EVERY
    @pytest.mark.parametrize(("data", "k"), [(b"!", 470), (b"?!", 62_785)])
    def test_a_mask_of_zeros(self, key: sm2.PrivateKey, encoding: Any, data: bytes, k: int) -> None:
        # A correct ciphertext whose KDF output is zero (k was searched for): the standard calls it
        # an error, since the plaintext can be read in it.
        example = encrypted_with(key, k, data)
        assert example.c2 == data
        ciphertext = written(example, encoding)
        refused(key, ciphertext, encoding)
        refused(key, ciphertext, "auto")

    def test_ber_that_is_not_der(self, key: sm2.PrivateKey, example: Example) -> None:
        c1, c2, c3 = example.c1, example.c2, example.c3
        x, y = integer(c1[1:33]), integer(c1[33:])
        rest = octets(c3) + octets(c2)
        body = x + y + rest
        assert key.decrypt(header(SEQUENCE, len(body)) + body) == example.data
        padded_x = bytes((0x02, x[1] + 1, 0)) + x[2:]
        for other in (
            bytes((SEQUENCE, 0x82, 0, len(body))) + body,
            b"\x30\x80" + body + b"\0\0",
            header(SEQUENCE, len(body) + 1) + padded_x + y + rest,
            header(SEQUENCE, len(body) + 2) + body + b"\5\0",
            header(SEQUENCE, len(body)) + body + b"\0",
            b"\x30\x84\xff\xff\xff\xff" + body,
            b"\x30\xff" + body,
            b"\x30\x88" + b"\xff" * 8 + body,
        ):
            refused(key, other, "der")

    def test_no_data(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(ValueError, match="1 to 1073741824 bytes, not 0"):
            key.public_key().encrypt(b"")
        for encoding in ENCODINGS:
            refused(key, b"", encoding)


def encrypted_with(key: sm2.PrivateKey, k: int, data: bytes) -> Example:
    """At most 32 bytes encrypted with this k, by the text of GB/T 32918.4."""
    shared = multiple_of_g(k * int.from_bytes(key.to_bytes(), "big"))  # [k]P
    mask = sm3.sm3(shared + b"\0\0\0\1").digest()
    c2 = bytes(byte ^ other for byte, other in zip(data, mask, strict=False))
    c3 = sm3.sm3(shared[:32] + data + shared[32:]).digest()
    return Example(data, b"\4" + multiple_of_g(k), c2, c3)


def multiple_of_g(number: int) -> bytes:
    number %= int.from_bytes(curve.N, "big")
    key = sm2.PrivateKey.from_bytes(number.to_bytes(32, "big"))
    return key.public_key().to_bytes()[1:]


class TestArguments:
    @pytest.mark.parametrize("value", [None, 1, "text", 1.5])
    def test_wrong_types(self, key: sm2.PrivateKey, value: Any) -> None:
        with pytest.raises(TypeError, match="data must be bytes-like"):
            key.public_key().encrypt(value)
        with pytest.raises(TypeError, match="ciphertext must be bytes-like"):
            key.decrypt(value)

    @pytest.mark.parametrize("encoding", ["DER", "c1c3c2-04", "", None, 3])
    def test_unknown_encodings(self, key: sm2.PrivateKey, encoding: Any) -> None:
        with pytest.raises(ValueError, match="encoding must be one of") as caught:
            key.public_key().encrypt(b"data", encoding)
        assert not isinstance(caught.value, sm2.DecryptionError)
        with pytest.raises(ValueError, match="encoding must be one of"):
            key.decrypt(b"data", encoding)

    def test_too_much_data(self, key: sm2.PrivateKey) -> None:
        # Address space only: nothing of it is touched.
        with (
            mmap.mmap(-1, encryption.LONGEST_PLAINTEXT + 1) as data,
            pytest.raises(ValueError, match="1 to 1073741824 bytes"),
        ):
            key.public_key().encrypt(data)


class TestOtherPrograms:
    @pytest.mark.parametrize("order", ["c1c3c2", "c1c2c3"])
    @given(data=st.binary(min_size=4, max_size=100))
    @settings(max_examples=6)
    def test_gmssl_both_ways(self, order: Any, data: bytes) -> None:
        key = sm2.PrivateKey.generate()
        peer = peer_sm2(key.public_key(), key, order)
        bare: Any = f"{order}-bare"
        assert peer.decrypt(key.public_key().encrypt(data, bare)) == data
        assert key.decrypt(peer.encrypt(data), bare) == data

    @given(data=st.binary(min_size=1, max_size=3000))
    @settings(max_examples=10)
    def test_openssl_both_ways(
        self, key: sm2.PrivateKey, run_openssl: RunOpenssl, data: bytes
    ) -> None:
        public, private = key.public_key().to_pem(), key.to_pem()
        command = ("pkeyutl", "-encrypt", "-pubin", "-inkey", "{k}", "-in", "{d}")
        assert key.decrypt(run_openssl(*command, k=public, d=data)) == data
        command = ("pkeyutl", "-decrypt", "-inkey", "{k}", "-in", "{d}")
        assert run_openssl(*command, k=private, d=key.public_key().encrypt(data)) == data
