"""``tongsuo-py bench``: tables, JSON and plots of one run; wrong arguments; its processes' end."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command import PATIENCE, bad, ended, good, start

from tongsuo_py.benchmark import native
from tongsuo_py.benchmark.rows import rows

QUICK = ("bench", "--quick", "--without-packages")
SIDES = ["ours", "plain", *(["c"] if native.SOURCE.exists() else []), "stdlib", "cryptography"]


@pytest.fixture(scope="module")
def hashed(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, Any], Path]:
    """The lines that are printed for SM3, the JSON, and the folder of the plots."""
    folder = tmp_path_factory.mktemp("bench")
    files = ("--json", folder / "all.json", "--plots", folder / "plots")
    printed = good(*QUICK, "--only", "sm3 ", "--rounds", 2, "--seconds", 0.001, *files)
    report = json.loads((folder / "all.json").read_text("utf-8"))
    return printed.decode().splitlines(), report, folder / "plots"


def test_what_was_asked_for_is_measured(
    hashed: tuple[list[str], dict[str, Any], Path],
) -> None:
    _, report, _ = hashed
    assert report["tongsuo"].startswith("Tongsuo ")
    assert report["machine"]
    assert (report["rounds"], report["seconds"]) == (2, 0.001)
    assert [name for name in report["sides"] if name != "c-provider"] == SIDES
    assert [each["name"] for each in report["rows"]] == [
        row.name for row in rows() if row.operation in ("sm3", "sm3-digest-many")
    ]
    for each in report["rows"]:
        for side in {"ours", "plain", "counterpart"} | ({"c"} & set(SIDES)):
            assert len(each["sides"][side]["rounds"]) == 2
            assert min(each["sides"][side]["rounds"]) > 0
    assert {each["target"] for each in report["targets"]} == {"SM3, 16 KiB, no provider: beside C"}


def test_as_tables(hashed: tuple[list[str], dict[str, Any], Path]) -> None:
    lines, report, _ = hashed
    assert lines[0].startswith(report["machine"])
    assert lines[1] == "2 rounds of 0.001 s for each side, in turn"
    assert max(map(len, lines[lines.index("") :])) <= 100
    text = "\n".join(lines)
    assert re.search(r"^SM3 +size +ours +± +x without +x C +x SHA-256 ", text, re.MULTILINE)
    assert re.search(r"^SM3 +16 KiB +[\d.,]+ MB/s +\d+% ", text, re.MULTILINE)
    assert re.search(r"^Packages +SM3$", text, re.MULTILINE)
    assert re.search(r"^hashlib +[\d.,]+$", text, re.MULTILINE)
    assert re.search(r"^Targets +at least +measured$", text, re.MULTILINE)
    assert ("Beside C" in text) == ("c" in SIDES)


def test_plots(hashed: tuple[list[str], dict[str, Any], Path]) -> None:
    _, _, folder = hashed
    assert {path.name for path in folder.iterdir()} == {"sm4.png", "sm4.svg"} | {
        "packages.png",
        "packages.svg",
    }


def test_json_in_place_of_the_tables() -> None:
    report = json.loads(good(*QUICK, "--only", "tlcp-ecc/handshake", "--json", "-"))
    names = [each["name"] for each in report["rows"]]
    assert names[0] == "tlcp-ecc/handshake"
    assert "tlcp-ecc/handshake-asyncio" in names
    assert report["rounds"] == 1


def test_beside_ssl() -> None:
    text = good(*QUICK, "--only", "tls13-p256/resumed").decode()
    for action in ("resumed", "resumed-memory", "resumed-sockets"):
        assert re.search(rf"^TLS 1.3 P-256 {action} +[\d.,]+/s +[\d.,]+/s +\d", text, re.MULTILINE)
    assert "Targets" not in text  # one round says nothing of them


def test_what_is_left_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tongsuo_py.benchmark import packages

    monkeypatch.setattr(packages, "_cache", lambda: tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for variable in ("PIP_FIND_LINKS", "PIP_INDEX_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(packages, "PACKAGES", packages.PACKAGES[5:7])
    text = good("bench", "--quick", "--only", "sm3 64").decode()
    for name in ("gmssl", "gmalg"):
        assert re.search(f"left out: {name}: No matching distribution found for {name}==", text)
    assert re.search(r"^SM3 +64 B +\d", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seconds=0",), "is not a number of seconds"),
        (("--seconds=nan",), "is not a number of seconds"),
        (("--rounds=0",), "is not a number from 1 up"),
        (("--rounds=x",), "is not a number from 1 up"),
        (("--only", "rot13"), "no row has 'rot13' in its name"),
        (("--json", "/nonexistent/all.json"), "there is no such folder"),
        (("nonsense",), "invalid choice: 'nonsense'"),
    ],
)
def test_usage(arguments: tuple[str, ...], message: str) -> None:
    assert message in bad(2, "bench", *arguments)


def test_plots_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is measured."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    message = bad(2, "bench", "--plots", tmp_path / "plots")
    assert "pip install 'tongsuo-py[bench]'" in message


def children_of(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(state[1]) == parent and state[0] != "Z":
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(number: int, tmp_path: Path) -> None:
    """Its processes end with it, in the middle of what they measure."""
    arguments = ("--only", "sm3 64", "--seconds", 60, "--without-packages")
    with ended(start("bench", *arguments)) as process:
        end = time.monotonic() + PATIENCE
        while len(children := children_of(process.pid)) < len(SIDES):
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 128 + number
        assert errors.decode().splitlines()[-1] in (
            "tongsuo-py: interrupted",
            "tongsuo-py: terminated",
        )
        for child in children:
            with pytest.raises(ProcessLookupError):
                os.kill(child, 0)


def test_without_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package has no C program: it says so in a line, and measures the rest."""
    monkeypatch.setattr(native, "SOURCE", tmp_path / "bench.c")
    text = good(*QUICK, "--only", "sm3 64").decode()
    (said,) = [line for line in text.splitlines() if "left out" in line]
    assert "C, no provider; C: its source is in the checkout" in said
    assert "Beside C" not in text
    assert re.search(r"^SM3 +64 B +\d", text, re.MULTILINE)


@pytest.mark.skipif(not native.SOURCE.exists(), reason="the C program is in the checkout only")
def test_without_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "/nonexistent/cc")
    text = good(*QUICK, "--only", "sm3 64").decode()
    (said,) = [line for line in text.splitlines() if "left out" in line]
    assert "C, no provider; C: " in said
    assert "CC=/nonexistent/cc not found" in said
    assert re.search(r"^SM3 +64 B +\d", text, re.MULTILINE)
