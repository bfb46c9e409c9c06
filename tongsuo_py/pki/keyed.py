"""A certificate together with its private key, and the certificates above it."""

from __future__ import annotations

import ssl as _stdlib_ssl
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from tongsuo_py._binding import x509
from tongsuo_py._binding.callbacks import Password
from tongsuo_py._binding.pbe import ITERATIONS
from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import FormatError
from tongsuo_py.pki import pkcs12
from tongsuo_py.pki.certificate import Certificate, load_certificates, require_certificate
from tongsuo_py.pki.encoded import adopt, in_file
from tongsuo_py.pki.files import File, write_all
from tongsuo_py.sm2 import PrivateKey

_K = TypeVar("_K", bound="KeyedCertificate")

ROOT_FILE = "ca.pem"


class KeyedCertificate(Certificate):
    """An SM2 certificate with its private key: for TLS 1.3 by RFC 8998, or half of a TLCP pair.

    ``private_key`` is the key, ``chain`` the intermediate certificates (its issuer's first, the
    root not among them), ``root`` the certificate that they lead to, if it is known. Made by
    ``CA.issue``, ``self_signed``, ``load`` or ``of``; it does not change, and is not pickled.
    """

    __slots__ = ("_chain", "_private_key", "_root")

    _private_key: PrivateKey
    _chain: tuple[Certificate, ...]
    _root: Certificate | None

    @classmethod
    def of(
        cls: type[_K],
        certificate: Certificate,
        private_key: PrivateKey,
        chain: Sequence[Certificate] = (),
        root: Certificate | None = None,
    ) -> _K:
        """Put together a certificate and what belongs to it.

        Raises FormatError if the certificate's key is not an SM2 key, if ``private_key`` belongs to
        another certificate, and if ``root`` issued none of these.
        """
        for member in (certificate, *chain, *([] if root is None else [root])):
            require_certificate(member)
        check_key(certificate, private_key)
        if root is not None and not _leads_to(root, certificate, *chain):
            raise FormatError(f"{root} is not the root of this certificate: {certificate}")
        return cls._join(certificate, private_key, chain, root)

    @classmethod
    def _join(
        cls: type[_K],
        certificate: Certificate,
        private_key: PrivateKey,
        chain: Sequence[Certificate],
        root: Certificate | None,
    ) -> _K:
        """``of``, for those that are known to belong together."""
        self = adopt(cls.__new__(cls), certificate._x509)
        self._private_key = private_key
        self._chain = tuple(chain)
        self._root = root
        return self

    @classmethod
    def load(
        cls: type[_K], directory: StrPath, password: Password = None, *, name: str = "cert"
    ) -> _K:
        """What ``save`` wrote: ``NAME.pem``, ``NAME.key``, and ``ca.pem`` if it is there.

        ``password`` is text, bytes, or a callable that gives either when the key is encrypted.
        Raises FileNotFoundError; PasswordError where the password is missing or wrong; FormatError
        where something cannot be read, is not SM2, or does not belong together.
        """
        place = Path(directory)
        first, *chain = load_certificates(place / f"{name}.pem")
        key_file = place / f"{name}.key"
        key = in_file(key_file, lambda: PrivateKey.from_pem(key_file.read_bytes(), password))
        root = None
        with suppress(FileNotFoundError):
            roots = load_certificates(place / ROOT_FILE)
            # If none of them is the one, the first is what the error will be about.
            root = next((root for root in roots if _leads_to(root, first, *chain)), roots[0])
        return in_file(place / f"{name}.pem", lambda: cls.of(first, key, chain, root))

    @property
    def private_key(self) -> PrivateKey:
        """The private key."""
        return self._private_key

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The intermediate certificates, its issuer's first; the root is not among them."""
        return self._chain

    @property
    def root(self) -> Certificate | None:
        """The certificate that a peer has to trust, if it is known (it may be this one)."""
        return self._root

    def chain_to_pem(self) -> bytes:
        """PEM text: this certificate, then its chain, as servers want it."""
        return b"".join(certificate.to_pem() for certificate in (self, *self._chain))

    def to_pkcs12(
        self,
        password: str | bytes | bytearray,
        *,
        name: str | None = None,
        encryption: pkcs12.Encryption = "aes-256-cbc",
        iterations: int = ITERATIONS,
    ) -> bytes:
        """A PKCS #12 file (RFC 7292): this certificate with its key, its chain and its root.

        ``password`` has 1 to 1024 bytes (text as UTF-8); ``name`` is the friendlyName. By default
        it is encrypted with AES-256-CBC and has a MAC with SHA-256, as OpenSSL 3 writes it;
        ``"sm4-cbc"`` takes SM4 and SM3 instead, which few programs but Tongsuo read.
        ``iterations`` is what a guess of the password costs. Raises ValueError for other values.
        """
        entry = pkcs12.Entry(name, self, self._private_key)
        return pkcs12.write([entry], self._above(), password, encryption, iterations)

    def save(
        self,
        directory: StrPath,
        password: str | bytes | bytearray | None = None,
        *,
        name: str = "cert",
        overwrite: bool = False,
    ) -> None:
        """Write ``NAME.pem`` (with the chain), ``NAME.key`` (mode 0600) and ``ca.pem`` (the root).

        ``password`` encrypts the key. The directory is made if it is missing. Raises
        FileExistsError, with nothing written, if there are such files and ``overwrite`` is false; a
        ``ca.pem`` with the same root may be there.
        """
        write_all(
            directory, [*self._files(name, password), *root_file(self._root)], overwrite=overwrite
        )

    def configure(self, context: Any) -> None:
        """Make a ``tongsuo_py.ssl.SSLContext`` for TLS use this certificate, its chain and key.

        Raises TypeError for the standard library's context, whose OpenSSL knows no RFC 8998.
        """
        require_our_context(context)
        context._use_certificate(self._handles(), self._private_key._pkey)

    def _above(self) -> list[Certificate]:
        """The certificates above this one, the root last, if it is known."""
        above = list(self._chain)
        if self._root is not None and self._root != self:
            above.append(self._root)
        return above

    def _files(self, name: str, password: str | bytes | bytearray | None) -> list[File]:
        return [
            File(f"{name}.key", self._private_key.to_pem(password), private=True),
            File(f"{name}.pem", self.chain_to_pem(), private=False),
        ]

    def _handles(self) -> list[Any]:
        return [certificate._x509 for certificate in (self, *self._chain)]

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled or copied: use save() and load()")


