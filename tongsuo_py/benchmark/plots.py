"""Bars and lines as PNG and SVG, with matplotlib (the extra ``bench``), which is asked for late.

Colours are those of Okabe and Ito, which people who see few colours tell apart; whoever sees none
has the order of the legend and the names beside the lines. What is drawn is in dataclasses, so
that the commands that measure know nothing of matplotlib.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
VERMILION, SKY, GREY, BLACK = "#D55E00", "#56B4E9", "#8C8C8C", "#333333"
#: For lines and bars that have no colour of their own, in this order.
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY)
#: A dark and a light form of one hue each, for what belongs together.
PAIRS = (
    (BLUE, "#8EC7E8"),
    (VERMILION, "#F5B68A"),
    (GREEN, "#8FD9C3"),
    ("#8F4C77", "#DDB0CC"),
)
_INK, _FAINT, _GRID = "#222222", "#666666", "#DDDDDD"
_DPI = 150
_NAME_HEIGHT = 0.055  # of a panel
_MISSING = "plots need matplotlib: pip install 'tongsuo-py[bench]'"

#: Says a value in words, with its unit.
Say = Callable[[float], str]


class NoPlots(Exception):
    """matplotlib is not installed."""


@dataclass(frozen=True)
class Bar:
    """A horizontal bar of one or more ``parts`` by name, which follow each other.

    ``value`` is what it is said to be, if not the sum (medians of parts are not quite that of the
    whole); ``spread`` where its end lies in the middle half of the rounds; ``colour`` is for a bar
    of one part.
    """

    label: str
    parts: Mapping[str, float]
    value: float | None = None
    spread: tuple[float, float] | None = None
    colour: str | None = None
    strong: bool = False

    @property
    def total(self) -> float:
        """All parts together."""
        return sum(self.parts.values())


@dataclass(frozen=True)
class Bars:
    """A panel of bars; ``say`` puts the value at the end of each.

    With ``log`` each step to the right is so many times as much, for bars of one part that differ
    by thousands.
    """

    title: str
    bars: Sequence[Bar]
    say: Say = "{:,.3g}".format
    log: bool = False


@dataclass(frozen=True)
class Line:
    """A line through points, with its name at its end; ``band``: from where to where it went."""

    label: str
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float]] = ()
    colour: str | None = None
    dashed: bool = False


@dataclass(frozen=True)
class Lines:
    """A panel of lines; the ticks of both axes are said by ``say_x`` and ``say_y``.

    ``base_y`` is from one tick to the next on a logarithmic axis: 16 goes well with KiB and MiB.
    """

    title: str
    lines: Sequence[Line]
    x: str
    y: str
    log_x: bool = True
    log_y: bool = True
    base_y: int = 10
    say_x: Say = "{:,.4g}".format
    say_y: Say = "{:,.4g}".format
    bottom: float | None = None
    ticks_x: Sequence[float] = field(default=())


def check() -> None:
    """Raise NoPlots unless plots can be drawn; to be asked before anything is measured for them."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        raise NoPlots(_MISSING) from error


def draw_bars(
    title: str, subtitle: str, panels: Sequence[Bars], colours: Mapping[str, str], columns: int = 2
) -> Any:
    """Panels of horizontal bars, each with a scale of its own, and one legend for their parts.

    ``colours`` has those of the parts, in the order of the legend; empty: no legend.
    """
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    most = max(len(panel.bars) for panel in panels)
    height = rows * (0.62 + 0.34 * most) + 1.25 + (0.35 if colours else 0)
    figure, grid = _figure(title, subtitle, rows, columns, 5.6 * columns, height, bool(colours))
    for axes, panel in zip(grid, panels, strict=False):
        _bars(axes, panel, colours)
    for axes in grid[len(panels) :]:
        axes.set_axis_off()
    if colours:
        _legend(figure, colours, height)
    return figure


