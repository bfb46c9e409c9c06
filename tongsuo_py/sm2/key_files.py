"""What private keys are written as: PKCS#8, plain or encrypted, and SEC1; PEM and DER."""

from __future__ import annotations

from typing import Any, Literal, get_args

from tongsuo_py._arguments import check_choice
from tongsuo_py._binding import pkcs8

#: PKCS#8 is what every program reads; SEC1 is the older form that some still ask for.
PrivateFormat = Literal["pkcs8", "sec1"]

#: How PKCS#8 is encrypted, see ``PrivateKey.to_pem``.
KeyEncryption = Literal["aes-256-cbc", "sm4-cbc", "gmssl"]

_DEFAULT = "aes-256-cbc"


def pem(pkey: Any, password: object, format: str, encryption: str) -> bytes:
    """PEM text of the key; see ``PrivateKey.to_pem``."""
    given = _checked(password, format, encryption)
    if format == "sec1":
        return pkcs8.sec1_pem(pkey)
    return pkcs8.plain_pem(pkey) if given is None else pkcs8.encrypted_pem(pkey, given, encryption)


def der(pkey: Any, password: object, format: str, encryption: str) -> bytes:
    """DER of the key; see ``PrivateKey.to_der``."""
    given = _checked(password, format, encryption)
    if format == "sec1":
        return pkcs8.sec1_der(pkey)
    return pkcs8.plain_der(pkey) if given is None else pkcs8.encrypted_der(pkey, given, encryption)


def _checked(password: object, format: str, encryption: str) -> str | bytes | bytearray | None:
    """The password; TypeError or ValueError where the three do not fit together."""
    check_choice("format", format, get_args(PrivateFormat))
    check_choice("encryption", encryption, get_args(KeyEncryption))
    if password is None:
        if encryption != _DEFAULT:
            raise ValueError(f'encryption="{encryption}" needs a password')
        return None
    if not isinstance(password, str | bytes | bytearray):
        raise TypeError(f"password must be str or bytes, not {type(password).__name__}")
    if format == "sec1":
        raise ValueError('SEC1 keys are not encrypted: use format="pkcs8" with a password')
    return password
