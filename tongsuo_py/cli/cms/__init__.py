"""Signed and encrypted messages: CMS and PKCS #7 with SM2, SM3 and SM4 (GM/T 0010)."""

SUMMARY = "sign, verify, encrypt and decrypt messages (CMS, PKCS #7)"
COMMANDS = ("sign", "verify", "encrypt", "decrypt")
EXAMPLES = """\
tongsuo-py cms sign --signer meter --out reading.p7s reading.json
tongsuo-py cms verify --ca ca.pem --out reading.json reading.p7s
"""
