"""What encrypting and decrypting share: the key, and the modes without a format of files."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

from tongsuo_py.cli import files, passwords, text
from tongsuo_py.cli.failures import EXIT_USAGE, Failure, usage_errors
from tongsuo_py.cli.parser import listed
from tongsuo_py.cli.progress import pieces

if TYPE_CHECKING:
    from tongsuo_py import sm4

_MODES = {
    "gcm": "authenticated",
    "ccm": "authenticated, in two passes",
    "cbc": "cipher block chaining, padded",
    "ctr": "counter",
    "cfb": "cipher feedback of whole blocks",
    "ofb": "output feedback",
    "xts": "for sectors of disks (IEEE 1619)",
    "xts-gb": "the same in GB/T 17964's form",
    "ecb": "UNSAFE: equal blocks stay equal; padded",
}

_AUTHENTICATED = ("gcm", "ccm")
_LONGEST = 2**30  # bytes of what is in memory as a whole, for the authenticated modes

_DESCRIPTION = """\
Without --mode it is a file of this program's own format, which is
authenticated and may have any size. The modes are for data of other programs.
Only gcm and ccm, which have a tag of 16 bytes at the end, notice that
something was altered."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """--key-file, --password-file, --mode, --iv, --aad and --no-padding."""
    group = parser.add_argument_group("key")
    group.add_argument(
        "--key-file",
        metavar="FILE",
        help="the key: 16 bytes (32 for xts), or their hex digits; without it a password is taken",
    )
    passwords.add_option(group, "the file")
    group = parser.add_argument_group("mode", _DESCRIPTION)
    group.add_argument("--mode", choices=_MODES, metavar="MODE", help=listed(_MODES))
    group.add_argument(
        "--iv",
        metavar="HEX",
        help="the IV: 16 bytes, for gcm and ccm 12, as hex digits (default: it stands before the "
        "ciphertext, and is random when encrypting)",
    )
    group.add_argument(
        "--aad",
        metavar="FILE",
        help="for gcm and ccm: data that is authenticated and not encrypted",
    )
    group.add_argument(
        "--no-padding", action="store_true", help="for cbc and ecb: the data is whole blocks"
    )


def check(args: argparse.Namespace) -> None:
    """Failure (2) for options that do not go together."""
    if args.mode is None and (args.iv or args.aad or args.no_padding):
        raise Failure("--iv, --aad and --no-padding need --mode", EXIT_USAGE)
    if args.mode is not None and args.key_file is None:
        raise Failure(f"--mode {args.mode} needs --key-file", EXIT_USAGE)
    if args.aad is not None and args.mode not in _AUTHENTICATED:
        raise Failure(f"--aad is for {' and '.join(_AUTHENTICATED)} only", EXIT_USAGE)
    if args.no_padding and args.mode not in ("cbc", "ecb"):
        raise Failure("--no-padding is for cbc and ecb only", EXIT_USAGE)
    if args.iv is not None and args.mode == "ecb":
        raise Failure("ecb has no IV", EXIT_USAGE)
    files.only_one_standard_input(
        FILE=args.input, **{"--key-file": args.key_file, "--aad": args.aad}
    )


def key(args: argparse.Namespace) -> bytes | None:
    """The key; None where a password is to be taken."""
    if args.key_file is None:
        return None
    size = 32 if args.mode in ("xts", "xts-gb") else 16
    return text.sized(args.key_file, size, "this key")


def _iv_size(mode: str) -> int:
    """The bytes of the IV, nonce or tweak of a mode."""
    if mode == "ecb":
        return 0
    return 12 if mode in _AUTHENTICATED else 16


def encrypt(args: argparse.Namespace, key: object, source: BinaryIO, target: BinaryIO) -> None:
    """Everything in ``source``, in the mode that the options name."""
    if args.iv is None:
        iv = os.urandom(_iv_size(args.mode))
        target.write(iv)
    else:
        iv = text.from_hex(args.iv, "--iv")
    _process(True, args, key, iv, source, target)


def decrypt(args: argparse.Namespace, key: object, source: BinaryIO, target: BinaryIO) -> None:
    """Everything in ``source``, in the mode that the options name."""
    if args.iv is None:
        size = _iv_size(args.mode)
        iv = source.read(size)
        if len(iv) < size:
            message = f"{files.shown(args.input)}: this ends within the IV of {size} bytes"
            raise Failure(message, EXIT_USAGE)
    else:
        iv = text.from_hex(args.iv, "--iv")
    _process(False, args, key, iv, source, target)


def _process(
    encrypts: bool,
    args: argparse.Namespace,
    key: object,
    iv: bytes,
    source: BinaryIO,
    target: BinaryIO,
) -> None:
    from tongsuo_py import sm4

    with usage_errors():
        if args.mode in _AUTHENTICATED:
            cipher = _authenticated(args.mode, key, iv)
            process = cipher.encrypt if encrypts else cipher.decrypt
            target.write(process(iv, _all(source, args), _associated(args)))
            return
        begin = sm4.encryptor if encrypts else sm4.decryptor
        stream = begin(key, _mode(args.mode, iv), padding=not args.no_padding)
        for piece in pieces(source, files.shown(args.input)):
            target.write(stream.update(piece))
        target.write(stream.finalize())


def _authenticated(mode: str, key: object, iv: bytes) -> sm4.GCM | sm4.CCM:
    from tongsuo_py import sm4

    if len(iv) != _iv_size(mode):
        raise Failure(f"--iv: {mode} takes {_iv_size(mode)} bytes here", EXIT_USAGE)
    return sm4.GCM(key) if mode == "gcm" else sm4.CCM(key)


def _all(source: BinaryIO, args: argparse.Namespace) -> bytes:
    data = source.read(_LONGEST + 1)
    if len(data) > _LONGEST:
        message = f"{files.shown(args.input)}: {args.mode} takes at most {_LONGEST:,} bytes here"
        raise Failure(f"{message}; leave out --mode for larger files", EXIT_USAGE)
    return data


def _associated(args: argparse.Namespace) -> bytes | None:
    return None if args.aad is None else files.read(args.aad)


def _mode(name: str, iv: bytes) -> sm4.Mode:
    from tongsuo_py import sm4

    if name == "ecb":
        return sm4.ECB()
    if name.startswith("xts"):
        return sm4.XTS(iv, "gb" if name == "xts-gb" else "ieee")
    modes: dict[str, Callable[[bytes], sm4.Mode]] = {
        "cbc": sm4.CBC,
        "ctr": sm4.CTR,
        "cfb": sm4.CFB,
        "ofb": sm4.OFB,
    }
    return modes[name](iv)
