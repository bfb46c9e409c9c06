"""The pages that people read, and the blocks of code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_GENERATED = (
    ROOT / "docs" / "reference" / "cli.md"
)  # from the parser, whose own tests try its examples
_BLOCK = re.compile(r"^```(\{?[\w-]*\}?)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^## ", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One block: its language, as the renderer is given it, its text, and where it begins."""

    kind: str
    text: str
    line: int


def pages() -> list[Path]:
    """Every page of the site and every document at the top of the repository."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(page for page in found if page != _GENERATED and "_build" not in page.parts)


def name(page: Path) -> str:
    """How a page is called in the names of tests and in messages."""
    return page.relative_to(ROOT).as_posix()


def sections(page: Path) -> Iterator[list[Block]]:
    """The blocks of a page, section by section (headings of the second order)."""
    text = page.read_text(encoding="utf-8")
    # A heading inside a block is a comment of the shell.
    inside = [match.span() for match in _BLOCK.finditer(text)]
    starts = [
        match.start()
        for match in _HEADING.finditer(text)
        if not any(begin <= match.start() < end for begin, end in inside)
    ]
    for begin, end in zip([0, *starts], [*starts, len(text)], strict=True):
        yield [
            Block(match[1], match[2], text.count("\n", 0, begin + match.start()) + 1)
            for match in _BLOCK.finditer(text[begin:end])
        ]


def blocks(page: Path) -> list[Block]:
    """All blocks of a page."""
    return [block for section in sections(page) for block in section]
