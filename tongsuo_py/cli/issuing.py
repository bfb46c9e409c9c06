"""What ``cert issue`` and ``pair issue`` have in common: arguments, and the way to the files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from tongsuo_py.cli import certificates, directories, naming, output
from tongsuo_py.cli.failures import EXIT_OK

if TYPE_CHECKING:
    from tongsuo_py import pki


def add_arguments(parser: argparse.ArgumentParser, what: str) -> None:
    """For whom it is, what it says, which CA issues it, and where it goes."""
    naming.add_hosts(parser)
    naming.add_days(parser, "398, but not longer than the CA")
    naming.add_profile(parser)
    directories.add_authority(parser)
    directories.add_output(parser, what)
    output.add_json(parser)


def deliver(
    args: argparse.Namespace,
    issued: pki.KeyedCertificate | pki.CertificatePair,
    *members: pki.Certificate,
) -> int:
    """Write the certificates in it down in the CA's register, save it, and say so."""
    directories.register(args).add(*members)
    with directories.saving():
        issued.save(args.out, directories.new_password(args), overwrite=args.force)
    output.answer(args, certificates.summary(members[0], args.out))
    return EXIT_OK
