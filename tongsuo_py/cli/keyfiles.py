"""SM2 keys that commands are given as files, in whatever format they are."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

from tongsuo_py.cli import files, passwords
from tongsuo_py.cli.failures import usage_errors

if TYPE_CHECKING:
    from tongsuo_py import sm2


_SEQUENCE = b"\x30"  # what DER begins with


def add_private(parser: argparse.ArgumentParser) -> None:
    """--key and --password-file, for ``private``."""
    group = parser.add_argument_group("key")
    group.add_argument(
        "--key", required=True, metavar="FILE", help="the private key, in any format"
    )
    passwords.add_option(group, "an encrypted key")


def add_public(parser: argparse.ArgumentParser) -> None:
    """--key, for ``public``."""
    parser.add_argument_group("key").add_argument(
        "--key",
        required=True,
        metavar="FILE",
        help="the public key in any format, or a certificate with it",
    )


def private(args: argparse.Namespace, name: str) -> sm2.PrivateKey:
    """The private key in a file, also the only one in a PKCS #12 file. Raises Failure (2)."""
    data, shown = files.read(name), files.shown(name)
    with usage_errors(shown):
        return _private_of(data, passwords.asked(args, shown))


def public(name: str) -> sm2.PublicKey:
    """The public key in a file, or in a certificate. Raises Failure (2)."""
    from tongsuo_py import sm2

    data = files.read(name)
    with usage_errors(files.shown(name)):
        return sm2.load_public_key(data)


def public_of_any(args: argparse.Namespace, name: str) -> sm2.PublicKey:
    """As ``public``; a private key's public half as well."""
    from tongsuo_py import sm2

    data, shown = files.read(name), files.shown(name)
    with usage_errors(shown):
        try:
            return sm2.load_public_key(data)
        except sm2.FormatError as error:
            no_public_key = error
        try:
            return _private_of(data, passwords.asked(args, shown)).public_key()
        except sm2.PasswordError:
            raise
        except sm2.FormatError:
            raise no_public_key from None


def described(key: sm2.PublicKey) -> dict[str, object]:
    """What there is to say about a public key, for ``output.answer``."""
    from tongsuo_py import sm3

    return {
        "curve": "sm2p256v1 (GB/T 32918.5-2017)",
        "public_key": key.to_hex(),
        "compressed": key.to_hex("compressed"),
        "z_of_default_id": key.z().hex(),
        "sm3_fingerprint": sm3.sm3(key.to_der()).hexdigest(),
    }


def _private_of(data: bytes, password: Callable[[], str]) -> sm2.PrivateKey:
    from tongsuo_py import sm2

    if data[:1] != _SEQUENCE:  # most keys are PEM, and pki takes its time to import
        return sm2.load_private_key(data, password)
    from tongsuo_py.pki import pkcs12

    if not pkcs12.is_pkcs12(data):
        return sm2.load_private_key(data, password)
    keys = pkcs12.read(data, password).keys
    if len(keys) == 1:
        return keys[0][1]
    names = ", ".join(name or "one without a name" for name, _ in keys) or "none"
    raise sm2.AmbiguousFormat(f"PKCS #12: expected one private key, found {names}")
