"""The forms of signatures: each converts to every other, strictly, with the byte of a mistake."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from damage import EVERY_BIT, beginnings, flips
from hypothesis import given
from hypothesis import strategies as st
from implementations import BYTES_LIKE

from tongsuo_py import sm2
from tongsuo_py._der import integer, sequence
from tongsuo_py.sm2 import curve

ENCODINGS = get_args(sm2.SignatureEncoding)
EACH = pytest.mark.parametrize("encoding", ENCODINGS)

N = int.from_bytes(curve.N, "big")
SHORT = 2**230 + 5  # of which DER has fewer bytes than 32
LONG = N - 3  # of which DER has 33
NUMBERS = st.integers(1, N - 1) | st.integers(1, 2**16) | st.integers(2**255, N - 1)
R, S = LONG, SHORT


def form(encoding: str, r: int = R, s: int = S) -> bytes:
    """The signature in this encoding, the DER by the package ``cryptography``."""
    kind = encoding.removesuffix("-hex")
    data = encode_dss_signature(r, s) if kind == "der" else raw(r, s)
    return data.hex().encode() if encoding != kind else data


def raw(r: int, s: int) -> bytes:
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


class TestConversion:
    @pytest.mark.parametrize(("source", "target"), [*product(ENCODINGS, ENCODINGS)])
    @given(r=NUMBERS, s=NUMBERS)
    def test_each_to_each(self, source: Any, target: Any, r: int, s: int) -> None:
        converted = sm2.convert_signature(form(source, r, s), source, target)
        assert converted == form(target, r, s)

    @pytest.mark.parametrize("number", [1, 127, 128, 2**255 - 1, 2**255, N - 1])
    def test_the_bounds_of_numbers(self, number: int) -> None:
        for r, s in ((number, 1), (1, number)):
            der = encode_dss_signature(r, s)
            assert sm2.convert_signature(der, "der", "raw") == raw(r, s)
            assert sm2.convert_signature(raw(r, s), "raw", "der") == der

    @EACH
    def test_what_we_sign(self, key: sm2.PrivateKey, encoding: Any) -> None:
        signature = sm2.convert_signature(key.sign(b"data"), "der", encoding)
        key.public_key().verify(signature, b"data", encoding=encoding)
        signature = sm2.convert_signature(key.sign(b"data", encoding=encoding), encoding, "der")
        key.public_key().verify(signature, b"data")

    @pytest.mark.parametrize("kind", BYTES_LIKE)
    @EACH
    def test_any_bytes_like(self, encoding: Any, kind: str) -> None:
        given = BYTES_LIKE[kind](form(encoding))
        assert sm2.convert_signature(given, encoding, "raw") == raw(R, S)

    @pytest.mark.parametrize("encoding", ["der-hex", "raw-hex"])
    def test_hexadecimal_text(self, encoding: Any) -> None:
        text = form(encoding)
        for same in (text.decode(), text.decode().upper(), text.upper(), text.decode().title()):
            assert sm2.convert_signature(same, encoding, encoding) == text


DER = form("der")
R_AT, S_AT = 2, 2 + 2 + 33
R_DER, S_DER = integer(R), integer(S)


class TestMistakes:
    """Each is told with its place."""

    @pytest.mark.parametrize(
        ("signature", "message"),
        [
            (b"", "expected SEQUENCE at byte 0, found the end"),
            (b"\x31" + DER[1:], "expected SEQUENCE at byte 0, found SET"),
            (b"\x30", "expected a length at byte 1, found the end"),
            (DER[:40], f"expected {len(DER) - 2} bytes of SEQUENCE at byte 2, found 38"),
            (DER + b"\0", f"expected the end at byte {len(DER)}, found 1 more bytes"),
            (b"\x30\x80" + DER[2:] + b"\0\0", "expected a length at byte 1, found 80"),
            (
                b"\x30\x81" + DER[1:],
                "expected a length in its shortest form at byte 1, found a longer one",
            ),
            (sequence(), f"expected INTEGER at byte {R_AT}, found the end"),
            (sequence(R_DER), f"expected INTEGER at byte {S_AT}, found the end"),
            (
                sequence(b"\4" + R_DER[1:], S_DER),
                f"expected INTEGER at byte {R_AT}, found OCTET STRING",
            ),
            (
                sequence(R_DER, S_DER, b"\5\0"),
                f"expected the end at byte {len(DER)}, found 2 more bytes",
            ),
            (
                sequence(b"\2\x22\0" + R_DER[2:], S_DER),
                f"an INTEGER at byte {R_AT}, found one with leading bytes that DER forbids",
            ),
            (
                sequence(b"\2\0", S_DER),
                f"expected an INTEGER at byte {R_AT}, found one without a value",
            ),
            (
                sequence(integer(-1), S_DER),
                f"an INTEGER that is not negative at byte {R_AT}, found a negative one",
            ),
            (
                sequence(R_DER, integer(2**256)),
                f"an INTEGER of at most 32 bytes at byte {S_AT}, found one of 33",
            ),
            (sequence(integer(0), S_DER), f"r from 1 to n - 1 at byte {R_AT}, found another"),
            (sequence(integer(N), S_DER), f"r from 1 to n - 1 at byte {R_AT}, found another"),
            (sequence(R_DER, integer(0)), f"s from 1 to n - 1 at byte {S_AT}, found another"),
            (sequence(R_DER, integer(N)), f"s from 1 to n - 1 at byte {S_AT}, found another"),
        ],
    )
    def test_der(self, signature: bytes, message: str) -> None:
        for target in ENCODINGS:
            with pytest.raises(sm2.FormatError) as caught:
                sm2.convert_signature(signature, "der", target)
            assert message in str(caught.value)
            assert str(caught.value).startswith("the SM2 signature: expected ")
        # The place in hexadecimal text is that of the byte that it stands for.
        with pytest.raises(sm2.FormatError) as caught:
            sm2.convert_signature(signature.hex(), "der-hex", "raw")
        assert message in str(caught.value)

    @pytest.mark.parametrize(
        ("signature", "message"),
        [
            (b"", "expected r || s in 64 bytes at byte 0, found 0 bytes"),
            (bytes(63), "expected r || s in 64 bytes at byte 0, found 63 bytes"),
            (bytes(65), "expected r || s in 64 bytes at byte 0, found 65 bytes"),
            (raw(0, 1), "expected r from 1 to n - 1 at byte 0, found another number"),
            (raw(N, 1), "expected r from 1 to n - 1 at byte 0, found another number"),
            (raw(2**256 - 1, 1), "expected r from 1 to n - 1 at byte 0, found another number"),
            (raw(1, 0), "expected s from 1 to n - 1 at byte 32, found another number"),
            (raw(1, N), "expected s from 1 to n - 1 at byte 32, found another number"),
        ],
    )
    def test_raw(self, signature: bytes, message: str) -> None:
        for data, source in ((signature, "raw"), (signature.hex(), "raw-hex")):
            encoding: Any = source
            with pytest.raises(sm2.FormatError) as caught:
                sm2.convert_signature(data, encoding, "der")
            assert str(caught.value) == f"the SM2 signature: {message}"

    @pytest.mark.parametrize(
        ("place", "character"), [(0, " "), (7, "g"), (127, "\n"), (64, "\0"), (3, "é"), (5, "—")]
    )
    def test_what_is_no_digit(self, place: int, character: str) -> None:
        text = form("raw-hex").decode()
        text = text[:place] + character + text[place + 1 :]
        message = f"expected a hexadecimal digit at byte {place}, found another character"
        with pytest.raises(sm2.FormatError, match=message):
            sm2.convert_signature(text, "raw-hex", "der")

    @EACH
    def test_every_length(self, encoding: Any) -> None:
        signature = form(encoding)
        for part in beginnings(signature):
            with pytest.raises(sm2.FormatError, match=r"the SM2 signature: expected .* at byte"):
                sm2.convert_signature(part, encoding, "raw")
        for more in (b"\0", b"0", b"00", signature, b"\0" * 10_000):
            with pytest.raises(sm2.FormatError, match=r"the SM2 signature: expected .* at byte"):
                sm2.convert_signature(signature + more, encoding, "raw")

    @pytest.mark.parametrize("encoding", ["der", "raw"])
    def test_every_bit(self, encoding: Any) -> None:
        """What is not refused is the one form of another signature."""
        refused = 0
        for altered in flips(form(encoding), EVERY_BIT):
            try:
                other = sm2.convert_signature(altered, encoding, "raw")
            except sm2.FormatError:
                refused += 1
            else:
                assert other != raw(R, S)
                assert sm2.convert_signature(other, "raw", encoding) == altered
        assert refused >= (6 * 8 if encoding == "der" else 1)

    @EACH
    @given(data=st.binary(max_size=200))
    def test_any_bytes(self, encoding: Any, data: bytes) -> None:
        try:
            other = sm2.convert_signature(data, encoding, "raw")
        except sm2.FormatError:
            return
        same = data.lower() if encoding.endswith("-hex") else data
        assert sm2.convert_signature(other, "raw", encoding) == same


class TestArguments:
    @pytest.mark.parametrize("value", [None, 5, 1.5, [1]])
    @EACH
    def test_wrong_types(self, encoding: Any, value: Any) -> None:
        with pytest.raises(TypeError, match="signature must be bytes-like, not"):
            sm2.convert_signature(value, encoding, "raw")

    @pytest.mark.parametrize("encoding", ["der", "raw"])
    def test_text_where_bytes_are_due(self, encoding: Any) -> None:
        with pytest.raises(TypeError, match="signature must be bytes-like, not str"):
            sm2.convert_signature("30", encoding, "raw")

    @pytest.mark.parametrize("encoding", ["hex", "DER", "", None, 3, "der-hex-hex"])
    def test_unknown_encodings(self, encoding: Any) -> None:
        message = 'encoding must be one of "der", "raw", "der-hex", "raw-hex", not'
        with pytest.raises(ValueError, match=message):
            sm2.convert_signature(DER, encoding, "raw")
        with pytest.raises(ValueError, match=message):
            sm2.convert_signature(DER, "der", encoding)
