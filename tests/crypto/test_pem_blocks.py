"""PEM's blocks beside cryptography's reading of them; what is wrong with one, and where."""

from __future__ import annotations

import base64

import pytest
from asn1crypto import pem as peer
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py import _pem
from tongsuo_py.exceptions import FormatError

# The longest that is taken for a label has 64 characters.
labels = st.from_regex(r"\A[A-Z0-9]{1,15}( [A-Z0-9]{1,15}){0,3}\Z")


@given(st.lists(st.tuples(labels, st.binary(min_size=1, max_size=200)), min_size=1, max_size=4))
def test_what_is_written_is_read(contents: list[tuple[str, bytes]]) -> None:
    text = b"some text\n".join(_pem.armour(data, label) for label, data in contents)
    found = list(_pem.blocks(text))
    assert [(block.label, block.decode()) for block in found] == contents
    for block in found:
        assert text[block.start : block.end].startswith(b"-----BEGIN ")
        assert text[block.start : block.end].endswith(b"-----")
        assert next(_pem.blocks(memoryview(text)[block.start : block.end])).body == block.body
    unarmoured = [(label, data) for label, _, data in peer.unarmor(text, multiple=True)]
    assert unarmoured == contents


@given(labels, st.binary(min_size=1, max_size=200))
def test_what_others_write_is_read(label: str, data: bytes) -> None:
    assert peer.armor(label, data).replace(b"\r", b"") == _pem.armour(data, label)
    for text in (peer.armor(label, data), peer.armor(label, data).replace(b"\n", b" \t\n")):
        assert [(block.label, block.decode()) for block in _pem.blocks(text)] == [(label, data)]


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    assert list(_pem.blocks(data)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-----BEGIN A-----\nAAAA\n", "-----END A----- at byte 23, found the end"),
        ("-----BEGIN A-----\nAAAA\n-----END B-----\n", "-----END A----- at byte 39, found the end"),
        (
            "-----BEGIN A-----\n-----BEGIN A-----\n-----END A-----\n",
            "-----END A----- at byte 18, found -----BEGIN",
        ),
        (
            "-----BEGIN A-----\nAA=\n-----END A-----",
            "base64 in groups .* at byte 21, found 3",
        ),
        ("-----BEGIN A-----\nA\n-----END A-----", "base64 in groups of four characters at byte 19"),
        ("x\n-----BEGIN A-----\nAA-A\n-----END A-----", "base64 at byte 22, found the byte 2d"),
        ("-----BEGIN A-----\nAA\0A\n-----END A-----", "base64 at byte 20, found the byte 00"),
        ("-----BEGIN A-----\nX: y\n\nAAAA\n-----END A-----", "base64 at byte 17, found a header"),
    ],
)
def test_what_is_wrong_and_where(text: str, message: str) -> None:
    with pytest.raises(FormatError, match=f"^PEM.*: expected {message}"):
        [block.decode() for block in _pem.blocks(text.encode())]


@pytest.mark.parametrize(
    "text",
    [
        b" -----BEGIN A-----\n",
        b"-----BEGIN A---\n",
        b"-----BEGIN -----\n",
        b"-----BEGIN A-----x",
        b"-----BEGIN A-- B-----\n",
        b"-----BEGIN " + b"A" * 65 + b"-----\n",
        # These would be slow in a pattern that tries everything.
        b"-----BEGIN " + b"A " * 200_000,
        b"-----BEGIN A-----" * 20_000,
        b"-----" * 200_000,
    ],
    ids=range(9),
)
def test_lines_that_do_not_begin_a_block(text: bytes) -> None:
    assert list(_pem.blocks(text)) == []


def test_a_large_one() -> None:
    text = b"-----BEGIN A-----\n" + base64.b64encode(bytes(10**6)) + b"\n-----END A-----\n"
    assert next(_pem.blocks(text)).decode() == bytes(10**6)
