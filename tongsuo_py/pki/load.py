"""Certificates with their keys, from whatever files they come in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tongsuo_py import _pem
from tongsuo_py._binding import x509
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._binding.callbacks import Password
from tongsuo_py._binding.x509 import KeyUsage
from tongsuo_py._binding.x509_forms import CERTIFICATE
from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import FormatError
from tongsuo_py.pki import cfca, pkcs12
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.encoded import in_file
from tongsuo_py.pki.keyed import KeyedCertificate
from tongsuo_py.pki.pair import CertificatePair
from tongsuo_py.pki.usage import ENCRYPTION, SIGNING
from tongsuo_py.sm2 import PrivateKey

_T = TypeVar("_T")

#: Larger files are no certificates or keys.
_LARGEST = 16 * 2**20
_SUFFIXES = {".pem", ".crt", ".cer", ".key", ".p12", ".pfx", ".der", ".sm2"}


@dataclass(frozen=True)
class PKCS12:
    """What a PKCS #12 file holds.

    ``entries`` are the certificates that came with their key, each with its chain; ``names`` are
    the names that they have in the file (friendlyName), or None. ``certificates`` are the others,
    and ``private_keys`` those whose certificate is not there.
    """

    entries: tuple[KeyedCertificate, ...]
    names: tuple[str | None, ...]
    certificates: tuple[Certificate, ...]
    private_keys: tuple[PrivateKey, ...] = field(repr=False)

    def pair(self) -> CertificatePair:
        """The TLCP pair among the entries, told apart by key usage as ``load_pair`` does.

        Raises FormatError where there is none, or where it is not clear which entries are meant.
        """
        return _sorted_by_usage(self.entries)


def load_pkcs12(
    source: StrPath | bytes, password: Password = None, *, require_mac: bool = True
) -> PKCS12:
    """What is in a PKCS #12 file (path), or in its bytes.

    ``password`` is text, bytes, or a callable that gives either. Without ``require_mac`` a file
    without a MAC is read too, of which nobody can tell whether it was altered. Raises
    FileNotFoundError; PasswordError where the password is missing or wrong, or the file was
    altered; FormatError where it cannot be read or has a key that is not SM2.
    """
    bags = _read(source, lambda data: pkcs12.read(data, password, require_mac=require_mac))
    certificates = [certificate for _, certificate in bags.certificates]
    entries, names, alone = [], [], []
    for key_name, key in bags.keys:
        own = _certificates_of(key, certificates)
        for certificate in own:
            entries.append(_keyed(certificate, key, certificates))
            own_name = next(name for name, other in bags.certificates if other == certificate)
            names.append(key_name if key_name is not None else own_name)
        if not own:
            alone.append(key)
    others = tuple(certificate for certificate in certificates if certificate not in entries)
    return PKCS12(tuple(entries), tuple(names), others, tuple(alone))


def load_pair(*sources: StrPath | bytes, password: Password = None) -> CertificatePair:
    """A TLCP pair, from all that these files hold together, in any order.

    Each source is a path, or the bytes of a file: PEM with any number of certificates and keys, a
    certificate or key as DER, PKCS #12, CFCA's ``.sm2``, or a directory (all files with the usual
    endings in it). Which certificate is which is told by key usage (GB/T 20518), and which key
    belongs to which by the keys themselves; what else there is becomes the chains and the root.

    ``password`` opens what is encrypted. Raises FileNotFoundError; PasswordError; FormatError where
    something cannot be read, is missing, or where it is not clear which certificates are meant.
    """
    return _found("load_pair", sources, password).pair()


def load_keyed(*sources: StrPath | bytes, password: Password = None) -> KeyedCertificate:
    """One certificate with its key and its chain, from all that these files hold together.

    Sources and errors are as with ``load_pair``: FormatError as well where there is more than one
    certificate with its key.
    """
    return _found("load_keyed", sources, password).single()


def _found(caller: str, sources: Sequence[StrPath | bytes], password: Password) -> _Found:
    if not sources:
        raise TypeError(f"{caller}() needs the files to look in")
    found = _Found()
    for source in sources:
        found.add_source(source, password)
    return found


class _Found:
    """The certificates and keys of all sources."""

    def __init__(self) -> None:
        self._certificates: dict[Certificate, None] = {}
        self._keys: dict[bytes, PrivateKey] = {}
        self._names: list[str] = []

    def add_source(self, source: StrPath | bytes, password: Password) -> None:
        """Take in a file, or all files of a directory."""
        if isinstance(source, str | os.PathLike) and Path(source).is_dir():
            files = sorted(
                path for path in Path(source).iterdir() if path.suffix.lower() in _SUFFIXES
            )
            if not files:
                raise FormatError(f"{source}: there are no certificates or keys in this directory")
            for path in files:
                self.add_source(path, password)
            return
        named = isinstance(source, str | os.PathLike)
        self._names.append(str(source) if named else "the given bytes")
        _read(source, lambda data: self._add(data, password))

    def _add(self, data: bytes, password: Password) -> None:
        if b"-----BEGIN " in data:
            for block in _pem.blocks(data):
                text = data[block.start : block.end] + b"\n"
                if block.label in CERTIFICATE.labels:
                    self._add_certificate(Certificate.from_pem(text))
                elif block.label.endswith("PRIVATE KEY"):
                    self._add_key(PrivateKey.from_pem(text, password))
                elif block.label == cfca.LABEL:
                    self._add_cfca(block.decode(), password)
        elif pkcs12.is_pkcs12(data):
            bags = pkcs12.read(data, password)
            for _, certificate in bags.certificates:
                self._add_certificate(certificate)
            for _, key in bags.keys:
                self._add_key(key)
        elif cfca.is_cfca(data):
            self._add_cfca(data, password)
        elif (der := cfca.from_base64(data)) is not None:
            self._add_cfca(der, password)
        else:
            self._add_der(data, password)

    def _add_der(self, data: bytes, password: Password) -> None:
        if not data.startswith(b"\x30"):
            raise FormatError(
                "expected certificates or private keys as PEM, DER or PKCS #12, "
                f"found {data[:1].hex() or 'nothing'} at byte 0"
            )
        try:
            certificate = Certificate.from_der(data)
        except FormatError:
            self._add_key(PrivateKey.from_der(data, password))
        else:
            self._add_certificate(certificate)

    def _add_cfca(self, der: bytes, password: Password) -> None:
        certificate, key = cfca.read(der, password)
        self._add_certificate(certificate)
        self._add_key(key)

    def _add_certificate(self, certificate: Certificate) -> None:
        self._certificates[certificate] = None

    def _add_key(self, key: PrivateKey) -> None:
        self._keys[key.public_key().to_bytes()] = key

    def pair(self) -> CertificatePair:
        """The one pair among them; FormatError where there is none, or more than one."""
        return self._named(lambda: _sorted_by_usage(self._keyed()))

    def single(self) -> KeyedCertificate:
        """The one certificate with its key; FormatError where there is none, or more than one."""
        return self._named(lambda: _one(self._keyed()))

    def _named(self, choose: Callable[[], _T]) -> _T:
        """``choose()``, whose FormatError names the files."""
        try:
            return choose()
        except FormatError as error:
            raise FormatError(f"{', '.join(self._names)}: {error.args[0]}") from None

    def _keyed(self) -> list[KeyedCertificate]:
        certificates = list(self._certificates)
        if not certificates:
            raise FormatError("there is no certificate")
        if not self._keys:
            raise FormatError("there are certificates but no private key")
        keyed = []
        for key in self._keys.values():
            own = _certificates_of(key, certificates)
            if not own:
                raise FormatError(
                    "there is a private key whose certificate is missing; its public key is "
                    f"{key.public_key().to_bytes().hex()}"
                )
            keyed += [_keyed(certificate, key, certificates) for certificate in own]
        return keyed


def _one(keyed: Sequence[KeyedCertificate]) -> KeyedCertificate:
    if len(keyed) > 1:
        raise FormatError(
            f"there is more than one certificate with its key: {_listed(keyed)}; name the files of "
            "one only, or use load_pair()"
        )
    return keyed[0]


def _sorted_by_usage(keyed: Sequence[KeyedCertificate]) -> CertificatePair:
    signs = [one for one in keyed if _allows(one, SIGNING)]
    encrypts = [one for one in keyed if _allows(one, ENCRYPTION)]
    # One that may do both is whichever the other is not.
    if len(signs) == 1:
        encrypts = [one for one in encrypts if one != signs[0]]
    if len(encrypts) == 1:
        signs = [one for one in signs if one != encrypts[0]]
    _check_one(signs, "signing", SIGNING[1])
    _check_one(encrypts, "encryption", ENCRYPTION[1])
    return CertificatePair(signs[0], encrypts[0])


def _allows(certificate: Certificate, wanted: tuple[KeyUsage, str]) -> bool:
    usage = certificate.key_usage
    return usage is None or bool(usage & wanted[0])


def _check_one(candidates: Sequence[Certificate], name: str, usage: str) -> None:
    if not candidates:
        raise FormatError(f"there is no {name} certificate (key usage {usage}) with its key")
    if len(candidates) > 1:
        raise FormatError(
            f"which is the {name} certificate? By key usage it may be any of "
            f"{_listed(candidates)}; name only the files of one pair, or put it together with "
            "CertificatePair()"
        )


def _listed(certificates: Iterable[Certificate]) -> str:
    return ", ".join(f"{one.subject} (serial {one.serial_number:X})" for one in certificates)


def _certificates_of(key: PrivateKey, certificates: Iterable[Certificate]) -> list[Certificate]:
    public = key.public_key()
    return [
        certificate
        for certificate in certificates
        if certificate.public_key_algorithm == "SM2" and certificate.public_key() == public
    ]


def _keyed(
    certificate: Certificate, key: PrivateKey, others: Sequence[Certificate]
) -> KeyedCertificate:
    """The certificate with its key, and with what is above it among ``others``."""
    chain: list[Certificate] = []
    root: Certificate | None = None
    last: Certificate | None = certificate
    while last is not None:
        if x509.is_self_signed(last._x509):
            root = last
            break
        chain.append(last)
        last = next(
            (one for one in others if one not in chain and chain[-1].is_issued_by(one)), None
        )
    return KeyedCertificate.of(certificate, key, chain[1:], root)


def _read(source: StrPath | bytes, parse: Callable[[bytes], _T]) -> _T:
    """``parse`` of what is in a file, whose FormatError then names it, or of the bytes."""
    if not isinstance(source, str | os.PathLike):
        return parse(to_bytes(source, "source"))
    with open(source, "rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise FormatError(f"{source}: this is too large for certificates and keys")
    return in_file(source, lambda: parse(data))
