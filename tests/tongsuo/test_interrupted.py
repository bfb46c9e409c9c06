"""tongsuo/build.py: two at once, and what a signal leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from miniature import Mini, read_until


def living(group: int) -> list[int]:
    """The processes of a group, those apart that are dead and only not collected."""
    if not Path("/proc/self/stat").exists():
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return []
        return [group]
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = stat.read_text().split(" ", 1)
        except OSError:
            continue
        state, _, pgrp = rest.rpartition(")")[2].split()[:3]
        if int(pgrp) == group and state not in "ZX":
            found.append(int(pid))
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


# ------------------------------------------------------------------------------ two at once


def test_two_at_once_build_once(mini: Mini) -> None:
    first = mini.start(MINI_CONFIGURE="1")
    read_until(first, "configure")
    second = mini.start(MINI_CONFIGURE="1")
    waiting = read_until(second, "waiting")
    assert f"built by process {first.pid}" in waiting
    results = [process.communicate(timeout=30)[0] for process in (first, second)]
    assert first.returncode == second.returncode == 0
    assert results[0] == results[1]
    assert len(mini.configured) == 1
    mini.assert_only(Path(results[0].strip()))


def test_the_one_that_waits_builds_if_the_other_is_killed(mini: Mini) -> None:
    first = mini.start(MINI_CONFIGURE="30")
    read_until(first, "configure")
    second = mini.start()
    read_until(second, "waiting")
    first.kill()
    first.communicate()
    output, _ = second.communicate(timeout=30)
    assert second.returncode == 0
    mini.assert_only(Path(output.strip()))


def test_a_tree_that_changes_while_we_wait_is_not_taken_for_the_old_one(mini: Mini) -> None:
    first = mini.start(MINI_CONFIGURE="30")
    read_until(first, "configure")
    second = mini.start()
    read_until(second, "waiting")
    (mini.tree / "part1.c").write_text("int part1(void) { return 7; }\n")
    first.kill()
    first.communicate()
    _, errors = second.communicate(timeout=30)
    assert second.returncode == 1
    message = f"tongsuo/build.py: TONGSUO_SRC={mini.tree} was changed meanwhile: run this again\n"
    assert errors == message
    assert mini.prefixes() == []
    mini.build()


def test_waiting_can_be_interrupted(mini: Mini) -> None:
    first = mini.start(MINI_CONFIGURE="30")
    read_until(first, "configure")
    second = mini.start()
    read_until(second, "waiting")
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=10)
    assert second.returncode == 130
    assert first.poll() is None
    first.terminate()
    first.communicate(timeout=10)


def test_a_build_beside_another_leaves_its_files_alone(mini: Mini) -> None:
    slow = mini.start(MINI_CONFIGURE="8")
    read_until(slow, "configure")
    quick = mini.build(CFLAGS="-DOTHER")
    assert slow.poll() is None
    output, errors = slow.communicate(timeout=30)
    assert slow.returncode == 0, errors
    mini.assert_only(quick, Path(output.strip()))


# ------------------------------------------------------------------------------ interrupted

# A line of progress to wait for, and what to slow down so that the build is still there then.
MOMENTS = {
    "configure": {"MINI_CONFIGURE": "30"},
    "compile ": {"MINI_COMPILE": "30"},
    "50 %": {"MINI_LAST": "30"},
    "install ": {"MINI_INSTALL": "30"},
}


def start_slow_build(mini: Mini, moment: str) -> tuple[subprocess.Popen[str], int]:
    """Start a build and wait until it is at ``moment``; return it and its process group."""
    process = mini.start("--jobs", "4", **MOMENTS[moment])
    read_until(process, moment)
    assert wait_for(lambda: bool(mini.configured))
    group = int(mini.configured[-1][0])
    assert group != os.getpgrp()
    assert wait_for(lambda: len(living(group)) > 1)
    return process, group


@pytest.mark.parametrize("moment", MOMENTS)
def test_sigkill_leaves_nothing_that_counts(mini: Mini, moment: str) -> None:
    process, group = start_slow_build(mini, moment)
    process.kill()
    process.communicate()
    assert wait_for(lambda: not living(group)), "make outlived the script"
    assert mini.prefixes() == []
    assert mini.leftovers() != []

    mini.assert_only(mini.build())


def test_a_build_of_something_else_removes_what_a_killed_one_left(mini: Mini) -> None:
    process, _ = start_slow_build(mini, "compile ")
    process.kill()
    process.communicate()
    mini.build(CFLAGS="-DOTHER")
    assert mini.leftovers() == []


@pytest.mark.parametrize(
    ("number", "status", "moment"),
    [
        *((signal.SIGINT, 130, moment) for moment in MOMENTS),
        *((signal.SIGTERM, 143, moment) for moment in ("compile ", "install ")),
        (signal.SIGHUP, 129, "50 %"),
    ],
)
def test_an_interrupt_ends_everything(
    mini: Mini, number: signal.Signals, status: int, moment: str
) -> None:
    process, group = start_slow_build(mini, moment)
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == status, errors
    assert wait_for(lambda: not living(group))  # each was killed, and dies when its turn comes
    assert "Traceback" not in errors
    mini.assert_only()


def test_sigkill_while_installing_a_prefix_leaves_the_place_free(mini: Mini) -> None:
    target = mini.folder / "opt" / "tongsuo"
    process = mini.start("--prefix", str(target), MINI_INSTALL="30")
    read_until(process, "install ")
    process.kill()
    process.communicate()
    assert not target.exists()
    assert len(os.listdir(target.parent)) == 1  # what the next one removes
    assert mini.build("--prefix", str(target)) == target
    assert os.listdir(target.parent) == ["tongsuo"]
