"""A certificate with a new SM2 key, for TLS 1.3 with SM2 (RFC 8998).

The directory gets cert.pem (with its chain), cert.key and ca.pem (the root).
For TLCP, which takes two, see: tongsuo-py pair issue.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import certificates, directories, naming, output
from tongsuo_py.cli.failures import EXIT_OK, usage_errors

SUMMARY = "have a CA issue a certificate, with a new key"
EXAMPLES = """\
tongsuo-py cert issue www.example 192.0.2.1 --ca ca --out www
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    naming.add_hosts(parser)
    naming.add_days(parser, "398, but not longer than the CA")
    naming.add_profile(parser)
    directories.add_authority(parser)
    directories.add_output(parser, "the certificate")
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Issue it."""
    ca = directories.authority(args)
    with usage_errors():
        issued = ca.issue(*args.hosts, **naming.given(args), **naming.profile(args))
    directories.register(args).add(issued)
    with directories.saving():
        issued.save(args.out, directories.new_password(args), overwrite=args.force)
    output.answer(args, certificates.summary(issued, args.out))
    return EXIT_OK
