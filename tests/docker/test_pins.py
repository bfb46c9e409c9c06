"""What is written down twice is the same: pins and pyproject.toml, names and arguments."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable

from packaging.requirements import Requirement
from tree import ROOT

from tongsuo import accelerator

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(name: str) -> dict[str, str]:
    """The versions in one of docker/'s files, each with at least one digest."""
    text = (ROOT / "docker" / name).read_text(encoding="utf-8")
    found = re.findall(
        r"^([\w.-]+)==(\S+).*\\\n((?: +--hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.M
    )
    assert len(found) == len(re.findall(r"^\w", text, re.M))
    return {package: number for package, number, _ in found}


def check(pinned: dict[str, str], wanted: Iterable[str]) -> None:
    for text in wanted:
        requirement = Requirement(text)
        assert requirement.specifier.contains(pinned[requirement.name]), text


def test_what_the_package_runs_with() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = [*PROJECT["project"]["dependencies"], *extras["cli"], *extras["redis"]]
    check(pins("requirements.txt"), wanted)


def test_what_it_is_built_with() -> None:
    pinned = pins("requirements-build.txt")
    check(pinned, [*PROJECT["build-system"]["requires"], *accelerator.requirements()])
    assert pinned["ipp-crypto-static"] == pinned["ipp-crypto-include"] == accelerator.VERSION
    assert pinned["cffi"] == pins("requirements.txt")["cffi"]


def test_one_base_image() -> None:
    names = {
        match[1]
        for path in ("Dockerfile", "compose.yaml", "redis.Dockerfile", "haproxy.Dockerfile")
        for match in re.finditer(
            r"BASE_IMAGE(?:=|: \$\{BASE_IMAGE:-)([\w:.-]+)", (ROOT / "docker" / path).read_text()
        )
    }
    script = (ROOT / "scripts" / "docker").read_text()
    assert names == set(re.findall(r"BASE_IMAGE:-([\w:.-]+)", script)) == {"debian:trixie-slim"}
