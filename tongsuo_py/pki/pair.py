"""TLCP's pair of certificates: one signs, the other takes the keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

from tongsuo_py._binding.callbacks import Password
from tongsuo_py._binding.pbe import ITERATIONS
from tongsuo_py._binding.x509 import KeyUsage
from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import FormatError
from tongsuo_py.pki import pkcs12
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.encoded import in_file
from tongsuo_py.pki.files import write_all
from tongsuo_py.pki.keyed import KeyedCertificate, require_our_context, root_file
from tongsuo_py.pki.usage import ENCRYPTION, SIGNING, usage_text


class CertificatePair:
    """The signing certificate and the encryption certificate of one TLCP party (GB/T 38636).

    ``sign`` and ``enc`` are the two, each with its key and chain. Raises FormatError if one does
    not allow what the pair needs it for: digitalSignature the first; keyEncipherment,
    dataEncipherment or keyAgreement the other. It does not change, and is not pickled.
    """

    __slots__ = ("_enc", "_sign")

    _sign: KeyedCertificate
    _enc: KeyedCertificate

    def __init__(self, sign: KeyedCertificate, enc: KeyedCertificate) -> None:
        _check_usage(sign, "signing", *SIGNING)
        _check_usage(enc, "encryption", *ENCRYPTION)
        self._sign = sign
        self._enc = enc

    @classmethod
    def load(cls, directory: StrPath, password: Password = None) -> CertificatePair:
        """The pair that ``save`` wrote.

        Raises FileNotFoundError; PasswordError where the password is missing or wrong; FormatError
        where something cannot be read, is not SM2, has the wrong key usage, or does not belong
        together.
        """
        sign = KeyedCertificate.load(directory, password, name="sign")
        enc = KeyedCertificate.load(directory, password, name="enc")
        return in_file(Path(directory), lambda: cls(sign, enc))

    @property
    def sign(self) -> KeyedCertificate:
        """The signing certificate, whose key authenticates."""
        return self._sign

    @property
    def enc(self) -> KeyedCertificate:
        """The encryption certificate, whose key the session keys are encrypted or agreed with."""
        return self._enc

    @property
    def root(self) -> Certificate | None:
        """The certificate that a peer has to trust, if it is known."""
        return self._sign.root

    def to_pkcs12(
        self,
        password: str | bytes | bytearray,
        *,
        encryption: pkcs12.Encryption = "aes-256-cbc",
        iterations: int = ITERATIONS,
    ) -> bytes:
        """A PKCS #12 file (RFC 7292): both certificates with their keys, the chains, the root.

        The two have the names (friendlyName) ``sign`` and ``enc`` in it; which is which is told by
        key usage all the same. Arguments are as with ``KeyedCertificate.to_pkcs12``.
        """
        entries = [
            pkcs12.Entry(name, one, one.private_key)
            for name, one in (("sign", self._sign), ("enc", self._enc))
        ]
        above = dict.fromkeys([*self._sign._above(), *self._enc._above()])
        return pkcs12.write(entries, above, password, encryption, iterations)

    def save(
        self,
        directory: StrPath,
        password: str | bytes | bytearray | None = None,
        *,
        overwrite: bool = False,
    ) -> None:
        """Write the pair into a directory, which is made if it is missing.

        ``sign.pem`` and ``enc.pem`` (each with its chain), ``sign.key`` and ``enc.key`` (mode 0600;
        encrypted if there is a ``password``), ``ca.pem`` (the root). Raises FileExistsError, with
        nothing written, if there are such files and ``overwrite`` is false; a ``ca.pem`` with the
        same root may be there.
        """
        files = [
            *self._sign._files("sign", password),
            *self._enc._files("enc", password),
            *root_file(self.root),
        ]
        write_all(directory, files, overwrite=overwrite)

    def configure(self, context: Any) -> None:
        """Make a ``tongsuo_py.ssl.SSLContext`` for TLCP use this pair, as server or as client.

        Raises TypeError for the standard library's context, which does not speak TLCP.
        """
        require_our_context(context)
        context._use_ntls_pair(
            self._sign._handles(),
            self._sign.private_key._pkey,
            self._enc._handles(),
            self._enc.private_key._pkey,
        )

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is not pickled or copied: use save() and load()")

    def __repr__(self) -> str:
        return f"<pki.CertificatePair {self._sign.subject!r} issued by {self._sign.issuer!r}>"


def _check_usage(certificate: KeyedCertificate, name: str, wanted: KeyUsage, words: str) -> None:
    if not isinstance(certificate, KeyedCertificate):
        raise TypeError(
            f"the {name} certificate must be a KeyedCertificate, not {type(certificate).__name__}"
        )
    usage = certificate.key_usage
    if usage is not None and not usage & wanted:
        raise FormatError(
            f"the {name} certificate's key usage must have {words}, and it has "
            f"{usage_text(usage)}: are the two swapped?"
        )
