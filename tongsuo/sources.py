"""Where the C source comes from: the pinned crate, or a tree that the user names."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from tongsuo import tools, versions
from tongsuo.errors import BuildError, deepest_cause
from tongsuo.steps import Steps

HERE = Path(__file__).resolve().parent


class Source(Protocol):
    """A source of Tongsuo."""

    @property
    def version(self) -> str:
        """The version of Tongsuo."""

    @property
    def identity(self) -> str:
        """Changes whenever the content does."""

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs needed to get it."""

    def fetch(self, steps: Steps, target: Path) -> None:
        """Copy it to ``target``.

        Building in a copy leaves the original as it is, keeps where it lies out of the library,
        and spares make a path that it might stumble over.
        """


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a tar archive whose content is known."""
    # Early versions of Python 3.11 have no filters.
    filters = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(archive) as packed:
        packed.extractall(folder, **filters)  # type: ignore[arg-type]  # noqa: S202


@dataclass(frozen=True)
class Crate:
    """A release of the crate ``tongsuo-src``, which carries Tongsuo's source."""

    version: str
    crate_version: str
    identity: str
    tools: tuple[str, ...] = ("cargo",)

    def fetch(self, steps: Steps, target: Path) -> None:
        """Let cargo download and check the crate, if it did not before, and copy the source."""
        tools.check_cargo()
        steps.progress.step("fetch", f"tongsuo-src {self.crate_version} with cargo")
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            source = self._locate(steps, Path(folder))
            found = versions.of_source(source)
            if found != self.version:
                raise BuildError(f"{source} should hold Tongsuo {self.version}, but holds {found}")
            shutil.copytree(source, target)

    def _locate(self, steps: Steps, folder: Path) -> Path:
        """Where the source is: where cargo has unpacked it, or else in ``folder``."""
        feature = self.version.replace(".", "_")
        command = ["cargo", "metadata", "--locked", "--format-version", "1"]
        command += ["--manifest-path", str(HERE / "Cargo.toml")]
        command += ["--no-default-features", "--features", feature]
        quiet = {"CARGO_TERM_COLOR": "never", "CARGO_TERM_PROGRESS_WHEN": "never"}
        try:
            metadata = steps.capture(command, self._explain, env=os.environ | quiet, cwd=HERE)
        except BuildError:
            archive = self._downloaded()
            if archive is None:
                raise
            unpack(archive, folder)
            return folder / f"tongsuo-src-{self.crate_version}" / "tongsuo"
        for package in json.loads(metadata)["packages"]:
            if package["name"] == "tongsuo-src" and package["version"] == self.crate_version:
                return Path(package["manifest_path"]).parent / "tongsuo"
        raise BuildError(f"cargo did not report where tongsuo-src {self.crate_version} is")

    def _downloaded(self) -> Path | None:
        """The crate's archive, if cargo has it; what is in it is what Cargo.lock says.

        cargo up to 1.84 (Ubuntu 24.04's is 1.75) downloads it, and then fails at its manifest,
        which is of a later edition.
        """
        home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
        for path in home.glob(f"registry/cache/*/tongsuo-src-{self.crate_version}.crate"):
            if hashlib.sha256(path.read_bytes()).hexdigest() == self.identity:
                return path
        return None

    def _explain(self, output: str) -> str:
        return (
            f"cargo could not fetch tongsuo-src {self.crate_version}: {deepest_cause(output)} "
            "(behind a proxy, see CARGO_HTTP_PROXY and CARGO_HTTP_CAINFO; without a network, name "
            "a source tree in TONGSUO_SRC or an installed Tongsuo in TONGSUO_HOME)"
        )


@functools.cache
def pinned_crates() -> Mapping[str, Crate]:
    """Return the crates of Cargo.lock by the version of Tongsuo in them."""
    lock = tomllib.loads((HERE / "Cargo.lock").read_text(encoding="utf-8"))
    crates = {}
    for package in lock["package"]:
        if package["name"] == "tongsuo-src":
            version = package["version"].partition("+")[2]
            crates[version] = Crate(version, package["version"], package["checksum"])
    return crates


@functools.cache
def known_versions() -> tuple[str, ...]:
    """Return the versions of Tongsuo whose source is pinned, the newest first."""
    return versions.newest_first(pinned_crates())


@dataclass(frozen=True)
class SourceTree:
    """A source tree that the user named."""

    name: str
    root: Path
    version: str
    identity: str
    tools: tuple[str, ...] = ()

    @classmethod
    def open(cls, root: Path, wanted: str | None, name: str) -> Self:
        """Look at a tree; raise if it is not a clean one of a known version."""
        if not root.is_dir():
            raise BuildError(f"{name} does not exist or is not a directory")
        version = versions.of_source(root)
        if version is None or not (root / "Configure").is_file():
            raise BuildError(f"{name} is no source of Tongsuo (see VERSION.dat and Configure)")
        if (root / "configdata.pm").exists():
            raise BuildError(f"{name} was configured in place: run `make distclean` there first")
        versions.check(version, wanted, known_versions(), name)
        return cls(name, root, version, _content_digest(root))

    def fetch(self, steps: Steps, target: Path) -> None:
        """Copy the tree, which has to be what the key was made from."""
        shutil.copytree(self.root, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        if _content_digest(target) != self.identity:
            raise BuildError(f"{self.name} was changed meanwhile: run this again")


def _content_digest(root: Path) -> str:
    """Digest names and contents: a touched file changes nothing, a changed byte everything."""
    digest = hashlib.sha256()
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(files):
            path = Path(folder, name)
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            header = f"{path.relative_to(root)}\0{path.is_symlink()}\0{len(content)}\0"
            digest.update(os.fsencode(header))
            digest.update(content)
    return digest.hexdigest()
