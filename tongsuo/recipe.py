"""Makes a prefix from a source: configure, compile, install aside, check, rename into place."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tongsuo import cache, prefixes, tools
from tongsuo.errors import BuildError
from tongsuo.progress import Progress, duration
from tongsuo.sources import Source
from tongsuo.steps import Steps

# Counted up when this file comes to build something else from the same input.
RECIPE = 2

# Where in the prefix the licence texts lie.
LICENCES = "share/licenses/tongsuo"

OPTIONS = (
    "enable-ntls",
    "no-tests",
    "no-shared",
    # The legacy provider and the engines go into libcrypto.a; nothing is loaded from a path that
    # was compiled in.
    "no-module",
    "-fPIC",
    "-fvisibility=hidden",
)
WIDE_EC_OPTIONS = ("enable-ec_nistp_64_gcc_128", "enable-ec_sm2p_64_gcc_128")

# What reaches the compiler from outside, and so belongs into the key.
BUILD_VARIABLES = ("CFLAGS", "CPPFLAGS", "LDFLAGS", "AR", "RANLIB", "MACOSX_DEPLOYMENT_TARGET")

# What make and the shell take apart where a makefile does not quote it.
UNSAFE_IN_PATHS = re.compile(r"[\s$\"'\\#:;&|<>()*?\[\]{}!`%]")

OBJECT_FILE = re.compile(r"\s-o\s*(\S+\.o)(?=\s|$)")


@dataclass(frozen=True)
class Build:
    """One prefix to be built: what from, what with, and where to."""

    source: Source
    compiler: tools.Compiler
    options: tuple[str, ...]
    key: str
    final: Path
    cache: Path
    jobs: int
    progress: Progress

    @classmethod
    def plan(cls, source: Source, prefix: Path | None, jobs: int) -> Self:
        """Decide what to build, to go to ``prefix`` or else into the cache."""
        compiler = tools.Compiler.find()
        options = OPTIONS + (WIDE_EC_OPTIONS if compiler.has_wide_ec else ())
        folder = cache.cache_dir()
        key = _key(source, compiler, options, prefix or folder)
        final = prefix or folder / key
        return cls(source, compiler, options, key, final, folder, jobs, Progress())

    @property
    def title(self) -> str:
        """What is built, for people."""
        return f"Tongsuo {self.source.version}"

    @property
    def is_cached(self) -> bool:
        """Tell whether the prefix is ours alone, and not a folder that the user named."""
        return self.final == self.cache / self.key

    def result(self) -> Path:
        """Return the finished prefix; another process may be building it right now."""
        if self._is_complete():
            return self.final
        self._check_paths()
        tools.require(("perl", "make", *self.source.tools))
        tools.check_perl()
        self.cache.mkdir(parents=True, exist_ok=True)
        with cache.locked(self.cache / f"{self.key}.lock", self._say_waiting):
            if not self._is_complete():
                self._check_place()
                self._make()
        return self.final

    def _is_complete(self) -> bool:
        return prefixes.is_complete(self.final, self.key)

    def _say_waiting(self, holder: str) -> None:
        self.progress.say(f"{self.title} is being built by process {holder}; waiting for it")

    def _check_paths(self) -> None:
        for path, way in ((self.cache, "XDG_CACHE_HOME"), (self.final, "--prefix")):
            if UNSAFE_IN_PATHS.search(str(path)):
                raise BuildError(
                    f"Tongsuo's makefiles cannot cope with the path {str(path)!r}: "
                    f"name another with {way}"
                )
        self._check_place()

    def _check_place(self) -> None:
        """Raise if something else is where the user wants the prefix."""
        if self.is_cached or not os.path.lexists(self.final):
            return
        if not self.final.is_dir() or any(self.final.iterdir()):
            raise BuildError(
                f"{self.final} exists and is not what would be built there ({self.key}): "
                "remove it or name another"
            )

    def _make(self) -> None:
        started = time.monotonic()
        self.final.parent.mkdir(parents=True, exist_ok=True)
        for folder in {self.cache, self.final.parent}:
            cache.remove_leftovers(folder, self.cache, self.key)
        log = self.cache / f"{self.key}.log"
        with (
            cache.scratch(self.cache, self.key, "work") as work,
            cache.scratch(self.final.parent, self.key, "stage") as stage,
            Steps(log, self.progress) as steps,
        ):
            self._fetch(steps, work)
            self._configure(steps)
            self._compile(steps)
            installed = self._install(steps, stage)
            _copy_licences(work / "src", installed)
            prefixes.write_marker(installed, self._facts(time.monotonic() - started))
            if self.is_cached and os.path.lexists(self.final):
                self.final.rename(work / "damaged")  # nobody else writes there
            installed.rename(self.final)
        log.unlink(missing_ok=True)
        elapsed = duration(time.monotonic() - started)
        self.progress.say(f"{self.title} is ready after {elapsed}: {self.final}")

    def _fetch(self, steps: Steps, work: Path) -> None:
        self.source.fetch(steps, work / "src")
        for name in ("build", "tmp"):
            (work / name).mkdir()
        steps.cwd = work / "build"
        steps.env = self.compiler.environment() | {"TMPDIR": str(work / "tmp"), "LC_ALL": "C"}

    def _configure(self, steps: Steps) -> None:
        self.progress.step("configure", self.title)
        # By a relative path, which is what ends up in the library as the names of source files.
        program = ["perl", "../src/Configure"]
        places = [f"--prefix={self.final}", "--libdir=lib", f"--openssldir={self.final}/ssl"]
        steps.follow(f"configuring {self.title}", [*program, *places, *self.options])

    def _compile(self, steps: Steps) -> None:
        make = tools.find("make") or "make"
        plan = steps.capture([make, "-n", "build_sw"], lambda output: f"make -n failed: {output}")
        total = len(set(OBJECT_FILE.findall(plan)))
        done = 0

        def notice(line: str) -> None:
            nonlocal done
            if OBJECT_FILE.search(line):
                done += 1
                self.progress.advance(done, total)

        self.progress.step("compile", f"{total or 'all'} files, {self.jobs} at a time")
        steps.follow(f"compiling {self.title}", [make, f"-j{self.jobs}", "build_sw"], notice)

    def _install(self, steps: Steps, stage: Path) -> Path:
        """Install below ``stage``, as if that were the root; return the prefix there."""
        self.progress.step("install", f"into {self.final}")
        make = tools.find("make") or "make"
        command = [make, "install_sw", "install_ssldirs", f"DESTDIR={stage}"]
        steps.follow(f"installing {self.title}", command)
        installed = Path(f"{stage}{self.final}")
        found = prefixes.check(installed, "what was built")
        if found != self.source.version:
            raise BuildError(f"what was built is Tongsuo {found} instead of {self.source.version}")
        return installed

    def _facts(self, seconds: float) -> dict[str, object]:
        return {
            "key": self.key,
            "version": self.source.version,
            "source": self.source.identity,
            "prefix": str(self.final),
            "options": list(self.options),
            "compiler": self.compiler.identity(),
            "variables": _variables(),
            "seconds": round(seconds, 1),
        }


def _copy_licences(source: Path, installed: Path) -> None:
    """Whoever passes the library on, in a wheel or an image, has to pass these on with it."""
    folder = installed / LICENCES
    folder.mkdir(parents=True)
    for name in ("LICENSE.txt", "NOTICE"):
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)


def _key(source: Source, compiler: tools.Compiler, options: Sequence[str], place: Path) -> str:
    """Name what is built: readable in front, with a digest of all that decides the result."""
    identity = {
        "recipe": RECIPE,
        "version": source.version,
        "source": source.identity,
        "options": list(options),
        "compiler": compiler.identity(),
        "variables": _variables(),
        "place": str(place),  # is compiled in
    }
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return f"{source.version}-{re.sub(r'[^A-Za-z0-9_]+', '_', compiler.machine)}-{digest[:16]}"


def _variables() -> dict[str, str]:
    return {name: os.environ.get(name, "") for name in BUILD_VARIABLES}
