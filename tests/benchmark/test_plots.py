"""What is drawn: files that are whole and the same each time, and names that can be read."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py.benchmark import plots
from tongsuo_py.benchmark.plots import Bar, Bars, Line, Lines

LEAST = 0.05


def bars() -> Any:
    panels = [
        Bars(
            f"panel {number}",
            [
                Bar("ours", {"one": 1.0, "two": 2.0}, spread=(2.5, 3.5), strong=True),
                Bar("theirs", {"one": 10.0, "two": 0.1}, value=10.2),
            ],
            "{:.1f} µs".format,
        )
        for number in range(3)
    ]
    return plots.draw_bars("title", "below", panels, {"one": plots.BLUE, "two": plots.ORANGE})


def lines() -> Any:
    points = [(10.0**x, 3.0 * 10**x) for x in range(5)]
    panels = [
        Lines(
            "logarithmic",
            [
                Line("whole", points, band=[(y * 0.9, y * 1.1) for _, y in points]),
                Line("short", points[:3]),
                Line("target", points, dashed=True),
            ],
            "bytes",
            "time",
            base_y=16,
        ),
        Lines("linear", [Line("one", [(1, 1), (2, 2)])], "", "", log_x=False, log_y=False,
              bottom=0, ticks_x=(1, 2)),
    ]  # fmt: skip
    return plots.draw_lines("title", "below", panels)


@pytest.mark.parametrize("draw", [bars, lines])
def test_what_is_written(draw: Any, tmp_path: Path) -> None:
    png, svg = plots.save(draw(), tmp_path / "new", "name")
    assert (png, svg) == (tmp_path / "new" / "name.png", tmp_path / "new" / "name.svg")
    assert png.read_bytes().startswith(b"\x89PNG\r\n")
    assert ElementTree.parse(svg).getroot().tag.endswith("svg")
    again = plots.save(draw(), tmp_path / "again", "name")
    assert [path.read_bytes() for path in again] == [png.read_bytes(), svg.read_bytes()]


@pytest.mark.parametrize("draw", [bars, lines])
def test_all_of_it_is_on_the_page(draw: Any, tmp_path: Path) -> None:
    """Every text is whole, and none lies on another."""
    figure = draw()
    plots.save(figure, tmp_path, "name")
    page = figure.bbox
    boxes = []
    for axes in figure.axes:
        texts = [
            *axes.texts,
            axes.title,
            axes._left_title,
            axes.xaxis.label,
            *axes.get_yticklabels(),
        ]
        for text in texts:
            if text.get_text() and text.get_visible():
                boxes.append((text.get_text(), text.get_window_extent()))
    boxes += [(text.get_text(), text.get_window_extent()) for text in figure.texts]
    assert len(boxes) > 8
    for name, box in boxes:
        assert box.x0 >= 0, name
        assert box.x1 <= page.x1, name
        assert box.y0 >= 0, name
        assert box.y1 <= page.y1, name
    for number, (name, box) in enumerate(boxes):
        for other, beside in boxes[:number]:
            assert not box.overlaps(beside), (name, other)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_names_are_moved_apart(places: list[float]) -> None:
    moved = plots._apart(places, LEAST)
    order = sorted(range(len(places)), key=lambda index: places[index])
    for below, above in pairwise(order):
        assert moved[above] - moved[below] >= LEAST - 1e-9
    assert min(moved) >= -1e-9
    assert max(moved) <= 1 + 1e-9
    # Where the ends are not in the way they stay as a whole where they are, and who has room does
    # not move.
    if min(moved) > 1e-9 and max(moved) < 1 - 1e-9:
        assert sum(moved) == pytest.approx(sum(places), abs=1e-6)
    if all(places[b] - places[a] >= LEAST for a, b in pairwise(order)):
        assert moved == pytest.approx(places)


def test_without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    plots.check()
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(plots.NoPlots, match=r"pip install 'tongsuo-py\[bench\]'"):
        plots.check()
