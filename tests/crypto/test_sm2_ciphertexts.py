"""The forms of SM2 ciphertexts: converted and detected without a key, other programs, bad input."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from typing import Any

import gmalg
import pytest
from ciphertext_forms import ENCODINGS, IN_BYTES, Example, with_point, written
from damage import EVERY_BIT, beginnings, flips
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import BYTES_LIKE

from tongsuo_py import sm2
from tongsuo_py._der import integer, octets, sequence
from tongsuo_py.sm2 import curve

EVERY = pytest.mark.parametrize("encoding", ENCODINGS)
EVERY_IN_BYTES = pytest.mark.parametrize("encoding", IN_BYTES)
P = int.from_bytes(curve.P, "big")


def point(number: int) -> bytes:
    """[number]G in 65 bytes."""
    return sm2.PrivateKey.from_bytes(number.to_bytes(32, "big")).public_key().to_bytes()


def orders(encoding: str) -> tuple[str, ...]:
    """What an encoding cannot be told from without the key."""
    if encoding.startswith("der"):
        return (encoding,)
    return tuple(order + encoding[6:] for order in ("c1c3c2", "c1c2c3"))


#: Ciphertexts that nobody can decrypt, but that are well-formed.
examples = st.builds(
    Example,
    data=st.just(b""),
    c1=st.integers(1, 2**200).map(point),
    c2=st.binary(min_size=1, max_size=300),
    c3=st.binary(min_size=32, max_size=32),
)


class TestConversion:
    @EVERY
    @pytest.mark.parametrize("target", ENCODINGS)
    def test_the_standards_example(self, example: Example, encoding: Any, target: Any) -> None:
        converted = sm2.convert_ciphertext(written(example, encoding), encoding, target)
        assert converted == written(example, target)

    @given(example=examples, path=st.lists(st.sampled_from(ENCODINGS), min_size=1, max_size=6))
    @settings(max_examples=200)
    def test_any_way_around(self, example: Example, path: list[Any]) -> None:
        ciphertext, source = written(example, "der"), "der"
        for target in path:
            ciphertext = sm2.convert_ciphertext(ciphertext, source, target)  # type: ignore[arg-type]
            source = target
        assert ciphertext == written(example, source)

    @given(data=st.binary(min_size=1, max_size=100), source=st.sampled_from(ENCODINGS))
    @settings(max_examples=50)
    def test_it_still_opens(self, key: sm2.PrivateKey, data: bytes, source: Any) -> None:
        ciphertext = key.public_key().encrypt(data, source)
        for target in ENCODINGS:
            converted = sm2.convert_ciphertext(ciphertext, source, target)
            assert key.decrypt(converted, target) == data

    @EVERY
    def test_coordinates_with_leading_zeros(self, example: Example, encoding: Any) -> None:
        for place, number in ((1, 327), (33, 107)):  # x, y
            short = example._replace(c1=point(number))
            assert short.c1[place] == 0
            ciphertext = written(short, encoding)
            for target in ENCODINGS:
                converted = sm2.convert_ciphertext(ciphertext, encoding, target)
                assert converted == written(short, target)

    def test_large(self, example: Example) -> None:
        large = example._replace(c2=b"\xa5" * 1_000_000)
        for target in ENCODINGS:
            der = written(large, "der")
            assert sm2.convert_ciphertext(der, "der", target) == written(large, target)

    def test_digits_of_either_case_as_text_or_bytes(self, example: Example) -> None:
        raw, digits = written(example, "der"), written(example, "der-hex")
        for given_as in (digits, digits.upper(), digits.decode(), digits.decode().upper()):
            assert sm2.convert_ciphertext(given_as, "der-hex", "der") == raw

    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, example: Example, kind: str) -> None:
        ciphertext = BYTES_LIKE[kind](written(example, "c1c3c2"))
        assert sm2.convert_ciphertext(ciphertext, "c1c3c2", "der") == written(example, "der")

    @pytest.mark.parametrize("value", [None, 1, 1.5, ["a"]])
    def test_wrong_types(self, value: Any) -> None:
        for source in ENCODINGS:
            with pytest.raises(TypeError, match="ciphertext must be bytes-like"):
                sm2.convert_ciphertext(value, source, "der")
        with pytest.raises(TypeError, match="ciphertext must be bytes-like"):
            sm2.detect_ciphertext(value)

    def test_text_is_for_hexadecimal_digits(self, example: Example) -> None:
        with pytest.raises(TypeError, match="encode the text first"):
            sm2.convert_ciphertext(written(example, "der-hex").decode(), "der", "der")

    @pytest.mark.parametrize("name", ["DER", "c1c3c2-04", "c1c3c2-hex-hex", "der-bare", "", None])
    def test_unknown_encodings(self, example: Example, name: Any) -> None:
        ciphertext = written(example, "der")
        with pytest.raises(ValueError, match='encoding must be one of "der", "c1c3c2"'):
            sm2.convert_ciphertext(ciphertext, name, "der")
        with pytest.raises(ValueError, match='encoding must be one of "der", "c1c3c2"'):
            sm2.convert_ciphertext(ciphertext, "der", name)


class TestDetection:
    @EVERY
    @given(example=examples)
    @settings(max_examples=10)
    def test_what_can_be_told(self, encoding: Any, example: Example) -> None:
        found(written(example, encoding), orders(encoding))

    @EVERY
    def test_what_was_encrypted(self, key: sm2.PrivateKey, encoding: Any) -> None:
        found(key.public_key().encrypt(b"data", encoding), orders(encoding))

    @pytest.mark.parametrize("first", [0x02, 0x03, 0x04, 0x06, 0x07, 0x30])
    def test_bare_points_that_begin_like_another_form(self, example: Example, first: int) -> None:
        for number in range(1, 5000):
            bare = example._replace(c1=point(number))
            # Of 02 and 03 such a one that could be a compressed point as well.
            if bare.c1[1] == first and (first > 3 or is_x_of_a_point(bare.c1[2:34])):
                found(written(bare, "c1c3c2-bare"), ("c1c3c2-bare", "c1c2c3-bare"))
                break
        else:
            pytest.fail("no such point")

    def test_text(self, example: Example) -> None:
        assert sm2.detect_ciphertext(written(example, "der-hex").decode()) == "der-hex"
        assert sm2.detect_ciphertext(written(example, "der-hex").upper()) == "der-hex"

    def test_the_error_names_both_and_travels(self, example: Example) -> None:
        with pytest.raises(sm2.AmbiguousFormat) as caught:
            sm2.detect_ciphertext(written(example, "c1c2c3"))
        assert str(caught.value) == (
            'the SM2 ciphertext can be "c1c3c2" or "c1c2c3": only its private key tells'
        )
        again = pickle.loads(pickle.dumps(caught.value))
        assert again.candidates == caught.value.candidates == ("c1c3c2", "c1c2c3")
        assert isinstance(again, sm2.FormatError)

    @pytest.mark.parametrize(
        ("data", "text"),
        [
            (b"", "a DER SEQUENCE or a point of the SM2 curve at byte 0, found the end"),
            ("", "a DER SEQUENCE or a point of the SM2 curve at byte 0, found the end"),
            (
                b"\xff" * 99,
                "a DER SEQUENCE or a point of the SM2 curve at byte 0, found 99 other bytes",
            ),
            (b"\x30\x03\x02\x01\x05", "INTEGER at byte 5, found the end"),
            ("3003020105", "INTEGER at byte 5, found the end"),
            (b"3003020105", "INTEGER at byte 5, found the end"),
            (b"\4" + bytes(97), "a point of the SM2 curve at byte 0, found coordinates of none"),
            (b"\2" + bytes(32), "32 bytes of C3 and at least one of C2 at byte 33, found 0 bytes"),
            (b"\7" + bytes(10), "65 bytes of C1 at byte 0, found 11 bytes"),
            ("04 05", "a hexadecimal digit at byte 2, found another character"),
        ],
        ids=range(10),
    )
    def test_the_error_is_that_of_what_is_announced(self, data: bytes | str, text: str) -> None:
        with pytest.raises(sm2.FormatError) as caught:
            sm2.detect_ciphertext(data)
        assert str(caught.value).startswith(f"the SM2 ciphertext: expected {text}")

    @EVERY
    def test_every_truncation(self, example: Example, encoding: Any) -> None:
        # Of the other forms a part is a whole one with less C2.
        ciphertext = written(example, encoding)
        shortest = len(ciphertext)
        if not encoding.startswith("der"):
            shortest = len(written(example._replace(c2=b"!"), encoding))
        for length in range(shortest):
            with pytest.raises(sm2.FormatError, match=r": expected .* at byte \d+, ") as caught:
                sm2.detect_ciphertext(ciphertext[:length])
            assert type(caught.value) is sm2.FormatError

    @given(data=st.binary(max_size=300) | st.text(alphabet="0123456789abcdefABCDEF", max_size=600))
    def test_random_data(self, data: bytes | str) -> None:
        try:
            names: tuple[str, ...] = (sm2.detect_ciphertext(data),)
        except sm2.AmbiguousFormat as error:
            names = error.candidates
        except sm2.FormatError:
            return
        for name in names:
            assert sm2.convert_ciphertext(data, name, name)  # type: ignore[arg-type]


def found(ciphertext: bytes, names: tuple[str, ...]) -> None:
    if len(names) == 1:
        assert sm2.detect_ciphertext(ciphertext) == names[0]
        return
    with pytest.raises(sm2.AmbiguousFormat) as caught:
        sm2.detect_ciphertext(ciphertext)
    assert caught.value.candidates == names


def is_x_of_a_point(data: bytes) -> bool:
    x = int.from_bytes(data, "big")
    square = x**3 - 3 * x + int.from_bytes(curve.B, "big")
    return x < P and pow(square, (P - 1) // 2, P) == 1


def broken(example: Example) -> Iterator[tuple[str, bytes | str, str, str]]:
    """What is wrong, a ciphertext, its encoding, and the words of the error behind its name."""
    x, y = example.c1[1:33], example.c1[33:]
    number = int.from_bytes(y, "big")
    rest = octets(example.c3) + octets(example.c2)
    one, other = integer(x), integer(y)
    # der: where its parts begin
    y_at, c3_at, c2_at = 2 + len(one), 2 + len(one + other), 2 + len(one + other) + 34
    end = c2_at + 2 + len(example.c2)
    yield "another tag", b"\x31\x00", "der", "SEQUENCE at byte 0, found SET"
    yield "nothing", b"", "der", "SEQUENCE at byte 0, found the end"
    der = written(example, "der")
    yield "more behind", der + b"!", "der", f"the end at byte {end}, found 1 more bytes"
    body = one + other + octets(example.c3[1:]) + octets(example.c2)
    text = f"an OCTET STRING of 32 bytes at byte {c3_at}, found one of 31"
    yield "a short C3", sequence(body), "der", text
    body = one + other + octets(example.c3) + octets(b"")
    text = f"an OCTET STRING of at least 1 byte at byte {c2_at}, found an empty one"
    yield "no C2", sequence(body), "der", text
    text = f"an INTEGER that is not negative at byte {y_at}, found a negative one"
    yield "a negative y", sequence(one, b"\x02\x01\xff", rest), "der", text
    text = f"an INTEGER of at most 32 bytes at byte {y_at}, found one of 33"
    yield "a long y", sequence(one, integer(2**256), rest), "der", text
    text = "a coordinate less than p at byte 2, found a greater one"
    yield "a great x", sequence(integer(P), other, rest), "der", text
    text = f"a coordinate less than p at byte {y_at}, found a greater one"
    yield "a great y", sequence(one, integer(P + 5), rest), "der", text
    text = "a point of the SM2 curve at byte 2, found coordinates of none"
    yield "another y", sequence(one, integer(number ^ 1), rest), "der", text
    long = sequence(one, integer(number ^ 1), octets(example.c3), octets(bytes(200)))
    yield "another y, behind a long header", long, "der", text.replace("2,", "4,")
    x_int = int.from_bytes(x, "big")
    for form, start in (("", 1), ("-bare", 0), ("-hybrid", 1)):
        encoding = f"c1c3c2{form}"
        text = "a point of the SM2 curve at byte 0, found coordinates of none"
        yield f"another x {form}", with_point(example, x_int ^ 1, number, encoding), encoding, text
        ciphertext = with_point(example, P, number, encoding)
        text = f"a coordinate less than p at byte {start}, found a greater one"
        yield f"a great x {form}", ciphertext, encoding, text
        ciphertext = with_point(example, x_int, P, encoding)
        text = f"a coordinate less than p at byte {start + 32}, found a greater one"
        yield f"a great y {form}", ciphertext, encoding, text
    for form, expected in (("", "04"), ("-compressed", "02 or 03"), ("-hybrid", "06 or 07")):
        ciphertext = b"\x05" + written(example, f"c1c2c3{form}")[1:]
        text = f"{expected} at byte 0, found 05"
        yield f"another first byte {form}", ciphertext, f"c1c2c3{form}", text
    odd = y[-1] % 2
    ciphertext = bytes((7 - odd,)) + written(example, "c1c2c3-hybrid")[1:]
    text = f"0{6 + odd} at byte 0, found 0{7 - odd}, for another y"
    yield "the other parity", ciphertext, "c1c2c3-hybrid", text
    ciphertext = b"\2" + (5).to_bytes(32, "big") + bytes(40)
    text = "a point of the SM2 curve at byte 0, found an x that no point has"
    yield "an x of no point", ciphertext, "c1c2c3-compressed", text
    for form, length in (("", 65), ("-bare", 64), ("-compressed", 33), ("-hybrid", 65)):
        encoding = f"c1c3c2{form}"
        whole = written(example, encoding)
        text = f"{length} bytes of C1 at byte 0, found {length - 1} bytes"
        yield f"a short C1 {form}", whole[: length - 1], encoding, text
        text = f"32 bytes of C3 and at least one of C2 at byte {length}, found 32 bytes in all"
        yield f"no C2 {form}", whole[: length + 32], encoding, text
    digits = written(example, "der-hex").decode()
    text = "a hexadecimal digit at byte 7, found another character"
    yield "no digit", digits[:7] + "g" + digits[8:], "der-hex", text
    yield "no ASCII", digits[:7] + "ü" + digits[8:], "der-hex", text
    text = f"a second hexadecimal digit at byte {len(digits) - 1}, found the end"
    yield "half a byte", digits[:-1], "der-hex", text
    text = "SEQUENCE at byte 0, found SET"
    yield "another tag in digits", "3100", "der-hex", text


class TestRefused:
    def test_every_error_says_what_and_where(self, example: Example) -> None:
        for what, ciphertext, encoding, text in broken(example):
            with pytest.raises(sm2.FormatError) as caught:
                sm2.convert_ciphertext(ciphertext, encoding, "der")  # type: ignore[arg-type]
            assert str(caught.value) == f"the SM2 ciphertext: expected {text}", what

    @EVERY
    def test_every_truncation(self, example: Example, encoding: Any) -> None:
        short = example._replace(c2=b"!")
        for part in beginnings(written(short, encoding)):
            with pytest.raises(sm2.FormatError, match=r"^the SM2 ciphertext: expected .* at byte "):
                sm2.convert_ciphertext(part, encoding, "der")

    @EVERY
    @given(data=st.binary(max_size=200))
    @settings(max_examples=50)
    def test_random_bytes(self, encoding: Any, data: bytes) -> None:
        try:
            converted = sm2.convert_ciphertext(data, encoding, encoding)
        except sm2.FormatError:
            return
        assert converted in (data, data.lower())

    @EVERY_IN_BYTES
    def test_altered_bytes_are_kept_or_refused(self, example: Example, encoding: Any) -> None:
        # There is one way to write a ciphertext in an encoding: nothing is mended on the way.
        for altered in flips(written(example, encoding), EVERY_BIT):
            try:
                converted = sm2.convert_ciphertext(altered, encoding, encoding)
            except sm2.FormatError:
                continue
            assert converted == altered


class TestOtherPrograms:
    def test_bouncycastle(self, vectors: Callable[[str], Any]) -> None:
        for vector in vectors("sm2_bouncycastle")["ciphertexts"]:
            key = sm2.PrivateKey.from_bytes(bytes.fromhex(vector["private_key"]))
            ciphertext, data = bytes.fromhex(vector["ciphertext"]), bytes.fromhex(vector["data"])
            assert key.decrypt(ciphertext, vector["encoding"]) == data
            assert key.decrypt(vector["ciphertext"], "auto") == data
            der = sm2.convert_ciphertext(ciphertext, vector["encoding"], "der")
            assert key.decrypt(der) == data

    @pytest.mark.parametrize(
        ("mode", "encoding"),
        [("RAW", "c1c3c2"), ("COMPRESS", "c1c3c2-compressed"), ("MIXED", "c1c3c2-hybrid")],
    )
    @given(data=st.binary(min_size=1, max_size=100))
    @settings(max_examples=4)
    def test_gmalg_both_ways(
        self, key: sm2.PrivateKey, mode: str, encoding: Any, data: bytes
    ) -> None:
        peer = gmalg.SM2(
            key.to_bytes(), pk=key.public_key().to_bytes(), pc_mode=gmalg.PC_MODE[mode]
        )
        assert key.decrypt(peer.encrypt(data), encoding) == data
        assert peer.decrypt(key.public_key().encrypt(data, encoding)) == data

    @given(data=st.binary(min_size=1, max_size=255))
    @settings(max_examples=20)
    def test_gmssl_pyx_both_ways(self, key: sm2.PrivateKey, data: bytes) -> None:
        gmssl_pyx = pytest.importorskip("gmssl_pyx")  # no wheel for the newest CPython
        public, private = key.public_key().to_bytes()[1:], key.to_bytes()
        assert key.decrypt(gmssl_pyx.sm2_encrypt(public, data), "auto") == data
        for encoding in ENCODINGS:
            ciphertext = key.public_key().encrypt(data, encoding)
            der = sm2.convert_ciphertext(ciphertext, encoding, "der")
            assert gmssl_pyx.sm2_decrypt(private, der) == data
