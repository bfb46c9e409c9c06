"""SM2: public-key cryptography on the curve sm2p256v1 (GB/T 32918-2016, GB/T 32918.5-2017).

Signatures are over SM3 of the signer's identity and the data (GB/T 32918.2), encryption is that of
GB/T 32918.4; both in the ASN.1 forms of GM/T 0009-2012 or as plain bytes::

    key = sm2.PrivateKey.generate()
    signature = key.sign(b"data")
    key.public_key().verify(signature, b"data")      # InvalidSignature if it is not

    ciphertext = key.public_key().encrypt(b"secret")
    key.decrypt(ciphertext)                          # DecryptionError if that fails

Keys come and go in every form that others have: PEM, DER, numbers, points, hexadecimal digits, JWK,
enveloped; ``load_private_key`` and ``load_public_key`` find out which one it is. ``sign_file``,
``signer`` and ``sign_digest`` sign what does not lie in memory; ``sign_many``, ``verify_many`` and
``generate_many`` use all processors; ``timed_nonces`` mixes the time into the nonces.
``convert_signature`` and ``convert_ciphertext`` change forms without a key.

All data may be any bytes-like object, and is not copied. Text raises TypeError, unless it is
hexadecimal digits where those are asked for.
"""

from tongsuo_py.exceptions import (
    AmbiguousFormat,
    DecryptionError,
    FormatError,
    InvalidConfirmation,
    InvalidSignature,
    PasswordError,
)
from tongsuo_py.sm2.batches import Progress, generate_many, sign_many, verify_many
from tongsuo_py.sm2.ciphertexts import CiphertextEncoding, convert_ciphertext, detect_ciphertext
from tongsuo_py.sm2.encryption import LONGEST_PLAINTEXT
from tongsuo_py.sm2.key_exchange import KeyExchange, SharedKey
from tongsuo_py.sm2.key_files import KeyEncryption, PrivateFormat
from tongsuo_py.sm2.loading import load_private_key, load_public_key
from tongsuo_py.sm2.nonces import timed_nonces
from tongsuo_py.sm2.point_forms import PointForm
from tongsuo_py.sm2.private import PrivateKey
from tongsuo_py.sm2.public import PublicKey
from tongsuo_py.sm2.signature_formats import SignatureEncoding, convert_signature
from tongsuo_py.sm2.signatures import DEFAULT_ID, LONGEST_ID
from tongsuo_py.sm2.streams import Signer, Verifier

__all__ = [
    "DEFAULT_ID",
    "LONGEST_ID",
    "LONGEST_PLAINTEXT",
    "AmbiguousFormat",
    "CiphertextEncoding",
    "DecryptionError",
    "FormatError",
    "InvalidConfirmation",
    "InvalidSignature",
    "KeyEncryption",
    "KeyExchange",
    "PasswordError",
    "PointForm",
    "PrivateFormat",
    "PrivateKey",
    "Progress",
    "PublicKey",
    "SharedKey",
    "SignatureEncoding",
    "Signer",
    "Verifier",
    "convert_ciphertext",
    "convert_signature",
    "detect_ciphertext",
    "generate_many",
    "load_private_key",
    "load_public_key",
    "sign_many",
    "timed_nonces",
    "verify_many",
]
