"""SM2 private keys: making, reading, writing, and what they do."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NoReturn

from tongsuo_py import _exchange
from tongsuo_py._binding import pem, pkey, pkey_text
from tongsuo_py._binding.buffers import borrow, take
from tongsuo_py._binding.callbacks import Password
from tongsuo_py._binding.pool import Pool
from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import FormatError
from tongsuo_py.sm2 import (
    curve,
    encryption,
    enveloped,
    hexadecimal,
    jwk,
    key_files,
    signature_formats,
    signatures,
)
from tongsuo_py.sm2.ciphertexts import CiphertextEncoding
from tongsuo_py.sm2.key_files import KeyEncryption, PrivateFormat
from tongsuo_py.sm2.public import PublicKey
from tongsuo_py.sm2.signature_formats import SignatureEncoding
from tongsuo_py.sm2.signatures import DEFAULT_ID
from tongsuo_py.sm2.streams import Signer

if TYPE_CHECKING:
    import OpenSSL.crypto

_NAME = "the SM2 private key"


class PrivateKey:
    """An SM2 private key, a number from 1 to n - 2, together with its public key.

    Made by ``generate``, by one of the ``from_`` functions, or by ``sm2.load_private_key`` from any
    of their forms. Each refuses a number out of that range, and a public key that came along and
    does not belong to it. The number stays in C, is not shown, and is not pickled: to keep a key,
    write it with ``to_pem`` and a password. Safe to use from any number of threads at once.
    """

    __slots__ = ("_decryptors", "_identity", "_pair", "_point", "_public", "_signers")

    _pair: pkey.Pair
    _point: bytes
    _public: PublicKey | None
    _identity: signatures.Identity
    _signers: Pool[signatures.Operation]
    _decryptors: Pool[encryption.Operation]

    def __init__(self) -> None:
        raise TypeError(
            "make it with PrivateKey.generate(), or read it with from_pem(), another from_ "
            "function, or sm2.load_private_key()"
        )

    @classmethod
    def generate(cls) -> PrivateKey:
        """A new key from Tongsuo's random generator for private values."""
        return cls._own(pkey.generate())

    @classmethod
    def from_bytes(cls, data: object) -> PrivateKey:
        """The key with this number: 32 bytes, big-endian, from 1 to n - 2.

        Raises FormatError for another length, and for a number out of this range.
        """
        number = borrow(data, "the private key")
        if len(number) != curve.SIZE:
            raise FormatError(f"{_NAME}: expected {curve.SIZE} bytes, found {len(number)}")
        return cls._own(pkey.private(number))

    @classmethod
    def from_int(cls, number: int) -> PrivateKey:
        """The key with this number, from 1 to n - 2. Raises FormatError for another one.

        Python cannot wipe an integer out: where that matters, use ``from_bytes``.
        """
        if not isinstance(number, int):
            raise TypeError(f"the private key must be an int, not {type(number).__name__}")
        if not 0 <= number < 2 ** (8 * curve.SIZE):
            raise FormatError(pkey.OUT_OF_RANGE)
        return cls.from_bytes(number.to_bytes(curve.SIZE, "big"))

    @classmethod
    def from_hex(cls, text: object) -> PrivateKey:
        """As ``from_bytes``, from 64 hexadecimal digits: text, or its bytes. Raises FormatError."""
        return cls.from_bytes(hexadecimal.decode(text, "the private key", _NAME))

    @classmethod
    def from_pem(cls, data: object, password: Password = None) -> PrivateKey:
        """The first private key in PEM text: PKCS#8, plain or encrypted, or SEC1, as bytes.

        Encrypted ones may be PBES2 (RFC 8018) with PBKDF2 or scrypt, under HMAC-SM3 (also as
        GmSSL writes it) or any SHA, with SM4, AES or triple DES; and SEC1 with the header of
        RFC 1421. ``password`` is text (used as UTF-8), bytes, or a function that returns one of
        them and is called only for an encrypted key.

        Raises PasswordError where the password is missing or wrong; FormatError where there is no
        key, one of another algorithm, one that is not valid, or one whose encryption asks for more
        than 5,000,000 iterations (with scrypt, N * r * p of more than 2**22).
        """
        return cls._from_pkey(pem.private_key_from_pem(data, password))

    @classmethod
    def from_der(cls, data: object, password: Password = None) -> PrivateKey:
        """A private key from DER: PKCS#8, plain or encrypted, or SEC1; as ``from_pem``."""
        return cls._from_pkey(pem.private_key_from_der(data, password))

    @classmethod
    def from_jwk(cls, jwk_members: Mapping[str, object]) -> PrivateKey:
        """A key from the members of a JSON Web Key, see ``to_jwk``; unknown ones are passed over.

        Raises FormatError where one is missing or wrong, or ``x`` and ``y`` are another key's.
        """
        number, point = jwk.private_parts(jwk_members)
        return cls.from_bytes(number)._belonging_to(PublicKey.from_bytes(point).to_bytes())

    @classmethod
    def from_enveloped(cls, data: object, recipient_key: PrivateKey) -> PrivateKey:
        """The key in an SM2EnvelopedKey (GM/T 0009-2012, 7.4; GB/T 35276-2017, 7.4), which is DER.

        This is how a certificate authority hands over the key that it made for an encryption
        certificate. ``recipient_key`` is the one whose public key it was encrypted for, mostly that
        of the signing certificate. Read are SM4 in ECB mode, and in CBC mode with its IV; the
        number may have zeros before it or padding behind.

        Raises FormatError for another structure or algorithm, and DecryptionError, always the same,
        where it cannot be decrypted or is not the private half of the public key beside it.
        """
        if not isinstance(recipient_key, PrivateKey):
            kind = type(recipient_key).__name__
            raise TypeError(f"recipient_key must be an sm2.PrivateKey, not {kind}")
        return cls._own(enveloped.opened(data, recipient_key.decrypt))

    @classmethod
    def _from_pkey(cls, handle: Any) -> PrivateKey:
        """The key of an EVP_PKEY, in a new EVP_PKEY; FormatError unless it is a good SM2 key.

        Made again from its number, it is the same whatever form and Tongsuo it came from, and the
        public key that it brought along has to be the right one.
        """
        pkey.require_sm2(handle)
        with pkey.number_of(handle) as number:
            key = cls._own(pkey.private(number))
        return key._belonging_to(pkey.point_of(handle))

    @classmethod
    def _own(cls, handle: Any) -> PrivateKey:
        return cls._of_pair(pkey.Pair(handle))

    @classmethod
    def _of_pair(cls, pair: pkey.Pair) -> PrivateKey:
        key = cls.__new__(cls)
        key._pair = pair
        key._point = pair.point
        key._public = None
        key._identity = signatures.Identity(pair.point)
        key._signers = signatures.signers(pair)
        key._decryptors = encryption.decryptors(pair)
        return key

    @property
    def _pkey(self) -> Any:
        return self._pair.pkey()

    def _belonging_to(self, point: bytes) -> PrivateKey:
        if self._point != point:
            raise FormatError("this SM2 private key came with another key's public key")
        return self

    def public_key(self) -> PublicKey:
        """The public key that belongs to this one."""
        if self._public is None:
            self._public = PublicKey.from_bytes(self._point)
        return self._public

    def sign(
        self,
        data: object,
        user_id: object = DEFAULT_ID,
        encoding: SignatureEncoding = "der",
        *,
        timed: bool = False,
    ) -> bytes:
        """A signature over ``data`` (GB/T 32918.2-2016, with SM3).

        ``user_id`` is the signer's distinguishing identifier, which the verifier must know: 0 to
        8191 bytes, hashed together with its length; ValueError for a longer one. An empty ID is
        just that, where Tongsuo's own programs put the default in its place. None leaves out Z,
        the digest of the ID and the public key, as some systems do: the signature is then over
        SM3 of the data alone, which is not what the standard says.

        ``encoding`` is ``"der"`` (GM/T 0009-2012, at most 72 bytes), ``"raw"`` (r || s, 64 bytes),
        or either as hexadecimal text in ASCII bytes (``"der-hex"``, ``"raw-hex"``).

        Each call draws a new random number, so that no two signatures are the same. ``timed``
        mixes the time into it, see ``sm2.timed_nonces``.
        """
        digest = self._identity.digest(data, user_id)
        return signatures.sign_digest(self._signers, digest, encoding, timed)

    def sign_digest(
        self, digest: object, *, encoding: SignatureEncoding = "der", timed: bool = False
    ) -> bytes:
        """As ``sign``, over a digest already made: the standard's e, 32 bytes.

        That is SM3 of Z and the data (see ``PublicKey.z``). Sign no digest whose data you do not
        know. Raises ValueError for one of another length.
        """
        given = signatures.given_digest(digest)
        return signatures.sign_digest(self._signers, given, encoding, timed)

    def signer(
        self,
        user_id: object = DEFAULT_ID,
        encoding: SignatureEncoding = "der",
        *,
        timed: bool = False,
    ) -> Signer:
        """As ``sign``, for data that comes in pieces: ``update`` them, then ``finalize``."""
        signature_formats.check_encoding(encoding)
        sign = partial(self.sign_digest, encoding=encoding, timed=timed)
        return Signer(self._identity.head(user_id), sign)

    def sign_file(
        self,
        file: StrPath | BinaryIO,
        user_id: object = DEFAULT_ID,
        encoding: SignatureEncoding = "der",
        *,
        timed: bool = False,
    ) -> bytes:
        """As ``sign``, for the data in a file, which is read in constant memory.

        ``file`` is a path, or a file object open for reading bytes, which is read from where it
        stands to its end. Raises TypeError for one in text mode, OSError where it cannot be read.
        """
        signer = self.signer(user_id, encoding, timed=timed)
        signer.update_file(file)
        return signer.finalize()

    def decrypt(
        self, data: object, encoding: CiphertextEncoding | Literal["auto"] = "der"
    ) -> bytes:
        """The plaintext of a ciphertext that ``PublicKey.encrypt`` or another program made.

        ``encoding`` must be the one that it is in, with no other form tolerated; or ``"auto"``,
        which tries those that the bytes can be in (two, mostly) and takes the one whose digest C3
        is right. That gives nothing away but the encoding. Hexadecimal digits may be ``str``.
        Raises DecryptionError, which on purpose is the same whatever is wrong: the form, the point,
        the key, the digest.
        """
        return encryption.decrypt(self._decryptors, data, encoding)

    def to_bytes(self) -> bytes:
        """The number: 32 bytes, big-endian. Whoever has them has the key."""
        with pkey.number_of(self._pkey) as number:
            return take(number)

    def to_int(self) -> int:
        """The number. Python cannot wipe it out: where that matters, use ``to_bytes``."""
        return int.from_bytes(self.to_bytes(), "big")

    def to_hex(self) -> str:
        """The number as 64 hexadecimal digits, in lower case."""
        return self.to_bytes().hex()

    def to_pem(
        self,
        password: str | bytes | bytearray | None = None,
        format: PrivateFormat = "pkcs8",
        encryption: KeyEncryption = "aes-256-cbc",
    ) -> bytes:
        """PEM text: ``PRIVATE KEY``, with a password ``ENCRYPTED PRIVATE KEY``; or SEC1.

        A password (1 to 1024 bytes; text as UTF-8) encrypts PKCS#8 by PBES2 (RFC 8018) with
        PBKDF2 and 600,000 iterations. ``encryption`` is then ``"aes-256-cbc"`` under HMAC-SHA-256,
        since what other programs can read matters most for a key file; ``"sm4-cbc"`` under
        HMAC-SM3, for Tongsuo and its like; or ``"gmssl"``, the same in the one form that GmSSL 3.1
        reads.

        SEC1 (``EC PRIVATE KEY``) has no encryption worth the name and is refused one. Raises
        ValueError for that, for unknown names, and for an ``encryption`` without a password.
        """
        return key_files.pem(self._pkey, password, format, encryption)

    def to_der(
        self,
        password: str | bytes | bytearray | None = None,
        format: PrivateFormat = "pkcs8",
        encryption: KeyEncryption = "aes-256-cbc",
    ) -> bytes:
        """The same as DER."""
        return key_files.der(self._pkey, password, format, encryption)

    def to_text(self) -> str:
        """The key in words, as ``openssl pkey -text -noout`` prints it.

        The private number is among them: whoever reads the text has the key.
        """
        return pkey_text.private(self._pkey)

    def to_pyopenssl(self) -> OpenSSL.crypto.PKey:
        """The same as an object of the package ``pyOpenSSL``; ImportError without it."""
        made: OpenSSL.crypto.PKey = _exchange.to_pyopenssl("load_privatekey", self.to_der())
        return made

    def to_cryptography(self) -> NoReturn:
        """NotImplementedError: the package ``cryptography`` has no SM2 keys."""
        raise _exchange.no_cryptography_key()

    def to_jwk(self) -> dict[str, str]:
        """A JSON Web Key, as ``PublicKey.to_jwk``, with the number as ``d``. Not encrypted."""
        return jwk.private_members(self.to_bytes(), self._point)

    def to_enveloped(self, recipient_key: PublicKey) -> bytes:
        """This key for the owner of another one only: the DER that ``from_enveloped`` reads.

        The number, 32 bytes, is encrypted with SM4 in ECB mode, under a key that is used for
        nothing else, as GB/T 35276 has it.
        """
        if not isinstance(recipient_key, PublicKey):
            kind = type(recipient_key).__name__
            raise TypeError(f"recipient_key must be an sm2.PublicKey, not {kind}")
        return enveloped.made(self._pkey, self._point, recipient_key.encrypt)

    def __reduce__(self) -> NoReturn:
        raise TypeError("an SM2 private key is not pickled or copied: write it with to_pem()")

    def __repr__(self) -> str:
        return f"<sm2.PrivateKey of {self._point.hex()}>"
