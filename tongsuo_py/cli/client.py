"""A TLCP client: standard input to the server, what it sends to standard output.

The end of standard input is told to the server with a close_notify, and what
it still sends is waited for. The log goes to standard error.
"""

from __future__ import annotations

import argparse
import ssl as _stdlib
from pathlib import Path

from tongsuo_py.cli import options
from tongsuo_py.cli.events import Log, open_log, telling_failures
from tongsuo_py.cli.failures import EXIT_OK, EXIT_SESSION, EXIT_USAGE, Failure, explain, reason_of
from tongsuo_py.cli.network import connect
from tongsuo_py.cli.streams import Input, Output

SUMMARY = "connect to a TLCP server with standard input and output"
EXIT_CODES = {
    0: "the session was good to its end",
    1: "the server could not be reached, was refused, or the session failed",
}
EXAMPLES = """\
echo hello | tongsuo-py client --pair certs/client --host platform.example
tongsuo-py client --ca ca.pem --suite ECC-SM2-SM4-GCM-SM3 < request > answer
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    options.add_connection(parser, "the server's name or address", "its port")
    protocol = options.add_identity(parser)
    protocol.add_argument(
        "--ecdhe",
        choices=("tongsuo", "standard"),
        default="tongsuo",
        help="the form of the parameters that an ECDHE suite sends: as Tongsuo's servers of every "
        "version take them (default), or with the length before them that GB/T 38636 has, for "
        "servers such as GmSSL's",
    )
    group = parser.add_argument_group("server")
    group.add_argument(
        "--ca",
        type=Path,
        metavar="FILE",
        help="PEM file with the CA that issued the server's certificates, or a directory with such "
        "a ca.pem (default: ca.pem in the directory of --pair, otherwise what the system trusts)",
    )
    group.add_argument(
        "--server-name",
        metavar="NAME",
        help="the name that its certificates must be for (default: that of --host)",
    )
    group.add_argument(
        "--verify",
        choices=("required", "none"),
        default="required",
        help="whether its certificates must verify (default: required); with none you talk to "
        "anybody, and the session is no secret",
    )
    parser.add_argument_group("data").add_argument(
        "--keep-open",
        action="store_true",
        help="send no close_notify at the end of standard input, for servers that would take it "
        "as the end of the whole session",
    )
    options.add_log(parser)


def run(args: argparse.Namespace) -> int:
    """One session, until both sides have ended it."""
    log = open_log(args)
    with telling_failures(log):
        if args.port == 0:
            raise Failure("port 0 is no server's", EXIT_USAGE)
        if args.server_name is None:
            args.server_name = args.host
        _run_session(args, log)
        log("released", what="session, connection and context")
    return EXIT_OK


def _run_session(args: argparse.Namespace, log: Log) -> None:
    from tongsuo_py.cli import relay, session
    from tongsuo_py.cli.environment import make_context

    context = make_context("client", args, log)
    connection = connect(args.host, args.port, args.timeout, log)
    established = False
    try:
        sock = session.attach(
            connection,
            context,
            log,
            timeout=args.timeout,
            server_name=args.server_name,
            tags={},
        )
        try:
            session.handshake(sock, log, {})
            established = True
            channel = relay.Channel(
                sock, log, peer="server", idle_timeout=args.idle_timeout, tags={}
            )
            try:
                relay.Relay(channel, Input(), Output(), keep_open=args.keep_open).run()
            finally:
                channel.report_totals()
            log("closed")
        finally:
            relay.close(sock)
    except UnicodeError:
        raise Failure(f"{args.server_name!r} is not a host name", EXIT_USAGE) from None
    except (_stdlib.SSLError, OSError) as error:
        message = explain(error, "server", established=established)
        raise Failure(message, EXIT_SESSION, reason_of(error)) from None
    except ValueError as error:
        raise Failure(explain(error), EXIT_USAGE) from None
    finally:
        connection.close()
