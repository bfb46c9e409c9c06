#!/usr/bin/env python3
"""Finds or builds the Tongsuo that the binding is linked with.

    python tongsuo/build.py [--prefix DIR] [--version VERSION] [--jobs N]

It is looked for in this order:

1. ``TONGSUO_HOME``: an installed prefix, checked and used as it is.
2. ``TONGSUO_SRC``: a source tree, built.
3. The crate that Cargo.toml and Cargo.lock pin for ``TONGSUO_VERSION``, fetched by cargo, built.

What is built lands in the user's cache directory under a key made of everything that decides the
result, so a second call returns at once. A build happens aside, under a lock, and is renamed into
place when it is complete and checked; killing it at any moment leaves nothing that counts. Progress
goes to stderr; the last line of stdout is the prefix.

Only the standard library is used: this runs before anything is installed.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

# Run as a script or loaded by its path, the folder above is not there. At the end, so that an
# installed tongsuo_py stays before the one in the source.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from tongsuo import prefixes, versions
from tongsuo.cache import cache_dir
from tongsuo.errors import BuildError, describe_os_error
from tongsuo.prefixes import library_dir
from tongsuo.recipe import Build
from tongsuo.sources import Source, SourceTree, known_versions, pinned_crates
from tongsuo.steps import termination_as_exit

__all__ = ["BuildError", "find_prefix", "known_versions", "library_dir", "main", "origin"]

DEFAULT_VERSION = "8.5.0"


def find_prefix(
    version: str | None = None, *, prefix: Path | None = None, jobs: int | None = None
) -> Path:
    """Return an installed Tongsuo: headers, libssl.a, libcrypto.a and bin/openssl.

    ``version`` defaults to ``TONGSUO_VERSION``, then to 8.5.0. With ``prefix``, Tongsuo is
    installed there instead of in the cache. ``jobs`` is the number of compilers at a time, by
    default one for each usable CPU. Raises BuildError.
    """
    try:
        with termination_as_exit():
            return _find_prefix(version or os.environ.get("TONGSUO_VERSION"), prefix, jobs)
    except OSError as error:
        raise BuildError(describe_os_error(error, cache_dir())) from error


def origin() -> str:
    """In words, where ``find_prefix`` gets Tongsuo from; without a path of this machine."""
    if os.environ.get("TONGSUO_HOME"):
        return "an installed prefix (TONGSUO_HOME)"
    if os.environ.get("TONGSUO_SRC"):
        return "a source tree (TONGSUO_SRC)"
    return "the crate tongsuo-src"


def _find_prefix(version: str | None, prefix: Path | None, jobs: int | None) -> Path:
    if jobs is not None and jobs < 1:
        raise BuildError(f"--jobs has to be at least 1, not {jobs}")
    if version and version not in known_versions():
        known = ", ".join(known_versions())
        raise BuildError(f"Tongsuo {version} is not known here; known are {known}")
    home = os.environ.get("TONGSUO_HOME")
    if home and prefix is not None:
        raise BuildError("--prefix asks for a build and TONGSUO_HOME for none: unset one")
    if home:
        return _use_home(home, version or None)
    place = None if prefix is None else _absolute(prefix)
    return Build.plan(_source(version or None), place, jobs or _usable_cpus()).result()


def _use_home(home: str, version: str | None) -> Path:
    name = f"TONGSUO_HOME={home}"
    prefix = _absolute(home)
    if not prefix.is_dir():
        raise BuildError(f"{name} does not exist or is not a directory")
    versions.check(prefixes.check(prefix, name), version, known_versions(), name)
    return prefix


def _source(version: str | None) -> Source:
    tree = os.environ.get("TONGSUO_SRC")
    if tree:
        return SourceTree.open(_absolute(tree), version, f"TONGSUO_SRC={tree}")
    return pinned_crates()[version or DEFAULT_VERSION]


def _absolute(path: Path | str) -> Path:
    absolute = Path(os.path.abspath(os.path.expanduser(path)))
    return absolute.resolve() if absolute.is_symlink() else absolute


def _usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="tongsuo/build.py", description="Find or build the Tongsuo library."
    )
    parser.add_argument(
        "--prefix", type=Path, metavar="DIR", help="install there, not in the cache"
    )
    parser.add_argument("--version", help=f"of Tongsuo; TONGSUO_VERSION, else {DEFAULT_VERSION}")
    parser.add_argument("--jobs", type=int, metavar="N", help="compilers at a time")
    options = parser.parse_args(arguments)
    try:
        prefix = find_prefix(options.version, prefix=options.prefix, jobs=options.jobs)
    except BuildError as error:
        print(f"tongsuo/build.py: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("tongsuo/build.py: interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    print(prefix)
    return 0


if __name__ == "__main__":
    sys.exit(main())
