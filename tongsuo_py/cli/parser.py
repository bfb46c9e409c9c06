"""The command line as a tree of commands, each of them a module that says what it takes.

A command's module has ``SUMMARY`` (one line), ``EXAMPLES`` (lines of its help), a docstring (what
it does, for the help), ``add_arguments(parser)``, and ``run(args)``, which returns the exit code
or raises ``failures.Failure``; ``EXIT_CODES`` where a code means something special there. What a
command needs of Tongsuo it imports in ``run``, so that help is quick. A package in place of a
module is a command with commands of its own, which its ``COMMANDS`` names; where it has a
``DEFAULT``, that one of them is meant if none is named.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import textwrap
from collections.abc import Collection, Iterator, Mapping
from itertools import chain
from types import ModuleType
from typing import Any, NoReturn

from tongsuo_py import __version__
from tongsuo_py.cli.failures import EXIT_CODES, EXIT_USAGE

_WIDTH = 78


def build(
    package: ModuleType, prog: str, words: Collection[str] | None = None
) -> argparse.ArgumentParser:
    """The parser of the whole command line, from the ``COMMANDS`` of a package downwards.

    With the ``words`` of a command line only the commands that it names have all their arguments:
    those of the others would take far longer to declare than most commands take to run.
    """
    parser = _Parser(prog=prog, **_texts(package))
    parser.add_argument("--version", action=_Version, help="show the versions and exit")
    _add_commands(parser, package, (), words)
    return parser


def _add_commands(
    parser: _Parser,
    package: Any,
    path: tuple[str, ...],
    words: Collection[str] | None,
) -> None:
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, title="commands"
    )
    default = parser.default = getattr(package, "DEFAULT", None)
    for name in package.COMMANDS:
        module: Any = importlib.import_module(f"{package.__name__}.{name.replace('-', '_')}")
        if words is not None and name not in words and name != default:
            commands.add_parser(name, help=module.SUMMARY)
            continue
        command = commands.add_parser(name, help=module.SUMMARY, **_texts(module))
        here = (*path, name)
        if hasattr(module, "COMMANDS"):
            _add_commands(command, module, here, words)
        else:
            module.add_arguments(command)
            command.set_defaults(run=module.run, command=" ".join(here))


def _texts(module: Any) -> dict[str, Any]:
    """What the help of a command says besides its arguments."""
    codes = {**EXIT_CODES, **getattr(module, "EXIT_CODES", {})}
    listed = "; ".join(f"{code} {meaning}" for code, meaning in codes.items())
    examples = textwrap.indent(module.EXAMPLES.strip("\n"), "  ")
    return {
        "description": "\n\n".join(map(_filled, module.__doc__.strip().split("\n\n"))),
        "epilog": f"{_filled(f'exit codes: {listed}')}\n\nexamples:\n{examples}",
        "formatter_class": _Help,
        "allow_abbrev": False,
    }


def _filled(paragraph: str) -> str:
    return textwrap.fill(" ".join(paragraph.split()), _WIDTH, break_on_hyphens=False)


def commands(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and those of all commands below it; for the reference and the tests."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from commands(command)


def listed(meanings: Mapping[str, str]) -> str:
    """The help of an option for one of several names: a line for each, with its meaning."""
    width = max(map(len, meanings)) + 2
    return "\n".join(f"{name:<{width}}{meaning}" for name, meaning in meanings.items())


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help that keeps the lines of ``listed``, and the names of suites and options in one piece."""

    def _format_action(self, action: argparse.Action) -> str:
        if isinstance(action, argparse._SubParsersAction):
            return "".join(map(self._format_action, action._get_subactions()))
        return super()._format_action(action)

    def _split_lines(self, text: str, width: int) -> list[str]:
        rows = (textwrap.wrap(line, width, break_on_hyphens=False) for line in text.split("\n"))
        return list(chain.from_iterable(rows))


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one line, and knows which command is meant by none."""

    default: str | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does it; with no word, or an option of the default command, that is meant."""
        if self.default is not None and not any(
            word in self._option_string_actions or not word.startswith("-")
            for word in (args or ())[:1]
        ):
            args = [self.default, *(args or ())]
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


class _Version(argparse.Action):
    """``--version``: ours, Tongsuo's and Python's; Tongsuo is loaded only when asked."""

    def __init__(self, option_strings: list[str], dest: str, help: str | None = None) -> None:
        super().__init__(option_strings, dest=argparse.SUPPRESS, nargs=0, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        from tongsuo_py.ssl import TONGSUO_VERSION

        python = platform.python_version()
        print(f"tongsuo-py {__version__} ({TONGSUO_VERSION}, Python {python})")
        parser.exit()
