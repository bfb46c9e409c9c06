"""What a measurement was made on, which it means nothing without."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def facts() -> dict[str, object]:
    """The processor and the versions."""
    from tongsuo_py import __version__
    from tongsuo_py.ssl import TONGSUO_VERSION

    found: dict[str, object] = {
        "machine": processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "tongsuo_py": __version__,
        "tongsuo": TONGSUO_VERSION,
    }
    try:
        found["cryptography"] = version("cryptography")
    except PackageNotFoundError:
        found["cryptography"] = None
    return found


def line(found: Mapping[str, object]) -> str:
    """The facts in one line."""
    cores = found["cores"]
    return (
        f"{found['machine']}, {cores} core{'' if cores == 1 else 's'}; "
        f"{found['tongsuo']}, Python {found['python']}"
    )


def processor() -> str:
    """The processor's name."""
    try:
        for text in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
