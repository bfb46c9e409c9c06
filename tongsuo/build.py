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
import contextlib
import fcntl
import functools
import hashlib
import itertools
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Protocol, Self, TextIO

__all__ = ["BuildError", "find_prefix", "known_versions", "library_dir", "main"]

HERE = Path(__file__).resolve().parent
DEFAULT_VERSION = "8.5.0"
MARKER = "tongsuo-build.json"

# Counted up when this file comes to build something else from the same input.
RECIPE = 1

CONFIGURE_OPTIONS = (
    "enable-ntls",
    "no-tests",
    "no-shared",
    # The legacy provider and the engines go into libcrypto.a; nothing is loaded from a path that
    # was compiled in.
    "no-module",
    "-fPIC",
    "-fvisibility=hidden",
)
# These need __int128, little-endian words and loads that tolerate any alignment.
WIDE_EC_OPTIONS = ("enable-ec_nistp_64_gcc_128", "enable-ec_sm2p_64_gcc_128")

# What reaches the compiler from outside, and so belongs into the key ...
BUILD_VARIABLES = ("CFLAGS", "CPPFLAGS", "LDFLAGS", "AR", "RANLIB", "MACOSX_DEPLOYMENT_TARGET")
# ... and what Configure or make would read too, but which must not decide anything here.
# (A `make` that called us passes its own job server and command line on in MAKEFLAGS.)
FOREIGN_VARIABLES = re.compile(
    r"(__CNF_\w+|CONFIGURE_\w+|CONFIG_OPTIONS|KERNEL_BITS|BUILDFILE|CROSS_COMPILE|PERL|HASHBANGPERL"
    r"|OPENSSL_\w+|CXX|CXXFLAGS|LDLIBS|RC|RCFLAGS|WINDRES|DESTDIR"
    r"|MAKEFLAGS|MFLAGS|GNUMAKEFLAGS|MAKEOVERRIDES|MAKELEVEL|MAKEFILES|VERBOSE|V)"
)

LOG_TAIL_LINES = 20
OLDEST_CARGO = (1, 68)
# The modules that Configure and the Makefile's scripts load; distributions split them off perl.
PERL_MODULES = """
    Config Cwd Data::Dumper Encode ExtUtils::MakeMaker Fcntl File::Basename File::Compare
    File::Copy File::Glob File::Path File::Spec::Functions FindBin Getopt::Long Getopt::Std
    IPC::Cmd List::Util Module::Load::Conditional POSIX Pod::Usage Storable Text::ParseWords
    Time::HiRes Time::Piece
"""


class BuildError(Exception):
    """Tongsuo cannot be had; the message is one line that says why and what to do."""


# ---------------------------------------------------------------------------------- public


def find_prefix(
    version: str | None = None, *, prefix: Path | None = None, jobs: int | None = None
) -> Path:
    """Return an installed Tongsuo: headers, libssl.a, libcrypto.a and bin/openssl.

    ``version`` defaults to ``TONGSUO_VERSION``, then to 8.5.0. With ``prefix``, Tongsuo is
    installed there instead of in the cache. ``jobs`` is the number of compilers at a time, by
    default one for each usable CPU. Raises BuildError.
    """
    try:
        with _termination_as_exit():
            return _find_prefix(version or _setting("TONGSUO_VERSION"), prefix, jobs)
    except OSError as error:
        raise BuildError(_describe_os_error(error)) from error


def library_dir(prefix: Path) -> Path:
    """Return the folder of ``prefix`` that holds libssl.a and libcrypto.a: lib, or else lib64."""
    folders = [prefix / name for name in ("lib", "lib64")]
    for folder in folders:
        if (folder / "libssl.a").is_file() and (folder / "libcrypto.a").is_file():
            return folder
    raise BuildError(f"{prefix} has no libssl.a and libcrypto.a in lib or lib64")


@functools.cache
def known_versions() -> tuple[str, ...]:
    """Return the versions of Tongsuo whose source is pinned, the newest first."""
    return tuple(sorted(_pinned_crates(), key=_version_key, reverse=True))


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


# ---------------------------------------------------------------------------------- the choice


