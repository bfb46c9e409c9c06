"""TLCP's two certificates with new SM2 keys, both made here.

The directory gets sign.pem and enc.pem (with their chain), sign.key and
enc.key, and ca.pem (the root). Devices that make their signing key themselves
send a request: see tongsuo-py req make.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import certificates, directories, naming, output
from tongsuo_py.cli.failures import EXIT_OK, usage_errors

SUMMARY = "have a CA issue a pair, with new keys"
EXAMPLES = """\
tongsuo-py pair issue platform.example 192.0.2.1 --ca ca --out platform
tongsuo-py pair issue --common-name meter-0001 --ca ca --out meter
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    naming.add_hosts(parser)
    naming.add_days(parser, "398, but not longer than the CA")
    naming.add_profile(parser)
    directories.add_authority(parser)
    directories.add_output(parser, "the pair")
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Issue it."""
    ca = directories.authority(args)
    with usage_errors():
        pair = ca.issue_pair(*args.hosts, **naming.given(args), **naming.profile(args))
    directories.register(args).add(pair.sign, pair.enc)
    with directories.saving():
        pair.save(args.out, directories.new_password(args), overwrite=args.force)
    output.answer(args, certificates.summary(pair.sign, args.out))
    return EXIT_OK
