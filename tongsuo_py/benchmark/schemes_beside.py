"""The schemes that SM2-SM4-SM3 is set beside, with ``cryptography`` (the extra ``bench``)."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap,
    aes_key_wrap,
)
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tongsuo_py.benchmark.schemes import KEY, Scheme

_HASH = hashes.SHA256()
_CURVE = ec.SECP256R1()
_POINT = 65  # bytes: 04, x, y


class _AES(Scheme):
    """AES-128-CTR and HMAC-SHA256, which all of them have."""

    errors = (InvalidSignature, InvalidUnwrap, ValueError)

    def encrypt(self, key: bytes, counter: bytes, data: bytes) -> bytes:
        """AES-128-CTR."""
        stream = Cipher(algorithms.AES(key), modes.CTR(counter)).encryptor()
        return stream.update(data) + stream.finalize()

    def decrypt(self, key: bytes, counter: bytes, data: bytes) -> bytes:
        """AES-128-CTR."""
        stream = Cipher(algorithms.AES(key), modes.CTR(counter)).decryptor()
        return stream.update(data) + stream.finalize()

    def _code(self, key: bytes, counter: bytes, data: bytes) -> HMAC:
        code = HMAC(key, _HASH)
        code.update(counter)
        code.update(data)
        return code

    def mac(self, key: bytes, counter: bytes, data: bytes) -> bytes:
        """HMAC-SHA256."""
        return self._code(key, counter, data).finalize()

    def check(self, key: bytes, counter: bytes, data: bytes, code: bytes) -> None:
        """HMAC-SHA256, in constant time."""
        self._code(key, counter, data).verify(code)


class RSA2048(_AES):
    """RSA with 2048 bits: some 112 bits of security, where all others here have 128."""

    name = "RSA-2048-AES-SHA256"
    parts = ("RSA-PSS, SHA-256", "RSA-OAEP, SHA-256", "AES-128", "HMAC-SHA256")
    bits = 2048

    _pss = padding.PSS(padding.MGF1(_HASH), _HASH.digest_size)
    _oaep = padding.OAEP(padding.MGF1(_HASH), _HASH, None)

    def __init__(self) -> None:
        self._meter, self._platform = (rsa.generate_private_key(65537, self.bits) for _ in range(2))
        self._meter_public = self._meter.public_key()
        self._platform_public = self._platform.public_key()

    def sign(self, challenge: bytes) -> bytes:
        """PSS with a salt of 32 bytes (RFC 8017)."""
        return self._meter.sign(challenge, self._pss, _HASH)

    def verify(self, signature: bytes, challenge: bytes) -> None:
        """As ``sign``."""
        self._meter_public.verify(signature, challenge, self._pss, _HASH)

    def wrap(self, keys: bytes) -> bytes:
        """OAEP (RFC 8017)."""
        return self._platform_public.encrypt(keys, self._oaep)

    def unwrap(self, wrapped: bytes) -> bytes:
        """As ``wrap``."""
        return self._platform.decrypt(wrapped, self._oaep)


class RSA3072(RSA2048):
    """RSA with 3072 bits, which stands where the elliptic curves of 256 bits do."""

    name = "RSA-3072-AES-SHA256"
    bits = 3072


class ECDSA(_AES):
    """P-256 for both: ECDSA, and a key agreement whose key wraps the keys.

    The meter makes an ephemeral key pair; ECDH with the platform's key and HKDF-SHA256, whose info
    is the ephemeral point, give a key of 16 bytes; AES key wrap (RFC 3394) under that carries the
    two keys. What is sent is the point (65 bytes) and what was wrapped (40 bytes): so does CMS
    (RFC 5753), and it costs what SM2 encryption does, two multiplications here and one there.
    """

    name = "ECDSA-P256-AES-SHA256"
    parts = (
        "ECDSA P-256, SHA-256",
        "ephemeral ECDH P-256, HKDF-SHA256, AES key wrap",
        "AES-128",
        "HMAC-SHA256",
    )

    def __init__(self) -> None:
        self._meter, self._platform = (ec.generate_private_key(_CURVE) for _ in range(2))
        self._meter_public = self._meter.public_key()
        self._platform_public = self._platform.public_key()

    def sign(self, challenge: bytes) -> bytes:
        """In DER, with a random nonce."""
        return self._meter.sign(challenge, ec.ECDSA(_HASH))

    def verify(self, signature: bytes, challenge: bytes) -> None:
        """As ``sign``."""
        self._meter_public.verify(signature, challenge, ec.ECDSA(_HASH))

    def wrap(self, keys: bytes) -> bytes:
        """See the class."""
        ephemeral = ec.generate_private_key(_CURVE)
        point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        shared = ephemeral.exchange(ec.ECDH(), self._platform_public)
        return point + aes_key_wrap(self._derived(shared, point), keys)

    def unwrap(self, wrapped: bytes) -> bytes:
        """See the class."""
        point = wrapped[:_POINT]
        ephemeral = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point)
        shared = self._platform.exchange(ec.ECDH(), ephemeral)
        return aes_key_unwrap(self._derived(shared, point), wrapped[_POINT:])

    def _derived(self, shared: bytes, point: bytes) -> bytes:
        return HKDF(_HASH, KEY, None, point).derive(shared)


ALL = (RSA2048, RSA3072, ECDSA)
