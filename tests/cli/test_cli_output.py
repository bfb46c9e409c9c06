"""How lines are laid out, and what exceptions come to."""

from __future__ import annotations

import argparse
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py.cli.failures import (
    EXIT_USAGE,
    EXIT_WRONG,
    Failure,
    failure_of,
    usage_errors,
)
from tongsuo_py.cli.output import Printer, answer, cells, printable, wrap
from tongsuo_py.cli.relay import preview
from tongsuo_py.exceptions import (
    DecryptionError,
    ErrorEntry,
    FormatError,
    InvalidSignature,
    InvalidTag,
)

_QUEUE = (ErrorEntry("library", "reason", 1, 2, "", "file.c", 3, "function"),)


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


def test_fields_stand_below_each_other_and_leave_out_what_is_not_there() -> None:
    stream = io.StringIO()
    Printer(stream).fields(
        {
            "a": 1,
            "long_name": ["x", "y"],
            "none": None,
            "empty": [],
            "good": True,
            "of": {"b": None},
        }
    )
    assert stream.getvalue() == (
        "a          1\nlong name  x\n           y\ngood       yes\nof         b: -\n"
    )


def test_columns_of_a_table_are_as_wide_as_their_widest_value() -> None:
    stream = io.StringIO()
    Printer(stream).table(("name", "n"), [("电表", 1), ("x\x1b", None), ("long one", 12)])
    assert stream.getvalue() == "name      n\n电表      1\nx\\x1b\nlong one  12\n"


def test_an_answer_is_text_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    fields = {"a_name": "电表", "none": None}
    answer(argparse.Namespace(json=False), fields)
    assert capsys.readouterr().out == "a name  电表\n"
    answer(argparse.Namespace(json=True), fields)
    line = capsys.readouterr().out
    assert line.isascii()
    assert json.loads(line) == fields


# ---- what an exception comes to ----


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Failure("said", EXIT_USAGE), EXIT_USAGE, "said"),
        (InvalidSignature("not valid", _QUEUE), EXIT_WRONG, "not valid"),
        (InvalidTag("altered"), EXIT_WRONG, "altered"),
        (DecryptionError("failed"), EXIT_WRONG, "failed"),
        (ConnectionResetError(), EXIT_WRONG, "the peer reset the connection"),
        (FormatError("expected this"), EXIT_USAGE, "expected this"),
        (ValueError("too\nlong"), EXIT_USAGE, "too long"),
        (NotImplementedError("not in 8.4"), EXIT_USAGE, "not in 8.4"),
        (MemoryError(), EXIT_WRONG, "there is not enough memory for this"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_exit_codes_of_exceptions(error: Exception, code: int, said: str) -> None:
    failure = failure_of(error)
    assert failure is not None
    assert (failure.code, str(failure)) == (code, said)


def test_a_mistake_of_ours_keeps_its_traceback() -> None:
    assert failure_of(TypeError("ours")) is None
    assert failure_of(AttributeError("ours")) is None


def test_what_cannot_be_used_is_told_with_its_file() -> None:
    with pytest.raises(Failure, match=r"^name: expected this$") as caught, usage_errors("name"):
        raise FormatError("expected this")
    assert caught.value.code == EXIT_USAGE
    with pytest.raises(Failure, match=r"^/nowhere/x: No such file") as caught, usage_errors("name"):
        open("/nowhere/x")  # noqa: SIM115 - there is none
    with pytest.raises(DecryptionError), usage_errors("name"):
        raise DecryptionError("checked, and wrong")
    with pytest.raises(OSError, match="full"), usage_errors("name"):
        raise OSError(28, "full")
