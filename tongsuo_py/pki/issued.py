"""What a CA sends back for a request in the GM way: two certificates and an enveloped key."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import FormatError
from tongsuo_py.pki.certificate import Certificate, load_certificates, require_certificate
from tongsuo_py.pki.files import File, write_all
from tongsuo_py.pki.keyed import ROOT_FILE, KeyedCertificate, check_key, root_file
from tongsuo_py.pki.pair import CertificatePair
from tongsuo_py.pki.verify import verify_pair
from tongsuo_py.sm2 import PrivateKey

_KEY_FILE = "enc.enveloped"


class IssuedPair:
    """A CA's answer to a device's request: the TLCP pair, its encryption key still sealed.

    ``sign`` is the certificate of the device's own key, ``enc`` that of the key which the CA made,
    ``enveloped_key`` that key, encrypted to the device's (SM2EnvelopedKey of GM/T 0009, DER);
    ``chain`` and ``root`` are as in ``KeyedCertificate``. Nothing in it is secret. Made by
    ``CA.answer_pair`` or ``load``; ``accept`` is what the device does with it.
    """

    __slots__ = ("_chain", "_enc", "_enveloped_key", "_root", "_sign")

    def __init__(
        self,
        sign: Certificate,
        enc: Certificate,
        enveloped_key: bytes,
        chain: Sequence[Certificate],
        root: Certificate,
    ) -> None:
        for certificate in (sign, enc, *chain, root):
            require_certificate(certificate)
        self._sign, self._enc = sign, enc
        self._enveloped_key = to_bytes(enveloped_key, "the enveloped key")
        self._chain, self._root = tuple(chain), root

    @classmethod
    def load(cls, directory: StrPath) -> IssuedPair:
        """What ``save`` wrote. Raises FileNotFoundError, and FormatError for what is no such."""
        place = Path(directory)
        sign, *chain = load_certificates(place / "sign.pem")
        enc = load_certificates(place / "enc.pem")[0]
        root = load_certificates(place / ROOT_FILE)[0]
        return cls(sign, enc, (place / _KEY_FILE).read_bytes(), chain, root)

    @property
    def sign(self) -> Certificate:
        """The signing certificate, for the key that the request was signed with."""
        return self._sign

    @property
    def enc(self) -> Certificate:
        """The encryption certificate, for the key in ``enveloped_key``."""
        return self._enc

    @property
    def enveloped_key(self) -> bytes:
        """The encryption key, encrypted to the signing one: DER."""
        return self._enveloped_key

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """The intermediate certificates, the issuer's first; the root is not among them."""
        return self._chain

    @property
    def root(self) -> Certificate:
        """The certificate at the top."""
        return self._root

    def save(self, directory: StrPath, *, overwrite: bool = False) -> None:
        """Write ``sign.pem`` and ``enc.pem`` (each with the chain), ``enc.enveloped``, ``ca.pem``.

        The directory is made if it is missing. Raises FileExistsError, with nothing written, if
        there are such files and ``overwrite`` is false.
        """
        above = b"".join(certificate.to_pem() for certificate in self._chain)
        files = [
            File("sign.pem", self._sign.to_pem() + above, private=False),
            File("enc.pem", self._enc.to_pem() + above, private=False),
            File(_KEY_FILE, self._enveloped_key, private=False),
            *root_file(self._root),
        ]
        write_all(directory, files, overwrite=overwrite)

    def accept(self, sign_key: PrivateKey, root: Certificate | None = None) -> CertificatePair:
        """The pair with both its keys, once everything was checked; what the device does.

        ``sign_key`` is the key that the request was signed with. ``root`` is the certificate that
        the device trusts; without one the answer's own is believed, so give it wherever the answer
        came over a channel that somebody else could write to.

        Raises FormatError where something does not belong together: a key and its certificate, the
        two certificates, their key usages, the chain, the root, or a time. Raises DecryptionError
        where the enveloped key cannot be opened.
        """
        if root is not None and root != self._root:
            raise FormatError(f"this pair's root is {self._root}, and the one trusted is {root}")
        check_key(self._sign, sign_key)
        found = verify_pair(self._sign, self._enc, roots=[self._root], intermediates=self._chain)
        if not found.ok:
            raise FormatError(f"this pair does not verify: {found}")
        enc_key = PrivateKey.from_enveloped(self._enveloped_key, sign_key)
        return CertificatePair(
            KeyedCertificate.of(self._sign, sign_key, self._chain, self._root),
            KeyedCertificate.of(self._enc, enc_key, self._chain, self._root),
        )

    def __repr__(self) -> str:
        return f"<pki.IssuedPair {self._sign.subject!r} issued by {self._sign.issuer!r}>"
