"""SM2 keys as numbers, points, hexadecimal digits, coordinates and JWK."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, get_args

import pytest
from damage import beginnings, flipped
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import peer_point

from tongsuo_py import sm2
from tongsuo_py.exceptions import FormatError
from tongsuo_py.sm2 import curve

N, P = int.from_bytes(curve.N, "big"), int.from_bytes(curve.P, "big")
FORMS = get_args(sm2.PointForm)
NUMBERS = st.integers(1, N - 2)

PRIVATE: dict[str, tuple[Callable[[sm2.PrivateKey], Any], Callable[[Any], sm2.PrivateKey]]] = {
    "bytes": (sm2.PrivateKey.to_bytes, sm2.PrivateKey.from_bytes),
    "int": (sm2.PrivateKey.to_int, sm2.PrivateKey.from_int),
    "hex": (sm2.PrivateKey.to_hex, sm2.PrivateKey.from_hex),
    "jwk": (sm2.PrivateKey.to_jwk, sm2.PrivateKey.from_jwk),
    "pem": (sm2.PrivateKey.to_pem, sm2.PrivateKey.from_pem),
    "der": (sm2.PrivateKey.to_der, sm2.PrivateKey.from_der),
    "sec1 pem": (lambda key: key.to_pem(format="sec1"), sm2.PrivateKey.from_pem),
    "sec1 der": (lambda key: key.to_der(format="sec1"), sm2.PrivateKey.from_der),
}
PUBLIC: dict[str, tuple[Callable[[sm2.PublicKey], Any], Callable[[Any], sm2.PublicKey]]] = {
    "coordinates": (lambda key: (key.x, key.y), lambda xy: sm2.PublicKey.from_coordinates(*xy)),
    "jwk": (sm2.PublicKey.to_jwk, sm2.PublicKey.from_jwk),
    "pem": (sm2.PublicKey.to_pem, sm2.PublicKey.from_pem),
    "der": (sm2.PublicKey.to_der, sm2.PublicKey.from_der),
    "bytes": (sm2.PublicKey.to_bytes, sm2.PublicKey.from_bytes),
    "compressed": (lambda key: key.to_bytes("compressed"), sm2.PublicKey.from_bytes),
    "hybrid": (lambda key: key.to_bytes("hybrid"), sm2.PublicKey.from_bytes),
    "bare": (lambda key: key.to_bytes("bare"), sm2.PublicKey.from_bytes),
    "hex": (sm2.PublicKey.to_hex, sm2.PublicKey.from_hex),
    "compressed hex": (lambda key: key.to_hex("compressed"), sm2.PublicKey.from_hex),
    "hybrid hex": (lambda key: key.to_hex("hybrid"), sm2.PublicKey.from_hex),
    "bare hex": (lambda key: key.to_hex("bare"), sm2.PublicKey.from_hex),
}
every_form = pytest.mark.parametrize("form", FORMS)


class TestRoundTrips:
    @given(NUMBERS)
    @settings(max_examples=25)
    def test_private_keys_from_each_form_to_each(self, number: int) -> None:
        key = sm2.PrivateKey.from_int(number)
        wanted = {name: write(key) for name, (write, _) in PRIVATE.items()}
        assert wanted["int"] == number
        for name, (_, read) in PRIVATE.items():
            again = read(wanted[name])
            assert {other: write(again) for other, (write, _) in PRIVATE.items()} == wanted

    @given(NUMBERS)
    @settings(max_examples=25)
    def test_public_keys_from_each_form_to_each(self, number: int) -> None:
        key = sm2.PrivateKey.from_int(number).public_key()
        wanted = {name: write(key) for name, (write, _) in PUBLIC.items()}
        for name, (_, read) in PUBLIC.items():
            again = read(wanted[name])
            assert {other: write(again) for other, (write, _) in PUBLIC.items()} == wanted

    @given(NUMBERS)
    @settings(max_examples=3)
    def test_points_are_those_of_gmssl(self, number: int) -> None:
        point = peer_point(number)
        key = sm2.PublicKey.from_bytes(point)
        assert (key.x, key.y) == (int.from_bytes(point[1:33]), int.from_bytes(point[33:]))
        assert sm2.PrivateKey.from_int(number).public_key() == key


class TestPointForms:
    def test_the_standards_key(self, key: sm2.PrivateKey) -> None:
        # GB/T 32918.1-2016, 4.2.9: 02 + the last bit of y, which is odd here; 06 in the hybrid one.
        x, y = (
            "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020",
            "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        )
        public = key.public_key()
        assert public.to_hex() == f"04{x}{y}"
        assert public.to_hex("compressed") == f"03{x}"
        assert public.to_hex("hybrid") == f"07{x}{y}"
        assert public.to_hex("bare") == f"{x}{y}"

    def test_openssl_compresses_alike(
        self, key: sm2.PrivateKey, run_openssl: Callable[..., bytes]
    ) -> None:
        for form in ("compressed", "hybrid"):
            command = ("ec", "-pubin", "-conv_form", form, "-outform", "DER", "-in", "{k}")
            der = run_openssl(*command, k=key.public_key().to_pem())
            assert der.endswith(key.public_key().to_bytes(form))  # type: ignore[arg-type]

    @every_form
    def test_the_other_y(self, key: sm2.PrivateKey, form: sm2.PointForm) -> None:
        public = key.public_key()
        other = sm2.PublicKey.from_coordinates(public.x, P - public.y)
        assert other != public
        assert sm2.PublicKey.from_bytes(other.to_bytes(form)) == other

    def test_a_hybrid_one_with_the_wrong_parity(self, key: sm2.PrivateKey) -> None:
        point = key.public_key().to_bytes("hybrid")
        with pytest.raises(FormatError, match="not a point of the SM2 curve"):
            sm2.PublicKey.from_bytes(flipped(point, 0))

    @every_form
    def test_each_length_but_the_right_one(self, key: sm2.PrivateKey, form: sm2.PointForm) -> None:
        point = key.public_key().to_bytes(form)
        for part in beginnings(point):
            if len(part) != 64:  # those are x and y, here of another point
                with pytest.raises(FormatError, match="the SM2 public key: expected "):
                    sm2.PublicKey.from_bytes(part)
        with pytest.raises(FormatError):
            sm2.PublicKey.from_bytes(point + b"\0")

    @pytest.mark.parametrize(
        ("point", "message"),
        [
            ("", "expected 02, 03, 04, 06 or 07 at byte 0, found the end"),
            ("00", "expected 02, 03, 04, 06 or 07 at byte 0, found 00"),
            ("05" * 65, "expected 02, 03, 04, 06 or 07 at byte 0, found 05"),
            ("04" * 66, "expected 65 bytes for one that begins with 04 .*, found 66"),
            ("02" * 65, "expected 33 bytes for one that begins with 02 .*, found 65"),
            ("04" * 64, "not a point of the SM2 curve"),
            ("04" + "00" * 64, "not a point of the SM2 curve"),
            ("06" + "00" * 64, "not a point of the SM2 curve"),
            ("02" + "ff" * 32, "not a point of the SM2 curve"),
        ],
    )
    def test_others(self, point: str, message: str) -> None:
        with pytest.raises(FormatError, match=message):
            sm2.PublicKey.from_bytes(bytes.fromhex(point))
        with pytest.raises(FormatError, match=message):
            sm2.PublicKey.from_hex(point)

    def test_coordinates_not_less_than_p(self) -> None:
        # y of the point with x = 0 is the root of b; x = p means the same point modulo p.
        b = int.from_bytes(curve.B, "big")
        y = pow(b, (P + 1) // 4, P)
        assert y * y % P == b
        assert sm2.PublicKey.from_coordinates(0, y).x == 0
        beyond = curve.P + y.to_bytes(32, "big")
        for point in (b"\4" + beyond, beyond, bytes((6 | y & 1,)) + beyond, b"\2" + curve.P):
            with pytest.raises(FormatError, match="not a point"):
                sm2.PublicKey.from_bytes(point)

    def test_an_x_without_a_point(self) -> None:
        b = int.from_bytes(curve.B, "big")
        x = next(x for x in range(100) if pow(x**3 - 3 * x + b, P // 2, P) != 1)
        with pytest.raises(FormatError, match="not a point"):
            sm2.PublicKey.from_bytes(b"\2" + x.to_bytes(32, "big"))

    @pytest.mark.parametrize("form", ["", "COMPRESSED", None, 4])
    def test_unknown_forms(self, key: sm2.PrivateKey, form: Any) -> None:
        with pytest.raises(ValueError, match='"uncompressed", "compressed", "hybrid", "bare"'):
            key.public_key().to_bytes(form)


class TestNumbers:
    @pytest.mark.parametrize("number", [-1, 0, N - 1, N, 2**256 - 1, 2**256, -(2**300)])
    def test_out_of_range(self, number: int) -> None:
        with pytest.raises(FormatError, match="from 1 to n - 2"):
            sm2.PrivateKey.from_int(number)

    @pytest.mark.parametrize("number", [1, N - 2])
    def test_the_ends_of_the_range(self, number: int) -> None:
        assert sm2.PrivateKey.from_int(number).to_int() == number

    @pytest.mark.parametrize("number", ["1", 1.0, None, b"1"])
    def test_wrong_types(self, number: Any) -> None:
        with pytest.raises(TypeError, match="must be an int"):
            sm2.PrivateKey.from_int(number)
        with pytest.raises(TypeError, match="x must be an int"):
            sm2.PublicKey.from_coordinates(number, 1)
        with pytest.raises(TypeError, match="y must be an int"):
            sm2.PublicKey.from_coordinates(1, number)

    @pytest.mark.parametrize("number", [-1, 2**256])
    def test_coordinates_out_of_range(self, number: int) -> None:
        with pytest.raises(FormatError, match="x must be from 0 to p - 1"):
            sm2.PublicKey.from_coordinates(number, 1)
        with pytest.raises(FormatError, match="y must be from 0 to p - 1"):
            sm2.PublicKey.from_coordinates(1, number)


class TestHex:
    def test_either_case_as_text_or_bytes(self, key: sm2.PrivateKey) -> None:
        for text in (key.to_hex(), key.to_hex().upper(), key.to_hex().encode()):
            assert sm2.PrivateKey.from_hex(text).to_bytes() == key.to_bytes()

    def test_mistakes_are_told_by_their_place_alone(self, key: sm2.PrivateKey) -> None:
        text = key.to_hex()
        for place in (0, 31, 63):
            wrong = text[:place] + "g" + text[place + 1 :]
            with pytest.raises(FormatError, match=f"at byte {place}, found another") as caught:
                sm2.PrivateKey.from_hex(wrong)
            assert text[5:15] not in str(caught.value)

    def test_cut_off(self, key: sm2.PrivateKey) -> None:
        for text, read in (
            (key.to_hex(), sm2.PrivateKey.from_hex),
            (key.public_key().to_hex(), sm2.PublicKey.from_hex),
        ):
            for part in beginnings(text):
                if len(part) != 128:  # a whole point of its own, which is not on the curve
                    with pytest.raises(FormatError, match="expected"):
                        read(part)


class TestJwk:
    def test_the_shape(self, key: sm2.PrivateKey) -> None:
        # The standard's key, in base64url by coreutils' basenc.
        public = {
            "kty": "EC",
            "crv": "SM2",
            "x": "CfnfMR5UIaFQ3X0WHkvFxnIXn60YM_wHa7CP81bzUCA",
            "y": "zOpJDOJndaUtxupxjMGqYArtBfvzXghKZjL2By2prRM",
        }
        assert key.public_key().to_jwk() == public
        assert key.to_jwk() == public | {"d": "OUUgj3shRLE_NuOKxtOflYiTk2koYLUaQvuB7033xbg"}

    def test_unknown_members_are_passed_over(self, key: sm2.PrivateKey) -> None:
        members = key.to_jwk() | {"kid": "1", "use": "sig", "key_ops": ["sign"], "alg": "SM2SM3"}
        assert sm2.PrivateKey.from_jwk(members).to_bytes() == key.to_bytes()

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"kty": "RSA"}, 'expected "EC" as member "kty", found \'RSA\''),
            ({"kty": None}, 'expected "EC" as member "kty", found none'),
            ({"crv": "P-256"}, 'expected "SM2" as member "crv", found \'P-256\''),
            ({"crv": ["SM2"]}, 'expected "SM2" as member "crv", found '),
            ({"x": None}, 'base64url as member "x", found none'),
            ({"y": 5}, 'base64url as member "y", found int'),
            ({"x": "A" * 42}, 'base64url as member "x", found 42'),
            ({"x": "A" * 43 + "="}, 'base64url as member "x", found 44'),
            (
                {"x": "A" * 40 + "/AA"},
                'member "x", found another character at byte 40',
            ),
            ({"x": "A" * 40 + "\xe4AA"}, "found another character at byte 40"),
            ({"x": "A" * 42 + "B"}, 'base64url as member "x", found bits after the last byte'),
            ({"x": "A" * 43}, "not a point of the SM2 curve"),
        ],
    )
    def test_what_is_wrong(
        self, key: sm2.PrivateKey, changed: dict[str, Any], message: str
    ) -> None:
        for members, read in (
            (key.public_key().to_jwk(), sm2.PublicKey.from_jwk),
            (key.to_jwk(), sm2.PrivateKey.from_jwk),
        ):
            given = {n: v for n, v in (members | changed).items() if v is not None}
            with pytest.raises(FormatError, match=message):
                read(given)

    def test_a_private_one_is_no_public_key(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(FormatError, match='private member "d"') as caught:
            sm2.PublicKey.from_jwk(key.to_jwk())
        assert key.to_jwk()["d"] not in str(caught.value)
        with pytest.raises(FormatError, match='member "d", found none'):
            sm2.PrivateKey.from_jwk(key.public_key().to_jwk())

    def test_another_keys_public_members(
        self, key: sm2.PrivateKey, other_key: sm2.PrivateKey
    ) -> None:
        with pytest.raises(FormatError, match="another key's public key"):
            sm2.PrivateKey.from_jwk(key.to_jwk() | other_key.public_key().to_jwk())

    @pytest.mark.parametrize("d", ["A" * 43, "_" * 42 + "8", "A" * 42])
    def test_a_bad_number(self, key: sm2.PrivateKey, d: str) -> None:
        with pytest.raises(FormatError):
            sm2.PrivateKey.from_jwk(key.to_jwk() | {"d": d})

    @pytest.mark.parametrize("members", [None, "{}", b"{}", [], 5])
    def test_wrong_types(self, members: Any) -> None:
        for read in (sm2.PublicKey.from_jwk, sm2.PrivateKey.from_jwk):
            with pytest.raises(TypeError, match="must be a mapping"):
                read(members)

    def test_it_is_json(self, key: sm2.PrivateKey) -> None:
        again = sm2.PrivateKey.from_jwk(json.loads(json.dumps(key.to_jwk())))
        assert again.to_bytes() == key.to_bytes()
