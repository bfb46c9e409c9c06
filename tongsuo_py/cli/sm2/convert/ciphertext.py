"""A ciphertext in another form.

Whether its order is c1c3c2 or c1c2c3 only the private key could tell, so it must
be said.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, text
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure, usage_errors
from tongsuo_py.cli.sm2 import ciphertexts

SUMMARY = "convert a ciphertext"
EXAMPLES = """\
tongsuo-py sm2 convert ciphertext --to c1c3c2 order.der --out order.bin
tongsuo-py sm2 convert ciphertext --from c1c2c3 --to der --text base64 old.bin
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the ciphertext: bytes, hex digits or base64")
    group = ciphertexts.add_group(parser)
    ciphertexts.add_format(group, "--from", "the form it has", detected=True, dest="source")
    ciphertexts.add_format(group, "--to", "the form wanted", dest="target")
    text.add_option(files.add_output(parser, "the ciphertext"))


def run(args: argparse.Namespace) -> int:
    """Convert."""
    from tongsuo_py import sm2

    data = text.decoded(files.read(args.input, ciphertexts.LONGEST))
    with usage_errors(files.shown(args.input)):
        try:
            source = sm2.detect_ciphertext(data) if args.source == "auto" else args.source
        except sm2.AmbiguousFormat as error:
            message = f"{files.shown(args.input)}: {error}; say which with --from"
            raise Failure(message, EXIT_USAGE) from None
        converted = sm2.convert_ciphertext(data, source, args.target)
    text.write(args, converted)
    return EXIT_OK
