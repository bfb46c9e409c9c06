"""Runs the targets beside each other, each in a process of its own, and says what came out."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
_FINDINGS = ROOT / "fuzz" / "findings"
_LONGEST_INPUT = 8192  # bytes; what is longer is slower, and finds no more
_SLOW = 10  # seconds for one input: a hang
_MEMORY = 2048  # MiB


class Outcome(NamedTuple):
    """What became of one target: how many inputs it had, and what it printed if it failed."""

    name: str
    inputs: int
    failure: str


def main() -> int:
    """0 where nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--only", default="", metavar="TEXT", help="targets whose name has it")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at once")
    args = parser.parse_args()
    from fuzz import targets

    names = [name for name in targets.ALL if args.only in name]
    if not names:
        parser.error(f"no target has {args.only!r} in its name: {', '.join(targets.ALL)}")
    print(f"{len(names)} targets, {args.seconds} s each, {args.jobs} at once", flush=True)
    with ThreadPoolExecutor(args.jobs) as pool:
        outcomes = []
        for outcome in pool.map(lambda name: _fuzz(name, args.seconds), names):
            outcomes.append(outcome)
            result = "FAILED" if outcome.failure else "passed"
            print(f"{outcome.name:<28} {outcome.inputs:>9} inputs  {result}", flush=True)
    for outcome in outcomes:
        if outcome.failure:
            print(f"\n--- {outcome.name}\n{outcome.failure}")
    failed = sum(bool(outcome.failure) for outcome in outcomes)
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


def _fuzz(name: str, seconds: int) -> Outcome:
    with tempfile.TemporaryDirectory(prefix=f"tongsuo-py-fuzz-{name}-") as corpus:
        _FINDINGS.mkdir(exist_ok=True)
        options = {
            "max_total_time": seconds,
            "max_len": _LONGEST_INPUT,
            "timeout": _SLOW,
            "rss_limit_mb": _MEMORY,
            "artifact_prefix": f"{_FINDINGS}/{name}-",
            "print_final_stats": 1,
        }
        result = subprocess.run(
            [sys.executable, "-m", "fuzz.one", name, corpus]
            + [f"-{option}={value}" for option, value in options.items()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=ROOT,
            check=False,
        )
    found = re.search(r"stat::number_of_executed_units: (\d+)", result.stdout)
    inputs = int(found[1]) if found else 0
    # Its progress, a line that begins with # for each interesting input, is left out.
    said = "".join(line for line in result.stdout.splitlines(True) if not line.startswith("#"))
    failure = "" if result.returncode == 0 and inputs else said
    if failure and (kept := re.search("Test unit written to (.+)", said)):
        # The file may be gone with the machine that this ran on.
        failure += f"The input in base64: {b64encode(Path(kept[1]).read_bytes()).decode()}\n"
    return Outcome(name, inputs, failure)


if __name__ == "__main__":
    sys.exit(main())
