"""The sides of the comparison, each a process (``worker``) that waits while another is measured."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tongsuo_py
from tongsuo_py.benchmark import certificates, native, packages
from tongsuo_py.benchmark.sessions import CONFIGURATION
from tongsuo_py.benchmark.timing import Spent
from tongsuo_py.benchmark.worker import Missing

#: Seconds that an answer may take beyond what was asked for: a thousand handshakes do.
_PATIENCE = 120.0
#: Ours with the provider, and without it.
OURS, PLAIN = "ours", "plain"
C, C_WITH_PROVIDER = "c", "c-provider"
STDLIB, CRYPTOGRAPHY = "stdlib", "cryptography"

_TITLES = {
    OURS: "tongsuo-py",
    PLAIN: "tongsuo-py, no provider",
    C: "C, no provider",
    C_WITH_PROVIDER: "C",
    STDLIB: "the standard library",
    CRYPTOGRAPHY: "cryptography",
}


def title(name: str) -> str:
    """What a side is called in front of people: a package by its own name."""
    return _TITLES.get(name, name)


class Lost(Exception):
    """A side ended, or does not answer any more."""


@dataclass(eq=False)
class Side:
    """A process that answers; ``copies`` are further ones, for what all cores do at once."""

    name: str
    command: Sequence[str]
    variables: Mapping[str, str] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _copies: list[Side] = field(default_factory=list)
    _rest: bytes = b""

    @property
    def title(self) -> str:
        """What it is called in front of people."""
        return title(self.name)

    @property
    def running(self) -> bool:
        """Whether it is there, and answers."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it; Missing where it cannot run."""
        self._process = subprocess.Popen(  # noqa: S603 - our own programs
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries say of signatures that are not valid
            env={**os.environ, **self.variables},
            process_group=0,  # Ctrl-C is for us, who then end it
        )
        try:
            facts = self._answer(_PATIENCE)
        except Lost as error:
            facts = {"missing": str(error)}
        if "missing" in facts:
            self.close()
            raise Missing(facts["missing"])
        self.facts.update(facts)

    def ask(self, operation: str, size: int, seconds: float) -> Spent | None:
        """What the operation takes; None if it has none. Lost if it failed."""
        self._send(operation, size, seconds)
        return self._spent(seconds)

    def ask_all(self, operation: str, size: int, seconds: float, count: int) -> Spent | None:
        """The same by ``count`` processes at once: nanoseconds for each call of any of them."""
        while len(self._copies) < count - 1:
            self._copies.append(copy := Side(self.name, self.command, self.variables))
            copy.start()
        everyone = [self, *self._copies[: count - 1]]
        for side in everyone:
            side._send(operation, size, seconds)
        spent = [side._spent(seconds) for side in everyone]
        found = [each for each in spent if each is not None]
        if len(found) < len(spent):
            return None
        wall, cpu = (1 / sum(1 / each for each in kind) for kind in zip(*found, strict=True))
        return Spent(wall, cpu)

    def close(self) -> None:
        """End it, whatever it is doing."""
        for copy in self._copies:
            copy.close()
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def _send(self, operation: str, size: int, seconds: float) -> None:
        if self._process is None or self._process.stdin is None or not self.running:
            raise Lost("it ended")
        try:
            self._process.stdin.write(f"{operation} {size} {seconds}\n".encode())
            self._process.stdin.flush()
        except OSError:
            raise Lost("it ended") from None

    def _spent(self, seconds: float) -> Spent | None:
        answer = self._answer(seconds + _PATIENCE)
        if "error" in answer:
            raise Lost(answer["error"])
        return None if "absent" in answer else Spent(answer["wall"], answer["cpu"])

    def _answer(self, patience: float) -> dict[str, Any]:
        """The next line, which has to come in time."""
        assert self._process is not None
        assert self._process.stdout is not None
        end = time.monotonic() + patience
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._rest:
                if not selector.select(max(0.0, end - time.monotonic())):
                    self.close()  # or its answer would be taken for that to the next question
                    raise Lost(f"it gave no answer in {patience:.0f} s")
                piece = os.read(self._process.stdout.fileno(), 65536)
                if not piece:
                    self.close()
                    raise Lost("it ended")
                self._rest += piece
        line, self._rest = self._rest.split(b"\n", 1)
        return dict(json.loads(line))


@contextmanager
def started(
    directory: Path, with_packages: bool, tell: Callable[[str], None]
) -> Iterator[tuple[list[Side], dict[str, str]]]:
    """All sides that can run here, and why the others cannot, by name.

    Their certificates are made in ``directory``. ``tell`` is given a line before what takes long.
    """
    certificates.make(directory)
    (directory / "openssl.cnf").write_text(CONFIGURATION, encoding="ascii")
    sides: list[Side] = []
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        for name, make in _makers(directory, with_packages, tell):
            try:
                side = Side(name, *make())
                stack.callback(side.close)
                side.start()
                sides.append(side)
            except Missing as error:
                missing[name] = str(error)
        yield sides, missing


#: Gives a side's command, the variables of its environment, and its version if it knows none.
_Make = Callable[[], tuple[Sequence[str], Mapping[str, str], dict[str, str]]]


def _makers(
    directory: Path, with_packages: bool, tell: Callable[[str], None]
) -> Iterator[tuple[str, _Make]]:
    """The sides by name; each can raise Missing."""
    trust = str(directory)
    configured = {"OPENSSL_CONF": str(directory / "openssl.cnf")}
    yield OURS, lambda: (_python("ours", trust), {}, {})
    yield PLAIN, lambda: (_python("ours", trust), {"TONGSUO_PY_ACCEL": "0"}, {})
    program: list[native.Program | Missing] = []

    def compiled() -> native.Program:
        """Compiled once, and a failure told for both sides."""
        if not program:
            tell("compiling the C program")
            try:
                program.append(native.compile_program(directory))
            except Missing as error:
                program.append(error)
        if isinstance(program[0], Missing):
            raise program[0]
        return program[0]

    def with_provider() -> tuple[Sequence[str], Mapping[str, str], dict[str, str]]:
        if (reason := compiled().without) is not None:
            raise Missing(reason)
        return [str(compiled().path), trust], {}, {}

    yield C, lambda: ([str(compiled().path), trust], {"TONGSUO_PY_ACCEL": "0"}, {})
    yield C_WITH_PROVIDER, with_provider
    yield STDLIB, lambda: (_python("stdlib", trust), configured, {})
    yield CRYPTOGRAPHY, lambda: (_python("pyca"), {}, {})
    unreachable: packages.Unreachable | None = None
    for package in packages.PACKAGES if with_packages else ():

        def make(
            package: packages.Package = package,
        ) -> tuple[Sequence[str], Mapping[str, str], dict[str, str]]:
            nonlocal unreachable
            if unreachable is not None and not package.installed:
                raise unreachable
            try:
                packages.install(package, tell)
            except packages.Unreachable as error:
                unreachable = error
                raise
            version = {"version": package.version}
            return packages.command(package), packages.variables(package), version

        yield package.name, make


def _python(module: str, *arguments: str) -> list[str]:
    """One of our modules as a program, with the tongsuo_py that this is, wherever it is."""
    root = str(Path(tongsuo_py.__file__).resolve().parent.parent)
    program = (
        f"import sys, runpy; sys.path.insert(0, {root!r}); "
        f"runpy.run_module('tongsuo_py.benchmark.{module}', run_name='__main__', alter_sys=True)"
    )
    return [sys.executable, "-P", "-c", program, *arguments]
