"""What this process uses: memory and file descriptors."""

from __future__ import annotations

import ctypes
import gc
import os
import random
import socket
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def resident() -> int:
    """Bytes of memory, without what malloc only keeps for later."""
    with suppress(AttributeError):  # not in every C library
        ctypes.CDLL(None).malloc_trim(0)
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    ps = ["/bin/ps", "-o", "rss=", "-p", str(os.getpid())]
    return int(subprocess.run(ps, capture_output=True, check=True).stdout) * 1024


class _MallocInfo(ctypes.Structure):
    """glibc's struct mallinfo2."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def allocated() -> int:
    """Bytes that malloc has given out and not got back, as this thread's arena knows it.

    In a process that has done much before, what leaks fills holes and does not show in
    ``resident()``; which this returns where the C library does not tell.
    """
    try:
        mallinfo2 = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return resident()
    mallinfo2.restype = _MallocInfo
    info = mallinfo2()
    return int(info.uordblks + info.hblkhd)


def free_port() -> int:
    """A port for a server that cannot be told to choose one, which is free now.

    It is none of those that systems give to clients: another test's connection would have it next.
    """
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as sock, suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port


def has_ipv6() -> bool:
    """Whether this machine has the address ::1; containers of Docker often have not."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def open_files() -> int:
    """How many file descriptors are open."""
    return len(os.listdir("/proc/self/fd" if sys.platform == "linux" else "/dev/fd"))


def growth(work: Callable[[], object], rounds: int) -> list[int]:
    """By how many bytes each of so many runs of ``work`` made the process larger.

    The least of them tells: an allocator takes more now and then, what leaks does it every time.
    """
    grown = []
    for _ in range(rounds):
        gc.collect()
        before = resident()
        work()
        gc.collect()
        grown.append(resident() - before)
    return grown


def traced_peak(work: Callable[[], object]) -> int:
    """How many bytes Python and CFFI held at most, while ``work`` ran, above what they held before.

    Not what C allocates by itself.
    """
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