def draw_lines(
    title: str, subtitle: str, panels: Sequence[Lines], columns: int = 2, height: float = 4.4
) -> Any:
    """Panels of lines, each with the lines' names beside their ends."""
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    figure, grid = _figure(
        title, subtitle, rows, columns, 6.2 * columns, rows * height + 0.8, False
    )
    for axes, panel in zip(grid, panels, strict=False):
        _lines(axes, panel)
    return figure


def save(figure: Any, directory: Path, name: str) -> list[Path]:
    """Write the figure as ``name``.png and ``name``.svg; the same numbers give the same bytes."""
    import matplotlib

    directory.mkdir(parents=True, exist_ok=True)
    written = []
    with matplotlib.rc_context({"svg.hashsalt": "tongsuo-py"}):
        for form in ("png", "svg"):
            path = directory / f"{name}.{form}"
            metadata = {"Date": None} if form == "svg" else {"Software": None}
            figure.savefig(path, dpi=_DPI, metadata=metadata)
            written.append(path)
    return written


# ---- what both have ----


def _figure(
    title: str, subtitle: str, rows: int, columns: int, width: float, height: float, legend: bool
) -> tuple[Any, list[Any]]:
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    top, bottom = 0.72 / height, (0.42 if legend else 0.05) / height
    layout = ConstrainedLayoutEngine(
        rect=(0.005, bottom, 0.99, 1 - top - bottom), w_pad=0.12, h_pad=0.12
    )
    figure = Figure(figsize=(width, height), layout=layout, facecolor="white")
    figure.text(0.012, 1 - 0.12 / height, title, size=14, weight="bold", color=_INK, va="top")
    figure.text(0.012, 1 - 0.42 / height, subtitle, size=9, color=_FAINT, va="top")
    grid = figure.subplots(rows, columns, squeeze=False)
    flat = [axes for row in grid for axes in row]
    for axes in flat:
        axes.tick_params(colors=_FAINT, labelsize=9, length=0)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            axes.spines[side].set_color(_GRID)
        axes.set_axisbelow(True)
    return figure, flat


def _panel_title(axes: Any, title: str) -> None:
    axes.set_title(title, loc="left", size=10.5, weight="bold", color=_INK)


def _legend(figure: Any, colours: Mapping[str, str], height: float) -> None:
    from matplotlib.patches import Patch

    figure.legend(
        handles=[Patch(color=colour, label=name) for name, colour in colours.items()],
        loc="lower left",
        bbox_to_anchor=(0.008, 0.02 / height),
        ncols=len(colours),
        frameon=False,
        fontsize=9,
        labelcolor=_INK,
        handlelength=1.0,
        handleheight=1.0,
        columnspacing=1.3,
    )


# ---- bars ----


