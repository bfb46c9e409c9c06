"""What ``bench growth`` found: rows of tables, verdicts, and lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tongsuo_py.benchmark import growth_idle, plots
from tongsuo_py.benchmark.fit import Growth
from tongsuo_py.benchmark.growth import IDLE, Curve
from tongsuo_py.benchmark.tables import Table

_COLUMNS = 6  # of points in a table
_OURS = next(iter(growth_idle.WAYS))


# ---- numbers in words ----


def size_text(size: float) -> str:
    """``1 B``, ``10 kB``, ``100 MB``, ``1 GiB``."""
    if size == 1 << 30:
        return "1 GiB"
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:,.4g} {unit}"
    return f"{size:,.4g} B"


def memory_text(size: float) -> str:
    """``35 KiB``, ``349 MiB``, ``1.0 GiB``."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20)):
        if size >= factor:
            return f"{size / factor:,.{1 if size < 10 * factor else 0}f} {unit}"
    return f"{size / 1024:,.0f} KiB"


def time_text(nanoseconds: float) -> str:
    """``0.8 µs``, ``21 ms``, ``1.3 s``."""
    for unit, factor in (("s", 1e9), ("ms", 1e6)):
        if nanoseconds >= factor:
            return f"{nanoseconds / factor:,.{1 if nanoseconds < 100 * factor else 0}f} {unit}"
    return f"{nanoseconds / 1e3:,.{1 if 0 < nanoseconds < 1e5 else 0}f} µs"


def _slope(growth: Growth) -> str:
    return f"{growth.slope:.2f}".replace("-0.00", "0.00")


# ---- tables ----


def tables(curves: Sequence[Curve], part: str | None = None) -> Iterator[Table]:
    """A table for each quantity, of one part or of all."""
    for of, quantity, title, say_x, say in (
        ("data", "time", "time", size_text, time_text),
        ("data", "memory", "memory, at the most", size_text, memory_text),
        ("connections", "memory", "server's memory", "{:,.0f}".format, memory_text),
        ("connections", "client memory", "client's memory", "{:,.0f}".format, memory_text),
        ("connections", "time", "work to connect all", "{:,.0f}".format, time_text),
        ("connections", "echo", "an echo meanwhile", "{:,.0f}".format, time_text),
        ("threads", "throughput", "a second, by threads", "{:,.0f}".format, "{:,.0f}".format),
    ):
        found = [each for each in curves if (each.part, each.quantity) == (of, quantity)]
        if found and part in (None, of):
            xs = sorted({x for curve in found for x, _ in curve.points})
            xs = _thinned(xs)
            rows = [
                [
                    curve.name,
                    *(_said(curve, x, say) for x in xs),
                    *_more(curve).values(),
                ]
                for curve in found
            ]
            yield Table("", [title, *map(say_x, xs), *_more(found[0])], rows)


def _said(curve: Curve, x: float, say: plots.Say) -> str:
    """The value at a point, if there is one; what cannot be told from nothing as less than that."""
    value = dict(curve.points).get(x)
    if value is None:
        return ""
    if curve.part == "data" and value < curve.floor:
        return f"< {say(curve.floor).replace('.0', '')}"
    return say(value)


