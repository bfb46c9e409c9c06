"""SM2 keys: making, reading, writing."""

from __future__ import annotations

from typing import Any, Literal, NoReturn

from tongsuo_py._binding import errors, ffi, lib, pem, pkcs8
from tongsuo_py._binding.buffers import borrow, secret, take
from tongsuo_py._binding.callbacks import Password
from tongsuo_py._binding.handles import own_pkey, own_pkey_ctx, own_secret_bignum
from tongsuo_py._binding.pool import Pool
from tongsuo_py.exceptions import FormatError, TongsuoError
from tongsuo_py.sm2 import curve, encryption, signatures
from tongsuo_py.sm2.encryption import CiphertextEncoding
from tongsuo_py.sm2.signatures import DEFAULT_ID, SignatureEncoding

#: PKCS#8 is what every program reads; SEC1 is the older form that some still ask for.
PrivateFormat = Literal["pkcs8", "sec1"]


class PublicKey:
    """An SM2 public key: a point of the curve sm2p256v1, never the one at infinity.

    Made by ``from_pem``, ``from_der``, ``from_bytes`` or ``PrivateKey.public_key``, each of which
    checks that the point is on the curve. Two keys are equal if their points are. Safe to use from
    any number of threads at once.
    """

    __slots__ = ("_encryptors", "_identity", "_pkey", "_point", "_verifiers")

    _pkey: Any
    _point: bytes
    _identity: _Identity
    _verifiers: Pool[signatures.Operation]
    _encryptors: Pool[encryption.Operation]

    def __init__(self) -> None:
        raise TypeError("make it with PublicKey.from_pem(), from_der() or from_bytes()")

    @classmethod
    def from_bytes(cls, data: object) -> PublicKey:
        """The key whose point is ``data``: 65 bytes, ``04 || x || y``.

        Raises FormatError for another length or first byte, and for a point not on the curve.
        """
        point = take(borrow(data, "the public key"))
        if len(point) != curve.POINT_SIZE or point[0] != 4:
            raise FormatError(
                f"an SM2 public key has {curve.POINT_SIZE} bytes and begins with 04; "
                f"this has {len(point)}" + (f" and begins with {point[:1].hex()}" if point else "")
            )
        key = cls.__new__(cls)
        key._pkey = pkey = _import_point(point)
        key._point = point
        key._identity = _Identity(point)
        key._verifiers = signatures.verifiers(pkey)
        key._encryptors = encryption.encryptors(pkey)
        return key

    @classmethod
    def from_pem(cls, data: object) -> PublicKey:
        """A key from PEM text (``PUBLIC KEY``), as bytes.

        Raises FormatError where there is none, and for a key of another algorithm.
        """
        return cls._from_pkey(pem.public_key_from_pem(data))

    @classmethod
    def from_der(cls, data: object) -> PublicKey:
        """A key from the DER of a SubjectPublicKeyInfo (RFC 5280). Raises FormatError."""
        return cls._from_pkey(pem.public_key_from_der(data))

    @classmethod
    def _from_pkey(cls, pkey: Any) -> PublicKey:
        """The public half of an EVP_PKEY, in a new EVP_PKEY; FormatError if it is not SM2."""
        _require_sm2(pkey)
        return cls.from_bytes(_point_of(pkey))

    def to_bytes(self) -> bytes:
        """The point: 65 bytes, ``04 || x || y``."""
        return self._point

    def to_der(self) -> bytes:
        """The DER of a SubjectPublicKeyInfo (RFC 5280, algorithm id-ecPublicKey)."""
        return curve.SPKI_PREFIX + self._point

    def to_pem(self) -> bytes:
        """The same as PEM (``PUBLIC KEY``)."""
        return pkcs8.armour(self.to_der(), "PUBLIC KEY")

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
        that X.690 allows). ``user_id`` is the signer's distinguishing identifier, 0 to 8191 bytes;
        ValueError for a longer one, and for an unknown encoding.
        """
        digest = self._identity.digest(data, user_id)
        signatures.verify_digest(self._verifiers, signature, digest, encoding)

    def encrypt(self, data: object, encoding: CiphertextEncoding = "der") -> bytes:
        """The ciphertext of ``data`` (1 byte to 1 GiB), for the owner of this key only.

        ``encoding`` is ``"der"`` (GM/T 0009-2012), ``"c1c3c2"`` (GB/T 32918.4-2016: 04 || x || y,
        then 32 bytes of digest, then as many bytes as ``data`` has), ``"c1c2c3"`` (the older
        order), ``"c1c3c2-bare"`` or ``"c1c2c3-bare"`` (without the 04). Raises ValueError for empty
        data, which the standard does not provide for, and for an unknown encoding.

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


