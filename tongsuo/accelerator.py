"""Intel's Cryptography Primitives Library, which SM4 and SM2 are made fast with (native/accel).

It is on PyPI as two packages without any Python in them: headers, and libraries to link with. They
are needed to build on x86-64 Linux, and nowhere else; nothing of them is needed afterwards.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

from tongsuo.errors import BuildError

VERSION = "2026.2.0"

# The packages' code ends up in processes that hold keys: it must be the one that was looked at.
_LIBRARIES = {
    "libippcp.a": "6e3dd015c760d6c49eea0f7b92d3a12611eee7a1ad769f4ed7c6afd8c93baa44",
    "libcrypto_mb.a": "fcf1870dc5fcb03dff876b3a0fb77fe689cb33b33d7edaca22514bacc2df7813",
}
_HEADER = "ippcp.h"


@dataclass(frozen=True)
class Accelerator:
    """Where it is: the folders with the headers, the libraries in the order to link them."""

    includes: tuple[Path, ...]
    libraries: tuple[Path, ...]


def wanted() -> bool:
    """Whether it is built in: on x86-64 Linux with glibc, unless ``TONGSUO_PY_ACCEL`` is 0."""
    if os.environ.get("TONGSUO_PY_ACCEL") == "0":
        return False
    machine = platform.machine() in ("x86_64", "AMD64") and sys.maxsize > 2**32
    return sys.platform == "linux" and machine and platform.libc_ver()[0] == "glibc"


def requirements() -> list[str]:
    """What has to be installed where the extension is built."""
    if not wanted():
        return []
    return [f"ipp-crypto-static=={VERSION}", f"ipp-crypto-include=={VERSION}"]


def find() -> Accelerator | None:
    """The installed packages; None where it is not built in. Raises BuildError."""
    if not wanted():
        return None
    libraries = tuple(_installed("ipp-crypto-static", name) for name in _LIBRARIES)
    for path in libraries:
        if hashlib.sha256(path.read_bytes()).hexdigest() != _LIBRARIES[path.name]:
            raise BuildError(
                f"{path} is not the {path.name} of version {VERSION} that tongsuo-py was made for; "
                f"reinstall it: {_install()}"
            )
    include = _installed("ipp-crypto-include", _HEADER).parent
    return Accelerator((include, include / "aggregator"), libraries)


def _installed(package: str, name: str) -> Path:
    distribution = _distribution(package)
    if distribution is None:
        raise BuildError(
            f"the package {package} is not installed here: {_install()}, or build without "
            "acceleration: TONGSUO_PY_ACCEL=0"
        )
    for file in distribution.files or ():
        path = Path(str(distribution.locate_file(file))).resolve()
        if path.name == name and path.parent.name in ("lib", "include") and path.is_file():
            return path
    raise BuildError(f"the package {package} has no {name}; reinstall it: {_install()}")


def _distribution(package: str) -> importlib.metadata.Distribution | None:
    # What pip since 24.3 puts into sys.meta_path for a backend-path answers every question with
    # what lies there, our own egg-info, whatever the name.
    for found in importlib.metadata.distributions(name=package):
        if found.name and found.name.lower().replace("_", "-") == package:
            return found
    return None


def _install() -> str:
    return "pip install " + " ".join(requirements())
