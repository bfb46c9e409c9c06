"""A signature in another form. It is not verified: that takes the key."""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, text
from tongsuo_py.cli.failures import EXIT_OK
from tongsuo_py.cli.sm2 import signatures

SUMMARY = "convert a signature"
EXAMPLES = """\
tongsuo-py sm2 convert signature --to raw --text hex report.sig
echo "$HEX" | tongsuo-py sm2 convert signature --to der --out report.sig
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the signature: bytes, hex digits or base64")
    parser.add_argument(
        "--from",
        dest="source",
        choices=("auto", *signatures.FORMATS),
        default="auto",
        help="its form: ASN.1 (der), r and s (raw), or found out (auto, the default)",
    )
    group = files.add_output(parser, "the signature")
    group.add_argument(
        "--to", dest="target", choices=signatures.FORMATS, required=True, help="the form wanted"
    )
    text.add_option(group)


def run(args: argparse.Namespace) -> int:
    """Convert."""
    from tongsuo_py import sm2

    signature, source = signatures.read(args.input, args.source)
    text.write(args, sm2.convert_signature(signature, source, args.target))
    return EXIT_OK
