"""SM4, the block cipher of GB/T 32907-2016: keys and blocks of 16 bytes.

Use ``GCM`` unless something else is asked for: it encrypts and authenticates::

    cipher = sm4.GCM(sm4.generate_key())
    sealed = cipher.encrypt(nonce, b"data", b"header")   # a nonce never twice under one key
    cipher.decrypt(nonce, sealed, b"header")             # InvalidTag if anything was altered

``encryptor`` and ``decryptor`` are streams in the modes ECB, CBC, CTR, CFB, OFB and XTS. None of
these notices an altered ciphertext; they are for formats and protocols that prescribe them.
``CMAC`` authenticates data that is not encrypted, ``wrap_key`` encrypts keys, and ``encrypt_file``
files of any size, under a key or a password.

All data may be any bytes-like object, and is not copied; the GIL is free during the work. Text
raises TypeError.
"""

from tongsuo_py.exceptions import DecryptionError, InvalidTag
from tongsuo_py.sm4.aead import CCM, GCM
from tongsuo_py.sm4.encryption import decryptor, encryptor
from tongsuo_py.sm4.file import decrypt_file, encrypt_file
from tongsuo_py.sm4.key import BLOCK_SIZE, KEY_SIZE, generate_key
from tongsuo_py.sm4.keywrap import unwrap_key, wrap_key
from tongsuo_py.sm4.mac import CMAC, cbc_mac
from tongsuo_py.sm4.modes import CBC, CFB, CTR, ECB, OFB, XTS, Mode
from tongsuo_py.sm4.stream import Stream

__all__ = [
    "BLOCK_SIZE",
    "CBC",
    "CCM",
    "CFB",
    "CMAC",
    "CTR",
    "ECB",
    "GCM",
    "KEY_SIZE",
    "OFB",
    "XTS",
    "DecryptionError",
    "InvalidTag",
    "Mode",
    "Stream",
    "cbc_mac",
    "decrypt_file",
    "decryptor",
    "encrypt_file",
    "encryptor",
    "generate_key",
    "unwrap_key",
    "wrap_key",
]
