"""Look at a server: what it speaks, which certificates it shows, and what is wrong.

It tries TLCP suite by suite, TLS 1.3 with SM2 and SM4 (RFC 8998), TLS 1.3 and
TLS 1.2, each over a connection of its own (up to 20), and verifies the
certificates as a client would. No data is sent in any session.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tongsuo_py.cli import options, output, passwords, trust
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG, usage_errors

if TYPE_CHECKING:
    from tongsuo_py import pki

SUMMARY = "look at a server: protocols, certificates, what is wrong"
EXIT_CODES = {
    EXIT_OK: "nothing is wrong with the server",
    EXIT_WRONG: "something is, or it cannot be reached",
}
EXAMPLES = """\
tongsuo-py connect platform.example --ca ca.pem
tongsuo-py connect 192.0.2.1:4433 --server-name platform.example --json
"""

_PORT = 443
_SERVER = re.compile(r"\[(?P<v6>[^]]+)\](?::(?P<port6>.+))?|(?P<host>[^:]+)(?::(?P<port>.+))?")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "server",
        type=_server,
        metavar="HOST[:PORT]",
        help=f"the server's name or address, and its port (default: {_PORT}); an IPv6 address "
        "with a port stands in brackets",
    )
    parser.add_argument(
        "--server-name",
        metavar="NAME",
        help="the name that its certificates must be for (default: HOST)",
    )
    trust.add_options(parser, f"the root that comes with --pair, otherwise {trust.SYSTEM}")
    parser.add_argument(
        "--pair",
        type=Path,
        metavar="FILE",
        help="our own pair of certificates, for a server that wants to see one: its directory, or "
        "one file with all of it, PEM or PKCS #12",
    )
    passwords.add_option(parser, "the keys of --pair")
    parser.add_argument(
        "--timeout",
        type=options.seconds,
        default=5.0,
        metavar="SECONDS",
        help="for connecting and for each handshake (default: 5)",
    )
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Look at it, and say what was found."""
    from tongsuo_py.cli.diagnosis import diagnose, drawing
    from tongsuo_py.cli.diagnosis.handshakes import Target
    from tongsuo_py.pki.names import parse_host

    host, port = args.server
    name = host if args.server_name is None else args.server_name
    with usage_errors():
        parse_host(name)  # or no certificate could be for it
    pair = _pair(args)
    trusted = trust.given(args, None if pair is None else pair.root)
    diagnosis = diagnose(Target(host, port, name, args.timeout), pair, trusted)
    if args.json:
        output.print_json(diagnosis.to_json())
    else:
        drawing.draw(output.Printer(sys.stdout), diagnosis)
    return EXIT_OK if diagnosis.good else EXIT_WRONG


def _pair(args: argparse.Namespace) -> pki.CertificatePair | None:
    if args.pair is None:
        return None
    from tongsuo_py import pki

    with usage_errors():
        return pki.load_pair(args.pair, password=passwords.asked(args, "the keys of --pair"))


def _server(text: str) -> tuple[str, int]:
    """Host and port from the command line."""
    if text.count(":") > 1 and not text.startswith("["):
        return text, _PORT  # an IPv6 address by itself
    match = _SERVER.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST, HOST:PORT or [ADDRESS]:PORT")
    port = match["port"] or match["port6"]
    number = _PORT if port is None else options.port(port)
    if number == 0:
        raise argparse.ArgumentTypeError("port 0 is no server's")
    return match["host"] or match["v6"], number