class PrivateKey:
    """An SM2 private key, a number from 1 to n - 2, together with its public key.

    Made by ``generate``, ``from_pem``, ``from_der`` or ``from_bytes``. The number stays in C, is
    not shown, and is not pickled: to keep a key, write it with ``to_pem`` and a password. Safe to
    use from any number of threads at once.
    """

    __slots__ = ("_decryptors", "_identity", "_pkey", "_point", "_public", "_signers")

    _pkey: Any
    _point: bytes
    _public: PublicKey | None
    _identity: _Identity
    _signers: Pool[signatures.Operation]
    _decryptors: Pool[encryption.Operation]

    def __init__(self) -> None:
        raise TypeError(
            "make it with PrivateKey.generate(), or read it with from_pem(), from_der() "
            "or from_bytes()"
        )

    @classmethod
    def generate(cls) -> PrivateKey:
        """A new key from Tongsuo's random generator for private values."""
        pkey = lib.EVP_PKEY_Q_keygen(ffi.NULL, ffi.NULL, b"SM2")
        return cls._own(own_pkey(pkey, "could not generate an SM2 key"))

    @classmethod
    def from_bytes(cls, data: object) -> PrivateKey:
        """The key with this number: 32 bytes, big-endian, from 1 to n - 2.

        Raises FormatError for another length, and for a number out of this range.
        """
        number = borrow(data, "the private key")
        if len(number) != curve.SIZE:
            raise FormatError(f"an SM2 private key has {curve.SIZE} bytes, not {len(number)}")
        prefix, suffix = curve.SEC1_PREFIX, curve.SEC1_SUFFIX
        # As SEC1, for Tongsuo works out the public key of one that has none.
        with secret(len(prefix) + curve.SIZE + len(suffix)) as der:
            ffi.memmove(der, prefix, len(prefix))
            ffi.memmove(der + len(prefix), number, curve.SIZE)
            ffi.memmove(der + len(prefix) + curve.SIZE, suffix, len(suffix))
            position = ffi.new("unsigned char const **", der)
            pointer = lib.d2i_AutoPrivateKey(ffi.NULL, position, len(der))
            pkey = own_pkey(pointer, "this is not the number of an SM2 private key", FormatError)
        errors.clear()
        return cls._from_pkey(pkey)

    @classmethod
    def from_pem(cls, data: object, password: Password = None) -> PrivateKey:
        """The first private key in PEM text: PKCS#8, plain or encrypted, or SEC1.

        ``password`` is text (used as UTF-8), bytes, or a function that returns one of them and is
        called only for an encrypted key. Raises PasswordError where it is missing or wrong,
        FormatError where there is no key, one of another algorithm, or one that is not valid.
        """
        return cls._from_pkey(pem.private_key_from_pem(data, password))

    @classmethod
    def from_der(cls, data: object, password: Password = None) -> PrivateKey:
        """A private key from DER: PKCS#8 or SEC1; with a ``password``, encrypted PKCS#8.

        Raises PasswordError and FormatError as ``from_pem`` does.
        """
        return cls._from_pkey(pem.private_key_from_der(data, password))

    @classmethod
    def _from_pkey(cls, pkey: Any) -> PrivateKey:
        """The key of an EVP_PKEY that somebody else made; FormatError unless it is a good one."""
        _require_sm2(pkey)
        context = own_pkey_ctx(
            lib.EVP_PKEY_CTX_new_from_pkey(ffi.NULL, pkey, ffi.NULL), "no memory for a key"
        )
        # The number in its range, the point on the curve, and each belonging to the other.
        errors.check(
            lib.EVP_PKEY_pairwise_check(context),
            "this SM2 private key is not valid: its number is out of range, "
            "or its public key is another's",
            FormatError,
        )
        return cls._own(pkey)

    @classmethod
    def _own(cls, pkey: Any) -> PrivateKey:
        key = cls.__new__(cls)
        key._pkey = pkey
        key._point = _point_of(pkey)
        key._public = None
        key._identity = _Identity(key._point)
        key._signers = signatures.signers(pkey)
        key._decryptors = encryption.decryptors(pkey)
        return key

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
    ) -> bytes:
        """A signature over ``data`` (GB/T 32918.2-2016, with SM3).

        ``user_id`` is the signer's distinguishing identifier, which the verifier must know: 0 to
        8191 bytes, hashed together with its length; ValueError for a longer one. ``encoding`` is
        ``"der"`` (at most 72 bytes) or ``"raw"`` (r || s, 64 bytes). Each call draws a new random
        number, so that no two signatures are the same.
        """
        digest = self._identity.digest(data, user_id)
        return signatures.sign_digest(self._signers, digest, encoding)

    def decrypt(self, data: object, encoding: CiphertextEncoding = "der") -> bytes:
        """The plaintext of a ciphertext that ``PublicKey.encrypt`` or another program made.

        ``encoding`` must be the one that it is in; nothing is guessed. Raises DecryptionError,
        which on purpose is the same whatever is wrong: the form, the point, the key, the digest.
        """
        return encryption.decrypt(self._decryptors, data, encoding)

    def to_bytes(self) -> bytes:
        """The number: 32 bytes, big-endian. Whoever has them has the key."""
        holder = ffi.new("BIGNUM **")
        message = "could not read the private key"
        errors.check(lib.EVP_PKEY_get_bn_param(self._pkey, b"priv", holder), message)
        number = own_secret_bignum(holder[0], message)
        with secret(curve.SIZE) as buffer:
            errors.check(lib.BN_bn2binpad(number, buffer, curve.SIZE), message)
            return take(buffer)

    def to_pem(
        self,
        password: str | bytes | bytearray | None = None,
        format: PrivateFormat = "pkcs8",
    ) -> bytes:
        """PEM text: ``PRIVATE KEY``, with a password ``ENCRYPTED PRIVATE KEY``; or SEC1.

        A password (1 to 1024 bytes; text as UTF-8) encrypts PKCS#8 by PBES2 (RFC 8018): AES-256-CBC
        under PBKDF2 with HMAC-SHA-256 and 600,000 rounds. Not SM4 and not HMAC-SM3, because what
        other programs can read matters most for a key file, and few outside the SM world know
        those. SEC1 (``EC PRIVATE KEY``) has no encryption worth the name and is refused one with
        ValueError.
        """
        if _checked_format(format, password) == "sec1":
            return pkcs8.sec1_pem(self._pkey)
        if password is None:
            return pkcs8.plain_pem(self._pkey)
        return pkcs8.encrypted_pem(self._pkey, password)

    def to_der(
        self,
        password: str | bytes | bytearray | None = None,
        format: PrivateFormat = "pkcs8",
    ) -> bytes:
        """The same as DER."""
        if _checked_format(format, password) == "sec1":
            return pkcs8.sec1_der(self._pkey)
        if password is None:
            return pkcs8.plain_der(self._pkey)
        return pkcs8.encrypted_der(self._pkey, password)

    def __reduce__(self) -> NoReturn:
        raise TypeError("an SM2 private key is not pickled or copied: write it with to_pem()")

    def __repr__(self) -> str:
        return f"<sm2.PrivateKey of {self._point.hex()}>"


