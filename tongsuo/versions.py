"""Version numbers of Tongsuo: where they are written down, and which are known here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from tongsuo.errors import BuildError

PARTS = ("MAJOR", "MINOR", "PATCH")


def of_source(root: Path) -> str | None:
    """Return the version of a source tree of Tongsuo, None if it is something else."""
    try:
        text = (root / "VERSION.dat").read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    return _joined(dict(re.findall(r"^TONGSUO_(\w+)=(\d+)\s*$", text, re.MULTILINE)))


def of_headers(include: Path, name: str) -> str:
    """Return the version that opensslv.h states; raise if it is not Tongsuo's."""
    text = (include / "opensslv.h").read_text(encoding="utf-8", errors="replace")
    pattern = r"^\s*#\s*define\s+TONGSUO_VERSION_(\w+)\s+(\d+)"
    version = _joined(dict(re.findall(pattern, text, re.MULTILINE)))
    if version is None:
        title = re.search(r'#\s*define\s+OPENSSL_VERSION_TEXT\s+"([^"]*)"', text)
        raise BuildError(f"{name} is {title[1] if title else 'some other library'}, not Tongsuo")
    return version


def of_openssl(include: Path, name: str) -> str:
    """Return the version of the OpenSSL that the Tongsuo of these headers was made from."""
    text = (include / "opensslv.h").read_text(encoding="utf-8", errors="replace")
    pattern = r"^\s*#\s*define\s+OPENSSL_VERSION_(\w+)\s+(\d+)"
    version = _joined(dict(re.findall(pattern, text, re.MULTILINE)))
    if version is None:
        raise BuildError(f"{name} does not say which OpenSSL it was made from: see opensslv.h")
    return version


def check(found: str, wanted: str | None, known: Iterable[str], name: str) -> None:
    """Raise unless ``found`` is of a known series and, if one is ``wanted``, of that one."""
    series = [_series(version) for version in known]
    if _series(found) not in series:
        choice = ", ".join(f"{number}.x" for number in series)
        raise BuildError(f"{name} is Tongsuo {found}, which is not known here; known are {choice}")
    if wanted is not None and _series(found) != _series(wanted):
        raise BuildError(f"{name} is Tongsuo {found}, but {wanted} is asked for")


def newest_first(versions: Iterable[str]) -> tuple[str, ...]:
    """Sort versions."""
    return tuple(sorted(versions, key=lambda v: tuple(map(int, v.split("."))), reverse=True))


def _series(version: str) -> str:
    return version.rpartition(".")[0]


def _joined(numbers: Mapping[str, str]) -> str | None:
    return ".".join(numbers[part] for part in PARTS) if numbers.keys() >= set(PARTS) else None
