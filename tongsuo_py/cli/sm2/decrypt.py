"""Decryption (GB/T 32918.4) with a private key.

The ciphertext may be bytes, hex digits or base64. Nothing is written unless its
digest is right.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, keyfiles, text
from tongsuo_py.cli.failures import EXIT_OK
from tongsuo_py.cli.sm2 import ciphertexts

SUMMARY = "decrypt with a private key"
EXIT_CODES = {
    1: "it could not be decrypted: another key, or something was altered",
    2: "a wrong option, file, key or password",
}
EXAMPLES = """\
tongsuo-py sm2 decrypt --key sm2.key --out order.json order.enc
echo "$BASE64" | tongsuo-py sm2 decrypt --key sm2.key
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the ciphertext")
    keyfiles.add_private(parser)
    ciphertexts.add_format(
        ciphertexts.add_group(parser), "--format", "the ciphertext's form", detected=True
    )
    files.add_output(parser, "the plaintext")


def run(args: argparse.Namespace) -> int:
    """Decrypt."""
    files.only_one_standard_input(FILE=args.input, **{"--key": args.key})
    key = keyfiles.private(args, args.key)
    data = key.decrypt(text.decoded(files.read(args.input, ciphertexts.LONGEST)), args.format)
    files.write(args, data, private=True, text=text.is_printable(data))
    return EXIT_OK
