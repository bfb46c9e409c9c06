"""A certificate with a new SM2 key that no CA stands for, valid for five years.

Whoever connects has to be given this very certificate to trust. The directory
gets cert.pem, cert.key and ca.pem (the same certificate, for those who trust it).
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import certificates, directories, naming, output
from tongsuo_py.cli.failures import EXIT_OK, usage_errors

SUMMARY = "make a certificate that signs itself, with a new key"
EXAMPLES = """\
tongsuo-py cert self-signed localhost 127.0.0.1 --out local
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    naming.add_hosts(parser)
    naming.add_days(parser, "five years")
    directories.add_output(parser, "the certificate")
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Make it."""
    from tongsuo_py import pki

    with usage_errors():
        made = pki.self_signed(*args.hosts, **naming.given(args))
    with directories.saving():
        made.save(args.out, directories.new_password(args), overwrite=args.force)
    output.answer(args, certificates.summary(made, args.out))
    return EXIT_OK
