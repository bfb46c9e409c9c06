"""Lines for people: laid out for the width of a terminal, coloured where rich is installed.

Where the stream is no terminal, lines are not wrapped and carry no escape codes. ``answer`` gives
what a command found out to people, or to programs as JSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

#: A piece of a line and the name of its style, "" for plain.
Piece = tuple[str, str]

_STYLES = {
    "title": "bold",
    "heading": "bold",
    "label": "bold",
    "dim": "dim",
    "ok": "green",
    "bad": "red",
    "result_ok": "bold green",
    "result_bad": "bold red",
    "server": "cyan",
    "client": "magenta",
    "attacker": "yellow",
}
_LABEL = 12
_NARROWEST = 20


def add_json(parser: argparse._ActionsContainer) -> None:
    """--json, for ``answer``."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def answer(args: argparse.Namespace, fields: Mapping[str, object]) -> None:
    """Print what was found out: names and what JSON can carry.

    As text a name is a label, without its underscores; lists and mappings have a line for each
    item, and what is None or empty is left out.
    """
    if args.json:
        print_json(fields)
    else:
        Printer(sys.stdout).fields(fields)


def print_json(value: object) -> None:
    """A value as JSON on standard output: one line, or more of them on a terminal."""
    print(json.dumps(value, indent=2 if sys.stdout.isatty() else None))


class Printer:
    """Writes to ``stream``; see the module."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._styled = _rich_writer(stream) if self._terminal else None

    @property
    def width(self) -> int | None:
        """The columns to stay within; None if the stream is no terminal."""
        return shutil.get_terminal_size().columns if self._terminal else None

    def glyph(self, character: str, substitute: str) -> str:
        """``character`` if the stream's encoding has it."""
        try:
            character.encode(self._stream.encoding or "utf-8")
        except UnicodeEncodeError:
            return substitute
        return character

    def line(self, *pieces: Piece) -> None:
        """One line, as it is; with no pieces an empty one."""
        if self._styled is not None:
            self._styled(pieces)
        else:
            print("".join(text for text, _ in pieces), file=self._stream, flush=True)

    def paragraph(self, text: str, style: str = "", indent: str = "") -> None:
        """Text, wrapped; ``indent`` goes before every line."""
        for row in self._rows(text, len(indent)):
            self.line((indent, ""), (row, style))

    def error(self, command: str, message: str) -> None:
        """The one line that an unsuccessful command ends with."""
        self.line(
            (f"tongsuo-py {command}: ", ""),
            ("error:", "result_bad"),
            (f" {printable(message)}", ""),
        )

    def marked(
        self, mark: str, text: str, style: str, text_style: str = "", below: str | None = None
    ) -> None:
        """Text after a mark; its further lines stand below its beginning, or after ``below``."""
        for row in self._rows(text, len(mark)):
            self.line((mark, style), (row, text_style))
            mark = " " * len(mark) if below is None else below

    def verdict(self, good: bool, text: str, indent: str = "") -> None:
        """Text after a mark that says whether it is good or bad news."""
        mark = self.glyph("✓", "+") if good else self.glyph("✗", "x")
        self.marked(f"{indent}{mark} ", text, "ok" if good else "bad")

    def entry(
        self,
        label: str,
        text: str,
        style: str = "",
        prefix: Piece = ("", ""),
        label_width: int = _LABEL,
    ) -> None:
        """A labelled text; its further lines stand below the first one, after the prefix."""
        room = len(prefix[0]) + label_width
        heading: Piece = (f"{label:<{label_width}}", "label")
        for row in self._rows(text, room):
            self.line(prefix, heading, (row, style))
            heading = (" " * label_width, "")

    def fields(self, fields: Mapping[str, object], prefix: Piece = ("", "")) -> None:
        """Names and values as entries, with the values below each other: see ``answer``."""
        said = {name.replace("_", " "): value for name, value in fields.items() if _says(value)}
        width = max((len(label) for label in said), default=0) + 2
        for label, value in said.items():
            self.entry(label, _text(value), prefix=prefix, label_width=width)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A row of headings, and rows of values below them, in columns."""
        texts = [[printable(_text(value)) for value in row] for row in rows]
        widths = [max(map(cells, column)) for column in zip(columns, *texts, strict=True)]
        for row, style in [(columns, "heading"), *((row, "") for row in texts)]:
            padded = (
                text + " " * (width - cells(text)) for text, width in zip(row, widths, strict=True)
            )
            self.line(("  ".join(padded).rstrip(), style))

    def _rows(self, text: str, used: int) -> Iterator[str]:
        for row in text.split("\n"):
            clean = printable(row)
            width = self.width
            yield from [clean] if width is None else wrap(clean, max(width - used, _NARROWEST))


def _says(value: object) -> bool:
    return value is not None and value not in ("", [], (), {})


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return "\n".join(map(_text, value))
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {_text(item) or '-'}" for name, item in value.items())
    return "" if value is None else str(value)


def count(number: int, noun: str) -> str:
    """``1 message``, ``2 messages``, ``1,048,576 bytes``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """``text`` with what could steer a terminal made visible: certificates come from strangers."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def cells(text: str) -> int:
    """How many columns of a terminal the text takes."""
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrap(text: str, width: int) -> list[str]:
    """The text in rows of at most ``width`` columns, broken at spaces where there are any.

    The second row and those after it are indented as far as the first.
    """
    indent = " " * min(len(text) - len(text.lstrip(" ")), width // 2)
    rows, row = [], ""
    for word in _words(text):
        if cells((row + word).rstrip()) <= width:
            row += word
            continue
        if row.strip():
            rows.append(row.rstrip())
            row = indent
        for character in word:
            if cells(row + character) > width:
                rows.append(row)
                row = indent
            row += character
    rows.append(row.rstrip())
    return rows


def _words(text: str) -> Iterable[str]:
    """Words, each with the spaces after it."""
    word = ""
    for character in text:
        if word.endswith(" ") and character != " ":
            yield word
            word = ""
        word += character
    yield word


def _rich_writer(stream: TextIO):  # type: ignore[no-untyped-def]
    """What writes styled pieces with rich; None where it is not installed."""
    try:
        from rich.console import Console
        from rich.text import Text
    except ImportError:
        return None
    console = Console(file=stream, highlight=False, markup=False, emoji=False)

    def write(pieces: tuple[Piece, ...]) -> None:
        text = Text.assemble(*((text, _STYLES.get(style, "")) for text, style in pieces))
        console.print(text, no_wrap=True, overflow="ignore", crop=False)

    return write
