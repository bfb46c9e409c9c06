"""What commands read and write: files, or standard input and output by the name ``-``."""

from __future__ import annotations

import argparse
import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar

from tongsuo_py._files import written_aside
from tongsuo_py.cli.failures import EXIT_USAGE, Failure, explain, usage_errors

_T = TypeVar("_T")

#: The name of standard input, and of standard output.
STANDARD = "-"

#: Bytes; a key, a certificate or a signature is never longer.
LIMIT = 16 * 2**20

_CHUNK = 65536


def add_input(parser: argparse.ArgumentParser, what: str, metavar: str = "FILE") -> None:
    """The positional argument ``input``."""
    parser.add_argument(
        "input",
        nargs="?",
        default=STANDARD,
        metavar=metavar,
        help=f"{what} (default: standard input, which is also the name -)",
    )


def add_output(parser: argparse.ArgumentParser, what: str) -> argparse._ArgumentGroup:
    """--out and --force, for ``written`` and ``write``; gives the group for more like it."""
    group = parser.add_argument_group("output")
    group.add_argument(
        "--out",
        default=STANDARD,
        metavar="FILE",
        help=f"where {what} goes (default: standard output, which is also the name -)",
    )
    group.add_argument(
        "--force", action="store_true", help="replace the file of --out if there is one"
    )
    return group


def shown(name: str) -> str:
    """The name of an input in messages."""
    return "standard input" if name == STANDARD else name


def only_one_standard_input(**inputs: str | None) -> None:
    """Failure if several of these (the name of the argument: its value) are standard input."""
    same = [argument for argument, name in inputs.items() if name == STANDARD]
    if len(same) > 1:
        raise Failure(f"{' and '.join(same)} cannot both be standard input", EXIT_USAGE)


@contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """A file for reading, from its beginning to its end. Raises Failure (2) if it cannot be had."""
    if name == STANDARD:
        if sys.stdin is None:
            raise Failure("standard input is closed", EXIT_USAGE)
        yield sys.stdin.buffer
        return
    with usage_errors():
        stream = open(name, "rb")  # noqa: SIM115 - what goes wrong later is no mistake of the caller
        if stat.S_ISDIR(os.fstat(stream.fileno()).st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    with stream:
        yield stream


def read(name: str, limit: int = LIMIT) -> bytes:
    """All of a file, of at most ``limit`` bytes. Raises Failure (2)."""
    data = bytearray()
    with opened(name) as stream:
        try:
            while len(data) <= limit and (piece := stream.read(min(_CHUNK, limit + 1 - len(data)))):
                data += piece
        except OSError as error:
            raise Failure(f"{shown(name)}: {error.strerror}", EXIT_USAGE) from None
    if len(data) > limit:
        raise Failure(f"{shown(name)}: this has more than {limit:,} bytes", EXIT_USAGE)
    return bytes(data)


def load(name: str, parse: Callable[[bytes], _T]) -> _T:
    """What ``parse`` makes of all of a file. Raises Failure (2), also for what it raises."""
    data = read(name)
    with usage_errors(shown(name)):
        return parse(data)


def read_text(name: str, limit: int = LIMIT) -> str:
    """All of a file that is text in UTF-8. Raises Failure (2)."""
    try:
        return read(name, limit).decode("utf-8")
    except UnicodeDecodeError:
        raise Failure(f"{shown(name)}: this is not text in UTF-8", EXIT_USAGE) from None


@contextmanager
def written(
    args: argparse.Namespace, *, private: bool = False, text: bool = False
) -> Iterator[BinaryIO]:
    """The stream into what --out names; a file is there only if the ``with`` block went well.

    ``private`` makes its mode 0600. What is no ``text`` is not sent to a terminal. Raises
    Failure (2) where the file exists (without --force) or cannot be made.
    """
    if args.out == STANDARD:
        if not text and sys.stdout.isatty():
            raise Failure(
                "this is binary data, and standard output is a terminal: use --out FILE or a pipe"
                + (", or --text hex" if hasattr(args, "text") else ""),
                EXIT_USAGE,
            )
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with _target(Path(args.out), private=private, overwrite=args.force) as stream:
        yield stream


def write(
    args: argparse.Namespace, data: bytes, *, private: bool = False, text: bool = False
) -> None:
    """All of what goes to --out, as ``written``."""
    with written(args, private=private, text=text) as stream:
        stream.write(data)


@contextmanager
def _target(path: Path, *, private: bool, overwrite: bool) -> Iterator[BinaryIO]:
    try:
        if _is_special(path):
            with open(path, "wb") as stream:
                yield stream
        else:
            with written_aside(path, private=private, overwrite=overwrite) as stream:
                yield stream
    except FileExistsError:
        message = f"{path}: this file exists: use --force to replace it, or another name"
        raise Failure(message, EXIT_USAGE) from None
    except OSError as error:
        # Whoever gave the name knows nothing of the one that it is written under before.
        if error.filename is None or Path(error.filename).parent == path.parent:
            error.filename = str(path)
        raise Failure(explain(error), EXIT_USAGE) from None


def _is_special(path: Path) -> bool:
    """Whether there is something of this name that is no regular file: a device, a pipe."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False
