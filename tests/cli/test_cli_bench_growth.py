"""``tongsuo-py bench growth``: what is measured, what is said of it, and what is drawn."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import COMMAND, PATIENCE, bad, environment, good

from tongsuo_py.benchmark import growth, growth_data, growth_idle, growth_report, growth_threads
from tongsuo_py.benchmark.growth import Curve

QUICK = ("bench", "growth", "--quick")
KIB, MIB = 1 << 10, 1 << 20


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, Any], Path]:
    """The lines that are printed, the JSON, and the folder of the plots."""
    folder = tmp_path_factory.mktemp("growth")
    printed = good(
        *QUICK, "--connections", 60, "--json", folder / "all.json", "--plots", folder / "plots"
    )
    report = json.loads((folder / "all.json").read_text("utf-8"))
    return printed.decode().splitlines(), report, folder / "plots"


def test_everything_is_measured(whole: tuple[list[str], dict[str, Any], Path]) -> None:
    _, report, _ = whole
    found = {
        (each["part"], each["name"], each["quantity"]): [x for x, _ in each["points"]]
        for each in report["curves"]
    }
    sizes = [10.0**exponent for exponent in range(7)]
    counts = growth.thread_counts(os.cpu_count() or 1)
    expected = {
        **{
            ("data", name, quantity): sizes
            for name in growth_data.OPERATIONS
            for quantity in ("time", "memory")
        },
        **{
            ("connections", way, quantity): [1, 10, 60]
            for way in growth_idle.WAYS
            for quantity in ("memory", "client memory", "time", "echo")
        },
        **{("threads", name, "throughput"): counts for name in growth_threads.OPERATIONS},
    }
    assert found == expected
    for each in report["curves"]:
        assert all(y > 0 or "memory" in each["quantity"] for _, y in each["points"])
        assert growth.from_dict(each).as_dict() == {
            **each,
            "points": tuple(map(tuple, each["points"])),
        }


def test_the_tables(whole: tuple[list[str], dict[str, Any], Path]) -> None:
    lines, _, _ = whole
    titles = [line.split("  ")[0] for line in lines if line.split("  ")[0] in {
        "time", "memory, at the most", "server's memory", "client's memory",
        "work to connect all", "an echo meanwhile", "a second, by threads",
    }]  # fmt: skip
    assert len(titles) == 7
    assert max(map(len, lines)) <= 100
    assert sum(line.startswith("TLCP stream ") for line in lines) == 2
    assert any("an idle TLCP connection costs the server" in line for line in lines[-4:])


def test_the_plots(whole: tuple[list[str], dict[str, Any], Path]) -> None:
    _, _, folder = whole
    names = {path.name for path in folder.iterdir()}
    parts = ("data", "connections", "threads")
    assert names == {f"growth-{part}.{form}" for part in parts for form in ("png", "svg")}
    assert all(path.stat().st_size > 10_000 for path in folder.iterdir())


def test_only_one_part() -> None:
    report = json.loads(good(*QUICK, "--only", "threads", "--json", "-"))
    assert {each["part"] for each in report["curves"]} == {"threads"}


def test_only_what_has_the_name() -> None:
    report = json.loads(good(*QUICK, "--only", "sm3", "--json", "-"))
    assert {(each["part"], each["name"]) for each in report["curves"]} == {("data", "SM3")}


def test_as_many_connections_as_there_may_be_files() -> None:
    words = [*QUICK, "--only", "connections", "--connections", "30", "--json", "-"]
    limited = ["sh", "-c", 'ulimit -n "$0" && exec "$@"', str(growth_idle.RESERVE + 20)]
    finished = subprocess.run(
        [*limited, *COMMAND, *words],
        env=environment(),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    for each in json.loads(finished.stdout)["curves"]:
        assert [x for x, _ in each["points"]] == [1, 10]


def test_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "nothing has 'DES' in its name: data, connections, threads, SM3" in bad(
        2, *QUICK, "--only", "DES"
    )
    assert "is not a number from 1 up" in bad(2, *QUICK, "--connections", 0)
    assert "there is no such folder" in bad(2, *QUICK, "--json", tmp_path / "no" / "file.json")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert "plots need matplotlib" in bad(2, *QUICK, "--plots", tmp_path)


# ---- what is said of curves ----


def curve(part: str, quantity: str, power: float, factor: float = 1e5, name: str = "it") -> Curve:
    points = tuple((10.0**x, 1000 + factor * 10 ** (x * power)) for x in range(6))
    return Curve(part, name, quantity, points)


def test_nothing_grows_faster_than_its_work() -> None:
    curves = [curve("data", "time", 1), curve("data", "memory", 0), curve("connections", "echo", 0)]
    assert list(growth_report.verdicts(curves)) == [
        (True, "data: nothing grows faster than its size; the steepest of 2 slopes is 1.00"),
        (
            True,
            "connections: nothing grows faster than their number; the steepest of 1 slopes is 0.00",
        ),
    ]


def test_something_grows_faster() -> None:
    curves = [curve("data", "time", 2), curve("data", "memory", 0)]
    ((good, text),) = growth_report.verdicts(curves)
    assert not good
    assert text == ("data: the time of it grows with its size to the power of 2.00 from 10 B on")


@pytest.mark.parametrize(("each", "good"), [(35 * KIB, True), (61 * KIB, False)])
def test_what_an_idle_connection_costs(each: float, good: bool) -> None:
    memory = Curve("connections", "TLCP", "memory", ((1000.0, each * 1000),))
    ((verdict, text),) = growth_report.verdicts([memory])
    assert verdict == good
    assert f"costs the server {each // KIB} KiB; the target is 60 KiB at most" in text


@pytest.mark.parametrize(
    ("cores", "counts"),
    [(1, [1, 2]), (2, [1, 2, 3, 4]), (4, [1, 2, 4, 6, 8]), (12, [1, 2, 4, 8, 12, 16, 18, 24])],
)
def test_how_many_threads(cores: int, counts: list[int]) -> None:
    assert growth.thread_counts(cores) == counts


def test_threads_have_no_slope() -> None:
    assert list(growth_report.verdicts([curve("threads", "throughput", 2)])) == []


@pytest.mark.parametrize(
    ("say", "value", "text"),
    [
        (growth_report.size_text, 1, "1 B"),
        (growth_report.size_text, 10**4, "10 kB"),
        (growth_report.size_text, 10**8, "100 MB"),
        (growth_report.size_text, 1 << 30, "1 GiB"),
        (growth_report.memory_text, 35.4 * KIB, "35 KiB"),
        (growth_report.memory_text, 3.4 * MIB, "3.4 MiB"),
        (growth_report.memory_text, 340 * MIB, "340 MiB"),
        (growth_report.time_text, 820, "0.8 µs"),
        (growth_report.time_text, 412_000, "412 µs"),
        (growth_report.time_text, 21_000_000, "21.0 ms"),
        (growth_report.time_text, 1_300_000_000, "1.3 s"),
    ],
)
def test_numbers_in_words(say: Any, value: float, text: str) -> None:
    assert say(value) == text
