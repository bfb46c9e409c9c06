"""Runs the stepper (stepper.c) and valgrind, and tells by name where a secret showed."""

from __future__ import annotations

import bisect
import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_REGISTERS = ["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi"]
_REGISTERS += [f"r{number}" for number in range(8, 16)]
_NUMBERS = {name: number for number, name in enumerate(_REGISTERS)}
_NONE, _FIRST_VECTOR = -1, 32

#: displacement(base,index,scale), as objdump writes what an instruction finds in memory.
_MEMORY = re.compile(r"(-?0x[0-9a-f]+)?\((?:%(\w+))?(?:,%(\w+)(?:,(\d))?)?\)")
_PREFIXES = r"(?:(?:rep\w*|lock|notrack|bnd|data16|addr32|rex\S*|[cdefgs]s) +)*"
_INSTRUCTION = re.compile(rf" +([0-9a-f]+):\t{_PREFIXES}(\w+) *([^#<]*)")
#: The program's exit status where this processor cannot run it.
_NEEDS_MORE = 77
#: These have operands, in brackets, that they do not touch.
_TOUCHES_NOTHING = ("lea", "nop", "prefetch")
#: How long a division takes depends on its numbers with some processors.
_DIVISIONS = ("div", "divl", "divq", "idiv", "idivl", "idivq")


@dataclass(frozen=True)
class Finding:
    """``kind`` is branch, operand or lost, as the stepper says it; Conditional or Use, valgrind."""

    kind: str
    function: str
    address: int = field(repr=False)


@dataclass(frozen=True)
class Run:
    steps: int
    findings: frozenset[Finding]

    @property
    def functions(self) -> set[str]:
        return {finding.function for finding in self.findings}


class Stepper:
    """The program, with what it has to know of each of its instructions in ``folder``."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self._operands = folder / "operands"
        names = sorted(_symbols(program))
        self._places, self._names = [place for place, _ in names], [name for _, name in names]
        listed = list(_operands(program))
        start, end = min(address for address, *_ in listed), max(address for address, *_ in listed)
        with self._operands.open("w", encoding="ascii") as file:
            file.write(f"{start:x} {end + 1:x} {len(listed)}\n")
            for address, *numbers in listed:
                file.write(f"{address:x} {' '.join(map(str, numbers))}\n")

    def sizes(self) -> dict[str, int]:
        """The subjects, and how many bytes their secrets have."""
        listed = subprocess.run([self.program], check=True, stdout=subprocess.PIPE, text=True)
        split = (line.split(" ", 1) for line in listed.stdout.splitlines())
        return {name: int(size) for size, name in split}

    def compare(self, subject: str, instructions: str, secrets: Sequence[bytes]) -> Run:
        """What is not the same with each of the secrets."""
        command = [self.program, subject, instructions, self._operands]
        output, _ = self._run(command, b"".join(secrets))
        found, steps = set(), 0
        for line in output.splitlines():
            kind, number, *rest = line.split()
            if kind == "steps":
                steps = int(number)
            else:
                found.add(self._finding(kind, int(rest[0], 16)))
        return Run(steps, frozenset(found))

    def taint(self, valgrind: str, subject: str, secret: bytes) -> Run:
        """What valgrind says depends on the secret, where it branches or is an address."""
        command = [valgrind, "--error-limit=no", self.program, subject, "native"]
        _, text = self._run(command, secret)
        _, begun, seen = text.partition("** begin")
        seen, ended, _ = seen.partition("** end")
        assert begun, text
        assert ended, text
        found = re.findall(r"== (Conditional|Use|Syscall).*\n==\d+== +at 0x([0-9A-F]+):", seen)
        assert len(found) == len(re.findall(r"==    at ", seen)), seen
        return Run(0, frozenset(self._finding(kind, int(at, 16)) for kind, at in found))

    def _run(self, command: Sequence[str | Path], secrets: bytes) -> tuple[str, str]:
        done = subprocess.run(command, input=secrets, capture_output=True, timeout=850)
        output, errors = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        if done.returncode == _NEEDS_MORE:
            pytest.skip(errors.strip())
        assert done.returncode == 0, errors
        return output, errors

    def _finding(self, kind: str, address: int) -> Finding:
        return Finding(kind, self._names[bisect.bisect(self._places, address) - 1], address)


def _symbols(program: Path) -> Iterator[tuple[int, str]]:
    listed = subprocess.run(["nm", program], check=True, stdout=subprocess.PIPE, text=True)
    for line in listed.stdout.splitlines():
        place, _, rest = line.partition(" ")
        if place and rest[0] in "tTwWi":
            yield int(place, 16), rest[2:]


def _operands(program: Path) -> Iterator[tuple[int, int, int, int, int]]:
    """Of each instruction that has some: its address, base, index, scale and displacement."""
    command = ["objdump", "--disassemble", "--no-show-raw-insn", "--section=.text", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listing:
        assert listing.stdout is not None
        for line in listing.stdout:
            match = _INSTRUCTION.match(line)
            if match is None:
                continue
            address, name, arguments = int(match[1], 16), match[2], match[3]
            if name in _DIVISIONS:
                yield address, _NUMBERS["rax"], _NUMBERS["rdx"], 1, 0
                yield address, _number(arguments.strip().lstrip("%")), _NONE, 1, 0
            if "(" not in arguments or name.startswith(_TOUCHES_NOTHING):
                continue
            for displacement, base, index, scale in _MEMORY.findall(arguments):
                if base == "rip":
                    continue
                at = int(displacement or "0", 16)
                yield address, _number(base), _number(index), int(scale or 1), at
    assert listing.returncode == 0


def _number(register: str) -> int:
    if register[:3] in ("xmm", "ymm", "zmm"):
        return _FIRST_VECTOR + int(register[3:])
    return _NUMBERS.get(register, _NUMBERS.get(f"r{register[1:]}".removesuffix("d"), _NONE))