def _find_prefix(version: str | None, prefix: Path | None, jobs: int | None) -> Path:
    if jobs is not None and jobs < 1:
        raise BuildError(f"--jobs has to be at least 1, not {jobs}")
    if version is not None and version not in known_versions():
        raise BuildError(
            f"Tongsuo {version} is not known here; known are {', '.join(known_versions())}"
        )
    home = _setting("TONGSUO_HOME")
    if home is not None:
        if prefix is not None:
            raise BuildError("--prefix asks for a build and TONGSUO_HOME for none: unset one")
        return _use_home(Path(home), version)
    tree = _setting("TONGSUO_SRC")
    source: _Source
    if tree is not None:
        source = _SourceTree.open(Path(tree), version)
    else:
        source = _pinned_crates()[version or DEFAULT_VERSION]
    return _obtain(source, prefix, jobs or _usable_cpus())


def _use_home(home: Path, version: str | None) -> Path:
    name = f"TONGSUO_HOME={home}"
    prefix = _absolute(home)
    if not prefix.is_dir():
        raise BuildError(f"{name} does not exist or is not a directory")
    found = _check_prefix(prefix, name)
    _check_version(found, version, name)
    return prefix


def _check_version(found: str, wanted: str | None, name: str) -> None:
    """Raise unless ``found`` is of a series that we know and, if one is ``wanted``, of that one."""
    if _series(found) not in map(_series, known_versions()):
        known = ", ".join(f"{_series(version)}.x" for version in known_versions())
        raise BuildError(f"{name} is Tongsuo {found}, which is not known here; known are {known}")
    if wanted is not None and _series(found) != _series(wanted):
        raise BuildError(f"{name} is Tongsuo {found}, but {wanted} is asked for")


def _obtain(source: _Source, prefix: Path | None, jobs: int) -> Path:
    """Return the prefix built from ``source``, building it if there is none yet."""
    compiler = _Compiler.find()
    options = CONFIGURE_OPTIONS + (WIDE_EC_OPTIONS if compiler.has_wide_ec else ())
    cache = _cache_dir()
    place = cache if prefix is None else _absolute(prefix)
    key = _key(source, compiler, options, place)
    final = place / key if prefix is None else place
    return _Build(source, compiler, options, key, final, cache, jobs, _Progress()).result()


def _key(source: _Source, compiler: _Compiler, options: Sequence[str], place: Path) -> str:
    """Name what is built: readable in front, with a digest of all that decides the result."""
    identity = {
        "recipe": RECIPE,
        "version": source.version,
        "source": source.identity,
        "options": list(options),
        "compiler": compiler.identity(),
        "variables": {name: os.environ.get(name, "") for name in BUILD_VARIABLES},
        "place": str(place),  # is compiled in
    }
    digest = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
    return f"{source.version}-{re.sub(r'[^A-Za-z0-9_]+', '_', compiler.machine)}-{digest[:16]}"


# ---------------------------------------------------------------------------------- sources


class _Source(Protocol):
    """Where the C source comes from."""

    @property
    def version(self) -> str: ...
    @property
    def identity(self) -> str:
        """What changes whenever the content does."""
        ...

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs needed to get it."""
        ...

    def fetch(self, steps: _Steps) -> Path:
        """Return the folder with Configure in it; nothing may be written there."""
        ...


@dataclass(frozen=True)
class _Crate:
    """A release of the crate ``tongsuo-src``, which carries Tongsuo's source."""

    version: str
    crate_version: str
    identity: str
    tools: tuple[str, ...] = ("cargo",)

    def fetch(self, steps: _Steps) -> Path:
        _check_cargo()
        steps.progress.step("fetch", f"tongsuo-src {self.crate_version} with cargo")
        feature = self.version.replace(".", "_")
        manifest = str(HERE / "Cargo.toml")
        command = ["cargo", "metadata", "--locked", "--format-version", "1"]
        command += ["--manifest-path", manifest, "--no-default-features", "--features", feature]
        quiet = {"CARGO_TERM_COLOR": "never", "CARGO_TERM_PROGRESS_WHEN": "never"}
        metadata = steps.capture(command, self._explain, env=os.environ | quiet, cwd=HERE)
        for package in json.loads(metadata)["packages"]:
            if package["name"] == "tongsuo-src" and package["version"] == self.crate_version:
                return Path(package["manifest_path"]).parent / "tongsuo"
        raise BuildError(f"cargo did not report where tongsuo-src {self.crate_version} is")

    def _explain(self, output: str) -> str:
        """Make one line of cargo's error: what it says first, and the deepest cause."""
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        first = next(
            (line for line in lines if line.startswith("error:")), "error: no reason given"
        )
        pairs = itertools.pairwise(lines)
        causes = [following for line, following in pairs if line == "Caused by:"]
        reason = ": ".join([first.removeprefix("error:").strip(), *causes[-1:]])
        return (
            f"cargo could not fetch tongsuo-src {self.crate_version}: {reason} (without the "
            "registry, name a source tree in TONGSUO_SRC or an installed Tongsuo in TONGSUO_HOME)"
        )


