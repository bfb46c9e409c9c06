"""A file encrypted with SM4, under a password or a key.

What is written is described in docs/sm4-file.md; decryption notices whatever is altered, cut off
or added.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, passwords
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure, usage_errors
from tongsuo_py.cli.options import positive
from tongsuo_py.cli.progress import bar
from tongsuo_py.cli.sm4 import modes

SUMMARY = "encrypt a file"
EXAMPLES = """\
tongsuo-py sm4 encrypt --out backup.enc backup.tar
tar c photos | tongsuo-py sm4 encrypt --key-file sm4.key > photos.enc
tongsuo-py sm4 encrypt --mode gcm --key-file sm4.key data --out data.gcm
head -c 16 /dev/urandom > sm4.key             (makes a key)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "what is encrypted")
    modes.add_arguments(parser)
    parser.add_argument(
        "--iterations",
        type=positive,
        metavar="N",
        help="how much work one guess of the password is (default: as many as are right today)",
    )
    files.add_output(parser, "the encrypted file")


def run(args: argparse.Namespace) -> int:
    """Encrypt."""
    from tongsuo_py import sm4

    modes.check(args)
    if args.iterations is not None and args.key_file is not None:
        raise Failure("--iterations is for passwords only", EXIT_USAGE)
    key = modes.key(args)
    password = passwords.new(args, "the file") if key is None else None
    more = {} if args.iterations is None else {"iterations": args.iterations}
    with files.opened(args.input) as source, files.written(args) as target:
        if args.mode is not None:
            modes.encrypt(args, key, source, target)
        else:
            with bar(files.shown(args.input)) as tell, usage_errors():
                sm4.encrypt_file(source, target, key=key, password=password, progress=tell, **more)
    return EXIT_OK
