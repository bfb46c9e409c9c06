"""A public key in another format.

Read is any format, which is found out: PEM, DER, a JSON Web Key, the point in 33, 64 or 65 bytes
or their hex digits; a certificate; or a private key, of which the public half is taken.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from tongsuo_py.cli import files, keyfiles, passwords, text
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure
from tongsuo_py.cli.parser import listed

if TYPE_CHECKING:
    from tongsuo_py import sm2

SUMMARY = "convert a public key, or take it out of something"
EXAMPLES = """\
tongsuo-py pub convert sm2.key --out sm2.pub
tongsuo-py pub convert cert.pem --to compressed --text hex
"""

_TEXTS = ("pem", "jwk")
_FORMS = {
    "pem": "text (default)",
    "der": "the same in bytes",
    "jwk": "a JSON Web Key",
    "uncompressed": "the point as 04, x, y",
    "compressed": "02 or 03, x",
    "hybrid": "06 or 07, x, y",
    "bare": "x, y",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the key, or what has it inside")
    passwords.add_option(parser, "a private key")
    group = files.add_output(parser, "the public key")
    group.add_argument("--to", choices=_FORMS, default="pem", metavar="FORM", help=listed(_FORMS))
    text.add_option(group)


def run(args: argparse.Namespace) -> int:
    """Convert."""
    if args.text is not None and args.to in _TEXTS:
        raise Failure(f"--text is for bytes, and --to {args.to} is text", EXIT_USAGE)
    data = _encoded(keyfiles.public_of_any(args, args.input), args.to)
    if args.to in _TEXTS:
        files.write(args, data, text=True)
    else:
        text.write(args, data)
    return EXIT_OK


def _encoded(key: sm2.PublicKey, form: Any) -> bytes:
    if form == "pem":
        return key.to_pem()
    if form == "der":
        return key.to_der()
    if form == "jwk":
        return json.dumps(key.to_jwk()).encode() + b"\n"
    return key.to_bytes(form)
