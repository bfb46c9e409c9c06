"""tongsuo/build.py: finding, building, caching, and every way in which that can go wrong.

The real library takes minutes to build, so only the first tests touch it, and take it from the
cache that `make test` filled. The others give the script a miniature source tree that is configured
by perl, compiled by the C compiler and installed by make like the real one, in a cache of its own.
"""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT))

from tongsuo import build, tools  # noqa: E402

SCRIPT = ROOT / "tongsuo" / "build.py"
OBJECTS = 20

CONFIGURE = r"""
use strict; use FindBin; use File::Spec::Functions qw(abs2rel);
my ($prefix) = map { /^--prefix=(.*)/ } @ARGV;
my ($ssl) = map { /^--openssldir=(.*)/ } @ARGV;
my $src = abs2rel($FindBin::Bin);

sub record { open(my $f, '>>', $ENV{MINI_RECORD}) or die; print $f "@_\n"; close $f; }
record("configure", getpgrp(0), @ARGV);
sleep($ENV{MINI_CONFIGURE}) if $ENV{MINI_CONFIGURE};

my %v = do { open(my $f, '<', "$src/VERSION.dat") or die; map { /^(\w+)=(.*)/ } <$f> };
mkdir 'include';
open(my $h, '>', 'include/opensslv.h');
print $h "# define TONGSUO_VERSION_$_ $v{qq(TONGSUO_$_)}\n" for qw(MAJOR MINOR PATCH);
open($h, '>', 'include/configuration.h');
print $h "# define OPENSSL_NO_NTLS\n" unless grep { $_ eq 'enable-ntls' } @ARGV;
open($h, '>', "include/$_.h") for qw(ssl evp);

my @objects = map { s{.*/(\w+)\.c$}{$1.o}r } sort glob("$src/part*.c");
open(my $m, '>', 'Makefile');
print $m <<"END" . join('', map { my $c = s/o$/c/r; <<"RULE" } @objects) . <<'END';
INCLUDES=include/opensslv.h include/configuration.h include/ssl.h include/evp.h
HOME=\$(DESTDIR)$prefix
SSL=\$(DESTDIR)$ssl
SRC=$src
build_sw: libcrypto.a libssl.a openssl
libcrypto.a libssl.a: @objects
	ar cr \$\@ @objects
openssl: libcrypto.a main.o
	\$(CC) -o \$\@ main.o libcrypto.a
main.o: \$(SRC)/main.c
	\$(CC) \$(CFLAGS) -DPREFIX='"$prefix"' -Iinclude -c -o \$\@ \$<
END
$_: \$(SRC)/$c
	\@sleep \$\${MINI_COMPILE:-0}
	\$(CC) \$(CFLAGS) -c -o \$\@ \$<
RULE
install_sw:
	mkdir -p $(HOME)/include/openssl $(HOME)/lib $(HOME)/bin
	cp $(INCLUDES) $(HOME)/include/openssl
	cp libcrypto.a $(HOME)/lib
	sleep $${MINI_INSTALL:-0}
	cp libssl.a $(HOME)/lib
	cp openssl $(HOME)/bin
install_ssldirs:
	mkdir -p $(SSL)
	touch $(SSL)/openssl.cnf
END
"""

MAIN = """
#include <stdio.h>
#include "opensslv.h"
int main(void) {
    printf("Tongsuo %d.%d.%d\\n%s\\n", TONGSUO_VERSION_MAJOR, TONGSUO_VERSION_MINOR,
           TONGSUO_VERSION_PATCH, PREFIX);
    return 0;
}
"""


# ------------------------------------------------------------------------------ the real thing


@pytest.fixture(params=["8.5.0", "8.4.0"])
def real(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path]:
    """The real Tongsuo, from the user's cache; built there if it is not yet."""
    for name in ("TONGSUO_HOME", "TONGSUO_SRC", "TONGSUO_VERSION"):
        monkeypatch.delenv(name, raising=False)
    return request.param, build.find_prefix(request.param)


