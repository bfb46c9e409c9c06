"""Tables of numbers, which stand with their last digits below each other."""

from __future__ import annotations

from collections.abc import Sequence

from tongsuo_py.cli.output import Printer, cells


def print_numbers(printer: Printer, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """An empty line, headings and rows; all columns but the first have their texts at the right."""
    widths = [max(map(cells, column)) for column in zip(columns, *rows, strict=True)]

    def padded(row: Sequence[str]) -> list[str]:
        rest = zip(row[1:], widths[1:], strict=True)
        return [row[0], *(" " * (width - cells(text)) + text for text, width in rest)]

    printer.line()
    printer.table(padded(columns), [padded(row) for row in rows])
