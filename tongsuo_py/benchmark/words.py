"""Numbers as people read them, in the terminal and in the documents."""

from __future__ import annotations

from collections.abc import Mapping

from tongsuo_py.benchmark.report import Measured, Ratio
from tongsuo_py.benchmark.rows import Row

NONE = "–"

#: What stands for AES, SHA-256 and P-256 in the rows of a group.
COUNTERPARTS: Mapping[str, str] = {
    "SM3": "SHA-256",
    "SM4": "AES-128",
    "SM2": "P-256",
    "Handshakes": "P-256",
    "Records": "AES-128",
    "Connections at once": "P-256",
}


def size(row: Row) -> str:
    """The size of a row's data; how many connections, for those."""
    if row.action == "connections":
        return f"{row.size:,}"
    return bytes_of(row.size) if row.size else ""


def bytes_of(count: int) -> str:
    """So many bytes, in the largest unit that they fill."""
    for unit, factor in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            return f"{count // factor:,} {unit}"
    return f"{count:,} B"


def speed(measured: Measured, side: str) -> str:
    """Bytes or items in a second, with its unit."""
    value = measured.speed(side)
    if value is None:
        return NONE
    return f"{digits(value / 1e6)} MB/s" if measured.row.moved else f"{digits(value)}/s"


def spread(measured: Measured, side: str) -> str:
    """How far the middle half of the rounds went apart, in per cent of their median."""
    if side not in measured.cells or len(measured.cells[side].wall) < 2:
        return ""
    return f"{measured.spread(side) * 100:.0f}%"


def ratio(found: Ratio | float | None) -> str:
    """How many times as fast."""
    if found is None:
        return NONE
    value = found.value if isinstance(found, Ratio) else found
    return digits(value)


def digits(value: float) -> str:
    """Three digits, and no fewer than all before the point."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"
