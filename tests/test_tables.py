"""The tables that tests make for the documents: made, checked, found out when they are wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., tuple[pytest.RunResult, str]]

TESTS = """
import pytest
import tables

TABLE = tables.Table("colours.md", "colours", ("fruit", "part"), ("ripe", "unripe"), "*Today.*")

@pytest.mark.parametrize("column", ["ripe", "unripe"])
@pytest.mark.parametrize("fruit", ["pear", "apple"])
def test_colour(fruit, column, request):
    TABLE.record(request.node, (fruit, "skin"), column, f"{'red' if column == 'ripe' else 'green'}")

def test_flesh(request):
    tables.tell(request.node, "An apple has seeds.")
    TABLE.record(request.node, ("apple", "flesh"), "ripe", "white")
"""
TABLE = """\
| fruit | part | ripe | unripe |
| --- | --- | --- | --- |
| apple | flesh | white | – |
| apple | skin | red | green |
| pear | skin | red | green |
"""
EMPTY = "# Colours\n\n<!-- table colours -->\n<!-- end of table colours -->\n\nThe end.\n"
WRITTEN = EMPTY.replace("<!-- end", f"\n{TABLE}\n*Today.*\n\n<!-- end")


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the tests above beside a document; returns pytest's result."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(
        "from pathlib import Path\nimport tables\npytest_plugins = ['tables']\n"
        "tables.ROOT = Path(__file__).parent\n"
    )
    pytester.makepyfile(TESTS)

    def run(document: str, *arguments: str) -> tuple[pytest.RunResult, str]:
        path = pytester.path / "colours.md"
        path.write_text(document, encoding="utf-8")
        result = pytester.runpytest_subprocess("-p", "xdist", *arguments, timeout=60)
        return result, path.read_text(encoding="utf-8")

    return run


@pytest.mark.parametrize("workers", [0, 2])
def test_it_is_written_and_then_found_right(workers: int, run: Run) -> None:
    result, document = run(EMPTY, f"-n{workers}", "--tables=write")
    assert result.ret == 0
    assert document == WRITTEN
    result, document = run(WRITTEN, f"-n{workers}", "--tables=check")
    assert result.ret == 0
    assert document == WRITTEN
    assert TABLE in result.stdout.str()
    assert "An apple has seeds.\n" in result.stdout.str()


def test_a_wrong_cell_fails_its_own_test(run: Run) -> None:
    result, _ = run(WRITTEN.replace("pear | skin | red", "pear | skin | blue"))
    result.assert_outcomes(passed=4, failed=1)
    assert "has 'blue' for pear, skin: ripe, and this test saw 'red'" in result.stdout.str()


def test_a_missing_row_fails_its_tests(run: Run) -> None:
    result, _ = run(WRITTEN.replace("| pear | skin | red | green |\n", ""))
    result.assert_outcomes(passed=3, failed=2)


def test_a_cell_that_no_test_recorded_fails_the_check(run: Run) -> None:
    document = WRITTEN.replace("| white | – |", "| white | grey |")
    assert run(document)[0].ret == 0  # a part of the tests cannot know
    result, _ = run(document, "--tables=check")
    assert result.ret == 1
    assert "Not seen in this run: apple, flesh: unripe" in result.stdout.str()


def test_nothing_is_written_after_a_failure(run: Run) -> None:
    Path("test_broken.py").write_text("def test(): assert False\n", encoding="utf-8")
    result, document = run(EMPTY, "--tables=write")
    assert result.ret == 1
    assert document == EMPTY


def test_a_document_without_a_place_for_it(run: Run) -> None:
    result, _ = run("# Colours\n")
    assert "colours.md has no place for the table 'colours'" in result.stdout.str()