def openssl(prefix: Path, *arguments: str) -> str:
    command = [prefix / "bin" / "openssl", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.timeout(1200)
def test_the_real_library_is_the_version_asked_for_and_speaks_tlcp(real: tuple[str, Path]) -> None:
    version, prefix = real
    assert f"Tongsuo {version}" in openssl(prefix, "version")
    suites = openssl(prefix, "ciphers", "-v", "ALL")
    for exchange in ("ECC", "ECDHE"):
        for mode in ("GCM", "CBC"):
            assert re.search(rf"^{exchange}-SM2-SM4-{mode}-SM3 +NTLSv1.1 ", suites, re.MULTILINE)


@pytest.mark.timeout(1200)
def test_the_real_library_is_self_contained(real: tuple[str, Path], tmp_path: Path) -> None:
    _, prefix = real
    assert "OpenSSL Legacy Provider" in openssl(
        prefix, "list", "-providers", "-provider", "legacy", "-provider", "default"
    )
    assert not list(prefix.rglob("*.so*")) + list(prefix.rglob("*.dylib"))
    assert f'OPENSSLDIR: "{prefix}/ssl"' in openssl(prefix, "version", "-d")

    # Needs the installed openssl.cnf.
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    openssl(prefix, "ecparam", "-name", "SM2", "-genkey", "-noout", "-out", key)
    subject = ["-subj", "/CN=test", "-sm3", "-days", "1"]
    openssl(prefix, "req", "-x509", "-new", "-key", key, *subject, "-out", certificate)
    assert "SM2-with-SM3" in openssl(prefix, "x509", "-noout", "-text", "-in", certificate)


@pytest.mark.timeout(1200)
def test_the_real_library_does_not_say_where_its_source_was(real: tuple[str, Path]) -> None:
    _, prefix = real
    content = (build.library_dir(prefix) / "libcrypto.a").read_bytes()
    assert b"../src/crypto/" in content  # the names of source files that error reports carry
    assert b"tongsuo-src" not in content


def test_the_lock_file_pins_both_versions_in_a_form_that_old_cargos_read() -> None:
    lock = tomllib.loads((ROOT / "tongsuo" / "Cargo.lock").read_text())
    assert lock["version"] == 3
    packages = [package for package in lock["package"] if package["name"] != "tongsuo-pin"]
    assert all(re.fullmatch("[0-9a-f]{64}", package["checksum"]) for package in packages)
    pinned = {p["version"] for p in packages if p["name"] == "tongsuo-src"}
    assert pinned == {"850.1.1+8.5.0", "840.2.0+8.4.0"}
    assert build.known_versions() == ("8.5.0", "8.4.0")


# ------------------------------------------------------------------------------ the miniature


class Mini:
    """A miniature source tree, a cache of its own, and runs of the script on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache = folder / "cache" / "tongsuo-py"
        self.record = folder / "record"
        self.record.touch()
        self.tree = self.plant(folder / "tree")
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith("TONGSUO_")
        } | {
            "XDG_CACHE_HOME": str(folder / "cache"),
            "TONGSUO_SRC": str(self.tree),
            "MINI_RECORD": str(self.record),
        }
        for name in ("CC", "CFLAGS"):
            self.env.pop(name, None)

    def plant(self, tree: Path, version: str = "8.5.0") -> Path:
        tree.mkdir()
        (tree / "Configure").write_text(CONFIGURE)
        names = ("MAJOR", "MINOR", "PATCH")
        numbers = zip(names, version.split("."), strict=True)
        (tree / "VERSION.dat").write_text("".join(f"TONGSUO_{n}={v}\n" for n, v in numbers))
        for number in range(OBJECTS - 1):
            text = f"int part{number}(void) {{ return {number}; }}\n"
            (tree / f"part{number}.c").write_text(text)
        (tree / "main.c").write_text(MAIN)
        return tree

    def run(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(SCRIPT), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, env=self.env | env, timeout=60
        )

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(SCRIPT), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.env | env,
            # As at a terminal, however pytest itself was started.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )

    def build(self, *arguments: str, **env: str) -> Path:
        """Build, check, and return the prefix."""
        result = self.run(*arguments, **env)
        assert result.returncode == 0, result.stderr
        prefix = Path(result.stdout.splitlines()[-1])
        assert openssl(prefix, "version").startswith("Tongsuo 8.")
        return prefix

    def refused(self, *arguments: str, **env: str) -> str:
        """Run the script, which must fail with one line; return the line."""
        result = self.run(*arguments, **env)
        assert result.returncode == 1, result
        assert result.stdout == ""
        lines = result.stderr.splitlines()
        assert len(lines) == 1, result.stderr
        assert lines[0].startswith("tongsuo/build.py: ")
        return lines[0].removeprefix("tongsuo/build.py: ")

    @property
    def configured(self) -> list[list[str]]:
        """For each time that Configure ran: its process group, its arguments."""
        return [line.split()[1:] for line in self.record.read_text().splitlines()]

    def leftovers(self) -> list[str]:
        return sorted(path.name for path in self.cache.glob(".*"))

    def prefixes(self) -> list[Path]:
        return [path.parent for path in self.cache.glob("*/tongsuo-build.json")]

    def assert_only(self, *prefixes: Path) -> None:
        """The cache holds these, lock files and nothing else."""
        left = {path for path in self.cache.iterdir() if path.suffix != ".lock"}
        assert left == set(prefixes)


@pytest.fixture
def mini(tmp_path: Path) -> Mini:
    return Mini(tmp_path)


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Read the script's progress until ``text`` shows up; return what was read."""
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} never came:\n{seen}")


def living(group: int) -> list[int]:
    """The processes of a group, those apart that are dead and only not collected."""
    if not Path("/proc/self/stat").exists():
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return []
        return [group]
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, rest = stat.read_text().split(" ", 1)
        except OSError:
            continue
        state, _, pgrp = rest.rpartition(")")[2].split()[:3]
        if int(pgrp) == group and state not in "ZX":
            found.append(int(pid))
    return found


