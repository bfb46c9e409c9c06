"""The command ``tongsuo-py``: one module for each sub-command, found by its name in ``COMMANDS``.

Such a module has ``SUMMARY`` (one line), ``EXAMPLE`` (the end of its help),
``add_arguments(parser)``, and ``run(args)``, which returns the exit code or raises
``failures.Failure``. What a command needs of Tongsuo it imports in ``run``, so that help is quick.

Exit codes of every command: 0 all went well; 1 the network, the peer or the session failed, or
something that was checked is wrong; 2 the command line, a file, a key or a password; 130 and 143
interrupted (Ctrl-C) and terminated, as shells count them.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
import textwrap
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

from tongsuo_py import __version__
from tongsuo_py.cli import process
from tongsuo_py.cli.failures import EXIT_SESSION, EXIT_USAGE, Failure, explain
from tongsuo_py.cli.output import Printer

#: The sub-commands in the order of the help; each is a module of this package.
COMMANDS = ("demo", "server", "client")

_EPILOG = """\
exit codes: 0 all went well; 1 the network, the peer or the session failed;
2 a wrong option, file, key or password; 130 interrupted (Ctrl-C); 143 terminated

example: tongsuo-py demo
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line ``argv`` (that of the process if None) and return its exit code."""
    process.prepare_standard_streams()
    try:
        with process.terminable():
            code = _run(argv)
            sys.stdout.flush()
    except BrokenPipeError:
        # Who read our output has gone: there is nobody to tell, but it was not all said.
        process.discard_output()
        return EXIT_SESSION
    except process.Terminated as signal:
        if not signal.told:
            with suppress(OSError):
                print(f"tongsuo-py: {signal}", file=sys.stderr, flush=True)
        return signal.code
    return code


def _run(argv: Sequence[str] | None) -> int:
    command = ""
    try:
        args = build_parser().parse_args(argv)
        command = args.command
        code: int = args.run(args)
        return code
    except SystemExit as request:  # argparse's --help, --version and errors
        return request.code if isinstance(request.code, int) else EXIT_USAGE
    except Failure as failure:
        if not failure.told:
            Printer(sys.stderr).error(command, str(failure))
        return failure.code
    except BrokenPipeError:
        raise
    except OSError as error:
        Printer(sys.stderr).error(command, explain(error))
        return EXIT_SESSION


def build_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line; the reference in the docs is made from it."""
    parser = _Parser(
        prog="tongsuo-py",
        description="TLCP (GB/T 38636-2020) with SM2, SM3 and SM4, on Tongsuo.",
        epilog=_EPILOG,
        formatter_class=_Help,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version, help="show the versions and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module: Any = importlib.import_module(f"{__name__}.{name}")
        command = commands.add_parser(
            name,
            help=module.SUMMARY,
            description=module.__doc__,
            epilog=module.EXAMPLE,
            formatter_class=_Help,
            allow_abbrev=False,
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help that leaves the names of suites and options in one piece."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


class _Version(argparse.Action):
    """``--version``: ours, Tongsuo's and Python's; Tongsuo is loaded only when asked."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from tongsuo_py.ssl import TONGSUO_VERSION

        python = platform.python_version()
        print(f"tongsuo-py {__version__} ({TONGSUO_VERSION}, Python {python})")
        parser.exit()
