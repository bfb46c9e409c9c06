"""PKCS #12 (RFC 7292): certificates and keys in one file under a password.

Read from DER, and from the BER that Java's libraries write; encrypted in any way that Tongsuo
knows. Written as OpenSSL 3 does, or with SM4 and SM3.
"""

from tongsuo_py.pki.pkcs12.reading import Bags, is_pkcs12, read
from tongsuo_py.pki.pkcs12.writing import Encryption, Entry, write

__all__ = ["Bags", "Encryption", "Entry", "is_pkcs12", "read", "write"]
