"""A miniature of Tongsuo's source tree, for the tests of tongsuo/build.py.

perl configures it, the C compiler compiles it, make installs it, as with the real one, in seconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
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
my $rules = join '', map {
    my $c = s/o$/c/r;
    my $delay = $_ lt 'part7' ? 'MINI_COMPILE' : 'MINI_LAST';
    "$_: \$(SRC)/$c\n\t\@sleep \$\${$delay:-0}\n\t\$(CC) \$(CFLAGS) -c -o \$\@ \$<\n"
} @objects;
print $m <<"END" . $rules . <<'END';
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


def openssl(prefix: Path, *arguments: str) -> str:
    command = [prefix / "bin" / "openssl", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


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


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Read the script's progress until ``text`` shows up; return what was read."""
    assert process.stderr is not None
    seen = ""
    for line in process.stderr:
        seen += line
        if text in line:
            return seen
    raise AssertionError(f"{text!r} never came:\n{seen}")
