"""Certificate requests (PKCS#10, RFC 2986; in GM's profile GM/T 0015): made, read, checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from tongsuo_py import _der, _exchange
from tongsuo_py._binding import lib, x509_names, x509_request
from tongsuo_py._binding.x509_forms import REQUEST
from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import FormatError, InvalidSignature
from tongsuo_py.pki import names
from tongsuo_py.pki.encoded import Encoded, all_from_pem, load_all, wrap
from tongsuo_py.pki.issuing import Host, leaf_subject
from tongsuo_py.sm2 import PrivateKey, PublicKey

if TYPE_CHECKING:
    import cryptography.x509


class Request(Encoded):
    """A request for a certificate, signed with the key that it is for; it does not change.

    Made by ``create``, ``from_pem``, ``from_der`` or ``load_request``. Two are equal if their DER
    is. What it says is a wish: the CA decides (``CA.answer``).
    """

    __slots__ = ()

    _FORM = REQUEST

    @classmethod
    def create(
        cls,
        key: PrivateKey,
        *hosts: Host,
        role: str | None = None,
        common_name: str | None = None,
        organization: str | None = None,
        country: str | None = None,
    ) -> Request:
        """A request for ``key``, signed with it by SM2 with SM3 and the ID 1234567812345678.

        ``hosts`` are the host names and IP addresses to ask for; the subject is made as by
        ``CA.issue``. Raises ValueError for names or attributes that cannot be, and where there is
        neither a name nor a common name.
        """
        if not isinstance(key, PrivateKey):
            raise TypeError(f"an sm2.PrivateKey is needed, not {type(key).__name__}")
        attributes, parsed = leaf_subject(hosts, common_name, role, organization, country)
        extensions = []
        if parsed:
            value = names.subject_alternative_name(parsed)
            extensions.append((lib.NID_subject_alt_name, value))
        subject = x509_names.new(attributes)
        handle = x509_request.build(subject=subject, extensions=extensions, key=key._pkey)
        return wrap(Request, handle)

    @classmethod
    def from_pem(cls, data: object) -> Request:
        """The first request in PEM text (str, or bytes-like). Raises FormatError."""
        return all_from_pem(Request, data)[0]

    @classmethod
    def from_der(cls, data: object) -> Request:
        """A request from DER (bytes-like); bytes after it are refused. Raises FormatError."""
        return wrap(Request, REQUEST.from_der(data))

    @classmethod
    def from_cryptography(cls, request: cryptography.x509.CertificateSigningRequest) -> Request:
        """The same as an object of the package ``cryptography``; TypeError for another."""
        return cls.from_der(_exchange.from_cryptography("CertificateSigningRequest", request))

    @classmethod
    def from_pyopenssl(cls, request: object) -> NoReturn:
        """NotImplementedError: pyOpenSSL has no requests any more."""
        raise _exchange.no_pyopenssl("certificate request")

    @property
    def subject(self) -> str:
        """Who asks, as RFC 4514 writes names: ``CN=www.example,OU=platform``."""
        return x509_request.subject_text(self._x509)

    @property
    def san(self) -> tuple[tuple[str, Any], ...]:
        """The subject alternative names that it asks for, in the form of ``Certificate.san``."""
        return x509_request.subject_alternative_names(self._x509)

    @property
    def public_key_algorithm(self) -> str:
        """What its key is for: "SM2", "RSA", "EC", ...; "unknown" for what Tongsuo cannot read."""
        return x509_request.public_key_type(self._x509)

    @property
    def signature_algorithm(self) -> str:
        """How it was signed: "SM2-with-SM3", "sha256WithRSAEncryption", ..."""
        return x509_request.signature_algorithm(self._x509)

    def public_key(self) -> PublicKey:
        """The key that it asks a certificate for. Raises FormatError if that is no SM2 key."""
        return PublicKey._from_pkey(x509_request.public_key(self._x509))

    def is_signed(self) -> bool:
        """Whether its own key signed it, so that whoever made it has the private one.

        With SM2 by the ID 1234567812345678, as GM/T 0015 has it, or by the empty one, which
        OpenSSL's ``req`` takes unless it is told (``-sigopt distid:...``).
        """
        return x509_request.verifies(self._x509) or self._is_signed_without_id()

    def to_text(self) -> str:
        """The whole request in words, as ``openssl req -text`` prints it."""
        return x509_request.text(self._x509)

    def to_cryptography(self) -> cryptography.x509.CertificateSigningRequest:
        """The same as an object of the package ``cryptography``; ImportError without it.

        Its ``public_key()`` and ``is_signature_valid`` do not work for SM2, which that lacks.
        """
        made: cryptography.x509.CertificateSigningRequest = _exchange.to_cryptography(
            "load_der_x509_csr", self._der
        )
        return made

    def to_pyopenssl(self) -> NoReturn:
        """NotImplementedError: pyOpenSSL has no requests any more."""
        raise _exchange.no_pyopenssl("certificate request")

    def _subject(self) -> Any:
        return x509_request.subject(self._x509)

    def _hosts(self) -> list[str]:
        """The host names and addresses that it asks for; ValueError if it asks for more."""
        for kind, value in self.san:
            if kind not in ("DNS", "IP Address"):
                raise ValueError(
                    f"the request asks for the name {kind}:{value}, and this CA issues only host "
                    "names and IP addresses: give hosts= to say which the certificate is for"
                )
        return [value for _, value in self.san]

    def _is_signed_without_id(self) -> bool:
        if (self.public_key_algorithm, self.signature_algorithm) != ("SM2", "SM2-with-SM3"):
            return False
        reader = _der.Reader(self._der, "the certificate request").only()
        try:
            signed, _, signature = reader.element(), reader.element(), reader.bits()
            self.public_key().verify(signature, signed, user_id=b"")
        except (InvalidSignature, FormatError):  # what Tongsuo reads as BER may be no DER
            return False
        return True

    def __reduce__(self) -> tuple[Callable[[bytes], Request], tuple[bytes]]:
        return Request.from_der, (self._der,)

    def __repr__(self) -> str:
        return f"<pki.Request of {self.subject!r}>"


def load_request(source: StrPath | bytes) -> Request:
    """The request in a file (path) or in bytes, PEM or DER; of several the first.

    Raises FileNotFoundError, and FormatError where there is no request.
    """
    return load_all(Request, source)[0]
