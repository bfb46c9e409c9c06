"""``tongsuo-py bench schemes``: the tables, the JSON and the plots say the same."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from command import bad, good

from tongsuo_py.benchmark import scheme_report, scheme_rounds, scheme_sessions, schemes

QUICK = ("bench", "schemes", "--quick")
SIZES = ["64 B", "1 KiB", "64 KiB", "1 MiB"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, object], Path]:
    """The lines that are printed, the JSON, and the folder of the plots."""
    folder = tmp_path_factory.mktemp("schemes")
    printed = good(*QUICK, "--json", folder / "all.json", "--plots", folder / "plots")
    report = json.loads((folder / "all.json").read_text("utf-8"))
    return printed.decode().splitlines(), report, folder / "plots"


def test_everything_is_measured(whole: tuple[list[str], dict[str, object], Path]) -> None:
    _, report, _ = whole
    assert report["machine"]
    assert str(report["tongsuo"]).startswith("Tongsuo ")
    sides = scheme_rounds.sides(accelerated=bool(report["accelerated"]))
    results = scheme_report.from_dict(report)
    assert {(each.side, each.size) for each in results} == {
        (side, size) for side in sides for size in scheme_rounds.SIZES
    }
    for each in results:
        steps = scheme_sessions.STEPS if each.side.session else schemes.STEPS
        assert list(each.steps) == list(steps)
        assert min(each.steps.values()) > 0
        assert each.total > 0
    assert [target["size"] for target in report["targets"]] == list(scheme_rounds.SIZES)  # type: ignore[attr-defined, index]
    again = scheme_report.as_dict(results, {})
    assert json.loads(json.dumps(again))["results"] == report["results"]


def test_the_tables(whole: tuple[list[str], dict[str, object], Path]) -> None:
    lines, report, _ = whole
    results = scheme_report.from_dict(report)
    for word in ("scheme ", "session "):
        start = next(number for number, line in enumerate(lines) if line.startswith(word))
        assert lines[start].split("  ")[0] == word.strip()
        assert lines[start].split()[1:] == " ".join(SIZES).split()
        totals = [each for each in results if each.side.session == (word == "session ")]
        labels = list(dict.fromkeys(each.side.label for each in totals))
        for label, line in zip(labels, lines[start + 1 :], strict=False):
            assert line.startswith(f"{label}  ")
            assert line.split(label)[1].split("  ")[-1].strip() == scheme_report.microseconds(
                next(
                    each.total
                    for each in totals
                    if (each.side.label, each.size) == (label, 1 << 20)
                )
            )
    assert sum(line.startswith("µs at 64 KiB ") for line in lines) == 2
    assert max(map(len, lines)) <= 100


def test_the_verdicts(whole: tuple[list[str], dict[str, object], Path]) -> None:
    lines, report, _ = whole
    verdicts = lines[-4:]
    for size, line, target in zip(SIZES, verdicts, report["targets"], strict=True):  # type: ignore[call-overload]
        ratio = target["ratio"]
        mark = " " if size == "1 MiB" else "✓" if ratio < 1 else "✗"
        assert line == (
            f"{mark} {size}: SM2-SM4-SM3 takes {ratio:.2f} of the time of RSA-2048-AES-SHA256"
        )


def test_the_plots(whole: tuple[list[str], dict[str, object], Path]) -> None:
    _, _, folder = whole
    names = {path.name for path in folder.iterdir()}
    assert names == {"schemes.png", "schemes.svg", "sessions.png", "sessions.svg"}
    assert all(path.stat().st_size > 10_000 for path in folder.iterdir())


def test_json_in_place_of_the_tables() -> None:
    report = json.loads(good(*QUICK, "--only", "sm2-sm4-sm3", "--json", "-"))
    names = {each["side"]["name"] for each in report["results"]}
    assert names == {"SM2-SM4-SM3"}
    assert report["targets"] == []


def test_only_sessions() -> None:
    lines = good(*QUICK, "--only", "TLCP ECC").decode().splitlines()
    assert not any(line.startswith("scheme ") for line in lines)
    assert any(line.startswith("TLCP ECC ") for line in lines)


def test_usage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no scheme or session has 'DES' in its name: SM2-SM4-SM3, RSA" in bad(
        2, *QUICK, "--only", "DES"
    )
    assert "there is no such folder" in bad(2, *QUICK, "--json", tmp_path / "no" / "file.json")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert "plots need matplotlib" in bad(2, *QUICK, "--plots", tmp_path)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    assert "pip install 'tongsuo-py[bench]'" in bad(2, *QUICK)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (1_234, "1.2 µs"),
        (99_949, "99.9 µs"),
        (412_345, "412 µs"),
        (1_912_345, "1,912 µs"),
        (22_700_000, "22.7 ms"),
    ],
)
def test_times_in_words(nanoseconds: float, text: str) -> None:
    assert scheme_report.microseconds(nanoseconds) == text