@functools.cache
def _pinned_crates() -> Mapping[str, _Crate]:
    """Return the crates of Cargo.lock by the version of Tongsuo in them."""
    lock = tomllib.loads((HERE / "Cargo.lock").read_text(encoding="utf-8"))
    crates = {}
    for package in lock["package"]:
        if package["name"] == "tongsuo-src":
            version = package["version"].partition("+")[2]
            crates[version] = _Crate(version, package["version"], package["checksum"])
    return crates


@dataclass(frozen=True)
class _SourceTree:
    """A source tree that the user named."""

    root: Path
    version: str
    identity: str
    tools: tuple[str, ...] = ()

    @classmethod
    def open(cls, root: Path, wanted: str | None) -> Self:
        name = f"TONGSUO_SRC={root}"
        root = _absolute(root)
        if not root.is_dir():
            raise BuildError(f"{name} does not exist or is not a directory")
        version = _source_version(root)
        if version is None or not (root / "Configure").is_file():
            raise BuildError(
                f"{name} is no source tree of Tongsuo (looked at VERSION.dat, Configure)"
            )
        if (root / "configdata.pm").exists():
            raise BuildError(f"{name} was configured in place: run `make distclean` there first")
        _check_version(version, wanted, name)
        return cls(root, version, _content_digest(root))

    def fetch(self, steps: _Steps) -> Path:
        return self.root


def _source_version(root: Path) -> str | None:
    try:
        text = (root / "VERSION.dat").read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    values = dict(re.findall(r"^TONGSUO_(MAJOR|MINOR|PATCH)=(\d+)\s*$", text, re.MULTILINE))
    return _joined(values)


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


# ---------------------------------------------------------------------------------- a prefix


def _check_prefix(prefix: Path, name: str) -> str:
    """Return the version of the Tongsuo installed in ``prefix``; raise if we cannot use it."""
    include = prefix / "include" / "openssl"
    for header in ("opensslv.h", "ssl.h", "evp.h"):
        if not (include / header).is_file():
            raise BuildError(f"{name} is no installed Tongsuo: include/openssl/{header} is missing")
    version = _installed_version(include, name)
    configuration = [include / "configuration.h", include / "opensslconf.h"]
    settings = "".join(_read_c(path) for path in configuration if path.is_file())
    if re.search(r"^\s*#\s*define\s+OPENSSL_NO_NTLS\b", settings, re.MULTILINE):
        raise BuildError(f"{name} was built without NTLS (TLCP): configure it with enable-ntls")
    if not os.access(prefix / "bin" / "openssl", os.X_OK):
        raise BuildError(f"{name} is no complete Tongsuo: the program bin/openssl is missing")
    try:
        library_dir(prefix)
    except BuildError:
        raise BuildError(
            f"{name} has no libssl.a and libcrypto.a in lib or lib64: they are linked statically"
        ) from None
    return version


def _installed_version(include: Path, name: str) -> str:
    text = _read_c(include / "opensslv.h")
    pattern = r"^\s*#\s*define\s+TONGSUO_VERSION_(MAJOR|MINOR|PATCH)\s+(\d+)"
    version = _joined(dict(re.findall(pattern, text, re.MULTILINE)))
    if version is None:
        title = re.search(r'#\s*define\s+OPENSSL_VERSION_TEXT\s+"([^"]*)"', text)
        raise BuildError(f"{name} is {title[1] if title else 'some other library'}, not Tongsuo")
    return version