def wait_for(condition: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_build_gives_a_complete_prefix_and_nothing_else(mini: Mini) -> None:
    result = mini.run()
    assert result.returncode == 0, result.stderr
    prefix = Path(result.stdout.strip())
    assert prefix.parent == mini.cache
    assert openssl(prefix, "version").splitlines() == ["Tongsuo 8.5.0", str(prefix)]
    assert (prefix / "ssl" / "openssl.cnf").exists()
    assert build.library_dir(prefix) == prefix / "lib"
    marker = json.loads((prefix / "tongsuo-build.json").read_text())
    assert marker["key"] == prefix.name
    assert marker["version"] == "8.5.0"
    mini.assert_only(prefix)


def test_configure_gets_the_options_that_the_binding_needs(mini: Mini) -> None:
    prefix = mini.build()
    [[_, *arguments]] = mini.configured
    assert arguments[:3] == [f"--prefix={prefix}", "--libdir=lib", f"--openssldir={prefix}/ssl"]
    expected = "enable-ntls no-tests no-shared no-module -fPIC -fvisibility=hidden"
    assert set(expected.split()) <= set(arguments)


def macros(**values: str) -> str:
    common = {"__BYTE_ORDER__": "__ORDER_LITTLE_ENDIAN__", "__SIZEOF_POINTER__": "8"}
    defined = common | {"__SIZEOF_INT128__": "16"} | values
    return "".join(f"#define {name} {value}\n" for name, value in defined.items() if value)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (macros(__x86_64__="1"), True),
        (macros(__aarch64__="1"), True),
        (macros(__powerpc64__="1"), True),
        (macros(__powerpc64__="1", __BYTE_ORDER__="__ORDER_BIG_ENDIAN__"), False),
        (macros(__s390x__="1", __BYTE_ORDER__="__ORDER_BIG_ENDIAN__"), False),
        (macros(__i386__="1", __SIZEOF_POINTER__="4", __SIZEOF_INT128__=""), False),
        (macros(__x86_64__="1", __ILP32__="1", __SIZEOF_POINTER__="4"), False),
        (macros(__riscv="1"), False),  # loads may have to be aligned
    ],
)
def test_the_wide_curve_code_is_used_where_it_is_valid(text: str, valid: bool) -> None:
    assert tools.has_wide_ec(text) is valid


def test_the_source_tree_is_only_read(mini: Mini) -> None:
    def state() -> dict[str, tuple[bytes, float]]:
        return {p.name: (p.read_bytes(), p.stat().st_mtime) for p in mini.tree.iterdir()}

    before = state()
    mini.build()
    assert state() == before


def test_a_second_call_builds_nothing(mini: Mini) -> None:
    first = mini.build()
    os.utime(mini.tree / "part1.c")
    started = time.monotonic()
    result = mini.run()
    assert time.monotonic() - started < 3
    assert result.stdout == f"{first}\n"
    assert result.stderr == ""
    assert len(mini.configured) == 1


def test_whatever_changes_the_result_changes_the_prefix(mini: Mini) -> None:
    prefixes = [
        mini.build(),
        mini.build(CFLAGS="-DOTHER"),
        mini.build(CC="cc -DOTHER"),
        mini.build(XDG_CACHE_HOME=str(mini.folder / "elsewhere")),
    ]
    (mini.tree / "part1.c").write_text("int part1(void) { return 7; }\n")
    prefixes.append(mini.build())
    marker = json.loads((prefixes[1] / "tongsuo-build.json").read_text())
    assert marker["variables"]["CFLAGS"] == "-DOTHER"  # says why there are two
    assert len({prefix.name for prefix in prefixes}) == len(mini.configured) == 5


def test_the_version_is_part_of_the_prefix(mini: Mini) -> None:
    other = mini.plant(mini.folder / "other", "8.4.0")
    assert mini.build().name.startswith("8.5.0-")
    prefix = mini.build(TONGSUO_SRC=str(other))
    assert prefix.name.startswith("8.4.0-")
    assert openssl(prefix, "version").startswith("Tongsuo 8.4.0")


def test_a_damaged_prefix_is_built_again(mini: Mini) -> None:
    prefix = mini.build()
    (prefix / "lib" / "libssl.a").unlink()
    assert mini.build() == prefix
    assert (prefix / "lib" / "libssl.a").exists()
    mini.assert_only(prefix)


def test_a_make_that_calls_us_does_not_steer_our_make(mini: Mini) -> None:
    mini.build(MAKEFLAGS="n -j4 --jobserver-auth=97,98 DESTDIR=/nowhere", MAKELEVEL="1", V="1")


def test_cflags_do_not_turn_the_optimiser_off(mini: Mini) -> None:
    (mini.tree / "part0.c").write_text(
        "#ifndef __OPTIMIZE__\n#error slow\n#endif\nint part0(void) { return MARK; }\n"
    )
    mini.build(CFLAGS="-DMARK=7")


def test_a_cache_path_in_any_language_works(mini: Mini) -> None:
    prefix = mini.build(XDG_CACHE_HOME=str(mini.folder / "缓存"))
    assert prefix.parent.parent.name == "缓存"


