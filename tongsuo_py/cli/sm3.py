"""SM3 digests of files, in the lines that sha256sum writes, and the check of such lines.

With a key, message authentication codes (HMAC with SM3) in place of digests.
"""

from __future__ import annotations

import argparse
import hmac
import os
import re
import sys
from collections.abc import Iterator
from typing import Protocol

from tongsuo_py.cli import files, output, text
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, EXIT_WRONG, Failure
from tongsuo_py.cli.output import Printer, count
from tongsuo_py.cli.progress import pieces

SUMMARY = "SM3 digests and HMACs of files, and their check"
EXIT_CODES = {
    1: "with --check: a digest differs, or a file could not be read",
    2: "a wrong option or file",
}
EXAMPLES = """\
tongsuo-py sm3 firmware.bin config.json > SM3SUMS
tongsuo-py sm3 --check SM3SUMS
echo -n abc | tongsuo-py sm3
tongsuo-py sm3 --hmac hmac.key reading.json
"""

_LINE = re.compile(r"(\\?)([0-9A-Fa-f]{64}) [ *](.+)")
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_UNESCAPED = {written: character for character, written in _ESCAPES.items()}


class _Hash(Protocol):
    def update(self, data: object, /) -> None: ...
    def hexdigest(self) -> str: ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "inputs",
        nargs="*",
        default=[files.STANDARD],
        metavar="FILE",
        help="what is hashed (default: standard input, which is also the name -)",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="each FILE has lines of digests and names, and what they say is checked",
    )
    key = parser.add_mutually_exclusive_group()
    key.add_argument("--hmac", metavar="FILE", help="HMAC with the key that is all of this file")
    key.add_argument(
        "--hmac-hex", metavar="FILE", help="HMAC with the key that this file has as hex digits"
    )
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Hash, or check."""
    key = _key(args)
    if args.check:
        return _check(args, key)
    results = []
    for name in args.inputs:
        digest = _digest(name, key)
        if args.json:
            results.append({"file": name, "digest": digest})
        else:
            _print(_line(digest, name))
    if args.json:
        output.print_json(results)
    return EXIT_OK


def _key(args: argparse.Namespace) -> bytes | None:
    if args.hmac is not None:
        return files.read(args.hmac)
    if args.hmac_hex is not None:
        return text.from_hex(files.read_text(args.hmac_hex), files.shown(args.hmac_hex))
    return None


def _digest(name: str, key: bytes | None) -> str:
    from tongsuo_py import sm3

    state: _Hash = sm3.sm3() if key is None else sm3.hmac(key)
    with files.opened(name) as stream:
        for piece in pieces(stream, files.shown(name)):
            state.update(piece)
    return state.hexdigest()


def _line(digest: str, name: str) -> str:
    """``digest  name``; a name that would not fit in a line is escaped, as coreutils do it."""
    escaped = "".join(_ESCAPES.get(character, character) for character in name)
    mark = "" if escaped == name else "\\"
    return f"{mark}{digest}  {escaped}"


def _print(line: str) -> None:
    """A line for ``--check``: the bytes of the name as they are, but on a terminal."""
    if sys.stdout.isatty():
        print(output.printable(line))
    else:
        sys.stdout.buffer.write(os.fsencode(line) + b"\n")


def _check(args: argparse.Namespace, key: bytes | None) -> int:
    printer = Printer(sys.stdout)
    results = []
    for expected, name in _expected(args.inputs):
        found = None
        try:
            # Of a MAC nobody may find out by the time how much of a guess is right.
            found = _digest(name, key)
            state = "OK" if hmac.compare_digest(found, expected) else "FAILED"
        except Failure as failure:
            state = f"FAILED: {failure}"
        results.append({"file": name, "ok": state == "OK", "state": state})
        if not args.json:
            printer.line(
                (f"{output.printable(name)}: ", ""), (state, "ok" if state == "OK" else "bad")
            )
    if args.json:
        output.print_json(results)
    wrong = sum(not result["ok"] for result in results)
    if wrong:
        raise Failure(f"not as listed: {wrong} of {count(len(results), 'file')}", EXIT_WRONG)
    return EXIT_OK


def _expected(lists: list[str]) -> Iterator[tuple[str, str]]:
    """The digests and names in the lists; Failure for a line that is neither."""
    for source in lists:
        lines = os.fsdecode(files.read(source)).split("\n")
        if not any(lines):
            raise Failure(f"{files.shown(source)}: there are no lines of digests here", EXIT_USAGE)
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            match = _LINE.fullmatch(line.rstrip("\r"))
            if match is None:
                raise Failure(
                    f"{files.shown(source)}: line {number} is not a digest of 64 hex digits, two "
                    "spaces and a name",
                    EXIT_USAGE,
                )
            escaped, digest, name = match.groups()
            if escaped:
                name = re.sub(r"\\[\\nr]", lambda found: _UNESCAPED[found[0]], name)
            yield digest.lower(), name
