"""Signed and encrypted messages: CMS and PKCS #7 with SM2, SM3 and SM4.

The syntax is that of GM/T 0010-2012 and GB/T 35275-2017, which is PKCS #7 (RFC 2315) with
identifiers of its own; on request with the standard ones, or as GmSSL has it::

    message = cms.sign(b"data", signer)                     # signer: a pki.KeyedCertificate
    cms.verify(message, roots=[root]).content               # InvalidSignature if it is not right

    message = cms.encrypt(b"secret", recipient)             # recipient: a pki.Certificate
    cms.decrypt(message, pair)                              # a pair, or a certificate with its key

Messages are DER; ``to_pem`` makes text of them. What reads them takes PEM, DER and the BER of
programs that stream, and the identifiers of all three.
"""

from tongsuo_py.exceptions import DecryptionError, FormatError, InvalidSignature
from tongsuo_py.pki.cms.enveloped import decrypt, decrypt_and_verify, encrypt, sign_and_encrypt
from tongsuo_py.pki.cms.profiles import ProfileName
from tongsuo_py.pki.cms.recipients import Recipient
from tongsuo_py.pki.cms.signed import Verified, certificates, sign, verify
from tongsuo_py.pki.cms.signers import Signer
from tongsuo_py.pki.cms.structure import to_pem

__all__ = [
    "DecryptionError",
    "FormatError",
    "InvalidSignature",
    "ProfileName",
    "Recipient",
    "Signer",
    "Verified",
    "certificates",
    "decrypt",
    "decrypt_and_verify",
    "encrypt",
    "sign",
    "sign_and_encrypt",
    "to_pem",
    "verify",
]
