"""The programs that a build needs: whether they are there and fit, and what brings them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tongsuo.errors import BuildError, first_line, is_error

INSTALLERS = ("apt install", "dnf install", "apk add", "brew install")
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

OLDEST_CARGO = (1, 68)
# The modules that Configure and the Makefile's scripts load; distributions split them off perl.
PERL_MODULES = """
    Config Cwd Data::Dumper Encode ExtUtils::MakeMaker Fcntl File::Basename File::Compare
    File::Copy File::Glob File::Path File::Spec::Functions FindBin Getopt::Long Getopt::Std
    IPC::Cmd List::Util Module::Load::Conditional POSIX Pod::Usage Storable Text::ParseWords
    Time::HiRes Time::Piece
"""

# What Configure or make would read from the environment, but which must not decide anything here.
# (A `make` that called us passes its own job server and command line on in MAKEFLAGS.)
FOREIGN_VARIABLES = re.compile(
    r"(__CNF_\w+|CONFIGURE_\w+|CONFIG_OPTIONS|KERNEL_BITS|BUILDFILE|CROSS_COMPILE|PERL|HASHBANGPERL"
    r"|OPENSSL_\w+|CXX|CXXFLAGS|LDLIBS|RC|RCFLAGS|WINDRES|DESTDIR"
    r"|MAKEFLAGS|MFLAGS|GNUMAKEFLAGS|MAKEOVERRIDES|MAKELEVEL|MAKEFILES|VERBOSE|V)"
)


def find(tool: str) -> str | None:
    """Return the first of the programs that can serve as ``tool``."""
    return next(filter(shutil.which, PROGRAMS.get(tool, (tool,))), None)


def require(tools: Iterable[str]) -> None:
    """Raise unless all are there; the message names all that are missing."""
    missing = [tool for tool in tools if find(tool) is None]
    if missing:
        raise BuildError(f"not found: {', '.join(missing)}; {_how_to_install(*missing)}")


def _how_to_install(*tools: str) -> str:
    commands = []
    for index, installer in enumerate(INSTALLERS):
        packages = " ".join(PACKAGES[tool][index] for tool in tools)
        commands.append(f"`{installer} {packages}`")
    hints = [HINTS[tool] for tool in tools if tool in HINTS]
    hint = f" ({'; '.join(hints)})" if hints else ""
    return f"run {', '.join(commands[:-1])} or {commands[-1]}{hint}"


def check_cargo() -> None:
    """Raise if cargo is too old for the registry's sparse protocol, or does not run."""
    result = _run(["cargo", "--version"])
    match = re.match(r"cargo (\d+)\.(\d+)", result.stdout)
    if result.returncode != 0 or match is None:
        raise BuildError(f"`cargo --version` failed: {first_line(result.stderr + result.stdout)}")
    if (int(match[1]), int(match[2])) < OLDEST_CARGO:
        oldest = ".".join(map(str, OLDEST_CARGO))
        found = first_line(result.stdout)
        raise BuildError(f"{found} is too old, {oldest} is needed: {_how_to_install('cargo')}")


def check_perl() -> None:
    """Raise if perl lacks modules that the build uses."""
    program = 'for (@ARGV) { eval "require $_" or print "$_ " }'
    command = ["perl", "-e", program, *PERL_MODULES.split()]
    result = _run(command)
    if result.returncode != 0:
        raise BuildError(f"perl does not run: {first_line(result.stderr)}")
    missing = result.stdout.split()
    if missing:
        raise BuildError(f"perl lacks modules ({', '.join(missing)}): {_how_to_install('perl')}")


@dataclass(frozen=True)
class Compiler:
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
        command = _compiler_command()
        path = shutil.which(command[0])
        if path is None:
            raise BuildError(f"CC={command[0]} not found: {_how_to_install('C compiler')}")
        if os.sep in command[0]:  # make will run it from elsewhere
            command = (os.path.abspath(command[0]), *command[1:])
        macros = _ask(command, "-E", "-dM", "-x", "c", "-", stdin=cls.PROBE)
        version = first_line(_ask(command, "--version"))
        machine = first_line(_ask(command, "-dumpmachine"))
        return cls(command, Path(path).resolve(), version, machine, has_wide_ec(macros))

    def identity(self) -> dict[str, str]:
        """Return what makes its output differ from another compiler's."""
        command = shlex.join([str(self.path), *self.command[1:]])
        return {"command": command, "version": self.version, "machine": self.machine}

    def environment(self) -> dict[str, str]:
        """Return the environment for Configure and make."""
        kept = (name for name in os.environ if FOREIGN_VARIABLES.fullmatch(name) is None)
        env = {name: os.environ[name] for name in kept} | {"CC": shlex.join(self.command)}
        if env.get("CFLAGS"):
            # Configure takes CFLAGS instead of its own flags; unoptimised is not what is meant.
            env["CFLAGS"] = f"-O3 {env['CFLAGS']}"
        return env


def has_wide_ec(macros: str) -> bool:
    """Tell from the compiler's macros whether the 128-bit curve code is valid on the target.

    It needs __int128, little-endian words, and loads that tolerate any alignment.
    """
    defined = dict(re.findall(r"^#define (\w+) ?(.*)$", macros, re.MULTILINE))
    machine = any(name in defined for name in ("__x86_64__", "__aarch64__", "__powerpc64__"))
    little = defined.get("__BYTE_ORDER__") in ("__ORDER_LITTLE_ENDIAN__", "1234")
    wide = defined.get("__SIZEOF_POINTER__") == "8" and "__SIZEOF_INT128__" in defined
    return machine and little and wide


def _compiler_command() -> tuple[str, ...]:
    named = os.environ.get("CC")
    if named:
        try:
            return tuple(shlex.split(named))
        except ValueError as error:
            raise BuildError(f"CC={named} cannot be taken apart: {error}") from None
    found = find("C compiler")
    if found is None:
        require(("perl", "make", "C compiler"))  # says all that is missing in one go
    return (found or "cc",)


def _ask(command: Sequence[str], *question: str, stdin: str = "") -> str:
    flags = shlex.split(os.environ.get("CFLAGS", ""))
    result = _run([*command, *flags, *question], stdin)
    if result.returncode != 0:
        said = next(filter(is_error, result.stderr.splitlines()), first_line(result.stderr))
        raise BuildError(
            f"the C compiler {shlex.join(command)} does not work ({said.strip()}): "
            f"{_how_to_install('C compiler')}"
        )
    return result.stdout


def _run(command: Sequence[str], stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        command,
        input=stdin,
        capture_output=True,
        text=True,
        errors="replace",
        env=os.environ | {"LC_ALL": "C"},
    )