def test_another_thread_can_build_too(mini: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in mini.env.items():
        monkeypatch.setenv(name, value)
    found: list[Path] = []
    thread = threading.Thread(target=lambda: found.append(build.find_prefix()))
    thread.start()
    thread.join(30)
    assert found == mini.prefixes()


# ------------------------------------------------------------------------------ --prefix


def test_prefix_is_installed_there_and_knows_where_it_is(mini: Mini) -> None:
    target = mini.folder / "opt" / "tongsuo"
    assert mini.build("--prefix", str(target)) == target
    assert openssl(target, "version").splitlines()[1] == str(target)
    assert os.listdir(target.parent) == ["tongsuo"]
    mini.assert_only()

    result = mini.run("--prefix", str(target))
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{target}\n", "")
    assert len(mini.configured) == 1


def test_prefix_may_be_an_empty_folder(mini: Mini) -> None:
    target = mini.folder / "empty"
    target.mkdir()
    assert mini.build("--prefix", str(target)) == target


def test_prefix_is_relative_to_where_we_are(mini: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mini.folder)
    assert mini.build("--prefix", "here") == mini.folder / "here"


def test_a_prefix_with_something_else_in_it_is_left_alone(mini: Mini) -> None:
    target = mini.folder / "home"
    target.mkdir()
    (target / "thesis.txt").write_text("years of work")
    assert f"{target} exists and is not" in mini.refused("--prefix", str(target))
    assert (target / "thesis.txt").read_text() == "years of work"

    inside = mini.cache / "mine"  # not even in the cache, where we replace what is damaged
    shutil.copytree(target, inside)
    assert "exists and is not" in mini.refused("--prefix", str(inside))
    assert (inside / "thesis.txt").exists()


def test_a_prefix_built_otherwise_is_left_alone(mini: Mini) -> None:
    target = mini.folder / "opt"
    mini.build("--prefix", str(target))
    assert "exists and is not" in mini.refused("--prefix", str(target), CFLAGS="-DOTHER")


def test_a_file_is_no_prefix(mini: Mini) -> None:
    target = mini.folder / "file"
    target.touch()
    assert "exists and is not" in mini.refused("--prefix", str(target))
    assert "not a directory" in mini.refused("--prefix", str(target / "below"))


# ------------------------------------------------------------------------------ two at once


def test_two_at_once_build_once(mini: Mini) -> None:
    first = mini.start(MINI_CONFIGURE="1")
    read_until(first, "configure")
    second = mini.start(MINI_CONFIGURE="1")
    waiting = read_until(second, "waiting")
    assert f"built by process {first.pid}" in waiting
    results = [process.communicate(timeout=30)[0] for process in (first, second)]
    assert first.returncode == second.returncode == 0
    assert results[0] == results[1]
    assert len(mini.configured) == 1
    mini.assert_only(Path(results[0].strip()))


def test_the_one_that_waits_builds_if_the_other_is_killed(mini: Mini) -> None:
    first = mini.start(MINI_CONFIGURE="30")
    read_until(first, "configure")
    second = mini.start()
    read_until(second, "waiting")
    first.kill()
    first.communicate()
    output, _ = second.communicate(timeout=30)
    assert second.returncode == 0
    mini.assert_only(Path(output.strip()))


def test_a_tree_that_changes_while_we_wait_is_not_taken_for_the_old_one(mini: Mini) -> None:
    first = mini.start(MINI_CONFIGURE="30")
    read_until(first, "configure")
    second = mini.start()
    read_until(second, "waiting")
    (mini.tree / "part1.c").write_text("int part1(void) { return 7; }\n")
    first.kill()
    first.communicate()
    _, errors = second.communicate(timeout=30)
    assert second.returncode == 1
    message = f"tongsuo/build.py: TONGSUO_SRC={mini.tree} was changed meanwhile: run this again\n"
    assert errors == message
    assert mini.prefixes() == []
    mini.build()


def test_waiting_can_be_interrupted(mini: Mini) -> None:
    first = mini.start(MINI_CONFIGURE="30")
    read_until(first, "configure")
    second = mini.start()
    read_until(second, "waiting")
    second.send_signal(signal.SIGINT)
    second.communicate(timeout=10)
    assert second.returncode == 130
    assert first.poll() is None
    first.terminate()
    first.communicate(timeout=10)


def test_a_build_beside_another_leaves_its_files_alone(mini: Mini) -> None:
    slow = mini.start(MINI_CONFIGURE="8")
    read_until(slow, "configure")
    quick = mini.build(CFLAGS="-DOTHER")
    assert slow.poll() is None
    output, errors = slow.communicate(timeout=30)
    assert slow.returncode == 0, errors
    mini.assert_only(quick, Path(output.strip()))


# ------------------------------------------------------------------------------ interrupted

# A line of progress to wait for, and what to slow down so that the build is still there then.
MOMENTS = {
    "configure": {"MINI_CONFIGURE": "30"},
    "compile ": {"MINI_COMPILE": "30"},
    "50 %": {"MINI_COMPILE": "0.1"},
    "install ": {"MINI_INSTALL": "30"},
}


def start_slow_build(mini: Mini, moment: str) -> tuple[subprocess.Popen[str], int]:
    """Start a build and wait until it is at ``moment``; return it and its process group."""
    process = mini.start("--jobs", "4", **MOMENTS[moment])
    read_until(process, moment)
    assert wait_for(lambda: bool(mini.configured))
    group = int(mini.configured[-1][0])
    assert group != os.getpgrp()
    assert wait_for(lambda: len(living(group)) > 1)
    return process, group


@pytest.mark.parametrize("moment", MOMENTS)
def test_sigkill_leaves_nothing_that_counts(mini: Mini, moment: str) -> None:
    process, group = start_slow_build(mini, moment)
    process.kill()
    process.communicate()
    assert wait_for(lambda: not living(group)), "make outlived the script"
    assert mini.prefixes() == []
    assert mini.leftovers() != []

    mini.assert_only(mini.build())


def test_a_build_of_something_else_removes_what_a_killed_one_left(mini: Mini) -> None:
    process, _ = start_slow_build(mini, "compile ")
    process.kill()
    process.communicate()
    mini.build(CFLAGS="-DOTHER")
    assert mini.leftovers() == []


@pytest.mark.parametrize(
    ("number", "status", "moment"),
    [
        *((signal.SIGINT, 130, moment) for moment in MOMENTS),
        *((signal.SIGTERM, 143, moment) for moment in ("compile ", "install ")),
        (signal.SIGHUP, 129, "50 %"),
    ],
)
def test_an_interrupt_ends_everything(
    mini: Mini, number: signal.Signals, status: int, moment: str
) -> None:
    process, group = start_slow_build(mini, moment)
    process.send_signal(number)
    _, errors = process.communicate(timeout=10)
    assert process.returncode == status
    assert living(group) == []
    assert "Traceback" not in errors
    mini.assert_only()


def test_sigkill_while_installing_a_prefix_leaves_the_place_free(mini: Mini) -> None:
    target = mini.folder / "opt" / "tongsuo"
    process = mini.start("--prefix", str(target), MINI_INSTALL="30")
    read_until(process, "install ")
    process.kill()
    process.communicate()
    assert not target.exists()
    assert len(os.listdir(target.parent)) == 1  # what the next one removes
    assert mini.build("--prefix", str(target)) == target
    assert os.listdir(target.parent) == ["tongsuo"]


# ------------------------------------------------------------------------------ failing


def test_a_failing_compiler_is_shown_and_its_output_kept(mini: Mini) -> None:
    (mini.tree / "part10.c").write_text("#error deliberately broken\n")
    result = mini.run()
    assert result.returncode == 1
    assert result.stdout == ""
    *before, last = result.stderr.splitlines()
    match = re.fullmatch(
        r"tongsuo/build.py: compiling Tongsuo 8.5.0 failed: (.*); the whole output is in (.*)", last
    )
    assert match is not None, last
    assert "part10.c:1:2: error: #error deliberately broken" in match[1]
    log = Path(match[2])
    assert "deliberately broken" in log.read_text()
    assert "$ perl ../src/Configure" in log.read_text()
    tail = [line.removeprefix("tongsuo:   | ") for line in before if "  | " in line]
    assert tail == [line[:300] for line in log.read_text().splitlines()[-20:]]
    assert "Traceback" not in result.stderr
    mini.assert_only(log)

    (mini.tree / "part10.c").write_text("int part10(void) { return 10; }\n")
    mini.build()


def test_the_log_of_a_failure_goes_with_the_next_success(mini: Mini) -> None:
    broken = mini.folder / "broken"
    broken.mkdir()
    (broken / "ar").write_text("#!/bin/sh\necho error: no ar today >&2\nexit 1\n")
    (broken / "ar").chmod(0o755)
    path = mini.env["PATH"]
    result = mini.run(PATH=f"{broken}{os.pathsep}{path}")
    assert result.returncode == 1
    assert "no ar today" in result.stderr
    assert len(list(mini.cache.glob("*.log"))) == 1
    mini.assert_only(mini.build())


def test_a_failing_configure_is_shown(mini: Mini) -> None:
    (mini.tree / "Configure").write_text('die "Error: not on this machine\\n";')
    result = mini.run()
    assert result.returncode == 1
    assert "configuring Tongsuo 8.5.0 failed: Error: not on this machine;" in result.stderr


def test_what_was_built_is_checked(mini: Mini) -> None:
    text = CONFIGURE.replace("unless grep { $_ eq 'enable-ntls' } @ARGV", "")
    (mini.tree / "Configure").write_text(text)
    result = mini.run()
    assert result.returncode == 1
    assert "without NTLS" in result.stderr.splitlines()[-1]
    assert mini.prefixes() == []


# ------------------------------------------------------------------------------ progress


def test_progress_into_a_file_is_a_line_now_and_then(mini: Mini) -> None:
    text = mini.run().stderr
    assert "\r" not in text
    assert "\x1b" not in text
    percents = [int(p) for p in re.findall(r"^tongsuo: compile +(\d+) %", text, re.MULTILINE)]
    assert percents == list(range(10, 101, 10))
    assert f"{OBJECTS}/{OBJECTS}" in text
    steps = re.findall(r"^tongsuo: (configure|compile|install) ", text, re.MULTILINE)
    assert list(dict.fromkeys(steps)) == ["configure", "compile", "install"]
    assert re.search(r"^tongsuo: Tongsuo 8.5.0 is ready after \d+ s: /", text, re.MULTILINE)


def test_progress_at_a_terminal_is_one_line_rewritten(mini: Mini) -> None:
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=mini.env | {"TERM": "xterm"},
        )
        os.close(theirs)
        screen = b"".join(iter(lambda: read_terminal(ours), b"")).decode()
        output, _ = process.communicate(timeout=30)
    finally:
        os.close(ours)
    assert process.returncode == 0, screen
    assert output.decode().strip() in screen
    [line] = [line for line in screen.split("\n") if "%" in line]
    drawn = line.split("\r")
    bars = [re.search(r"\[(#*)(-*)\] +(\d+) %", text) for text in drawn if "%" in text]
    assert len(bars) == OBJECTS
    assert all(bar is not None and len(bar[1] + bar[2]) == 30 for bar in bars)
    assert bars[-1] is not None
    assert bars[-1][3] == "100"


