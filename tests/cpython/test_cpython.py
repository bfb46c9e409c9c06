"""CPython's own tests, module by module; `python tests/cpython/run.py` prints the whole table."""

from __future__ import annotations

import platform
import tomllib

import pytest
import run
from side_by_side import LEFT_TO_OPENSSL
from tables import tell

INSTALLED = pytest.mark.skipif(
    not run.tests_are_installed(), reason="this interpreter comes without its own tests"
)


@INSTALLED
@pytest.mark.parametrize("module", run.MODULES)
def test_module(module: str, request: pytest.FixtureRequest) -> None:
    report = run.run(module)
    tell(request.node, f"CPython {platform.python_version()}, {report}")
    assert not report.problems, "\n\n".join(report.problems)
    assert report.counts["passed"] > 0


@INSTALLED
def test_nothing_is_skipped_for_what_we_are() -> None:
    """The tests that skip themselves with us are those that do with the standard library."""

    def skipped(whose: str) -> dict[str, str]:
        found, status, output = run.outcomes(whose, "test_ssl")
        assert status == 0, output
        skipped = {name: text for name, (outcome, text) in found.items() if outcome == "skipped"}
        if LEFT_TO_OPENSSL:
            # It looks for "Kx=DHE", which stands only in suites with pre-shared keys; among those
            # that OpenSSL itself has by default are such.
            skipped.pop("test.test_ssl.ThreadedTests.test_dh_params", None)
        return skipped

    assert skipped("ours") == skipped("theirs")


def test_the_list_of_excluded_tests_is_in_order() -> None:
    entries = tomllib.loads((run.HERE / "excluded.toml").read_text())["excluded"]
    assert len({entry["test"] for entry in entries}) == len(entries)
    for entry in entries:
        assert set(entry) <= {"test", "python", "before", "reason"}
        assert len(entry["reason"]) > 40
        assert entry["test"].rsplit(".", 2)[0] in run.MODULES


PASSED, FAILED, SKIPPED = ("passed", ""), ("failed", "why it failed"), ("skipped", "")
NAME = "test.test_ssl.Class.test_it"


@pytest.mark.parametrize(
    ("listed", "found", "status", "problem"),
    [
        (set(), {NAME: PASSED}, 0, None),
        (set(), {NAME: SKIPPED}, 0, None),
        ({NAME}, {NAME: FAILED}, 0, None),
        (set(), {NAME: FAILED}, 0, "why it failed"),
        ({NAME}, {NAME: PASSED}, 0, f"{NAME} passed, though excluded.toml has it"),
        ({NAME}, {NAME: SKIPPED}, 0, f"{NAME} skipped, though excluded.toml has it"),
        ({NAME}, {"test.test_ssl.Class.other": PASSED}, 0, "does not exist"),
        (set(), {}, 0, "ended with 0"),
        (set(), {NAME: PASSED}, -11, "ended with -11"),
    ],
)
def test_judgement(
    listed: set[str], found: dict[str, tuple[str, str]], status: int, problem: str | None
) -> None:
    report = run.judge("test_ssl", listed, found, status, "the output")
    assert bool(report.counts["failed"]) == bool(report.problems) == (problem is not None)
    if problem is not None:
        assert problem in report.problems[0]
        assert "the output" in report.problems[-1]
    elif listed:
        assert report.counts == {"excluded": 1}
