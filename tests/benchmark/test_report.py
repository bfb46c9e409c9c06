"""What the rounds come to: medians, ratios, targets; and the tables and plots made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tongsuo_py.benchmark import compare_plots, plots, report, tables, words
from tongsuo_py.benchmark.compare import COUNTERPART, Cell, Result
from tongsuo_py.benchmark.report import Measured, Report
from tongsuo_py.benchmark.rows import Row, rows
from tongsuo_py.benchmark.sides import Side

ROWS = {row.name: row for row in rows()}
ABOUT = {"machine": "Abacus", "cores": 2, "tongsuo": "Tongsuo 8.5.0", "python": "3.11"}
NAMES = ("ours", "plain", "c", "c-provider", "stdlib", "cryptography", "gmssl", "tongsuopy")


def cell(*wall: float) -> Cell:
    return Cell(list(wall), [time / 2 for time in wall])


def measured(name: str, **cells: Cell) -> Measured:
    return Measured(ROWS[name], cells)


def whole(*results: Result, rounds: int = 3) -> Report:
    sides = [Side(name, (), facts={"version": "1", "library": "L"}) for name in NAMES]
    made = report.begin({**ABOUT, "rounds": rounds, "seconds": 0.1}, sides, {"gmalg": "no network"})
    for result in results:
        made = made.with_result(result)
    return made


def everything() -> Report:
    """A report in which every row was measured on every side, each slower than the one before."""
    results = []
    for row in ROWS.values():
        cells = {
            name: cell(*(1000.0 * (number + 1) * factor for factor in (1.0, 1.1, 0.9)))
            for number, name in enumerate((*NAMES, COUNTERPART))
        }
        if "/" in row.operation:
            for name in ("stdlib", "cryptography", "gmssl", "tongsuopy"):
                del cells[name]
        results.append(Result(row, cells))
    return whole(*results)


def test_medians_and_spread() -> None:
    each = measured("sm3 1024", ours=cell(1024, 512, 2048, 1024, 1024))
    assert each.median("ours") == 1024
    assert each.spread("ours") == 0
    assert each.speed("ours") == 1e9
    assert each.median("c") is each.speed("c") is None
    assert measured("sm3 1024", ours=cell(1, 2, 3, 4, 5)).spread("ours") == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("name", "nanoseconds", "speed", "said"),
    [
        ("sm4-ctr 16384", 16384, 1e9, "1,000 MB/s"),
        ("sm4-ctr 64", 64_000, 1e6, "1.00 MB/s"),
        ("sm2-sign 32", 1e5, 10_000, "10,000/s"),
        ("sm2-sign-many 32", 1e4, 100_000, "100,000/s"),  # for one of the batch
        ("sm3-digest-many 1024", 1024, 1e9, "1,000 MB/s"),
        ("tlcp-ecc/handshake", 2e6, 500, "500/s"),
        ("tlcp-ecc/connections 100", 1e8, 1000, "1,000/s"),
        ("tls13-p256/stream-asyncio 64", 65536, 1e9, "1,000 MB/s"),
        ("tls13-p256/echo-asyncio 64", 1e6, 1000, "1,000/s"),
    ],
)
def test_speed(name: str, nanoseconds: float, speed: float, said: str) -> None:
    each = measured(name, ours=cell(nanoseconds))
    assert each.speed("ours") == pytest.approx(speed)
    assert words.speed(each, "ours") == said


def test_a_ratio_is_that_of_the_rounds() -> None:
    """A round in which the machine was slow for both says the same as the others."""
    each = measured("sm2-sign 32", ours=cell(10, 20, 1000), c=cell(30, 60, 3000))
    found = each.ratio("ours", "c")
    assert found is not None
    assert (found.value, found.spread, found.best) == (3, 0, 3)
    assert each.cpu_ratio("ours", "c") == 3
    assert each.ratio("ours", "plain") is None
    assert each.cpu_ratio("plain", "c") is None


def test_a_ratio_of_sides_with_other_numbers_of_rounds() -> None:
    each = measured("sm2-sign 32", ours=cell(10, 10, 10, 10), gmssl=cell(500, 400, 600))
    found = each.ratio("ours", "gmssl")
    assert found is not None
    assert found.value == 50
    assert found.spread == 10
    assert found.best == 40


def test_the_best_package() -> None:
    each = measured(
        "sm4-gcm-encrypt 16384",
        ours=cell(1),
        plain=cell(1),
        c=cell(1),
        stdlib=cell(1),
        counterpart=cell(1),
        gmssl=cell(9),
        tongsuopy=cell(5),
        cryptography=cell(7),
    )
    assert each.best_package() == "tongsuopy"
    assert measured("sm3 64", ours=cell(1)).best_package() is None


def test_targets() -> None:
    made = whole(
        Result(ROWS["sm4-ctr 16384"], {"ours": cell(10), "c": cell(151)}),
        Result(ROWS["sm2-verify 32"], {"ours": cell(10), "c": cell(17.9)}),
        Result(ROWS["sm2-sign 32"], {"ours": cell(10), "gmssl": cell(90), "tongsuopy": cell(31)}),
    )
    found = {each.target.text: each for each in made.targets()}
    assert found["SM4-CTR, 16 KiB: beside Tongsuo's C"].good is True
    assert found["verify: beside Tongsuo's C"].good is False
    assert found["sign: beside the best package"].package == "tongsuopy"
    assert found["sign: beside the best package"].good is True
    assert found["sign: beside Tongsuo's C"].good is None  # C was not there
    assert len(found) == 4
    said = {row[0]: row[2:] for row in tables.targets(made).rows}
    assert said["SM4-CTR, 16 KiB: beside Tongsuo's C"] == ("15.1", "reached")
    assert said["sign: beside the best package (tongsuopy)"] == ("3.10", "reached")
    assert said["sign: beside Tongsuo's C"] == ("–", "not measured")


def test_there_and_back_as_json() -> None:
    made = everything()
    written = json.loads(json.dumps(made.to_json()))
    again = Report.from_json(written)
    assert again.to_json() == written
    assert again.about == made.about
    assert again.missing == {"gmalg": "no network"}
    assert len(again.measured) == len(made.measured) == len(ROWS)
    each = next(row for row in written["rows"] if row["name"] == "sm3 64")
    assert each["sides"]["ours"] == {
        "median": 1000.0,
        "best": 900.0,
        "rounds": [1000.0, 1100.0, 900.0],
        "cpu": [500.0, 550.0, 450.0],
    }


def test_rows_that_are_no_more_are_left_out() -> None:
    written: dict[str, Any] = whole(Result(ROWS["sm3 64"], {"ours": cell(1)})).to_json()
    written["rows"].append({**written["rows"][0], "name": "md5 64"})
    assert [each.row.name for each in Report.from_json(written).measured] == ["sm3 64"]


def test_what_we_do_not_have_is_no_row() -> None:
    assert whole(Result(ROWS["sm3 64"], {"c": cell(1)})).measured == ()


def test_what_failed_is_told() -> None:
    made = whole(Result(ROWS["sm3 64"], {"c": cell(1)}, {"ours": "it ended"}))
    (row,) = made.to_json()["rows"]
    assert row["failed"] == {"ours": "it ended"}
    assert list(tables.groups(made)) == []


def test_every_row_is_in_a_table() -> None:
    made = everything()
    groups = list(tables.groups(made))
    assert sum(len(table.rows) for table in groups) == sum(
        row.table == "all" for row in ROWS.values()
    )
    others = (tables.beside_c, tables.beside_c_with_provider, tables.beside_ssl, tables.packages)
    for table in (*groups, *(make(made) for make in others)):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
    assert len(tables.beside_ssl(made).rows) > sum(row.table == "ssl" for row in ROWS.values())


def test_what_ours_costs_beside_c() -> None:
    cells = {"ours": cell(9), "plain": cell(3000, 2500), "c": cell(2000, 2600)}
    each = Result(ROWS["sm2-sign 32"], cells)
    (row,) = tables.beside_c(whole(each)).rows
    assert row == ("SM2 sign", "32 B", "434,783/s", "363,636/s", "1.250", "+0.50 µs", "0.19")


def test_the_columns_say_how_many_times_as_fast_ours_is() -> None:
    cells = {"ours": cell(10.0), "plain": cell(100.0), "c": cell(80.0), "gmssl": cell(1e6)}
    each = Result(ROWS["sm4-ctr 64"], {**cells, COUNTERPART: cell(5.0)})
    (table,) = tables.groups(whole(each))
    assert dict(zip(table.columns, table.rows[0], strict=True)) == {
        "SM4": "CTR",
        "size": "64 B",
        "ours": "6,400 MB/s",
        "±": "",
        "x without": "10.0",
        "x C": "8.00",
        "x AES-128": "0.50",
        "x best": "100,000",
        "package": "gmssl",
    }


def test_plots(tmp_path: Path) -> None:
    figures = compare_plots.draw(everything())
    assert set(figures) == {"sm4", "sm2", "packages", "handshakes", "records", "sizes"}
    for name, figure in figures.items():
        png, svg = plots.save(figure, tmp_path, name)
        assert png.read_bytes().startswith(b"\x89PNG")
        text = svg.read_text("utf-8")
        assert "Abacus" in "".join(t.get_text() for t in figure.texts)
        assert text.rstrip().endswith("</svg>")
    handshakes = figures["handshakes"]
    assert [axes.get_title(loc="left") for axes in handshakes.axes[:2]] == [
        "TLCP, ECC",
        "TLCP, ECC, mutual",
    ]
    labels = [label.get_text() for label in handshakes.axes[0].get_yticklabels()]
    assert labels[0] == "tongsuo-py"
    assert not handshakes.axes[-1].axison  # the last place is empty


def test_plots_of_little() -> None:
    """What was not measured is not drawn, and no panel is empty."""
    few = whole(Result(ROWS["sm4-ctr 16384"], {"ours": cell(1.0), "c": cell(9.0)}))
    figures = compare_plots.draw(few)
    assert list(figures) == ["sm4"]
    (axes,) = figures["sm4"].axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "tongsuo-py",
        "Tongsuo, from C",
    ]
    assert compare_plots.draw(whole()) == {}


def test_a_logarithmic_bar_begins_before_the_least() -> None:
    figure = plots.draw_bars(
        "title",
        "below",
        [plots.Bars("panel", [plots.Bar("a", {"a": 1e6}), plots.Bar("b", {"b": 1.0})], log=True)],
        {},
    )
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    ends = [bar.get_x() + bar.get_width() for bar in axes.patches]
    assert ends == pytest.approx([1e6, 1.0])
    assert all(bar.get_width() > 0 for bar in axes.patches)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Row("", "", "sm3", 64), "64 B"),
        (Row("", "", "sm3", 1024), "1 KiB"),
        (Row("", "", "sm3", 1 << 20), "1 MiB"),
        (Row("", "", "tlcp-ecc/handshake"), ""),
        (Row("", "", "tlcp-ecc/connections", 1000), "1,000"),
    ],
)
def test_sizes_in_words(row: Row, said: str) -> None:
    assert words.size(row) == said
