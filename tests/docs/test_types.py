"""The public interface as a type checker sees it: the examples and the pages' Python, strictly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pages
from command import environment

SETTINGS = """\
[mypy]
strict = True
# Those who have no annotations.
[mypy-gmssl.*]
ignore_missing_imports = True
[mypy-tongsuo_py._tongsuo,cffi.*]
ignore_missing_imports = True
"""


def test_examples_and_pages_are_typed(tmp_path: Path) -> None:
    (tmp_path / "mypy.ini").write_text(SETTINGS, encoding="utf-8")
    files = [str(path) for path in (pages.ROOT / "examples").glob("*.py")]
    for page in pages.pages():
        for block in pages.blocks(page):
            if block.kind == "python":
                stem = pages.name(page).removesuffix(".md").replace("/", "_").replace("-", "_")
                path = tmp_path / f"{stem}_line_{block.line}.py"
                path.write_text(block.text, encoding="utf-8")
                files.append(str(path))
    assert len(files) > 30
    command = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--no-incremental"]
    result = subprocess.run(
        [*command, *files],
        cwd=tmp_path,
        env=environment(MYPYPATH=environment()["PYTHONPATH"]),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
