"""The one exception, and how the operating system's become one line."""

from __future__ import annotations

import shutil
from itertools import pairwise
from pathlib import Path


class BuildError(Exception):
    """Tongsuo cannot be had; the message is one line that says why and what to do."""


def describe_os_error(error: OSError, cache: Path) -> str:
    """Say in one line what the operating system refused."""
    if isinstance(error, shutil.Error):  # from copytree: a list of (source, target, reason)
        _, target, reason = error.args[0][0]
        return f"cannot write {target}: {reason}"
    if isinstance(error, FileExistsError):
        return f"cannot use {error.filename}: it is not a directory"
    if error.filename is None:
        return f"cannot build in {cache}: {error.strerror or error}"
    return f"cannot use {error.filename}: {error.strerror}"


def first_line(text: str) -> str:
    """Return the first line of a program's output that is not empty."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "no output")


def deepest_cause(output: str) -> str:
    """Return what cargo's error comes down to: its last cause, or the error if it has none."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    causes = [cause for line, cause in pairwise(lines) if line == "Caused by:"]
    errors = [line.removeprefix("error:").strip() for line in lines if line.startswith("error:")]
    return (causes[-1:] or errors or ["it gives no reason"])[0]


def is_error(line: str) -> bool:
    """Tell whether a compiler or make reports an error in this line."""
    return "error:" in line.lower() or "No space left on device" in line
