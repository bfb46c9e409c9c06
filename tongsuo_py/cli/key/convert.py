"""A private key in another format.

Read is any format, which is found out: PEM and DER of PKCS#8 (plain or encrypted, also as GmSSL
writes it) and SEC1, PKCS #12, JSON Web Keys, hex digits, 32 bytes. An enveloped key needs
--recipient-key.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, keyfiles, passwords
from tongsuo_py.cli.failures import EXIT_OK, usage_errors
from tongsuo_py.cli.key import forms

SUMMARY = "convert a private key into another format"
EXAMPLES = """\
tongsuo-py key convert gmssl.pem --to pem --out sm2.key
tongsuo-py key convert sm2.key --encrypt gmssl --out gmssl.pem
tongsuo-py key convert bank.p12 --out bank.key
tongsuo-py key convert enc.der --recipient-key sign.key --out enc.key
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "the private key, in any format")
    passwords.add_option(parser, "the key that is read")
    parser.add_argument(
        "--recipient-key",
        metavar="FILE",
        help="the input is an enveloped key (GM/T 0009, 7.4), for the owner of this private key",
    )
    forms.add_arguments(parser, passwords.NEW_PASSWORD)


def run(args: argparse.Namespace) -> int:
    """Convert."""
    from tongsuo_py import sm2

    forms.check(args)
    files.only_one_standard_input(
        FILE=args.input, **{"--recipient-key": args.recipient_key, "--for": args.recipient}
    )
    if args.recipient_key is None:
        key = keyfiles.private(args, args.input)
    else:
        recipient = keyfiles.private(args, args.recipient_key)
        data = files.read(args.input)
        with usage_errors(files.shown(args.input)):
            key = sm2.PrivateKey.from_enveloped(data, recipient)
    forms.write(args, key, passwords.NEW_PASSWORD)
    return EXIT_OK
