"""Options that ``server`` and ``client`` share: what they are, and what they come to."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from tongsuo_py.cli import passwords
from tongsuo_py.cli.failures import EXIT_USAGE, Failure

DEFAULT_PORT = 4433
ROOT_FILE = "ca.pem"

#: TLCP's suites with SM2, SM3 and SM4 (GB/T 38636-2020, table 2), as Tongsuo names them.
SUITES = (
    "ECDHE-SM2-SM4-GCM-SM3",
    "ECDHE-SM2-SM4-CBC-SM3",
    "ECC-SM2-SM4-GCM-SM3",
    "ECC-SM2-SM4-CBC-SM3",
)


@dataclass(frozen=True)
class PairFiles:
    """Where the two certificates of one party are, and their keys."""

    sign_cert: Path
    sign_key: Path
    enc_cert: Path
    enc_key: Path


def add_connection(parser: argparse.ArgumentParser, host_help: str, port_help: str) -> None:
    """--host, --port, --timeout and --idle-timeout."""
    group = parser.add_argument_group("connection")
    group.add_argument("--host", default="127.0.0.1", help=f"{host_help} (default: %(default)s)")
    group.add_argument(
        "--port", type=port, default=DEFAULT_PORT, help=f"{port_help} (default: %(default)s)"
    )
    group.add_argument(
        "--timeout",
        type=seconds,
        default=10.0,
        metavar="SECONDS",
        help="for connecting and for the handshake, each (default: 10)",
    )
    group.add_argument(
        "--idle-timeout",
        type=seconds,
        metavar="SECONDS",
        help="end a session in which nothing moved for so long (default: never)",
    )


def add_identity(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """--pair or the four files, --password-file, and --suite; gives the group for more like it."""
    group = parser.add_argument_group(
        "our certificates",
        "TLCP takes two: one that signs, one that encrypts. Give the directory of both,\n"
        "or the files.",
    )
    group.add_argument(
        "--pair",
        type=Path,
        metavar="DIR",
        help="directory with sign.pem, sign.key, enc.pem, enc.key and ca.pem",
    )
    for role, name in (("sign", "signing"), ("enc", "encryption")):
        group.add_argument(
            f"--{role}-cert",
            type=Path,
            metavar="FILE",
            help=f"{name} certificate and its chain, PEM",
        )
        group.add_argument(
            f"--{role}-key",
            type=Path,
            metavar="FILE",
            help=f"its private key, PEM (default: in the same file as the {name} certificate)",
        )
    passwords.add_option(group, "encrypted keys")
    protocol = parser.add_argument_group("protocol")
    protocol.add_argument(
        "--suite",
        type=suite,
        action="append",
        metavar="NAME",
        help=f"allow this cipher suite; repeat it for more (default: all). {', '.join(SUITES)}",
    )
    return protocol


def add_log(parser: argparse.ArgumentParser) -> None:
    """--verbose, --quiet and --json."""
    group = parser.add_argument_group("log, on standard error")
    amount = group.add_mutually_exclusive_group()
    amount.add_argument(
        "-v", "--verbose", action="store_true", help="show each message that is sent or received"
    )
    amount.add_argument("-q", "--quiet", action="store_true", help="show errors only")
    group.add_argument("--json", action="store_true", help="a line of JSON for each event")


def port(text: str) -> int:
    """A TCP port from the command line."""
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: 0 to 65535")
    return number


def positive(text: str) -> int:
    """A number from 1 up from the command line."""
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return number


def seconds(text: str) -> float:
    """A time span from the command line, up to a day."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0.0 < number <= 86400.0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds up to 86400")
    return number


def suite(text: str) -> str:
    """The name of a suite from the command line, in any case of letters."""
    name = text.upper()
    if name not in SUITES:
        raise argparse.ArgumentTypeError(f"unknown suite {text!r}; TLCP has {', '.join(SUITES)}")
    return name


def pair_files(args: argparse.Namespace) -> PairFiles | None:
    """The files of the pair that the options name; None if they name none."""
    given = [
        f"--{name.replace('_', '-')}"
        for name in ("sign_cert", "sign_key", "enc_cert", "enc_key")
        if getattr(args, name) is not None
    ]
    if args.pair is not None:
        if given:
            raise Failure(f"--pair and {given[0]} exclude each other", EXIT_USAGE)
        directory: Path = args.pair
        if not directory.is_dir():
            raise Failure(f"{directory}: no such directory (--pair)", EXIT_USAGE)
        return PairFiles(
            directory / "sign.pem",
            directory / "sign.key",
            directory / "enc.pem",
            directory / "enc.key",
        )
    if not given:
        return None
    for name in ("--sign-cert", "--enc-cert"):
        if name not in given:
            raise Failure(f"{given[0]} needs {name} too: TLCP takes a pair", EXIT_USAGE)
    return PairFiles(
        args.sign_cert,
        args.sign_key or args.sign_cert,
        args.enc_cert,
        args.enc_key or args.enc_cert,
    )


def ca_file(named: Path) -> Path:
    """The file with a CA's certificate: a directory stands for its ca.pem."""
    return named / ROOT_FILE if named.is_dir() else named


def trusted_file(args: argparse.Namespace) -> Path | None:
    """The file with the CA to trust: --ca (a directory stands for its ca.pem), or the pair's."""
    if args.ca is not None:
        return ca_file(args.ca)
    if args.pair is not None and (args.pair / ROOT_FILE).is_file():
        return Path(args.pair / ROOT_FILE)
    return None