def check_key(certificate: Certificate, private_key: PrivateKey) -> None:
    """FormatError unless the certificate is for an SM2 key, and for this one."""
    if not isinstance(private_key, PrivateKey):
        raise TypeError(f"an sm2.PrivateKey is needed, not {type(private_key).__name__}")
    kind = certificate.public_key_algorithm
    if kind != "SM2":
        raise FormatError(f"an SM2 certificate is needed, and this one's key is {kind}")
    if not x509.matches(certificate._x509, private_key._pkey):
        raise FormatError(f"the private key does not belong to this certificate: {certificate}")


def _leads_to(root: Certificate, *chain: Certificate) -> bool:
    # A self-signed certificate need not be a CA's.
    return any(link == root or link.is_issued_by(root) for link in chain)


def root_file(root: Certificate | None) -> list[File]:
    """The file for the root, if there is one."""
    return [] if root is None else [File(ROOT_FILE, root.to_pem(), private=False)]


def require_our_context(context: object) -> None:
    """TypeError unless it is an SSLContext of this package."""
    if hasattr(type(context), "_use_ntls_pair"):
        return
    if isinstance(context, _stdlib_ssl.SSLContext):
        raise TypeError(
            "this is the standard library's ssl.SSLContext, which knows neither TLCP nor SM2: "
            "make it with `from tongsuo_py import ssl`"
        )
    raise TypeError(f"a tongsuo_py.ssl.SSLContext is needed, not {type(context).__name__}")