def read_terminal(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # how Linux says that the other side is closed
        return b""


# ------------------------------------------------------------------------------ TONGSUO_HOME


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = Mini(tmp_path_factory.mktemp("installed")).build()
    (prefix / "tongsuo-build.json").unlink()
    return prefix


@pytest.fixture
def home(mini: Mini, installed: Path) -> Path:
    """An installed prefix, as somebody else may have built it."""
    target = mini.folder / "installed"
    shutil.copytree(installed, target)
    del mini.env["TONGSUO_SRC"]
    mini.env["TONGSUO_HOME"] = str(target)
    return target


def set_version(home: Path, *numbers: int) -> None:
    names = ("MAJOR", "MINOR", "PATCH")
    lines = zip(names, numbers, strict=False)
    text = "".join(f"# define TONGSUO_VERSION_{name} {number}\n" for name, number in lines)
    header = home / "include" / "openssl" / "opensslv.h"
    header.write_text(text + '# define OPENSSL_VERSION_TEXT "OpenSSL 3.0.2 15 Mar 2022"\n')


@pytest.mark.parametrize("lib", ["lib", "lib64"])
def test_home_is_used_as_it_is(mini: Mini, home: Path, lib: str) -> None:
    (home / "lib").rename(home / lib)
    assert mini.build() == home
    assert build.library_dir(home) == home / lib
    assert mini.configured == []


def test_home_comes_before_a_source_tree(mini: Mini, home: Path) -> None:
    assert mini.build(TONGSUO_SRC=str(mini.tree), TONGSUO_VERSION="8.5.0") == home


def test_an_empty_variable_counts_as_unset(mini: Mini) -> None:
    mini.build(TONGSUO_HOME="", TONGSUO_VERSION="", CC="", CFLAGS="")


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("TONGSUO_HOME", "an installed prefix (TONGSUO_HOME)"),
        ("TONGSUO_SRC", "a source tree (TONGSUO_SRC)"),
        (None, "the crate tongsuo-src"),
    ],
)
def test_origin_in_words(monkeypatch: pytest.MonkeyPatch, variable: str | None, words: str) -> None:
    for name in ("TONGSUO_HOME", "TONGSUO_SRC"):
        monkeypatch.setenv(name, "/somewhere" if name == variable else "")
    assert build.origin() == words


