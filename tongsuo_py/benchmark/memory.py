"""What this process uses: resident memory now and at the most, and file descriptors."""

from __future__ import annotations

import gc
import os
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_LINUX = sys.platform == "linux"
_RESET_PEAK = "5"  # proc(5), clear_refs


def resident() -> int:
    """Bytes of memory that are resident; where the system does not tell, the most so far."""
    if not _LINUX:
        return _most()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def peak(call: Callable[[], object]) -> int:
    """By how many bytes the process was larger during ``call()`` than before, at the most.

    Linux counts that by some hundred KiB only. Elsewhere it is by how much it became larger than
    it had ever been.
    """
    gc.collect()
    if _LINUX:
        with suppress(OSError):  # forbidden in some containers; then it is as elsewhere
            Path("/proc/self/clear_refs").write_text(_RESET_PEAK, encoding="ascii")
    before = resident()
    call()
    return max(_most() - before, 0)


def _most() -> int:
    if _LINUX:
        for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def room_for_files(wanted: int) -> int:
    """Raise the limit of open files as far as it may be, at most to ``wanted``; what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):  # macOS has a limit of its own
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def open_files() -> int:
    """How many file descriptors are open."""
    return len(os.listdir("/proc/self/fd" if _LINUX else "/dev/fd"))
