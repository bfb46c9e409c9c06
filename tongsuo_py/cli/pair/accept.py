"""Take a CA's answer to our request: check it, and open the encryption key.

All of it has to belong together: keys, certificates, usages, chain, times. Give
--ca wherever somebody else could have written the answer; without it the root
that comes with it is believed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tongsuo_py.cli import certificates, directories, keyfiles, output
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG, usage_errors

SUMMARY = "accept a CA's answer to our request"
EXIT_CODES = {EXIT_WRONG: "the encryption key cannot be opened with this key"}
EXAMPLES = """\
tongsuo-py pair accept answer --key sign.key --ca ca.pem --out meter
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("answer", type=Path, metavar="DIR", help="the CA's answer")
    keyfiles.add_private(parser)
    parser.add_argument(
        "--ca", type=Path, metavar="FILE", help="the root that we trust, PEM or DER"
    )
    directories.add_output(parser, "the pair")
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Accept it."""
    from tongsuo_py import pki

    key = keyfiles.private(args, args.key)
    with usage_errors():
        root = None if args.ca is None else pki.load_certificate(args.ca)
        pair = pki.IssuedPair.load(args.answer).accept(key, root)
    with directories.saving():
        pair.save(args.out, directories.new_password(args), overwrite=args.force)
    output.answer(args, certificates.summary(pair.sign, args.out))
    return EXIT_OK
