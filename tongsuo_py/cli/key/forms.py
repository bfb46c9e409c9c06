"""The formats in which private keys are written, as options."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Literal

from tongsuo_py.cli import files, keyfiles, passwords
from tongsuo_py.cli.failures import EXIT_USAGE, Failure
from tongsuo_py.cli.parser import listed

if TYPE_CHECKING:
    from tongsuo_py import sm2

_FORMS = {
    "pem": "PKCS#8 as PEM (default)",
    "der": "PKCS#8 as DER",
    "sec1-pem": "the older SEC1 as PEM",
    "sec1-der": "SEC1 as DER",
    "raw": "the number in 32 bytes",
    "hex": "the number in hex digits",
    "jwk": "a JSON Web Key",
    "enveloped": "encrypted for the owner of --for's key",
}
_ENCRYPTIONS = {
    "aes-256-cbc": "with AES, which most programs read",
    "sm4-cbc": "with SM4 and SM3",
    "gmssl": "the same, as GmSSL reads it",
}
_BINARY = ("der", "sec1-der", "raw", "enveloped")


def add_arguments(parser: argparse.ArgumentParser, password: passwords.Place) -> None:
    """--to, --for, --encrypt and the option for its password, --out, --force."""
    group = parser.add_argument_group("format of the key that is written")
    group.add_argument("--to", choices=_FORMS, default="pem", metavar="FORM", help=listed(_FORMS))
    group.add_argument(
        "--for",
        dest="recipient",
        metavar="FILE",
        help="with --to enveloped (GM/T 0009, 7.4): the recipient's public key, or certificate",
    )
    group.add_argument(
        "--encrypt",
        choices=_ENCRYPTIONS,
        metavar="CIPHER",
        help=f"encrypt PKCS#8 under a password\n{listed(_ENCRYPTIONS)}",
    )
    passwords.add_option(group, "the key that is written", password)
    files.add_output(parser, "the key")


def check(args: argparse.Namespace) -> None:
    """Failure (2) for options that do not go together."""
    if args.encrypt is not None and args.to not in ("pem", "der"):
        raise Failure(f"--encrypt is for --to pem and der, and not for {args.to}", EXIT_USAGE)
    if (args.to == "enveloped") != (args.recipient is not None):
        raise Failure("--to enveloped and --for need each other", EXIT_USAGE)


def write(args: argparse.Namespace, key: sm2.PrivateKey, password: passwords.Place) -> None:
    """The key to --out, in the form that the options want."""
    files.write(args, _encoded(args, key, password), private=True, text=args.to not in _BINARY)


def _encoded(args: argparse.Namespace, key: sm2.PrivateKey, place: passwords.Place) -> bytes:
    if args.to == "raw":
        return key.to_bytes()
    if args.to == "hex":
        return key.to_hex().encode() + b"\n"
    if args.to == "jwk":
        return json.dumps(key.to_jwk()).encode() + b"\n"
    if args.to == "enveloped":
        return key.to_enveloped(keyfiles.public(args.recipient))
    write = key.to_pem if args.to.endswith("pem") else key.to_der
    format: Literal["sec1", "pkcs8"] = "sec1" if args.to.startswith("sec1") else "pkcs8"
    if args.encrypt is None:
        return write(format=format)
    return write(passwords.new(args, "the new key file", place), format, args.encrypt)
