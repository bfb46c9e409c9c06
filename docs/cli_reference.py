"""The reference of the commands as a page, made from the parser that reads them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from tongsuo_py import cli
from tongsuo_py.cli import parser

_INTRODUCTION = """\
# Commands

Made from the parser itself: what `--help` says, as a page. Data goes in and out through files or
pipes; `-` or nothing is standard input or output.
"""


def write(path: Path) -> None:
    """Write the page, unless it is there as it would be written: Sphinx reads what is newer."""
    text = page()
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def page() -> str:
    """The page in Markdown: each command with its subcommands, options and examples."""
    whole = parser.build(cli, cli.PROGRAM)
    return "\n".join([_INTRODUCTION, *(_command(command) for command in parser.commands(whole))])


def _command(command: argparse.ArgumentParser) -> str:
    level = "##" if command.prog.count(" ") < 2 else "###"
    codes, _, examples = (command.epilog or "").partition("\n\nexamples:\n")
    usage = " ".join(command.format_usage().removeprefix("usage: ").split())
    parts = [f"{level} {command.prog}", _escaped(command.description or "")]
    parts += [f"```text\n{usage}\n```", *_groups(command)]
    parts.append(f"```text\n{_unindented(examples)}\n```")
    parts.append(_escaped(" ".join(codes.split())))
    return "\n\n".join(parts) + "\n"


def _groups(command: argparse.ArgumentParser) -> Iterator[str]:
    for group in command._action_groups:
        rows = [row for action in group._group_actions for row in _rows(command, action)]
        if rows:
            title = (group.title or "").capitalize()
            yield "\n".join([f"| {title} | |", "| --- | --- |", *rows])


def _rows(command: argparse.ArgumentParser, action: argparse.Action) -> Iterator[str]:
    if isinstance(action, argparse._SubParsersAction):
        for choice in action._choices_actions:
            target = f"{command.prog} {choice.dest}".replace(" ", "-")
            yield f"| [`{choice.dest}`](#{target}) | {_escaped(choice.help or '')} |"
    elif action.help != argparse.SUPPRESS and action.dest != "help":
        formatter = command._get_formatter()
        name = formatter._format_action_invocation(action)
        text = _escaped(formatter._expand_help(action) if action.help else "")
        yield "| `{}` | {} |".format(name.replace("|", r"\|"), text.replace("\n", "<br>"))


def _escaped(text: str) -> str:
    """Text of a help as Markdown: with its options as code, and no sign that means something."""
    text = re.sub(r"([\\*_<>|\[\]#`$])", r"\\\1", text)
    return re.sub(r"(?<![\w-])(--?[a-z][\w-]*)", r"`\1`", text)


def _unindented(text: str) -> str:
    return "\n".join(line.removeprefix("  ") for line in text.rstrip("\n").splitlines())