def test_a_later_patch_of_a_known_series_is_accepted(mini: Mini, home: Path) -> None:
    set_version(home, 8, 5, 3)
    assert mini.run().stdout == f"{home}\n"
    assert mini.run("--version", "8.5.0").stdout == f"{home}\n"


def test_a_home_that_is_not_there(mini: Mini) -> None:
    assert mini.refused(TONGSUO_HOME="/nowhere/tongsuo") == (
        "TONGSUO_HOME=/nowhere/tongsuo does not exist or is not a directory"
    )


@pytest.mark.parametrize("header", ["configuration.h", "opensslconf.h"])
def test_a_home_without_ntls(mini: Mini, home: Path, header: str) -> None:
    (home / "include" / "openssl" / "configuration.h").unlink()
    (home / "include" / "openssl" / header).write_text(
        "# ifndef OPENSSL_NO_NTLS\n#  define OPENSSL_NO_NTLS\n# endif\n"
    )
    assert mini.refused() == (
        f"TONGSUO_HOME={home} was built without NTLS (TLCP): configure it with enable-ntls"
    )


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("include/openssl/opensslv.h", "include/openssl/opensslv.h is missing"),
        ("include/openssl/ssl.h", "include/openssl/ssl.h is missing"),
        ("lib/libssl.a", "no libssl.a and libcrypto.a in lib or lib64"),
        ("lib/libcrypto.a", "no libssl.a and libcrypto.a in lib or lib64"),
        ("bin/openssl", "the program bin/openssl is missing"),
    ],
)
def test_a_home_that_is_not_complete(mini: Mini, home: Path, file: str, message: str) -> None:
    (home / file).unlink()
    assert message in mini.refused()


def test_a_home_that_is_openssl(mini: Mini, home: Path) -> None:
    set_version(home)
    line = mini.refused()
    assert line == f"TONGSUO_HOME={home} is OpenSSL 3.0.2 15 Mar 2022, not Tongsuo"


def test_a_home_of_an_unknown_version(mini: Mini, home: Path) -> None:
    set_version(home, 8, 3, 3)
    assert mini.refused() == (
        f"TONGSUO_HOME={home} is Tongsuo 8.3.3, which is not known here; known are 8.5.x, 8.4.x"
    )


def test_a_home_of_another_version_than_asked_for(mini: Mini, home: Path) -> None:
    message = f"TONGSUO_HOME={home} is Tongsuo 8.5.0, but 8.4.0 is asked for"
    assert mini.refused("--version", "8.4.0") == message
    assert mini.refused(TONGSUO_VERSION="8.4.0") == message


def test_a_home_and_a_place_to_build_at(mini: Mini, home: Path) -> None:
    assert "unset one" in mini.refused("--prefix", str(mini.folder / "x"))


# ------------------------------------------------------------------------------ bad surroundings


def without(folder: Path, *names: str) -> str:
    """A PATH that has all programs but these."""
    folder.mkdir()
    for directory in os.get_exec_path():
        for program in Path(directory).glob("*"):
            link = folder / program.name
            if program.name not in names and not os.path.lexists(link):
                link.symlink_to(program)
    return str(folder)