def _bars(axes: Any, panel: Bars, colours: Mapping[str, str]) -> None:
    end = max(max(bar.total, *(bar.spread or (0,))) for bar in panel.bars)
    begin = min(bar.total for bar in panel.bars) / 2.5 if panel.log else 0.0
    for place, bar in enumerate(panel.bars):
        left = begin
        for number, (name, value) in enumerate(bar.parts.items()):
            colour = colours.get(name) or bar.colour or COLOURS[number % len(COLOURS)]
            width = value - left if panel.log else value
            axes.barh(place, width, left=left, height=0.66, color=colour, linewidth=0)
            left += width
        beyond = left
        if bar.spread is not None:
            low, high = bar.spread
            axes.plot([low, high], [place, place], color=_INK, linewidth=1.1, zorder=3)
            beyond = max(left, high)
        axes.annotate(
            panel.say(bar.total if bar.value is None else bar.value),
            xy=(beyond, place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            size=9,
            color=_INK,
            weight="bold" if bar.strong else "normal",
        )
    axes.set_yticks(range(len(panel.bars)), [bar.label for bar in panel.bars])
    for label, bar in zip(axes.get_yticklabels(), panel.bars, strict=True):
        label.set_color(_INK)
        label.set_weight("bold" if bar.strong else "normal")
    axes.invert_yaxis()
    if panel.log:
        axes.set_xscale("log")
        axes.set_xlim(begin, end * (end / begin) ** 0.2)
        axes.minorticks_off()
    else:
        axes.set_xlim(0, end * 1.2)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    _panel_title(axes, panel.title)


# ---- lines ----


def _lines(axes: Any, panel: Lines) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    if panel.log_x:
        axes.set_xscale("log")
    if panel.log_y:
        axes.set_yscale("log", base=panel.base_y)
    colours = [
        line.colour or COLOURS[number % len(COLOURS)] for number, line in enumerate(panel.lines)
    ]
    for line, colour in zip(panel.lines, colours, strict=True):
        xs, ys = zip(*line.points, strict=True)
        style = {"linestyle": (0, (4, 3)), "linewidth": 1.1} if line.dashed else {"linewidth": 1.9}
        marker = {} if line.dashed else {"marker": "o", "markersize": 3.6}
        axes.plot(xs, ys, color=colour, **style, **marker)
        if line.band:
            lows, highs = zip(*line.band, strict=True)
            axes.fill_between(xs, lows, highs, color=colour, alpha=0.15, linewidth=0)
    axes.grid(visible=True, color=_GRID, linewidth=0.6)
    for axis, say in ((axes.xaxis, panel.say_x), (axes.yaxis, panel.say_y)):
        axis.set_major_formatter(FuncFormatter(lambda value, _, say=say: say(value)))
        axis.set_minor_formatter(NullFormatter())
    if panel.ticks_x:
        axes.set_xticks(panel.ticks_x)
    axes.minorticks_off()
    if panel.bottom is not None:
        axes.set_ylim(bottom=panel.bottom)
    axes.set_xlabel(panel.x, size=9, color=_FAINT)
    axes.set_ylabel(panel.y, size=9, color=_FAINT)
    _panel_title(axes, panel.title)
    _names(axes, panel, colours)


def _names(axes: Any, panel: Lines, colours: Sequence[str]) -> None:
    """The lines' names at the right, moved apart where two would lie on each other.

    A thin line leads there from where a line ends before the others do.
    """
    axes.get_ylim()  # or the limits are not those of the lines yet
    axes.set_xlim(axes.get_xlim())
    to_axes = axes.transData + axes.transAxes.inverted()
    ends = [to_axes.transform(line.points[-1]) for line in panel.lines]
    places = _apart([float(y) for _, y in ends], _NAME_HEIGHT)
    furthest = max(float(x) for x, _ in ends)
    for line, colour, place, (x, y) in zip(panel.lines, colours, places, ends, strict=True):
        if x < furthest:
            axes.plot(
                [x, 1.0], [y, place], transform=axes.transAxes, color=colour, linewidth=0.7,
                linestyle=":",
            )  # fmt: skip
        axes.annotate(
            line.label,
            xy=(1.0, place),
            xycoords="axes fraction",
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            size=9,
            color=colour,
            annotation_clip=False,
        )


def _apart(places: Sequence[float], least: float) -> list[float]:
    """The places, in their order, moved as little as leaves ``least`` between each two.

    Those that are too near become a block around their own middle, which may meet others in turn;
    none of it leaves 0 to 1 as long as there is room.
    """

    def inside(middle: float, count: int) -> float:
        half = least * (count - 1) / 2
        return min(max(middle, half), max(1 - half, half))

    blocks: list[tuple[float, list[int]]] = []  # the middle, and who
    for index in sorted(range(len(places)), key=lambda index: places[index]):
        middle, who = inside(places[index], 1), [index]
        while blocks:
            before, others = blocks[-1]
            together = len(who) + len(others)
            if middle - before >= least * together / 2:
                break
            blocks.pop()
            middle = (middle * len(who) + before * len(others)) / together
            middle, who = inside(middle, together), others + who
        blocks.append((middle, who))
    moved = [0.0] * len(places)
    for middle, who in blocks:
        for number, index in enumerate(who):
            moved[index] = middle + least * (number - (len(who) - 1) / 2)
    return moved