class _Identity:
    """Hashes what the owner of a public key signs, keeping Z for the user ID that was used last."""

    __slots__ = ("_known", "_point")

    def __init__(self, point: bytes) -> None:
        self._point = point
        self._known: tuple[object, bytes] = None, b""

    def digest(self, data: object, user_id: object) -> bytes:
        known_id, z = self._known
        if user_id is not known_id:
            z = signatures.identity_digest(self._point, user_id)
            if type(user_id) is bytes:
                self._known = user_id, z
        return signatures.message_digest(z, data)


def _checked_format(format: str, password: object) -> str:
    if format not in ("pkcs8", "sec1"):
        raise ValueError(f'format must be "pkcs8" or "sec1", not {format!r}')
    if password is not None and not isinstance(password, str | bytes | bytearray):
        raise TypeError(f"password must be str or bytes, not {type(password).__name__}")
    if format == "sec1" and password is not None:
        raise ValueError('SEC1 keys are not encrypted: use format="pkcs8" with a password')
    return format


def _require_sm2(pkey: Any) -> None:
    if lib.EVP_PKEY_is_a(pkey, b"SM2") == 1:
        return
    name = lib.EVP_PKEY_get0_type_name(pkey)
    found = "unknown" if name == ffi.NULL else ffi.string(name).decode("ascii")
    if found == "EC":
        group, length = ffi.new("char[]", 80), ffi.new("size_t *")
        if lib.EVP_PKEY_get_utf8_string_param(pkey, b"group", group, len(group), length) == 1:
            found = f"EC on the curve {ffi.string(group).decode('ascii')}"
    errors.clear()
    raise FormatError(f"an SM2 key is needed, and this one's algorithm is {found}")


