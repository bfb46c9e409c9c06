"""How lines are laid out."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py.cli.output import Printer, cells, printable, wrap
from tongsuo_py.cli.relay import preview


@given(st.text(max_size=200), st.integers(min_value=4, max_value=60))
def test_wrapped_rows_fit_and_lose_nothing(text: str, width: int) -> None:
    clean = printable(text)
    rows = wrap(clean, width)
    assert all(cells(row) <= width for row in rows)
    assert "".join(rows).replace(" ", "") == clean.replace(" ", "")


def test_wrap_breaks_at_spaces_and_keeps_the_indent() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("  one two three", 8) == ["  one", "  two", "  three"]
    assert wrap("abcdefgh", 3) == ["abc", "def", "gh"]
    assert wrap("", 10) == [""]


def test_chinese_takes_two_columns() -> None:
    assert cells("电表 1") == 6
    assert wrap("电表电表", 5) == ["电表", "电表"]


@pytest.mark.parametrize("text", ["\x1b[2J", "a\rb", "a\x00", "\u202eabc", "\x9b31m"])
def test_what_steers_a_terminal_is_made_visible(text: str) -> None:
    assert printable(text).isprintable()
    assert printable(text) != text


def test_plain_lines() -> None:
    stream = io.StringIO()
    printer = Printer(stream)
    printer.entry("label", "first\nsecond \x1b[1m", prefix=("> ", "server"))
    printer.marked("* ", "text", "ok")
    printer.error("client", "no\nway")
    assert stream.getvalue() == (
        "> label       first\n>             second \\x1b[1m\n* text\n"
        "tongsuo-py client: error: no\\nway\n"
    )


def test_previews() -> None:
    assert preview(b"hello\r\n") == '"hello"'
    assert preview("电表".encode()) == '"电表"'
    assert preview("电表".encode()[:-1]) == '"电"'  # cut in the middle of a character
    assert preview(b"\x00\x01") == "00 01"
    assert preview(b"x" * 100) == '"' + "x" * 48 + '..."'
    assert preview(bytes(100)).endswith(" ...")
