"""Take what is in a PKCS #12 file into a directory, for the other commands.

A TLCP pair becomes sign.pem, sign.key, enc.pem, enc.key; a single certificate
cert.pem and cert.key; the root of either ca.pem.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import certificates, directories, files, output
from tongsuo_py.cli.failures import EXIT_OK, usage_errors
from tongsuo_py.cli.p12 import opened

SUMMARY = "take a file's certificates and keys into a directory"
EXAMPLES = """\
tongsuo-py p12 import platform.p12 --out platform
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    opened.add_input(parser)
    directories.add_output(parser, "the certificates and keys")
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Take it in."""
    found = opened.load(args)
    with usage_errors(files.shown(args.input)):
        taken = opened.single_or_pair(found)
    with directories.saving():
        taken.save(args.out, directories.new_password(args), overwrite=args.force)
    output.answer(args, certificates.summary(found.entries[0], args.out))
    return EXIT_OK
