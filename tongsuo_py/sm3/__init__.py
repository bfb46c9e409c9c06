"""SM3, the hash function of GB/T 32905-2016; HMAC and key derivation with it.

The objects have the shape of the standard library's ``hashlib`` and ``hmac``::

    sm3.sm3(b"abc").hexdigest()
    sm3.file_digest("backup.tar").hexdigest()
    digests = sm3.digest_many(messages)  # on all processors
    sm3.hmac(key, b"data").digest()

    key = sm3.hkdf(secret, 16, info=b"what it is for")
    key = sm3.pbkdf2_hmac(password, salt, 600_000)

All data may be any bytes-like object of any size, and is not copied; the GIL is free while it is
hashed. Text raises TypeError. An object may be used from several threads at once; each update is
then hashed whole, in some order.
"""

from tongsuo_py.exceptions import InvalidTag
from tongsuo_py.sm3.batches import digest_many
from tongsuo_py.sm3.derivation import hkdf, hkdf_expand, hkdf_extract, kdf, pbkdf2_hmac
from tongsuo_py.sm3.hashing import BLOCK_SIZE, DIGEST_SIZE, SM3, file_digest, new, sm3
from tongsuo_py.sm3.mac import HMAC, hmac

__all__ = [
    "BLOCK_SIZE",
    "DIGEST_SIZE",
    "HMAC",
    "SM3",
    "InvalidTag",
    "digest_many",
    "file_digest",
    "hkdf",
    "hkdf_expand",
    "hkdf_extract",
    "hmac",
    "kdf",
    "new",
    "pbkdf2_hmac",
    "sm3",
]
