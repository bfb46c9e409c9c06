"""Code for a shell that completes commands, options and file names by the tab key.

It asks this program what could come next, so it never has to be made again.
The extra "cli" of the package is needed for it, here and then.
"""

from __future__ import annotations

import argparse
import sys

from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure

SUMMARY = "print the shell code that completes this command line"
EXIT_CODES = {2: "a wrong option, or the package's extra is missing"}
EXAMPLES = """\
eval "$(tongsuo-py completion bash)"          (in ~/.bashrc)
eval "$(tongsuo-py completion zsh)"           (in ~/.zshrc)
tongsuo-py completion fish | source           (in ~/.config/fish/config.fish)
"""

_SHELLS = ("bash", "zsh", "fish")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("shell", choices=_SHELLS, metavar="SHELL", help=", ".join(_SHELLS))


def run(args: argparse.Namespace) -> int:
    """Print the code."""
    try:
        from argcomplete.shell_integration import shellcode
    except ImportError:
        raise Failure(
            "completion needs the package argcomplete: pip install 'tongsuo-py[cli]'", EXIT_USAGE
        ) from None
    sys.stdout.write(shellcode(["tongsuo-py"], shell=args.shell))
    return EXIT_OK


def answer(parser: argparse.ArgumentParser) -> None:
    """Tell the shell that asks what could come next, and end; nothing without argcomplete."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser)
