"""Programs in an interpreter of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import tongsuo_py

# For programs that look at the interpreter itself, and under `make coverage` would find coverage
# there: in other interpreters, in files that may not grow, in OpenSSL's configuration.
UNMEASURED = {"COVERAGE_PROCESS_CONFIG": "", "COVERAGE_PROCESS_START": ""}


def run_python(code: str, *arguments: object, timeout: int = 60, **env: str) -> str:
    """Run ``code`` in a fresh interpreter that imports the same package; return what it prints.

    A warning is an error there too, and nothing may be written to stderr.
    """
    package = str(Path(tongsuo_py.__file__).resolve().parents[1])
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": package} | env,
    )
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout
