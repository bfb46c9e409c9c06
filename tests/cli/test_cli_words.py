"""What commands make of bytes and dates, by the functions that do it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tongsuo_py import pki
from tongsuo_py.cli import certificates, text

CERTIFICATE = pki.CA.create("A CA").certificate


@pytest.mark.parametrize(
    ("data", "meaning"),
    [
        (b"0a0B\n", b"\n\x0b"),
        (b"MEUCIQ==\n", b"0E\x02!"),
        (b"MEUCIQ=", b"MEUCIQ="),  # nearly base64
        (b"0\x03\x02\x01\x05", b"0\x03\x02\x01\x05"),
    ],
    ids=["hex", "base64", "cut off", "bytes"],
)
def test_bytes_that_may_be_text(data: bytes, meaning: bytes) -> None:
    assert text.decoded(data) == meaning


@pytest.mark.parametrize(
    ("data", "printable"),
    [(b"reading\n", True), ("读数".encode(), True), (b"\x1b[2J", False), (b"\xff\xfe", False)],
)
def test_what_may_go_to_a_terminal(data: bytes, printable: bool) -> None:
    assert text.is_printable(data) is printable


def test_validity_in_words() -> None:
    begin, end = CERTIFICATE.not_before, CERTIFICATE.not_after
    words = certificates.validity_words
    day = timedelta(days=1)
    assert words(CERTIFICATE, begin - day) == f"not before {begin:%Y-%m-%d %H:%M} UTC"
    assert words(CERTIFICATE, end + 2 * day) == f"expired on {end:%Y-%m-%d}, 2 days ago"
    assert words(CERTIFICATE, end - day) == f"until {end:%Y-%m-%d}, 1 day left"
    assert words(CERTIFICATE).startswith(f"until {end:%Y-%m-%d}, ")
    assert datetime.now(UTC) < end
