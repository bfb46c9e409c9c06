"""Passwords: from a file, the environment or a prompt, and never from an argument's value.

(Arguments are there for every user of the machine to read, in the list of processes.)
"""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tongsuo_py.cli import files
from tongsuo_py.cli.failures import EXIT_USAGE, Failure

_LONGEST = 65536  # bytes of a password file


@dataclass(frozen=True)
class Place:
    """Where a password is: an option that names a file, and an environment variable."""

    option: str
    variable: str

    def given(self, args: argparse.Namespace) -> Path | None:
        """The file that the option names."""
        file: Path | None = getattr(args, self.option.strip("-").replace("-", "_"))
        return file


#: The password of what is read; and of what is written, where only that has one.
PASSWORD = Place("--password-file", "TONGSUO_PY_PASSWORD")
#: The password of what is written, where what is read may have one too.
NEW_PASSWORD = Place("--new-password-file", "TONGSUO_PY_NEW_PASSWORD")


def add_option(parser: argparse._ActionsContainer, of: str, place: Place = PASSWORD) -> None:
    """The option for the password ``of`` something: see ``asked`` and ``new``."""
    parser.add_argument(
        place.option,
        type=Path,
        metavar="FILE",
        help=f"its first line is the password of {of}; otherwise the environment variable "
        f"{place.variable}, otherwise you are asked",
    )


def asked(
    args: argparse.Namespace, of: str = "the private keys", place: Place = PASSWORD
) -> Callable[[], str]:
    """What is called for the password of something encrypted; looks for it at most once."""
    known: list[str] = []

    def password() -> str:
        if not known:
            found = _found(args, place)
            prompt = f"Password of {of}: "
            known.append(_prompt(prompt, of, place) if found is None else found)
        return known[0]

    return password


def new(args: argparse.Namespace, of: str, place: Place = PASSWORD) -> str:
    """The password for something that will be encrypted; at a prompt it is asked for twice."""
    password = _found(args, place)
    if password is None:
        password = _prompt(f"New password of {of}: ", of, place)
        if getpass.getpass("The same again: ") != password:
            raise Failure("these two passwords differ: nothing was written", EXIT_USAGE)
    if not password:
        raise Failure("this password is empty", EXIT_USAGE)
    return password


def _found(args: argparse.Namespace, place: Place) -> str | None:
    """The password from the file or the environment, None where neither was given."""
    file = place.given(args)
    if file is None:
        return os.environ.get(place.variable)
    lines = files.read_text(str(file), _LONGEST).splitlines()
    if not lines:
        raise Failure(f"{file}: the password file is empty", EXIT_USAGE)
    return lines[0]


def _prompt(prompt: str, of: str, place: Place) -> str:
    try:
        # Not standard input, which may be the data.
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        raise Failure(
            f"there is no terminal to ask for the password of {of}: use {place.option} or "
            f"{place.variable}",
            EXIT_USAGE,
        ) from None
    return getpass.getpass(prompt)