def _thinned(xs: Sequence[float]) -> list[float]:
    """Some of the points, at equal distances; the last one among them."""
    step = -(-len(xs) // _COLUMNS)
    return list(xs[::-1][::step][::-1])


def _more(curve: Curve) -> dict[str, str]:
    """What stands behind the points, by its heading."""
    if curve.part == "threads":
        one = curve.points[0][1]  # nothing, where the machine did something else for the whole time
        return {"speed-up": f"{max(y for _, y in curve.points) / one:.2f}" if one else ""}
    growth = curve.growth
    found = {"slope": "" if growth is None else _slope(growth)}
    if curve.part == "connections" and curve.quantity.endswith("memory"):
        found["each"] = memory_text(curve.each)
    return found


# ---- verdicts ----


def verdicts(curves: Sequence[Curve]) -> Iterator[tuple[bool, str]]:
    """Whether things are as they should be, in words."""
    for part, unit, say in (
        ("data", "its size", size_text),
        ("connections", "their number", "{:,.0f}".format),
    ):
        judged = [
            (curve, growth)
            for curve in curves
            if curve.part == part and (growth := curve.growth) is not None
        ]
        faster = [each for each in judged if not each[1].proportionate]
        for curve, growth in faster:
            what = f"the {curve.quantity} of {curve.name}"
            power = f"the power of {growth.slope:.2f} from {say(growth.start)} on"
            yield False, f"{part}: {what} grows with {unit} to {power}"
        if judged and not faster:
            steepest = max(growth.slope for _, growth in judged)
            slopes = f"the steepest of {len(judged)} slopes is {steepest:.2f}"
            yield True, f"{part}: nothing grows faster than {unit}; {slopes}"
    for curve in curves:
        if (curve.name, curve.quantity) == (_OURS, "memory"):
            costs = f"an idle {curve.name} connection costs the server {memory_text(curve.each)}"
            yield curve.each <= IDLE, f"{costs}; the target is {memory_text(IDLE)} at most"


# ---- plots ----


def draw(curves: Sequence[Curve], subtitle: str) -> dict[str, Any]:
    """Figures by the names of their files."""
    figures = {}
    parts = {part: [each for each in curves if each.part == part] for part in
             ("data", "connections", "threads")}  # fmt: skip
    if parts["data"]:
        figures["growth-data"] = plots.draw_lines(
            "Time and memory against the size of the data",
            subtitle,
            [
                _lines("time", parts["data"], "time", "bytes", size_text, time_text),
                _lines("memory at the most (1 MiB: no more than that)", parts["data"], "memory",
                       "bytes", size_text, memory_text, least=1 << 20, base_y=16),
            ],
        )  # fmt: skip
    if parts["connections"]:
        counted = "{:,.0f}".format
        most = max(x for curve in parts["connections"] for x, _ in curve.points)
        bound = plots.Line(
            f"target: {memory_text(IDLE)} each",
            [(1, IDLE), (most, most * IDLE)],
            colour=plots.GREY,
            dashed=True,
        )
        figures["growth-connections"] = plots.draw_lines(
            "Idle connections, held by one server process",
            subtitle,
            [
                _lines("the server's memory", parts["connections"], "memory", "connections",
                       counted, memory_text, least=1 << 14, base_y=16, more=(bound,)),
                _lines("an echo through one of them", parts["connections"], "echo",
                       "connections held", counted, time_text, bottom=0),
            ],
        )  # fmt: skip
    if parts["threads"]:
        figures["growth-threads"] = plots.draw_lines(
            "Throughput against threads", subtitle, [_speed_up(parts["threads"])]
        )
    return figures


def _lines(
    title: str,
    curves: Sequence[Curve],
    quantity: str,
    x: str,
    say_x: plots.Say,
    say_y: plots.Say,
    *,
    least: float = 0.0,
    base_y: int = 10,
    bottom: float | None = None,
    more: Sequence[plots.Line] = (),
) -> plots.Lines:
    found = [curve for curve in curves if curve.quantity == quantity]
    lines = [
        plots.Line(_name(curve), [(x, max(y, least)) for x, y in curve.points]) for curve in found
    ]
    return plots.Lines(
        title,
        [*lines, *more],
        x,
        "",
        say_x=say_x,
        say_y=say_y,
        base_y=base_y,
        bottom=bottom,
        log_y=bottom is None,
    )


def _name(curve: Curve) -> str:
    growth = curve.growth
    return curve.name if growth is None else f"{curve.name}  (slope {_slope(growth)})"


def _speed_up(curves: Sequence[Curve]) -> plots.Lines:
    lines = [
        plots.Line(
            f"{curve.name}  ({curve.points[0][1]:,.0f}/s with one)",
            [(x, y / curve.points[0][1]) for x, y in curve.points],
        )
        for curve in curves
    ]
    counts = [x for x, _ in curves[0].points]
    cores = counts[-1] / 2
    bound = plots.Line(
        "as many as there are cores",
        [(count, min(count, cores)) for count in counts],
        colour=plots.GREY,
        dashed=True,
    )
    return plots.Lines(
        "times the throughput of one thread",
        [*lines, bound],
        "threads",
        "",
        log_x=False,
        log_y=False,
        bottom=0,
        ticks_x=counts,
        say_x="{:,.0f}".format,
        say_y="{:,.3g}×".format,
    )
