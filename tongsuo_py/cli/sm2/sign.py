"""A signature (GB/T 32918.2) with SM3 over a file of any size, or over a digest."""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, keyfiles, text
from tongsuo_py.cli.failures import EXIT_OK
from tongsuo_py.cli.sm2 import signatures

SUMMARY = "sign a file or a digest"
EXAMPLES = """\
tongsuo-py sm2 sign --key sm2.key --out report.sig report.pdf
tongsuo-py sm2 sign --key sm2.key --format raw --text hex report.pdf
printf %s "$DIGEST" | tongsuo-py sm2 sign --key sm2.key --digest --text base64
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    signatures.add_message(parser, "what is signed")
    keyfiles.add_private(parser)
    parser.add_argument(
        "--timed",
        action="store_true",
        help="mix the time into the random number that the signature takes",
    )
    group = files.add_output(parser, "the signature")
    group.add_argument(
        "--format",
        choices=signatures.FORMATS,
        default="der",
        help="ASN.1 as in GM/T 0009 (der, the default), or r and s in 64 bytes (raw)",
    )
    text.add_option(group)


def run(args: argparse.Namespace) -> int:
    """Sign."""
    files.only_one_standard_input(FILE=args.input, **{"--key": args.key})
    key = keyfiles.private(args, args.key)
    if args.digest:
        digest = signatures.digest(args.input)
        signature = key.sign_digest(digest, encoding=args.format, timed=args.timed)
    else:
        signer = key.signer(signatures.user_id(args), args.format, timed=args.timed)
        signatures.feed(signer, args.input)
        signature = signer.finalize()
    text.write(args, signature)
    return EXIT_OK
