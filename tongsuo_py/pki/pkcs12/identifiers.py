"""The object identifiers of PKCS #12 (RFC 7292), PKCS #5 (RFC 8018) and what they lean on."""

from __future__ import annotations

from tongsuo_py._oids import HMAC_SM3, HMAC_SM3_OF_GMSSL, SM3

DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
ENCRYPTED_DATA = "1.2.840.113549.1.7.6"

KEY_BAG, SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.1", "1.2.840.113549.1.12.10.1.2"
CERTIFICATE_BAG, NESTED_BAG = "1.2.840.113549.1.12.10.1.3", "1.2.840.113549.1.12.10.1.6"
X509_CERTIFICATE = "1.2.840.113549.1.9.22.1"
FRIENDLY_NAME, LOCAL_KEY_ID = "1.2.840.113549.1.9.20", "1.2.840.113549.1.9.21"

PBMAC1 = "1.2.840.113549.1.5.14"

DIGESTS = {
    "1.3.14.3.2.26": "SHA1",
    "2.16.840.1.101.3.4.2.4": "SHA224",
    "2.16.840.1.101.3.4.2.1": "SHA256",
    "2.16.840.1.101.3.4.2.2": "SHA384",
    "2.16.840.1.101.3.4.2.3": "SHA512",
    SM3: "SM3",
}

#: HMACs by their digest. For SM3 there are two: GM/T 0006's, and the one that Tongsuo writes.
HMACS = {
    "1.2.840.113549.2.7": "SHA1",
    "1.2.840.113549.2.8": "SHA224",
    "1.2.840.113549.2.9": "SHA256",
    "1.2.840.113549.2.10": "SHA384",
    "1.2.840.113549.2.11": "SHA512",
    HMAC_SM3_OF_GMSSL: "SM3",
    HMAC_SM3: "SM3",
}
