"""Encryption (GB/T 32918.4) for the owner of a public key.

Meant for keys and other short data, for all of it is held in memory.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, keyfiles, text
from tongsuo_py.cli.failures import EXIT_OK
from tongsuo_py.cli.sm2 import ciphertexts

SUMMARY = "encrypt for the owner of a public key"
EXAMPLES = """\
tongsuo-py sm2 encrypt --key bank.pem --out order.enc order.json
echo secret | tongsuo-py sm2 encrypt --key sm2.pub --format c1c3c2 --text hex
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "what is encrypted")
    keyfiles.add_public(parser)
    ciphertexts.add_format(ciphertexts.add_group(parser), "--format", "its form")
    text.add_option(files.add_output(parser, "the ciphertext"))


def run(args: argparse.Namespace) -> int:
    """Encrypt."""
    from tongsuo_py import sm2

    files.only_one_standard_input(FILE=args.input, **{"--key": args.key})
    key = keyfiles.public(args.key)
    data = files.read(args.input, sm2.LONGEST_PLAINTEXT)
    text.write(args, key.encrypt(data, args.format))
    return EXIT_OK
