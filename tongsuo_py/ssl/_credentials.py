"""Certificates and keys from files, checked before a context takes them."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from tongsuo_py._binding import errors, ffi, lib, pem
from tongsuo_py._binding.callbacks import Password
from tongsuo_py.exceptions import FormatError
from tongsuo_py.ssl._errors import ssl_error

StrPath = str | bytes | os.PathLike[str] | os.PathLike[bytes]
_T = TypeVar("_T")

# GB/T 20518-2018, appendix C; Tongsuo asks for one bit of each.
_SIGNING_USAGE = lib.KU_DIGITAL_SIGNATURE | lib.KU_NON_REPUDIATION
_ENCRYPTION_USAGE = lib.KU_KEY_ENCIPHERMENT | lib.KU_DATA_ENCIPHERMENT | lib.KU_KEY_AGREEMENT
_TLCP_KEYS = ("SM2", "RSA")  # RSA for the suites RSA-SM4-*
_NO_USAGE = 0xFFFFFFFF  # what X509_get_key_usage says where there is no such extension


@dataclass(frozen=True)
class Credential:
    """A certificate with its chain (the issuers that are sent along) and its private key."""

    certificate: Any
    chain: tuple[Any, ...]
    key: Any
    name: str  # for messages: the file it came from


def filesystem_path(path: StrPath, what: str) -> str | bytes:
    """``path`` as text or bytes; TypeError in the standard library's words for anything else."""
    try:
        return os.fspath(path)
    except TypeError:
        raise TypeError(f"{what} should be a valid filesystem path") from None


def _read(path: StrPath, what: str) -> bytes:
    with open(filesystem_path(path, what), "rb") as file:
        return file.read()


def _parsed(parse: Callable[[], _T], path: StrPath) -> _T:
    try:
        return parse()
    except FormatError as error:
        # "PEM lib" is what the standard library's own message says, and programs look for it.
        message = f"[SSL] PEM lib: {error.args[0]}: {os.fsdecode(path)}"
        failure = ssl_error(message)
        failure.library = "SSL"
        failure.errors = error.errors  # type: ignore[attr-defined]
        raise failure from error


def load(
    certfile: StrPath, keyfile: StrPath | None = None, password: Password = None
) -> Credential:
    """A certificate chain file (PEM, the certificate first) and its private key.

    The key is looked for in ``certfile`` itself where ``keyfile`` is None. Raises SSLError where
    they cannot be read or do not belong together.
    """
    content = _read(certfile, "certfile")
    certificates = _parsed(lambda: pem.certificates_from_pem(content), certfile)
    key_path = certfile if keyfile is None else keyfile
    if keyfile is not None:
        content = _read(keyfile, "keyfile")
    key = _parsed(lambda: pem.private_key_from_pem(content, password), key_path)
    credential = Credential(certificates[0], tuple(certificates[1:]), key, os.fsdecode(certfile))
    check_match(credential, os.fsdecode(key_path))
    return credential


def check_match(credential: Credential, key_name: str = "") -> None:
    """Raise SSLError (X509, KEY_VALUES_MISMATCH) for a key that is not the certificate's."""
    if lib.X509_check_private_key(credential.certificate, credential.key) == 1:
        return
    entries = errors.drain()
    where = f" {key_name}" if key_name else ""
    raise ssl_error(
        f"key values mismatch: the private key{where} is not that of the certificate "
        f"{credential.name}",
        entries,
    )


def check_role(credential: Credential, role: str) -> None:
    """Raise SSLError where key usage or key type keep a certificate from its role in TLCP.

    ``role`` is "signing" or "encryption"; both need the keyUsage extension.
    """
    wanted = _SIGNING_USAGE if role == "signing" else _ENCRYPTION_USAGE
    usage = lib.X509_get_key_usage(credential.certificate)
    if usage == _NO_USAGE or usage & wanted == 0:
        needs = (
            "digitalSignature (or nonRepudiation)"
            if role == "signing"
            else "keyEncipherment, dataEncipherment or keyAgreement"
        )
        found = "no keyUsage at all" if usage == _NO_USAGE else "another keyUsage"
        raise ssl_error(
            f"wrong key usage: TLCP's {role} certificate needs {needs}, "
            f"{credential.name} has {found}"
        )
    kind = _algorithm(credential)
    if kind not in _TLCP_KEYS:
        raise ssl_error(f"wrong key type: TLCP needs SM2 keys, {credential.name} has {kind}")


def check_pair(sign: Credential, enc: Credential) -> None:
    """Raise SSLError unless the two can be a pair: each fit for its role, of one key type."""
    check_role(sign, "signing")
    check_role(enc, "encryption")
    kinds = _algorithm(sign), _algorithm(enc)
    if kinds[0] != kinds[1]:
        raise ssl_error(
            f"wrong key type: the signing certificate's key is {kinds[0]}, the encryption "
            f"certificate's {kinds[1]}; TLCP needs SM2 for both"
        )


def _algorithm(credential: Credential) -> str:
    return str(ffi.string(lib.EVP_PKEY_get0_type_name(credential.key)).decode("ascii"))