def _read_c(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _is_complete(prefix: Path, key: str) -> bool:
    """Tell whether ``prefix`` is what we built for ``key``, and all there."""
    try:
        marker = json.loads((prefix / MARKER).read_text(encoding="utf-8"))
        if marker["key"] != key or marker["prefix"] != str(prefix):
            return False
        _check_prefix(prefix, str(prefix))
    except (OSError, ValueError, TypeError, KeyError, BuildError):
        return False
    return True


# ---------------------------------------------------------------------------------- one build


@dataclass(frozen=True)
class _Build:
    """One prefix to be built: what from, what with, and where to."""

    source: _Source
    compiler: _Compiler
    options: tuple[str, ...]
    key: str
    final: Path
    cache: Path
    jobs: int
    progress: _Progress

    @property
    def title(self) -> str:
        return f"Tongsuo {self.source.version}"

    @property
    def is_cached(self) -> bool:
        """Tell whether the prefix is ours alone, and not a folder that the user named."""
        return self.final == self.cache / self.key

    def result(self) -> Path:
        """Return the finished prefix; another process may be building it right now."""
        if _is_complete(self.final, self.key):
            return self.final
        self._check_place()
        _require_tools(("perl", "make", *self.source.tools))
        _check_perl()
        self.cache.mkdir(parents=True, exist_ok=True)
        with _locked(self.cache / f"{self.key}.lock", self._say_waiting):
            if not _is_complete(self.final, self.key):
                self._check_place()
                self._make()
        return self.final

    def _say_waiting(self, holder: str) -> None:
        self.progress.say(f"{self.title} is being built by process {holder}; waiting for it")

    def _check_place(self) -> None:
        # make and the shell take these apart wherever a path is not quoted.
        for path in (self.final, self.cache):
            if re.search(r"[\s$\"'\\#:;&|<>()*?\[\]{}!`%]", str(path)):
                way = "--prefix" if path != self.cache and not self.is_cached else "XDG_CACHE_HOME"
                raise BuildError(
                    f"Tongsuo's makefiles cannot cope with the path {str(path)!r}: "
                    f"name another with {way}"
                )
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
            _remove_leftovers(folder, self.cache, self.key)
        log = self.cache / f"{self.key}.log"
        with (
            _scratch(self.cache, f".{self.key}.work-") as work,
            _scratch(self.final.parent, f".{self.key}.stage-") as stage,
            _Steps(log, self.progress) as steps,
        ):
            installed = self._install_aside(steps, work, stage)
            self._write_marker(installed, time.monotonic() - started)
            self._publish(installed, work)
        log.unlink(missing_ok=True)
        elapsed = _duration(time.monotonic() - started)
        self.progress.say(f"{self.title} is ready after {elapsed}: {self.final}")

    def _install_aside(self, steps: _Steps, work: Path, stage: Path) -> Path:
        """Build in ``work``, with the final paths compiled in; return the copy under ``stage``."""
        source = self._copy_source(self.source.fetch(steps), work)
        build = work / "build"
        temporary = work / "tmp"
        build.mkdir()
        temporary.mkdir()
        steps.cwd = build
        steps.env = self.compiler.environment() | {"TMPDIR": str(temporary), "LC_ALL": "C"}
        make = _find_tool("make") or "make"

        self.progress.step("configure", self.title)
        # By a relative path, which is what ends up in the library as the names of source files.
        configure = ["perl", os.path.relpath(source / "Configure", build)]
        places = [f"--prefix={self.final}", "--libdir=lib", f"--openssldir={self.final}/ssl"]
        steps.follow(f"configuring {self.title}", [*configure, *places, *self.options])

        objects = _Objects.expected(steps, make)
        self.progress.step("compile", f"{objects.total or 'all'} files, {self.jobs} at a time")
        command = [make, f"-j{self.jobs}", "build_sw"]
        steps.follow(
            f"compiling {self.title}", command, functools.partial(objects.notice, self.progress)
        )

        self.progress.step("install", f"into {self.final}")
        steps.follow(
            f"installing {self.title}", [make, "install_sw", "install_ssldirs", f"DESTDIR={stage}"]
        )
        installed = Path(f"{stage}{self.final}")
        found = _check_prefix(installed, f"what was built from {source}")
        if found != self.source.version:
            raise BuildError(f"the source of {self.title} installed Tongsuo {found}")
        return installed

    def _copy_source(self, source: Path, work: Path) -> Path:
        """Copy the source beside the build.

        The original stays as it is, and where it lies does not show in the library, nor can make
        stumble over it.
        """
        version = _source_version(source)
        if version != self.source.version:
            raise BuildError(f"{source} should hold {self.title} but holds {version or 'none'}")
        copy = work / "src"
        shutil.copytree(source, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        return copy

    def _write_marker(self, installed: Path, seconds: float) -> None:
        marker = {
            "key": self.key,
            "version": self.source.version,
            "source": self.source.identity,
            "prefix": str(self.final),
            "options": list(self.options),
            "compiler": self.compiler.identity(),
            "seconds": round(seconds, 1),
        }
        text = json.dumps(marker, indent=2) + "\n"
        (installed / MARKER).write_text(text, encoding="utf-8")

    def _publish(self, installed: Path, work: Path) -> None:
        if self.is_cached and os.path.lexists(self.final):
            self.final.rename(work / "damaged")  # only we write there, and it is not complete
        installed.rename(self.final)


@dataclass
class _Objects:
    """Counts object files as make compiles them."""

    total: int
    done: int = 0

    PATTERN = re.compile(r"\s-o\s*(\S+\.o)(?=\s|$)")

    @classmethod
    def expected(cls, steps: _Steps, make: str) -> Self:
        """Ask make which ones it would compile."""
        plan = steps.capture([make, "-n", "build_sw"], lambda output: f"make -n: {output[-200:]}")
        return cls(len(set(cls.PATTERN.findall(plan))))

    def notice(self, progress: _Progress, line: str) -> None:
        if self.PATTERN.search(line):
            self.done += 1
            progress.advance(self.done, self.total)


# ---------------------------------------------------------------------------------- the cache


def _cache_dir() -> Path:
    """Return our folder in the user's cache directory."""
    root = _setting("XDG_CACHE_HOME")
    if root is None or not os.path.isabs(root):  # the standard says to ignore a relative one
        try:
            home = Path.home()
        except RuntimeError:
            raise BuildError("no home directory: name a cache in XDG_CACHE_HOME") from None
        return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "tongsuo-py"
    return Path(root, "tongsuo-py")


@contextlib.contextmanager
def _locked(path: Path, say_waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file ``path``; the kernel lets go of it however the process ends."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say_waiting(file.read().strip() or "?")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextlib.contextmanager
def _scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """Make a folder that is gone afterwards, or after the next build if we are killed."""
    path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    try:
        yield path
    finally:
        _remove_tree(path)


def _remove_leftovers(folder: Path, cache: Path, own_key: str) -> None:
    """Remove what killed builds left in ``folder``: all whose lock nobody holds but us."""
    for path in folder.iterdir():
        match = re.fullmatch(r"\.(\d+\.\d+\.\d+-\w+-[0-9a-f]{16})\.(?:work|stage)-\w+", path.name)
        if match is None:
            continue
        with contextlib.ExitStack() as stack:
            if match[1] != own_key:
                try:
                    file = stack.enter_context(open(cache / f"{match[1]}.lock", "rb"))
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except FileNotFoundError:
                    pass
                except BlockingIOError:
                    continue
            _remove_tree(path)


def _remove_tree(path: Path) -> None:
    """Remove a folder, also if a compiler that is just dying still writes to it."""
    for _ in range(5):
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(0.1)


# ---------------------------------------------------------------------------------- processes


class _Steps:
    """Runs the commands of a build, with a log, in a process group that cannot outlive us.

    A guard leads the group. It waits on a pipe that only we hold open: when we end in whatever
    way, SIGKILL included, it reads the end of the file and kills the whole group.
    """

    GUARD = "read -r _; kill -KILL 0"

    def __init__(self, log: Path, progress: _Progress) -> None:
        self.log = log
        self.progress = progress
        self.cwd: Path | None = None
        self.env: Mapping[str, str] | None = None
        self._running: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._file: IO[bytes] = open(self.log, "wb")
        self._guard = subprocess.Popen(
            ["/bin/sh", "-c", self.GUARD],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end_group()
        with contextlib.suppress(OSError):  # a full disk was reported already
            self._file.close()
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.log.unlink(missing_ok=True)  # it would tell nothing

    def follow(
        self,
        doing: str,
        command: Sequence[str],
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        """Run ``command``, all its output to the log and line by line to ``on_line``."""
        process = self._start(command, subprocess.STDOUT, None, None)
        first_error = ""
        assert process.stdout is not None
        with process.stdout:
            for raw in process.stdout:
                self._file.write(raw)
                line = raw.decode(errors="replace").rstrip()
                if not first_error and _is_error(line):
                    first_error = f": {line.strip()[:200]}"
                if on_line is not None:
                    on_line(line)
        if process.wait() != 0:
            self._show_tail()
            raise BuildError(f"{doing} failed{first_error}; the whole output is in {self.log}")

    def capture(
        self,
        command: Sequence[str],
        explain: Callable[[str], str],
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> str:
        """Return what ``command`` writes to stdout; what it writes to stderr goes to the log."""
        self._file.flush()
        start = self.log.stat().st_size
        process = self._start(command, None, env, cwd)
        assert process.stdout is not None
        with process.stdout:
            output = process.stdout.read()
        if process.wait() != 0:
            errors = self.log.read_bytes()[start:].decode(errors="replace")
            raise BuildError(f"{explain(errors)}; the whole output is in {self.log}")
        return output.decode(errors="replace")

    def _start(
        self,
        command: Sequence[str],
        stderr: int | None,
        env: Mapping[str, str] | None,
        cwd: Path | None,
    ) -> subprocess.Popen[bytes]:
        self._file.write(f"$ {shlex.join(command)}\n".encode(errors="surrogateescape"))
        self._file.flush()
        self._running = subprocess.Popen(
            command,
            cwd=cwd or self.cwd,
            env=env or self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._file if stderr is None else stderr,
            process_group=self._guard.pid,
        )
        return self._running

    def _end_group(self) -> None:
        """Ask all of the group to end, then make them; the guard's number stays ours meanwhile."""
        self._signal_group(signal.SIGTERM)
        if self._running is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._running.wait(timeout=3)
        self._signal_group(signal.SIGKILL)
        if self._running is not None:
            self._running.wait()
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard.wait()

    def _signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: all are zombies
            os.killpg(self._guard.pid, number)

    def _show_tail(self) -> None:
        self._file.flush()
        lines = self.log.read_bytes().decode(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        for line in lines:
            self.progress.say(f"  | {line[:300]}")


def _is_error(line: str) -> bool:
    return re.search(r"\berror:|No space left on device", line, re.IGNORECASE) is not None


@contextlib.contextmanager
def _termination_as_exit() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that the build is cleaned up."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers; the guard still ends the build
        return
    changed = [
        number
        for number in (signal.SIGTERM, signal.SIGHUP)
        if signal.getsignal(number) is signal.SIG_DFL
    ]
    for number in changed:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)


# ---------------------------------------------------------------------------------- tools


# What provides each tool, for apt, dnf, apk and brew.
PACKAGES = {
    "cargo": ("cargo", "cargo", "cargo", "rust"),
    "perl": ("perl", "perl", "perl", "perl"),
    "make": ("make", "make", "make", "make"),
    "C compiler": ("gcc libc6-dev", "gcc", "gcc musl-dev linux-headers", "gcc"),
}
PROGRAMS = {"make": ("make", "gmake"), "C compiler": ("cc", "gcc", "clang")}
HINTS = {
    "cargo": "on Debian 12 the package is called cargo-web",
    "C compiler": "on macOS, `xcode-select --install` brings one as well",
}


def _find_tool(name: str) -> str | None:
    """Return the first of the programs that can serve as ``name``."""
    return next(filter(shutil.which, PROGRAMS.get(name, (name,))), None)


def _require_tools(names: Iterable[str]) -> None:
    missing = [name for name in names if _find_tool(name) is None]
    if missing:
        raise BuildError(f"not found: {', '.join(missing)}; {_how_to_install(missing)}")


def _how_to_install(tools: Sequence[str]) -> str:
    """Say which packages bring ``tools``."""
    commands = []
    for index, command in enumerate(("apt install", "dnf install", "apk add", "brew install")):
        packages = " ".join(PACKAGES[tool][index] for tool in tools)
        commands.append(f"`{command} {packages}`")
    hints = [HINTS[tool] for tool in tools if tool in HINTS]
    hint = f" ({'; '.join(hints)})" if hints else ""
    return f"run {', '.join(commands[:-1])} or {commands[-1]}{hint}"


def _check_cargo() -> None:
    """Raise if cargo is too old for the registry's sparse protocol, or does not run."""
    result = subprocess.run(["cargo", "--version"], capture_output=True, text=True, cwd=HERE)
    match = re.search(r"^cargo (\d+)\.(\d+)", result.stdout)
    if result.returncode != 0 or match is None:
        said = _first_line(result.stderr) or _first_line(result.stdout)
        raise BuildError(f"`cargo --version` failed: {said or 'no output'}")
    if (int(match[1]), int(match[2])) < OLDEST_CARGO:
        oldest = ".".join(map(str, OLDEST_CARGO))
        raise BuildError(
            f"{_first_line(result.stdout)} is too old, {oldest} is needed: "
            f"{_how_to_install(['cargo'])}"
        )


def _check_perl() -> None:
    """Raise if perl lacks modules that the build uses."""
    program = 'for (@ARGV) { eval "require $_" or print "$_ " }'
    result = subprocess.run(
        ["perl", "-e", program, *PERL_MODULES.split()],
        capture_output=True,
        text=True,
        errors="replace",
    )
    if result.returncode != 0:
        raise BuildError(f"perl does not run: {_first_line(result.stderr) or 'no output'}")
    if result.stdout.strip():
        modules = ", ".join(result.stdout.split())
        raise BuildError(f"perl lacks modules ({modules}): {_how_to_install(['perl'])}")


@dataclass(frozen=True)
class _Compiler:
    """The C compiler, and what of it decides the result."""

    command: tuple[str, ...]
    path: Path
    version: str
    machine: str
    has_wide_ec: bool

    PROBE = "#include <stdlib.h>\n#ifdef __linux__\n#include <linux/mman.h>\n#endif\n"

    @classmethod
    def find(cls) -> Self:
        """Find ``$CC``, or else cc, gcc or clang; raise if there is none or it does not work."""
        command = cls._command()
        path = shutil.which(command[0])
        if path is None:
            raise BuildError(f"CC={command[0]} not found: {_how_to_install(['C compiler'])}")
        macros = cls._ask(command, "-E", "-dM", "-x", "c", "-", stdin=cls.PROBE)
        version = _first_line(cls._ask(command, "--version"))
        machine = cls._ask(command, "-dumpmachine").strip()
        return cls(command, Path(path).resolve(), version, machine, _has_wide_ec(macros))

    @staticmethod
    def _command() -> tuple[str, ...]:
        named = _setting("CC")
        if named is not None:
            try:
                return tuple(shlex.split(named))
            except ValueError as error:
                raise BuildError(f"CC={named} cannot be taken apart: {error}") from None
        found = _find_tool("C compiler")
        if found is None:
            _require_tools(("perl", "make", "C compiler"))  # says all that is missing in one go
        return (found or "cc",)

    @staticmethod
    def _ask(command: tuple[str, ...], *arguments: str, stdin: str = "") -> str:
        result = subprocess.run(
            [*command, *shlex.split(os.environ.get("CFLAGS", "")), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            env=os.environ | {"LC_ALL": "C"},
        )
        if result.returncode != 0:
            errors = [line for line in result.stderr.splitlines() if _is_error(line)]
            said = (errors or [_first_line(result.stderr)])[0].strip()
            raise BuildError(
                f"the C compiler {shlex.join(command)} does not work ({said or 'no output'}): "
                f"{_how_to_install(['C compiler'])}"
            )
        return result.stdout

    def identity(self) -> dict[str, str]:
        command = shlex.join([str(self.path), *self.command[1:]])
        return {"command": command, "version": self.version, "machine": self.machine}

    def environment(self) -> dict[str, str]:
        """Return the environment for Configure and make."""
        env = {
            name: value
            for name, value in os.environ.items()
            if FOREIGN_VARIABLES.fullmatch(name) is None
        }
        env["CC"] = shlex.join(self.command)
        if env.get("CFLAGS"):
            # Configure takes CFLAGS instead of its own flags; unoptimised is not what is meant.
            env["CFLAGS"] = f"-O3 {env['CFLAGS']}"
        return env


def _has_wide_ec(macros: str) -> bool:
    """Tell from the compiler's macros whether the 128-bit curve code is valid on the target."""
    defined = dict(re.findall(r"^#define (\w+) ?(.*)$", macros, re.MULTILINE))
    machine = any(name in defined for name in ("__x86_64__", "__aarch64__", "__powerpc64__"))
    little = defined.get("__BYTE_ORDER__") in ("__ORDER_LITTLE_ENDIAN__", "1234")
    wide = defined.get("__SIZEOF_POINTER__") == "8" and "__SIZEOF_INT128__" in defined
    return machine and little and wide


# ---------------------------------------------------------------------------------- progress


class _Progress:
    """Tells on stderr what is going on: a bar on a terminal, a line now and then elsewhere."""

    BAR = 30

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._tty = self._stream.isatty()
        self._step_started = 0.0
        self._said_percent = 0
        self._bar_is_open = False

    def say(self, text: str) -> None:
        if self._bar_is_open:
            self._stream.write("\n")
            self._bar_is_open = False
        self._stream.write(f"tongsuo: {text}\n")
        self._stream.flush()

    def step(self, name: str, detail: str) -> None:
        self._step_started = time.monotonic()
        self._said_percent = 0
        self.say(f"{name:<9} {detail}")

    def advance(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` files are compiled."""
        percent = min(100, 100 * done // total) if total else 0
        text = f"{percent:3} %  {done}/{total or '?'}  {_duration(self._elapsed())}"
        if self._tty:
            self._draw(percent, text)
        elif percent >= self._said_percent + 10:
            self._said_percent = percent - percent % 10
            self.say(f"compile   {text}")

    def _elapsed(self) -> float:
        return time.monotonic() - self._step_started

    def _draw(self, percent: int, text: str) -> None:
        filled = self.BAR * percent // 100
        bar = "#" * filled + "-" * (self.BAR - filled)
        width = os.get_terminal_size(self._stream.fileno()).columns or 80
        line = f"tongsuo: compile   [{bar}] {text}"[: width - 1]
        self._stream.write(f"\r{line}\x1b[K")
        self._stream.flush()
        self._bar_is_open = True


def _duration(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


# ---------------------------------------------------------------------------------- small things


def _setting(name: str) -> str | None:
    """Return an environment variable; an empty one counts as unset."""
    return os.environ.get(name) or None


def _absolute(path: Path) -> Path:
    path = Path(os.path.abspath(os.path.expanduser(path)))
    return path.resolve() if path.is_symlink() else path


def _series(version: str) -> str:
    return version.rpartition(".")[0]


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _joined(values: Mapping[str, str]) -> str | None:
    parts = [values.get(name) for name in ("MAJOR", "MINOR", "PATCH")]
    return ".".join(part for part in parts if part) if all(parts) else None


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _usable_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _describe_os_error(error: OSError) -> str:
    if isinstance(error, shutil.Error):  # from copytree: a list of (source, target, reason)
        _, target, reason = error.args[0][0]
        return f"cannot write {target}: {reason}"
    if isinstance(error, FileExistsError):
        return f"cannot use {error.filename}: it is not a directory"
    if error.filename is None:
        return f"cannot build in {_cache_dir()}: {error.strerror or error}"
    return f"cannot use {error.filename}: {error.strerror}"


if __name__ == "__main__":
    sys.exit(main())
