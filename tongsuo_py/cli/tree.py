"""Certificates as a tree: each below the one that issued it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tongsuo_py.cli.certificates import Entry
from tongsuo_py.cli.output import Printer

if TYPE_CHECKING:
    from tongsuo_py import pki


@dataclass
class Node:
    """A certificate and those that it issued, of those that were to be arranged."""

    certificate: pki.Certificate
    children: list[Node] = field(default_factory=list)


def forest(certificates: Iterable[pki.Certificate]) -> list[Node]:
    """The certificates below those that issued them, each once; the rest in their order.

    Of cross certificates, which issued each other, one stands above.
    """
    nodes = [Node(certificate) for certificate in dict.fromkeys(certificates)]
    above: dict[int, Node] = {}
    roots = []
    for node in nodes:
        issuer = next(
            (
                other
                for other in nodes
                if other is not node
                and not _stands_above(node, other, above)
                and node.certificate.is_issued_by(other.certificate)
            ),
            None,
        )
        if issuer is None:
            roots.append(node)
        else:
            above[id(node)] = issuer
            issuer.children.append(node)
    return roots


def _stands_above(node: Node, other: Node, above: dict[int, Node]) -> bool:
    """Whether ``other`` hangs below ``node``."""
    found = above.get(id(other))
    while found is not None and found is not node:
        found = above.get(id(found))
    return found is node


def draw(
    printer: Printer,
    roots: Iterable[Node],
    describe: Callable[[pki.Certificate], Iterable[Entry]],
    indent: str = "",
) -> None:
    """Draw the trees: the subject of each certificate, below it what ``describe`` says of it."""
    for root in roots:
        _draw(printer, root, describe, indent, indent)


def _draw(
    printer: Printer,
    node: Node,
    describe: Callable[[pki.Certificate], Iterable[Entry]],
    first: str,
    rest: str,
) -> None:
    bar = printer.glyph("│  ", "|  ")
    below = rest + (bar if node.children else "   ")
    printer.marked(first, node.certificate.subject or "(no subject)", "dim", "heading", below)
    for entry in describe(node.certificate):
        printer.entry(entry.label, entry.text, entry.style, (below, "dim"))
    for child in node.children:
        last = child is node.children[-1]
        branch = printer.glyph("└─ ", "`- ") if last else printer.glyph("├─ ", "|- ")
        _draw(printer, child, describe, rest + branch, rest + ("   " if last else bar))
