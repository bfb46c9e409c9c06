"""SM2 keys: making, reading, writing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, BinaryIO, Literal, NoReturn

from tongsuo_py._binding import errors, ffi, lib, pem, pkcs8
from tongsuo_py._binding.buffers import borrow, secret, take
from tongsuo_py._binding.callbacks import Password
from tongsuo_py._binding.handles import own_pkey, own_pkey_ctx, own_secret_bignum, own_secret_point
from tongsuo_py._binding.pool import Pool
from tongsuo_py._files import StrPath
from tongsuo_py._pem import armour
from tongsuo_py.exceptions import FormatError, TongsuoError
from tongsuo_py.sm2 import curve, encryption, signature_formats, signatures
from tongsuo_py.sm2.ciphertexts import CiphertextEncoding
from tongsuo_py.sm2.signature_formats import SignatureEncoding
from tongsuo_py.sm2.signatures import DEFAULT_ID
from tongsuo_py.sm2.streams import Signer, Verifier

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
    _identity: signatures.Identity
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
        key._pkey = pkey = _import(ffi.from_buffer(point))
        key._point = point
        key._identity = signatures.Identity(point)
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
        return armour(self.to_der(), "PUBLIC KEY")

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
    _identity: signatures.Identity
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
        return cls._from_number(number)

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
        """The key of an EVP_PKEY, in a new EVP_PKEY; FormatError unless it is a good SM2 key.

        Made again from its number, it is the same whatever form and Tongsuo it came from, and the
        public key that it brought along has to be the right one.
        """
        _require_sm2(pkey)
        with _number_of(pkey) as number:
            key = cls._from_number(number)
        if key._point != _point_of(pkey):
            raise FormatError("this SM2 private key came with another key's public key")
        return key

    @classmethod
    def _from_number(cls, number: Any) -> PrivateKey:
        big = own_secret_bignum(lib.BN_bin2bn(number, curve.SIZE, ffi.NULL), _NO_MEMORY)
        if lib.BN_is_zero(big) or lib.BN_cmp(big, _N_MINUS_1) >= 0:
            raise FormatError(_OUT_OF_RANGE)
        # Tongsuo does not work out the public key of one that is given to it.
        point = own_secret_point(lib.EC_POINT_new(_CURVE), _NO_MEMORY)
        product = lib.EC_POINT_mul(_CURVE, point, big, ffi.NULL, ffi.NULL, ffi.NULL)
        errors.check(product, "could not compute an SM2 public key")
        public = ffi.new("unsigned char[]", curve.POINT_SIZE)
        form = lib.POINT_CONVERSION_UNCOMPRESSED
        size = lib.EC_POINT_point2oct(_CURVE, point, form, public, len(public), ffi.NULL)
        errors.check(size, "could not compute an SM2 public key")
        with secret(curve.SIZE) as native:
            errors.check(lib.BN_bn2nativepad(big, native, len(native)), _OUT_OF_RANGE)
            return cls._own(_import(public, native))

    @classmethod
    def _own(cls, pkey: Any) -> PrivateKey:
        key = cls.__new__(cls)
        key._pkey = pkey
        key._point = _point_of(pkey)
        key._public = None
        key._identity = signatures.Identity(key._point)
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
        with _number_of(self._pkey) as number:
            return take(number)

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


@contextmanager
def _number_of(pkey: Any) -> Iterator[Any]:
    """The private key's 32 bytes in C, which are cleansed when the block ends."""
    holder = ffi.new("BIGNUM **")
    message = "this SM2 key has no private key"
    errors.check(lib.EVP_PKEY_get_bn_param(pkey, b"priv", holder), message, FormatError)
    number = own_secret_bignum(holder[0], message)
    with secret(curve.SIZE) as buffer:
        result = lib.BN_bn2binpad(number, buffer, curve.SIZE)
        errors.check(result, _OUT_OF_RANGE, FormatError)
        yield buffer


def _point_of(pkey: Any) -> bytes:
    """The public key, uncompressed whatever form it was read in."""
    point, length = ffi.new("unsigned char[]", curve.POINT_SIZE), ffi.new("size_t *")
    result = lib.EVP_PKEY_get_octet_string_param(
        pkey, b"encoded-pub-key", point, curve.POINT_SIZE, length
    )
    errors.check(result, "this SM2 key has no public key", FormatError)
    return take(point, length[0])


def _import(point: Any, number: Any = None) -> Any:
    """An EVP_PKEY from a point (65 bytes) and, for a private key, its number in native order."""
    params = ffi.new("OSSL_PARAM[4]")  # one that is all zero ends the list
    values = [(_GROUP_KEY, lib.OSSL_PARAM_UTF8_STRING, _GROUP, len(_GROUP) - 1)]
    values.append((_PUBLIC_KEY, lib.OSSL_PARAM_OCTET_STRING, point, len(point)))
    if number is not None:
        values.append((_PRIVATE_KEY, lib.OSSL_PARAM_UNSIGNED_INTEGER, number, len(number)))
    for param, (key, kind, data, size) in zip(params, values, strict=False):
        param.key, param.data_type, param.data, param.data_size = key, kind, data, size
    context = own_pkey_ctx(
        lib.EVP_PKEY_CTX_new_from_name(ffi.NULL, b"SM2", ffi.NULL), "this Tongsuo has no SM2"
    )
    message = "this is not a point of the SM2 curve"
    errors.check(lib.EVP_PKEY_fromdata_init(context), message, TongsuoError)
    holder = ffi.new("EVP_PKEY **")
    what = lib.EVP_PKEY_PUBLIC_KEY if number is None else lib.EVP_PKEY_KEYPAIR
    errors.check(lib.EVP_PKEY_fromdata(context, holder, what, params), message, FormatError)
    return own_pkey(holder[0], message)


_NO_MEMORY = "no memory for a key"
_OUT_OF_RANGE = "the number of an SM2 private key is from 1 to n - 2; this one's is not"
_GROUP_KEY, _GROUP = ffi.new("char[]", b"group"), ffi.new("char[]", b"SM2")
_PUBLIC_KEY, _PRIVATE_KEY = ffi.new("char[]", b"pub"), ffi.new("char[]", b"priv")
# For as long as the process lives.
_CURVE = errors.check_pointer(lib.EC_GROUP_new_by_curve_name(lib.NID_sm2), "no SM2 curve")
_N_MINUS_1 = errors.check_pointer(
    lib.BN_bin2bn(curve.N[:-1] + bytes((curve.N[-1] - 1,)), curve.SIZE, ffi.NULL), _NO_MEMORY
)
