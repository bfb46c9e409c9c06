"""SM2, SM3, SM4 and TLCP (GB/T 38636-2020) on the command line, on Tongsuo."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from tongsuo_py.cli import parser, process
from tongsuo_py.cli.failures import EXIT_SESSION, EXIT_USAGE, failure_of
from tongsuo_py.cli.output import Printer

PROGRAM = "tongsuo-py"

#: The commands in the order of the help; each is a module of this package, see ``parser``.
COMMANDS = (
    "key",
    "pub",
    "sm2",
    "sm3",
    "sm4",
    "req",
    "cert",
    "ca",
    "crl",
    "pair",
    "p12",
    "cms",
    "show",
    "demo",
    "server",
    "client",
    "connect",
    "bench",
    "info",
    "completion",
)

EXAMPLES = """\
tongsuo-py demo
tongsuo-py show *.pem
tongsuo-py connect platform.example --ca ca.pem
tongsuo-py key make --out sm2.key
tongsuo-py sm3 *.bin
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
                print(f"{PROGRAM}: {signal}", file=sys.stderr, flush=True)
        return signal.code
    return code


def _run(argv: Sequence[str] | None) -> int:
    command = ""
    try:
        if "_ARGCOMPLETE" in os.environ:  # a shell asks what could come next
            from tongsuo_py.cli.completion import answer

            answer(parser.build(sys.modules[__name__], PROGRAM))
        words = sys.argv[1:] if argv is None else argv
        args = parser.build(sys.modules[__name__], PROGRAM, words).parse_args(words)
        command = args.command
        code: int = args.run(args)
        return code
    except SystemExit as request:  # argparse's --help, --version and errors
        return request.code if isinstance(request.code, int) else EXIT_USAGE
    except BrokenPipeError:
        raise
    except Exception as error:
        # Not in a variable of this frame: the error refers to it, and such a circle would keep
        # all that the command held until the interpreter ends.
        return _told(error, command)


def _told(error: Exception, command: str) -> int:
    """The exit code for what ended a command, which is told in one line."""
    failure = failure_of(error)
    if failure is None:  # a mistake of ours: with its traceback
        raise error
    if not failure.told:
        Printer(sys.stderr).error(command, str(failure))
    return failure.code
