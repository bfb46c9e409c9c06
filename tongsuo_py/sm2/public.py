"""SM2 public keys: reading, writing, and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn

from tongsuo_py import _exchange
from tongsuo_py._binding import pem, pkey, pkey_text
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._binding.pool import Pool
from tongsuo_py._files import StrPath
from tongsuo_py._pem import armour
from tongsuo_py.sm2 import (
    curve,
    encryption,
    hexadecimal,
    jwk,
    point_forms,
    signature_formats,
    signatures,
)
from tongsuo_py.sm2.ciphertexts import CiphertextEncoding
from tongsuo_py.sm2.point_forms import PointForm
from tongsuo_py.sm2.signature_formats import SignatureEncoding
from tongsuo_py.sm2.signatures import DEFAULT_ID
from tongsuo_py.sm2.streams import Verifier

if TYPE_CHECKING:
    import OpenSSL.crypto


class PublicKey:
    """An SM2 public key: a point of the curve sm2p256v1, never the one at infinity.

    Made by ``PrivateKey.public_key``, by one of the ``from_`` functions, or by
    ``sm2.load_public_key`` from any of their forms. Each checks that the coordinates are less than
    p and the point is on the curve. Two keys are equal if their points are. Safe to use from any
    number of threads at once.
    """

    __slots__ = ("_encryptors", "_identity", "_pkey", "_point", "_verifiers")

    _pkey: Any
    _point: bytes
    _identity: signatures.Identity
    _verifiers: Pool[signatures.Operation]
    _encryptors: Pool[encryption.Operation]

    def __init__(self) -> None:
        raise TypeError(
            "make it with PublicKey.from_pem(), another from_ function, or sm2.load_public_key()"
        )

    @classmethod
    def from_bytes(cls, data: object) -> PublicKey:
        """The key whose point is ``data``, in any of the forms that ``to_bytes`` writes.

        That is 65 bytes after 04, 06 or 07 (those two tell whether y is odd, too), 33 after 02 or
        03, or 64 bytes without any of these. Raises FormatError for another length or first byte,
        and for what is not a point of the curve.
        """
        point = point_forms.uncompressed(to_bytes(data, "the public key"))
        key = cls.__new__(cls)
        key._pkey = handle = pkey.public(point)
        key._point = point
        key._identity = signatures.Identity(point)
        key._verifiers = signatures.verifiers(handle)
        key._encryptors = encryption.encryptors(handle)
        return key

    @classmethod
    def from_hex(cls, text: object) -> PublicKey:
        """As ``from_bytes``, from hexadecimal digits: text, or its bytes."""
        return cls.from_bytes(hexadecimal.decode(text, "the public key", point_forms.NAME))

    @classmethod
    def from_coordinates(cls, x: int, y: int) -> PublicKey:
        """The key whose point has these coordinates. Raises FormatError if there is none."""
        return cls.from_bytes(point_forms.from_coordinates(x, y))

    @classmethod
    def from_pem(cls, data: object) -> PublicKey:
        """The first key in PEM text (``PUBLIC KEY``), as bytes.

        Raises FormatError where there is none, and for a key of another algorithm.
        """
        return cls._from_pkey(pem.public_key_from_pem(data))

    @classmethod
    def from_der(cls, data: object) -> PublicKey:
        """A key from the DER of a SubjectPublicKeyInfo (RFC 5280). Raises FormatError."""
        return cls._from_pkey(pem.public_key_from_der(data))

    @classmethod
    def from_jwk(cls, jwk_members: Mapping[str, object]) -> PublicKey:
        """A key from the members of a JSON Web Key, see ``to_jwk``; unknown ones are passed over.

        Raises FormatError where one is missing or wrong, and for a private key (member ``d``).
        """
        return cls.from_bytes(jwk.public_point(jwk_members))

    @classmethod
    def from_pyopenssl(cls, key: OpenSSL.crypto.PKey) -> PublicKey:
        """The public half of an object of the package ``pyOpenSSL``.

        Raises TypeError for another object, FormatError for a key of another algorithm.
        """
        return cls.from_der(_exchange.from_pyopenssl("PKey", "dump_publickey", key))

    @classmethod
    def _from_pkey(cls, handle: Any) -> PublicKey:
        """The public half of an EVP_PKEY, in a new EVP_PKEY; FormatError if it is not SM2."""
        pkey.require_sm2(handle)
        return cls.from_bytes(pkey.point_of(handle))

    @property
    def x(self) -> int:
        """The first coordinate of the point."""
        return int.from_bytes(self._point[1 : 1 + curve.SIZE], "big")

    @property
    def y(self) -> int:
        """The second coordinate of the point."""
        return int.from_bytes(self._point[1 + curve.SIZE :], "big")

    def to_bytes(self, form: PointForm = "uncompressed") -> bytes:
        """The point in one of the forms of GB/T 32918.1-2016, 4.2.9.

        ``"uncompressed"``: 04 || x || y, 65 bytes. ``"compressed"``: 02 or 03 (y odd) || x, 33
        bytes. ``"hybrid"``: 06 or 07 (y odd) || x || y, 65 bytes. ``"bare"``, which is not in the
        standard: x || y, 64 bytes. Raises ValueError for another one.
        """
        return point_forms.encode(self._point, form)

    def to_hex(self, form: PointForm = "uncompressed") -> str:
        """``to_bytes`` as hexadecimal digits, in lower case."""
        return self.to_bytes(form).hex()

    def to_der(self) -> bytes:
        """The DER of a SubjectPublicKeyInfo (RFC 5280, algorithm id-ecPublicKey)."""
        return curve.SPKI_PREFIX + self._point

    def to_pem(self) -> bytes:
        """The same as PEM (``PUBLIC KEY``)."""
        return armour(self.to_der(), "PUBLIC KEY")

    def to_text(self) -> str:
        """The key in words, as ``openssl pkey -pubin -text -noout`` prints it."""
        return pkey_text.public(self._pkey)

    def to_pyopenssl(self) -> OpenSSL.crypto.PKey:
        """The same as an object of the package ``pyOpenSSL``; ImportError without it."""
        made: OpenSSL.crypto.PKey = _exchange.to_pyopenssl("load_publickey", self.to_der())
        return made

    def to_cryptography(self) -> NoReturn:
        """NotImplementedError: the package ``cryptography`` has no SM2 keys."""
        raise _exchange.no_cryptography_key()

    def to_jwk(self) -> dict[str, str]:
        """A JSON Web Key in the shape of RFC 7518, 6.2: ``kty``, ``crv``, ``x``, ``y``.

        No standard gives SM2 a place there; ``{"kty": "EC", "crv": "SM2"}`` is what is used.
        """
        return jwk.public_members(self._point)

    def z(self, user_id: object = DEFAULT_ID) -> bytes:
        """Z of GB/T 32918.2-2016, 5.5: SM3 of the ID, the curve and this key; 32 bytes.

        SM3 of Z and the data is the digest that ``sign_digest`` and ``verify_digest`` take. Raises
        ValueError for a ``user_id`` of more than 8191 bytes.
        """
        return self._identity.z(user_id)

    def verify(
        self,
        signature: object,
        data: object,
        user_id: object = DEFAULT_ID,
        encoding: SignatureEncoding = "der",
    ) -> None:
        """Return if ``signature`` is one over ``data`` by the owner of this key.

        Raises InvalidSignature if it is not, for whatever reason: another key, other data, another
        ``user_id``, or bytes that are no signature in this encoding (of DER, only the one form
        that X.690 allows). ``user_id`` is the signer's distinguishing identifier, 0 to 8191 bytes,
        or None where the signer hashed the data alone, without Z; ValueError for a longer one, and
        for an unknown encoding.
        """
        digest = self._identity.digest(data, user_id)
        signatures.verify_digest(self._verifiers, signature, digest, encoding)

    def verify_digest(
        self, signature: object, digest: object, *, encoding: SignatureEncoding = "der"
    ) -> None:
        """Return if ``signature`` is one over ``digest``, 32 bytes, by the owner of this key.

        The digest is the standard's e: SM3 of Z and the data (see ``z``), or whatever else the
        signer signed in its place. Raises InvalidSignature as ``verify`` does, and ValueError for
        a digest of another length.
        """
        given = signatures.given_digest(digest)
        signatures.verify_digest(self._verifiers, signature, given, encoding)

    def verifier(
        self,
        signature: object,
        user_id: object = DEFAULT_ID,
        encoding: SignatureEncoding = "der",
    ) -> Verifier:
        """As ``verify``, for data that comes in pieces: ``update`` them, then ``finalize``.

        What ``finalize`` has not confirmed may be anybody's data.
        """
        signature_formats.check_encoding(encoding)
        given = signature_formats.as_bytes(signature, encoding)
        verify = partial(self.verify_digest, given, encoding=encoding)
        return Verifier(self._identity.head(user_id), verify)

    def verify_file(
        self,
        signature: object,
        file: StrPath | BinaryIO,
        user_id: object = DEFAULT_ID,
        encoding: SignatureEncoding = "der",
    ) -> None:
        """As ``verify``, for the data in a file, which is read in constant memory.

        ``file`` is a path, or a file object open for reading bytes, which is read from where it
        stands to its end. Raises TypeError for one in text mode, OSError where it cannot be read.
        """
        verifier = self.verifier(signature, user_id, encoding)
        verifier.update_file(file)
        verifier.finalize()

    def encrypt(self, data: object, encoding: CiphertextEncoding = "der") -> bytes:
        """The ciphertext of ``data`` (1 byte to 1 GiB), for the owner of this key only.

        ``encoding`` is ``"der"`` (GM/T 0009-2012), ``"c1c3c2"`` (GB/T 32918.4-2016: 04 || x || y,
        then 32 bytes of digest, then as many bytes as ``data`` has) or ``"c1c2c3"`` (the older
        order). Behind these two ``"-bare"`` leaves out the 04, ``"-compressed"`` and ``"-hybrid"``
        write the point as 02 or 03 || x and 06 or 07 || x || y; ``"-hex"`` behind any of them turns
        the whole into hexadecimal digits. Raises ValueError for empty data, which the standard does
        not provide for, and for an unknown encoding.

        Meant for keys and short messages. It does not say who encrypted.
        """
        return encryption.encrypt(self._encryptors, data, encoding)

    def __eq__(self, other: object) -> bool:
        return self._point == other._point if isinstance(other, PublicKey) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._point)

    def __reduce__(self) -> tuple[Any, tuple[bytes]]:
        return PublicKey.from_bytes, (self._point,)

    def __repr__(self) -> str:
        return f"<sm2.PublicKey {self._point.hex()}>"
