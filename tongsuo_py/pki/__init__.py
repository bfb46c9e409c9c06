"""Certificates: a small certificate authority, TLCP's pairs, and reading what others issued.

```python
from tongsuo_py import pki, ssl

ca = pki.CA.create("Grid Root CA")
pair = ca.issue_pair("platform.example", "127.0.0.1", role="platform")

server = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
pair.configure(server)
client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
ca.configure_trust(client)
```

All keys are SM2 keys; all signatures are SM2 with SM3 (``sm2sign-with-sm3``, 1.2.156.10197.1.501)
and the ID 1234567812345678. The certificates follow RFC 5280 and GB/T 20518, the pairs GB/T 38636.
"""

from tongsuo_py._binding.x509 import KeyUsage
from tongsuo_py.pki import cms
from tongsuo_py.pki.authority import CA, self_signed
from tongsuo_py.pki.certificate import Certificate, load_certificate, load_certificates
from tongsuo_py.pki.keyed import KeyedCertificate
from tongsuo_py.pki.load import PKCS12, load_pair, load_pkcs12
from tongsuo_py.pki.pair import CertificatePair

__all__ = [
    "CA",
    "PKCS12",
    "Certificate",
    "CertificatePair",
    "KeyUsage",
    "KeyedCertificate",
    "cms",
    "load_certificate",
    "load_certificates",
    "load_pair",
    "load_pkcs12",
    "self_signed",
]
