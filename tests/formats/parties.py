"""Formats, and who writes and reads each: what docs/formats.md says is what was tried here.

A *party* makes an artefact (a file, a signature, a ciphertext, a digest) and takes one, telling
what it found in it: the key, the plaintext, or whatever else the format is about. We are one party,
every other implementation is another. A format passes if each finds the same in what each other
made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import tables

READ, WRITTEN, CHECKED = "read", "written", "checked against"
INDEX, COLUMNS = ("what", "format"), (READ, WRITTEN, CHECKED)
TABLE = tables.Table("docs/formats.md", "formats", INDEX, COLUMNS)
#: Of what Tongsuo 8.4 does not have, so that its runs make the other table whole.
TABLE_85 = tables.Table("docs/formats.md", "formats of Tongsuo 8.5", INDEX, COLUMNS)

Artefact = bytes | str


@dataclass(frozen=True)
class Party:
    """``makes`` gives an artefact; ``takes`` finds the content of one, or raises."""

    makes: Callable[[], Artefact] | None = None
    takes: Callable[[Artefact], object] | None = None


def same_answer(function: Callable[[], Artefact]) -> Party:
    """A party to a format that always looks the same, such as a digest."""

    def takes(artefact: Artefact) -> object:
        assert artefact == function()
        return artefact

    return Party(function, takes)


def a_file(content: Artefact) -> Party:
    """A party that is not here, but something it made is: a standard's example, a kept file."""
    return Party(makes=lambda: content)


def check(
    node: pytest.Item,
    row: tuple[str, str],
    content: object,
    ours: Party,
    table: tables.Table = TABLE,
    **others: Party,
) -> None:
    """Everybody finds ``content`` in what the others made; the table's row says who they were."""
    assert ours.takes is not None or ours.makes is not None
    own = ours.makes() if ours.makes else None
    if own is not None and ours.takes:
        assert ours.takes(own) == content
    found = [f"{name} {_meet(content, ours, party, own)}" for name, party in others.items()]
    table.record(node, row, READ, "yes" if ours.takes else "no")
    table.record(node, row, WRITTEN, "yes" if ours.makes else "no")
    table.record(node, row, CHECKED, ", ".join(found))


def _meet(content: object, ours: Party, other: Party, own: Artefact | None) -> str:
    arrows = ""
    if other.makes and ours.takes:
        assert ours.takes(other.makes()) == content
        arrows += "←"
    if other.takes and own is not None:
        assert other.takes(own) == content
        arrows += "→"
    assert arrows, "they have nothing in common"
    return "↔" if arrows == "←→" else arrows
