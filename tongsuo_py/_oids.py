"""Object identifiers that more than one format uses (GM/T 0006, RFC 5480, RFC 8018)."""

from __future__ import annotations

EC_PUBLIC_KEY = "1.2.840.10045.2.1"
SM2_CURVE = "1.2.156.10197.1.301"

SM3 = "1.2.156.10197.1.401"
#: HMAC with SM3 as Tongsuo and most others call it, and what GM/T 0006 has, and GmSSL writes.
HMAC_SM3, HMAC_SM3_OF_GMSSL = "1.2.156.10197.1.401.3.1", "1.2.156.10197.1.401.2"

SM4, SM4_ECB, SM4_CBC, SM4_GCM = (f"1.2.156.10197.1.104{end}" for end in ("", ".1", ".2", ".8"))

PBES2, PBKDF2 = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12"

#: The content types of GM/T 0010 and of PKCS #7, but for the last number.
GM_CONTENT, PKCS7_CONTENT = "1.2.156.10197.6.1.4.2.", "1.2.840.113549.1.7."
