"""Keys in a form that nobody tells: each is found out, and nothing is guessed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongsuo_py import pki, sm2
from tongsuo_py.exceptions import AmbiguousFormat, FormatError, PasswordError
from tongsuo_py.sm2 import curve

N = int.from_bytes(curve.N, "big")


def private_forms(key: sm2.PrivateKey) -> dict[str, Any]:
    jwk = key.to_jwk()
    return {
        "number": key.to_bytes(),
        "hex": key.to_hex(),
        "hex in upper case": key.to_hex().upper(),
        "hex as bytes with a newline": key.to_hex().encode() + b"\n",
        "PEM": key.to_pem(),
        "PEM as text": key.to_pem().decode(),
        "PEM with text around it": b"a key:\n" + key.to_pem() + b"it was\n",
        "PEM with its public key": key.public_key().to_pem() + key.to_pem(),
        "SEC1": key.to_pem(format="sec1"),
        "DER": key.to_der(),
        "SEC1 in DER": key.to_der(format="sec1"),
        "JWK": jwk,
        "JWK as text": json.dumps(jwk),
        "JWK as bytes with white space": f"\n {json.dumps(jwk, indent=2)}\n".encode(),
    }


def public_forms(key: sm2.PublicKey) -> dict[str, Any]:
    return {
        **{form: key.to_bytes(form) for form in FORMS},
        **{f"{form} in hex": key.to_hex(form) for form in FORMS},
        "hex as bytes with a newline": key.to_hex().encode() + b"\r\n",
        "PEM": key.to_pem(),
        "PEM as text": key.to_pem().decode(),
        "DER": key.to_der(),
        "JWK": key.to_jwk(),
        "JWK as text": json.dumps(key.to_jwk()),
    }


FORMS: tuple[sm2.PointForm, ...] = ("uncompressed", "compressed", "hybrid", "bare")


def as_bytes(forms: dict[str, Any]) -> Iterable[bytes]:
    for form in forms.values():
        if not isinstance(form, dict):
            yield form.encode() if isinstance(form, str) else form


class TestFound:
    @given(st.integers(1, N - 2))
    @settings(max_examples=25)
    def test_private_keys(self, number: int) -> None:
        key = sm2.PrivateKey.from_int(number)
        for name, form in private_forms(key).items():
            assert sm2.load_private_key(form).to_bytes() == key.to_bytes(), name
            if isinstance(form, bytes):
                assert sm2.load_private_key(memoryview(form)).to_bytes() == key.to_bytes(), name

    @given(st.integers(1, N - 2))
    @settings(max_examples=25)
    def test_public_keys(self, number: int) -> None:
        key = sm2.PrivateKey.from_int(number).public_key()
        for name, form in public_forms(key).items():
            assert sm2.load_public_key(form) == key, name

    @pytest.mark.parametrize("encryption", ["aes-256-cbc", "gmssl"])
    def test_encrypted_ones(self, key: sm2.PrivateKey, encryption: sm2.KeyEncryption) -> None:
        data = key.to_der("password", encryption=encryption)
        assert sm2.load_private_key(data, "password").to_bytes() == key.to_bytes()
        with pytest.raises(PasswordError, match="a password is needed"):
            sm2.load_private_key(data)

    def test_certificates(self) -> None:
        certificate = pki.CA.create("Test").certificate
        for form in (certificate.to_der(), certificate.to_pem(), certificate.to_pem().decode()):
            assert sm2.load_public_key(form) == certificate.public_key()
        older = certificate.to_pem().replace(b"CERTIFICATE", b"X509 CERTIFICATE")
        assert sm2.load_public_key(older) == certificate.public_key()

    def test_a_number_that_looks_like_something_else(self) -> None:
        # 32 bytes are a number, whatever they spell.
        for data in (
            b'{"kty": "EC", "crv": "SM2", "d":',
            b"-----BEGIN X-----\n".ljust(32),
            b"0" * 32,
        ):
            assert sm2.load_private_key(data).to_bytes() == data


class TestNotGuessed:
    def test_two_private_keys(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        pem = key.to_pem()
        for other in (pem, other_key.to_pem(), other_key.to_pem(format="sec1")):
            with pytest.raises(
                AmbiguousFormat, match=f"PRIVATE KEY at byte 0, .* at byte {len(pem)}"
            ):
                sm2.load_private_key(pem + other)

    def test_two_public_keys(self, key: sm2.PrivateKey) -> None:
        certificate = pki.CA.create("Test").certificate
        pem = key.public_key().to_pem() + certificate.to_pem()
        with pytest.raises(AmbiguousFormat, match="PUBLIC KEY at byte 0, CERTIFICATE at byte"):
            sm2.load_public_key(pem)

    def test_members_that_come_twice(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        text = json.dumps(key.to_jwk())[:-1] + f', "d": "{other_key.to_jwk()["d"]}"}}'
        with pytest.raises(FormatError, match="each member once"):
            sm2.load_private_key(text)

    def test_a_point_as_text(self, key: sm2.PrivateKey) -> None:
        # 64 characters are not the 64 bytes of a point; and 64 digits are a private key's.
        with pytest.raises(FormatError, match="found 64 characters of text"):
            sm2.load_public_key("x" * 64)
        with pytest.raises(FormatError, match="found 64 characters of text"):
            sm2.load_public_key(key.to_hex())
        with pytest.raises(FormatError, match="found 32 characters of text"):
            sm2.load_private_key("x" * 32)


class TestRefused:
    def test_private_keys_are_not_public_ones(self, key: sm2.PrivateKey) -> None:
        for name, form in private_forms(key).items():
            if name != "PEM with its public key":
                with pytest.raises(FormatError):
                    sm2.load_public_key(form)

    def test_public_keys_are_not_private_ones(self, key: sm2.PrivateKey) -> None:
        for form in public_forms(key.public_key()).values():
            with pytest.raises(FormatError):
                sm2.load_private_key(form)

    def test_cut_off_anywhere(self, key: sm2.PrivateKey) -> None:
        cases: list[tuple[Callable[[Any], Any], Iterable[bytes], tuple[int, ...]]] = [
            (sm2.load_private_key, as_bytes(private_forms(key)), (32, 64)),
            (sm2.load_public_key, as_bytes(public_forms(key.public_key())), (33, 64, 65, 66, 128)),
        ]
        for load, forms, whole in cases:
            for form in forms:
                needed = len(form.strip()) - 6 * form.endswith(b"it was\n")
                for length in range(needed - 1):
                    if length not in whole:
                        with pytest.raises(FormatError) as caught:
                            load(form[:length])
                        assert not isinstance(caught.value, PasswordError)

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ("", "expected PEM, DER, a JWK, .*, found 0 characters of text"),
            (b"", "expected PEM, DER, a JWK, .*, found 0 other bytes"),
            (b"\xff" * 100, "expected PEM, DER, a JWK, .*, found 100 other bytes"),
            ("\ud800", "found 1 characters of text"),
            ("{", "expected JSON at byte 1"),
            (b"{\xff}", "expected JSON at byte 1"),
            ('{"a": ' + "[" * 100_000, "expected JSON at byte"),
            ('{"a": ' + "1" * 100_000 + "}", "expected JSON at byte"),
            ("{}", 'expected "EC" as member "kty", found none'),
            ({}, 'expected "EC" as member "kty", found none'),
            ("-----BEGIN X-----", "expected -----END X----- at byte 17, found the end"),
            ("-----BEGIN X-----\n-----END X-----\n", "found X at byte 0"),
            ("a -----BEGIN PRIVATE KEY-----", "found no whole block"),
        ],
        ids=range(13),
    )
    def test_what_is_nothing_of_the_kind(self, data: Any, message: str) -> None:
        for load in (sm2.load_private_key, sm2.load_public_key):
            with pytest.raises(FormatError, match=message):
                load(data)

    @pytest.mark.parametrize("data", [None, 5, ["x"], object()])
    def test_wrong_types(self, data: Any) -> None:
        for load in (sm2.load_private_key, sm2.load_public_key):
            with pytest.raises(TypeError, match="must be bytes-like"):
                load(data)

    @given(st.binary(max_size=200) | st.text(max_size=200))
    def test_anything(self, data: bytes | str) -> None:
        for load in (sm2.load_private_key, sm2.load_public_key):
            try:
                load(data)
            except FormatError:
                continue
            assert isinstance(data, bytes)
            assert len(data) in (32, 33, 64, 65)

    def test_no_secret_is_told(self, key: sm2.PrivateKey) -> None:
        number, text = key.to_hex(), json.dumps(key.to_jwk())
        for form in (number + "0", number[:-1], key.to_bytes() + b"x", text[:-1], text + "}"):
            with pytest.raises(FormatError) as caught:
                sm2.load_private_key(form)
            error: BaseException | None = caught.value
            while error is not None:
                said = f"{error!r} {vars(error)}".lower()
                assert number[:16] not in said
                assert key.to_jwk()["d"][:16].lower() not in said
                error = error.__context__
