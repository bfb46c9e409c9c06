"""What GitHub runs is what the Makefile has; how it is run is what `make lint` looks at."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from tree import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["jobs"]
    return found


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in WORKFLOWS:
        for name, job in jobs(path).items():
            for step in job.get("steps", ()):
                yield f"{path.stem} {name}", step


RUNS = [pytest.param(step["run"], id=name) for name, step in steps() if "run" in step]


def test_there_are_workflows() -> None:
    assert {path.stem for path in WORKFLOWS} == {"ci", "release", "wheels"}
    assert len(RUNS) >= 10


@pytest.mark.parametrize("command", RUNS)
def test_a_command_is_a_target_of_the_makefile(command: str) -> None:
    words = re.fullmatch(r"make((?: [a-z-]+)+)(?: ARGS=.*)?", command)
    assert words is not None, command
    assert set(words[1].split()) <= TARGETS


def test_what_the_makefile_checks_is_checked() -> None:
    run = {word for param in RUNS for word in str(param.values[0]).split()}
    assert run >= {"lint", "docs", "test", "demo", "matrix", "newest", "coverage", "fuzz"}
    assert run >= {"sanitize", "docker-tests", "newcomer", "wheel", "wheels"}


def test_the_matrix_is_that_of_tox() -> None:
    """Each combination has an environment, and each environment a combination."""
    axes = jobs(ROOT / ".github" / "workflows" / "ci.yml")["matrix"]["strategy"]["matrix"]
    wanted = {
        f"py{python}-tongsuo{tongsuo}{variant}".replace(".", "")
        for python in axes["python"]
        for tongsuo in axes["tongsuo"]
        for variant in axes["variant"]
    }
    result = subprocess.run(
        [sys.executable, "-m", "tox", "list", "--no-desc", "-q"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert wanted == set(result.stdout.split())


def test_actions_are_pinned_to_commits() -> None:
    for path in WORKFLOWS:
        used = re.findall(r"uses: (.*)", path.read_text())
        assert used
        for action in used:
            assert re.fullmatch(r"\./\S+|[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


def test_nobody_may_do_more_than_read_but_the_publisher() -> None:
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text())
        assert workflow["permissions"] == {"contents": "read"}
        assert workflow["concurrency"]["group"]
        for name, job in workflow["jobs"].items():
            publishes = (path.stem, name) == ("release", "publish")
            assert job.get("permissions") == ({"id-token": "write"} if publishes else None)
            assert "uses" in job or job["timeout-minutes"] <= 90


def test_what_is_published_is_what_was_built() -> None:
    """The artifacts' names fit the pattern, and nothing else does."""
    uploaded = {
        step["with"]["name"]
        for name, step in steps()
        if str(step.get("uses")).startswith("actions/upload-artifact")
    }
    assert uploaded == {"dist-${{ matrix.runner }}", "dist-sdist"}
    (fetched,) = (
        step["with"] for name, step in steps() if "download-artifact" in str(step.get("uses"))
    )
    assert (fetched["pattern"], fetched["path"]) == ("dist-*", "dist")
