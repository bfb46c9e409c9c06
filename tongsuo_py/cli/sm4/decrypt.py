"""A file decrypted with SM4, as "sm4 encrypt" wrote it or in a mode of another program's.

The output gets its name when all of it is good. Who reads it from a pipe must wait for exit
code 0 before acting on it: only then is it known that nothing was cut off.
"""

from __future__ import annotations

import argparse

from tongsuo_py.cli import files, passwords
from tongsuo_py.cli.failures import EXIT_OK, usage_errors
from tongsuo_py.cli.progress import bar
from tongsuo_py.cli.sm4 import modes

SUMMARY = "decrypt a file"
EXIT_CODES = {
    1: "another key or password, or something was altered, cut off or added",
    2: "a wrong option or file",
}
EXAMPLES = """\
tongsuo-py sm4 decrypt --out backup.tar backup.enc
tongsuo-py sm4 decrypt --key-file sm4.key photos.enc | tar x
tongsuo-py sm4 decrypt --mode cbc --iv $IV --key-file sm4.key data.cbc
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    files.add_input(parser, "what was encrypted")
    modes.add_arguments(parser)
    files.add_output(parser, "the plaintext")


def run(args: argparse.Namespace) -> int:
    """Decrypt."""
    from tongsuo_py import sm4

    modes.check(args)
    key = modes.key(args)
    password = passwords.asked(args, "the file")() if key is None else None
    with files.opened(args.input) as source, files.written(args, private=True) as target:
        if args.mode is not None:
            modes.decrypt(args, key, source, target)
        else:
            with bar(files.shown(args.input)) as tell, usage_errors(files.shown(args.input)):
                sm4.decrypt_file(source, target, key=key, password=password, progress=tell)
    return EXIT_OK
