"""An installed Tongsuo: what has to be there, and the marker in those that we built."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tongsuo import versions
from tongsuo.errors import BuildError

MARKER = "tongsuo-build.json"


def library_dir(prefix: Path) -> Path:
    """Return the folder of ``prefix`` that holds libssl.a and libcrypto.a: lib, or else lib64."""
    folder = _library_dir(prefix)
    if folder is None:
        raise BuildError(f"{prefix} has no libssl.a and libcrypto.a in lib or lib64")
    return folder


def _library_dir(prefix: Path) -> Path | None:
    for folder in (prefix / "lib", prefix / "lib64"):
        if (folder / "libssl.a").is_file() and (folder / "libcrypto.a").is_file():
            return folder
    return None


def check(prefix: Path, name: str) -> str:
    """Return the version of the Tongsuo installed in ``prefix``; raise if we cannot use it."""
    include = prefix / "include" / "openssl"
    for header in ("opensslv.h", "ssl.h", "evp.h"):
        if not (include / header).is_file():
            raise BuildError(f"{name} is no installed Tongsuo: include/openssl/{header} is missing")
    version = versions.of_headers(include, name)
    if not _has_ntls(include):
        raise BuildError(f"{name} was built without NTLS (TLCP): configure it with enable-ntls")
    if not os.access(prefix / "bin" / "openssl", os.X_OK):
        raise BuildError(f"{name} is no complete Tongsuo: the program bin/openssl is missing")
    if _library_dir(prefix) is None:
        raise BuildError(f"{name} has no libssl.a and libcrypto.a in lib or lib64 to link with")
    return version


def _has_ntls(include: Path) -> bool:
    """Tell whether the configuration leaves NTLS in; its name depends on the version."""
    pattern = re.compile(rb"^\s*#\s*define\s+OPENSSL_NO_NTLS\b", re.MULTILINE)
    headers = (include / "configuration.h", include / "opensslconf.h")
    return not any(pattern.search(path.read_bytes()) for path in headers if path.is_file())


def write_marker(installed: Path, facts: Mapping[str, object]) -> None:
    """Write down what was built, as the last file: with it the prefix is complete."""
    text = json.dumps(facts, indent=2) + "\n"
    (installed / MARKER).write_text(text, encoding="utf-8")


def facts(prefix: Path) -> dict[str, Any]:
    """Return what the marker says; of a prefix that we did not build, nothing is known."""
    try:
        found = json.loads((prefix / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def is_complete(prefix: Path, key: str) -> bool:
    """Tell whether ``prefix`` is what we built for ``key``, and all there."""
    marker = facts(prefix)
    if marker.get("key") != key or marker.get("prefix") != str(prefix):
        return False
    try:
        check(prefix, str(prefix))
    except (OSError, BuildError):
        return False
    return True