def _point_of(pkey: Any) -> bytes:
    """The public key, uncompressed whatever form it was read in."""
    point, length = ffi.new("unsigned char[]", curve.POINT_SIZE), ffi.new("size_t *")
    result = lib.EVP_PKEY_get_octet_string_param(
        pkey, b"encoded-pub-key", point, curve.POINT_SIZE, length
    )
    errors.check(result, "this SM2 key has no public key", FormatError)
    return take(point, length[0])


_GROUP_KEY, _GROUP = ffi.new("char[]", b"group"), ffi.new("char[]", b"SM2")
_PUB_KEY = ffi.new("char[]", b"pub")
_OSSL_PARAM_UTF8_STRING, _OSSL_PARAM_OCTET_STRING = 4, 5


def _import_point(point: bytes) -> Any:
    message = "this point is not on the SM2 curve"
    params = ffi.new("OSSL_PARAM[3]")  # the last one, all zero, ends the list
    memory = ffi.from_buffer(point)
    for param, key, kind, data, size in (
        (params[0], _GROUP_KEY, _OSSL_PARAM_UTF8_STRING, _GROUP, len(_GROUP) - 1),
        (params[1], _PUB_KEY, _OSSL_PARAM_OCTET_STRING, memory, len(memory)),
    ):
        param.key, param.data_type, param.data, param.data_size = key, kind, data, size
    context = own_pkey_ctx(
        lib.EVP_PKEY_CTX_new_from_name(ffi.NULL, b"SM2", ffi.NULL), "this Tongsuo has no SM2"
    )
    holder = ffi.new("EVP_PKEY **")
    errors.check(lib.EVP_PKEY_fromdata_init(context), message, TongsuoError)
    result = lib.EVP_PKEY_fromdata(context, holder, lib.EVP_PKEY_PUBLIC_KEY, params)
    errors.check(result, message, FormatError)
    return own_pkey(holder[0], message)