MANAGERS = ("apt install", "dnf install", "apk add", "brew install")


@pytest.mark.parametrize(
    ("tool", "programs", "packages"),
    [
        ("perl", ["perl"], ["perl"] * 4),
        ("make", ["make", "gmake"], ["make"] * 4),
        (
            "C compiler",
            ["cc", "gcc", "clang"],
            ["gcc libc6-dev", "gcc", "gcc musl-dev linux-headers", "gcc"],
        ),
        ("cargo", ["cargo"], ["cargo", "cargo", "cargo", "rust"]),
    ],
)
def test_a_missing_tool(mini: Mini, tool: str, programs: list[str], packages: list[str]) -> None:
    line = mini.refused(PATH=without(mini.folder / "bin", *programs), TONGSUO_SRC="")
    assert line.startswith(f"not found: {tool}; run ")
    for manager, package in zip(MANAGERS, packages, strict=True):
        assert f"`{manager} {package}`" in line
    assert ("cargo-web" in line) == (tool == "cargo")
    assert not mini.cache.exists()


def test_all_that_is_missing_is_said_at_once(mini: Mini) -> None:
    path = without(mini.folder / "bin", "perl", "make", "gmake", "cc", "gcc", "clang")
    line = mini.refused(PATH=path)
    assert line.startswith("not found: perl, make, C compiler; run ")
    assert "`apt install perl make gcc libc6-dev`" in line


def test_cargo_is_not_needed_for_a_source_tree(mini: Mini) -> None:
    mini.build(PATH=without(mini.folder / "bin", "cargo"))


def test_nothing_but_the_compiler_is_needed_for_what_is_built(mini: Mini) -> None:
    prefix = mini.build()
    path = without(mini.folder / "bin", "cargo", "perl", "make", "gmake")
    result = mini.run(PATH=path)
    assert (result.stdout, result.stderr) == (f"{prefix}\n", "")


def put_program(folder: Path, name: str, text: str) -> str:
    """A PATH with this shell script in front."""
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_an_old_cargo(mini: Mini) -> None:
    path = put_program(mini.folder / "bin", "cargo", "echo 'cargo 1.65.0 (4bc8f24d3 2022-10-20)'")
    line = mini.refused(PATH=path, TONGSUO_SRC="")
    assert line.startswith("cargo 1.65.0 (4bc8f24d3 2022-10-20) is too old, 1.68 is needed: run ")
    assert "cargo-web" in line


def test_a_cargo_that_does_not_run(mini: Mini) -> None:
    path = put_program(mini.folder / "bin", "cargo", "echo 'error: no toolchain' >&2; exit 1")
    line = mini.refused(PATH=path, TONGSUO_SRC="")
    assert line == "`cargo --version` failed: error: no toolchain"


@pytest.fixture
def crate() -> Path:
    """The archive of the crate, as cargo keeps it: the build of Tongsuo left it there."""
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    found = [*home.glob("registry/cache/*/tongsuo-src-850.1.1+8.5.0.crate")]
    if not found:
        pytest.skip("Tongsuo was not fetched by this user")
    return found[0]


def cargo_before_the_edition(mini: Mini, archive: bytes) -> dict[str, str]:
    """As cargo 1.75 does: it downloads the crate, and fails when it reads its manifest."""
    kept = mini.folder / "crate"
    kept.write_bytes(archive)
    path = put_program(
        mini.folder / "bin",
        "cargo",
        f"""if [ "$1" = --version ]; then echo 'cargo 1.75.0'; exit; fi
        mkdir -p "$CARGO_HOME/registry/cache/index"
        cp '{kept}' "$CARGO_HOME/registry/cache/index/tongsuo-src-850.1.1+8.5.0.crate"
        echo 'error: feature `edition2024` is required' >&2
        exit 101""",
    )
    return {"PATH": path, "CARGO_HOME": str(mini.folder / "cargo"), "TONGSUO_SRC": ""}


def test_a_cargo_that_cannot_read_the_manifest(mini: Mini, crate: Path) -> None:
    """What it has downloaded is taken; that it is Tongsuo is seen before it is configured."""
    env = cargo_before_the_edition(mini, crate.read_bytes())
    perl = f'''case "$*" in *Configure*) echo not today >&2; exit 1; esac
        exec {shutil.which("perl")} "$@"'''
    path = put_program(mini.folder / "perl", "perl", perl).split(os.pathsep)[0]
    result = mini.run(**env | {"PATH": f"{path}{os.pathsep}{env['PATH']}"})
    assert result.returncode == 1
    fetch, configure, *said = result.stderr.splitlines()
    assert fetch == "tongsuo: fetch     tongsuo-src 850.1.1+8.5.0 with cargo"
    assert configure == "tongsuo: configure Tongsuo 8.5.0"
    assert "not today" in "".join(said)


def test_a_crate_that_is_not_the_pinned_one(mini: Mini, crate: Path) -> None:
    result = mini.run(**cargo_before_the_edition(mini, crate.read_bytes()[:-1] + b"x"))
    assert result.returncode == 1
    assert "8.5.0: feature `edition2024` is required (" in result.stderr.splitlines()[-1]


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        yield listener.getsockname()[1]


