"""Whether a signature (GB/T 32918.2) is one over a file, or a digest, by the owner of a key."""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, keyfiles, output
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG
from tongsuo_py.cli.sm2 import signatures

SUMMARY = "verify a signature"
EXIT_CODES = {
    0: "the signature is good",
    1: "it is not one over this, by this key and ID",
    2: "a wrong option or file",
}
EXAMPLES = """\
tongsuo-py sm2 verify --key sm2.pub --signature report.sig report.pdf
tongsuo-py sm2 verify --key cert.pem --signature a.hex --id ALICE a.pdf
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    signatures.add_message(parser, "what was signed")
    keyfiles.add_public(parser)
    group = parser.add_argument_group("signature")
    group.add_argument(
        "--signature",
        required=True,
        metavar="FILE",
        help="the signature: bytes, hex digits or base64",
    )
    group.add_argument(
        "--format",
        choices=("auto", *signatures.FORMATS),
        default="auto",
        help="ASN.1 (der), r and s (raw), or found out (auto, the default)",
    )
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Verify."""
    from tongsuo_py import sm2

    files.only_one_standard_input(
        FILE=args.input, **{"--key": args.key, "--signature": args.signature}
    )
    key = keyfiles.public(args.key)
    signature, encoding = signatures.read(args.signature, args.format)
    good = True
    try:
        if args.digest:
            key.verify_digest(signature, signatures.digest(args.input), encoding=encoding)
        else:
            verifier = key.verifier(signature, signatures.user_id(args), encoding)
            signatures.feed(verifier, args.input)
            verifier.finalize()
    except sm2.InvalidSignature:
        if not args.json:
            raise
        good = False
    output.answer(args, {"signature": "good" if good else "wrong"})
    return EXIT_OK if good else EXIT_WRONG
