"""What the rounds of ``bench schemes`` come to: rows of tables, JSON, and bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tongsuo_py.benchmark import plots, scheme_sessions, schemes
from tongsuo_py.benchmark.scheme_rounds import RIVAL, Result, Side, targets
from tongsuo_py.benchmark.tables import Table

#: Bytes of the reading whose steps have a table.
STEPS_AT = 65536

#: A hue for what belongs together: dark what the meter does, light what the platform does of it.
_BELONG = (("sign", "verify"), ("wrap", "unwrap"), ("encrypt", "decrypt"), ("mac", "check"))
_HUES = {
    step: colour
    for steps, pair in zip(_BELONG, plots.PAIRS, strict=True)
    for step, colour in zip(steps, pair, strict=True)
}
_SCHEME_COLOURS = {step: _HUES[step] for step in schemes.STEPS}
_SCHEMES = "A reading authenticated, encrypted, checked and decrypted"
_SESSIONS = "A reading through a new session, both ends authenticated"
_SESSION_COLOURS = {"handshake": plots.BLUE, "send": plots.GREEN, "receive": plots.PAIRS[2][1]}


def microseconds(nanoseconds: float) -> str:
    """``412 µs``, from 10 ms up ``22.7 ms``."""
    if nanoseconds >= 1e7:
        return f"{nanoseconds / 1e6:,.1f} ms"
    return f"{nanoseconds / 1e3:,.{0 if nanoseconds >= 1e5 else 1}f} µs"


def size_text(size: int) -> str:
    """``64 B``, ``64 KiB``, ``1 MiB``."""
    for unit, factor in (("MiB", 1 << 20), ("KiB", 1 << 10)):
        if size >= factor and size % factor == 0:
            return f"{size // factor:,} {unit}"
    return f"{size:,} B"


def as_dict(results: Sequence[Result], facts: Mapping[str, object]) -> dict[str, Any]:
    """All of it as JSON can carry it, times in nanoseconds."""
    return {
        **facts,
        "steps": {"scheme": dict(schemes.STEPS), "session": dict(scheme_sessions.STEPS)},
        "results": [asdict(result) for result in results],
        "targets": [
            {"size": each.size, "ratio": each.ratio, "wanted": each.wanted}
            for each in targets(results)
        ],
    }


def from_dict(report: Mapping[str, Any]) -> list[Result]:
    """The results in what ``as_dict`` gave."""
    return [
        Result(
            Side(**each["side"]), each["size"], each["total"], tuple(each["spread"]), each["steps"]
        )
        for each in report["results"]
    ]


# ---- tables ----


def totals_table(results: Sequence[Result], *, sessions: bool) -> Table:
    """What each side takes in all, a column for each size."""
    found = [each for each in results if each.side.session == sessions]
    sizes = sorted({each.size for each in found})
    totals = {(each.side, each.size): each.total for each in found}
    rows = [
        [side.label, *(microseconds(totals[side, size]) for size in sizes)]
        for side in dict.fromkeys(each.side for each in found)
    ]
    return Table("", ["session" if sessions else "scheme", *map(size_text, sizes)], rows)


def steps_table(results: Sequence[Result], *, sessions: bool, size: int = STEPS_AT) -> Table:
    """What each step of each side takes at one size, in microseconds."""
    found = [each for each in results if each.side.session == sessions and each.size == size]
    steps = scheme_sessions.STEPS if sessions else schemes.STEPS
    rows = [
        [each.side.label, *(f"{each.steps[step] / 1e3:,.1f}" for step in steps)] for each in found
    ]
    return Table("", [f"µs at {size_text(size)}", *steps], rows)


def verdicts(results: Sequence[Result]) -> Iterator[tuple[bool | None, str]]:
    """For each size whether the target is reached (None: there is none there), and in words."""
    for target in targets(results):
        text = (
            f"{size_text(target.size)}: SM2-SM4-SM3 takes {target.ratio:.2f} of the time of {RIVAL}"
        )
        yield (target.reached if target.wanted else None), text


# ---- plots ----


def draw(results: Sequence[Result], subtitle: str) -> dict[str, Any]:
    """Figures by the names of their files."""
    figures = {}
    for sessions, name, title, colours in (
        (False, "schemes", _SCHEMES, _SCHEME_COLOURS),
        (True, "sessions", _SESSIONS, _SESSION_COLOURS),
    ):
        found = [each for each in results if each.side.session == sessions]
        if found:
            panels = [
                plots.Bars(f"a reading of {size_text(size)}", _bars(found, size), microseconds)
                for size in sorted({each.size for each in found})
            ]
            figures[name] = plots.draw_bars(title, subtitle, panels, colours)
    return figures


def _bars(found: Sequence[Result], size: int) -> list[plots.Bar]:
    return [
        plots.Bar(each.side.label, each.steps, each.total, each.spread, strong=each.side.ours)
        for each in found
        if each.size == size
    ]