@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")
def test_a_registry_that_cannot_be_reached(mini: Mini, closed_port: int) -> None:
    cargo_home = mini.folder / "cargo"
    cargo_home.mkdir()
    config = f"""
        [source.crates-io]
        replace-with = "nowhere"
        [source.nowhere]
        registry = "sparse+http://127.0.0.1:{closed_port}/"
        """
    (cargo_home / "config.toml").write_text(dedent(config))
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"), "")
    result = mini.run(
        TONGSUO_SRC="", CARGO_HOME=str(cargo_home), CARGO_NET_RETRY="0", NO_PROXY="*", **proxies
    )
    assert result.returncode == 1
    assert result.stdout == ""
    progress, line = result.stderr.splitlines()
    assert progress == "tongsuo: fetch     tongsuo-src 850.1.1+8.5.0 with cargo"
    assert line.startswith("tongsuo/build.py: cargo could not fetch tongsuo-src 850.1.1+8.5.0: ")
    assert "127.0.0.1" in line
    assert "TONGSUO_SRC" in line
    log = Path(line.rpartition("the whole output is in ")[2])
    assert "Caused by:" in log.read_text()
    mini.assert_only(log)


def test_a_perl_without_its_modules(mini: Mini) -> None:
    broken = mini.folder / "perl"
    (broken / "IPC").mkdir(parents=True)
    for module in ("FindBin.pm", "IPC/Cmd.pm"):
        (broken / module).write_text("die 'not installed';")
    line = mini.refused(PERL5LIB=str(broken))
    assert line.startswith("perl lacks modules (FindBin, IPC::Cmd): run `apt install perl`, ")


def test_a_compiler_without_headers(mini: Mini) -> None:
    line = mini.refused(CC="cc -nostdinc")
    assert line.startswith("the C compiler cc -nostdinc does not work (")
    assert "stdlib.h" in line
    assert "libc6-dev" in line


def test_a_compiler_that_is_not_there(mini: Mini) -> None:
    assert mini.refused(CC="no-such-cc").startswith("CC=no-such-cc not found: run `apt install gcc")
    assert "cannot be taken apart" in mini.refused(CC="cc 'unfinished")


@pytest.mark.parametrize("way", ["--version", "TONGSUO_VERSION"])
def test_an_unknown_version(mini: Mini, way: str) -> None:
    message = "Tongsuo 9.0.0 is not known here; known are 8.5.0, 8.4.0"
    if way == "--version":
        assert mini.refused("--version", "9.0.0") == message
    else:
        assert mini.refused(TONGSUO_VERSION="9.0.0") == message


def test_a_source_tree_of_another_version_than_asked_for(mini: Mini) -> None:
    assert mini.refused("--version", "8.4.0").endswith("is Tongsuo 8.5.0, but 8.4.0 is asked for")
    old = mini.plant(mini.folder / "old", "8.3.1")
    assert "Tongsuo 8.3.1, which is not known" in mini.refused(TONGSUO_SRC=str(old))


def test_a_source_tree_that_is_none(mini: Mini) -> None:
    assert "does not exist" in mini.refused(TONGSUO_SRC="/nowhere/source")
    assert "no source of Tongsuo" in mini.refused(TONGSUO_SRC=str(ROOT))
    (mini.tree / "VERSION.dat").write_text("MAJOR=3\nMINOR=5\nPATCH=4\n")  # OpenSSL's
    assert "no source of Tongsuo" in mini.refused()


def test_a_source_tree_that_was_configured_in_place(mini: Mini) -> None:
    (mini.tree / "configdata.pm").touch()
    assert "make distclean" in mini.refused()


@pytest.mark.parametrize("jobs", ["0", "-3"])
def test_a_senseless_number_of_jobs(mini: Mini, jobs: str) -> None:
    assert mini.refused("--jobs", jobs) == f"--jobs has to be at least 1, not {jobs}"


def test_a_cache_that_cannot_be_written(mini: Mini) -> None:
    occupied = mini.folder / "occupied"
    occupied.touch()
    line = mini.refused(XDG_CACHE_HOME=str(occupied))
    assert line == f"cannot use {occupied}/tongsuo-py: Not a directory"


@pytest.mark.parametrize("name", ["with space", "dollar$", "colon:", "quote'"])
def test_a_path_that_makefiles_cannot_cope_with(mini: Mini, name: str) -> None:
    line = mini.refused(XDG_CACHE_HOME=str(mini.folder / name))
    assert "cannot cope with the path" in line
    assert line.endswith("XDG_CACHE_HOME")
    assert mini.refused("--prefix", str(mini.folder / name)).endswith("--prefix")


def test_a_source_tree_may_have_any_path(mini: Mini) -> None:
    tree = mini.folder / "my $source: tree's"
    mini.tree.rename(tree)
    mini.build(TONGSUO_SRC=str(tree))


def test_a_full_disk_while_copying(mini: Mini) -> None:
    # A limit on the size of a file fails where a full disk would, with another errno.
    (mini.tree / "large").write_bytes(bytes(200_000))
    result = subprocess.run(
        [sys.executable, str(SCRIPT)],
        capture_output=True,
        text=True,
        env=mini.env,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert result.returncode == 1
    [line] = [line for line in result.stderr.splitlines() if not line.startswith("tongsuo: ")]
    assert re.fullmatch(r"tongsuo/build.py: cannot write .*/src/large: .*File too large.*", line)
    assert mini.leftovers() == []
    assert mini.prefixes() == []
    mini.build()
