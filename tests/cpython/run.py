"""CPython's own tests, as installed with the interpreter, against tongsuo_py.ssl.

``python tests/cpython/run.py [MODULE ...]`` runs each module in a process of its own, in which
tongsuo_py.ssl is what ``import ssl`` gives, and prints how many tests passed, failed, were skipped
by themselves, or are excluded: those that excluded.toml names, each with its reason. These run as
well; one that passes, or that does not exist, is a failure too. No test is changed.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
MODULES = (
    "test_ssl",
    "test_httplib",
    "test_urllib2_localnet",
    "test_ftplib",
    "test_poplib",
    "test_imaplib",
    "test_smtplib",
    "test_logging",
    "test_asyncio.test_events",
    "test_asyncio.test_sendfile",
    "test_asyncio.test_ssl",
    "test_asyncio.test_sslproto",
    "test_asyncio.test_streams",
)
PATIENCE = 280  # seconds for one module; the longest takes a tenth of it
OUTCOMES = ("passed", "failed", "skipped", "excluded")


@dataclass
class Report:
    """What became of a module's tests, and everything that is wrong, in words."""

    module: str
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = ", ".join(f"{self.counts[outcome]} {outcome}" for outcome in OUTCOMES)
        return f"{self.module:<26} {counts}"


def tests_are_installed() -> bool:
    """Whether the interpreter has its own tests; Debian's has them in a package of their own."""
    return importlib.util.find_spec("test") is not None and all(
        importlib.util.find_spec(f"test.{module}") for module in MODULES
    )


def excluded(module: str) -> set[str]:
    """The tests of ``module`` that are excluded on this interpreter, by their ids."""
    version, patch = "{}.{}".format(*sys.version_info), sys.version_info[:3]
    with open(HERE / "excluded.toml", "rb") as file:
        entries = tomllib.load(file)["excluded"]
    return {
        f"test.{entry['test']}"
        for entry in entries
        if entry["test"].startswith(f"{module}.")
        and version in entry.get("python", [version])
        and patch < tuple(map(int, entry.get("before", "9.9.9").split(".")))
        and entry["reason"]
    }


def environment() -> dict[str, str]:
    """That of the child: it finds the package that we find, and no settings of the user's."""
    inherited = {name: value for name, value in os.environ.items() if name != "SSLKEYLOGFILE"}
    # In the checkout the package lies beside us; elsewhere (tox) it is installed.
    if any((ROOT / "tongsuo_py").glob("_tongsuo.*")):
        inherited["PYTHONPATH"] = str(ROOT)
    return inherited


def run(module: str) -> Report:
    """Run one module's tests against us."""
    return judge(module, excluded(module), *outcomes("ours", module))


@functools.cache
def outcomes(whose: str, module: str) -> tuple[dict[str, tuple[str, str]], int, str]:
    """What became of each of a module's tests and what was said; the exit status; the output.

    They run in a folder of their own, against our ssl, or the standard library's ("theirs").
    """
    with tempfile.TemporaryDirectory(prefix="tongsuo-py-cpython-") as folder:
        results = Path(folder) / "results.jsonl"
        command = [sys.executable, "-P", str(HERE / "child.py"), whose, f"test.{module}", results]
        child = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        try:
            output, _ = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            output, _ = child.communicate()
            output += f"\nnot done after {PATIENCE} seconds"
        lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
        # Each test has several lines; its last one counts.
        found = {name: (outcome, text) for name, outcome, text in map(json.loads, lines)}
        return found, child.returncode, output


def judge(
    module: str,
    listed: set[str],
    found: dict[str, tuple[str, str]],
    status: int,
    output: str,
) -> Report:
    """Count, and say what is wrong: failures, entries of the list that have no reason to be."""
    report = Report(module)
    for name, (outcome, text) in found.items():
        if name not in listed:
            report.counts[outcome] += 1
            if outcome == "failed":
                report.problems.append(f"{name} failed:\n{text}")
        elif outcome == "failed":
            report.counts["excluded"] += 1
        else:
            report.counts["failed"] += 1
            report.problems.append(f"{name} {outcome}, though excluded.toml has it")
    for name in sorted(listed - set(found)):
        report.counts["failed"] += 1
        report.problems.append(f"{name} is in excluded.toml and does not exist")
    if status != 0 or not found:
        report.counts["failed"] += 1
        report.problems.append(f"the process of {module} ended with {status}")
    if report.problems:
        report.problems.append(f"Output of {module}:\n{output}")
    return report


def main() -> int:
    parser = argparse.ArgumentParser(description="CPython's own tests against tongsuo_py.ssl.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=", ".join(MODULES))
    parser.add_argument("-j", "--jobs", type=int, default=2, help="modules at once (2)")
    arguments = parser.parse_args()
    if not tests_are_installed():
        print("this interpreter comes without its own tests (Debian: libpython3-testsuite)")
        return 2
    modules = arguments.modules or MODULES
    total = Report("all")
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for report in pool.map(run, modules):
            print("\n\n".join([*report.problems, str(report)]), flush=True)
            total.counts += report.counts
    print(f"{total}  (CPython {sys.version.split()[0]})")
    return 1 if total.counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
