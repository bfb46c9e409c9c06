"""Answer a device's request with a TLCP pair, the way GM CAs do it.

The request's key signs; its certificate is sign.pem. The encryption key is made
here, and goes to the device in enc.enveloped, encrypted to the request's key
(GM/T 0009): nothing in the directory is secret. The device opens it with
tongsuo-py pair accept. Look at the request first: req show.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import certificates, directories, output
from tongsuo_py.cli.failures import EXIT_OK, EXIT_WRONG, usage_errors
from tongsuo_py.cli.req import reading

SUMMARY = "have a CA answer a request with a pair"
EXIT_CODES = {EXIT_WRONG: "the request is not signed by its own key"}
EXAMPLES = """\
tongsuo-py pair answer meter.req --ca ca --out answer
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    reading.add_request(parser)
    directories.add_authority(parser)
    directories.add_output(parser, "the answer", keys=False)
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Answer it."""
    request, ca = reading.request(args), directories.authority(args)
    with usage_errors():
        issued = ca.answer_pair(request, **reading.terms(args))
    directories.register(args).add(issued.sign, issued.enc)
    with directories.saving():
        issued.save(args.out, overwrite=args.force)
    output.answer(args, certificates.summary(issued.sign, args.out))
    return EXIT_OK
