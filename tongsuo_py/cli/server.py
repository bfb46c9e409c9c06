"""A TLCP server: it echoes, or connects its clients to standard input and output.

Without --echo, what clients send goes to standard output, and standard input
goes to one client at a time, in the order in which they came; at its end every
client is told so. The log goes to standard error. A client that fails, or is
refused, does not end the server.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tongsuo_py.cli import options
from tongsuo_py.cli.events import open_log, telling_failures
from tongsuo_py.cli.failures import EXIT_USAGE, Failure
from tongsuo_py.cli.network import listen

SUMMARY = "run a TLCP server: echo, or standard input and output"
EXIT_CODES = {
    0: "the sessions that --count asked for are over and were good",
    1: "one of them failed, or the address could not be used",
}
EXAMPLES = """\
tongsuo-py server --pair certs/server --echo
tongsuo-py server --pair certs/server --host 0.0.0.0 --once > received
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    options.add_connection(parser, "address to listen on", "port; 0 lets the system choose one")
    options.add_identity(parser)
    group = parser.add_argument_group("clients")
    group.add_argument(
        "--verify",
        choices=("required", "optional", "none"),
        default="required",
        help="whether clients must have certificates that verify (default: required); the ECDHE "
        "suites need a client's certificates in any case",
    )
    group.add_argument(
        "--ca",
        type=Path,
        metavar="FILE",
        help="PEM file with the CA that issued the clients' certificates, or a directory with such "
        "a ca.pem (default: ca.pem in the directory of --pair)",
    )
    group.add_argument(
        "--count", type=options.positive, metavar="N", help="stop after N sessions (default: never)"
    )
    group.add_argument(
        "--once", dest="count", action="store_const", const=1, help="the same as --count 1"
    )
    group.add_argument(
        "--max-clients",
        type=options.positive,
        default=128,
        metavar="N",
        help="serve so many at once, let others wait (default: %(default)s)",
    )
    group = parser.add_argument_group("data")
    group.add_argument("--echo", action="store_true", help="send back to each client what it sends")
    group.add_argument(
        "--stop-at-eof",
        action="store_true",
        help="with --echo: stop when standard input ends, for programs that start a server",
    )
    options.add_log(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until --count is reached or a signal comes."""
    log = open_log(args)
    with telling_failures(log):
        if args.stop_at_eof and not args.echo:
            raise Failure("--stop-at-eof needs --echo", EXIT_USAGE)
        from tongsuo_py.cli.environment import make_context
        from tongsuo_py.cli.serving import Server

        context = make_context("server", args, log)
        with listen(args.host, args.port, log) as listener:
            return Server(context, listener, args, log).serve()
