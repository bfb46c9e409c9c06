"""Certificates: a small certificate authority, TLCP's pairs, and reading what others issued::

    ca = pki.CA.create("Grid Root CA")
    pair = ca.issue_pair("platform.example", "127.0.0.1", role="platform")

    server = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    pair.configure(server)
    client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    ca.configure_trust(client)

A device that keeps its key to itself asks for its certificates, the GM way::

    request = pki.Request.create(key, "meter-7.example")  # on the device
    answer = ca.answer_pair(request)                      # on the CA: it makes the encryption key
    pair = answer.accept(key, trusted_root)               # on the device: everything is checked

All keys are SM2 keys; all signatures are SM2 with SM3 (``sm2sign-with-sm3``, 1.2.156.10197.1.501)
and the ID 1234567812345678. The certificates follow RFC 5280 and GB/T 20518, the pairs GB/T 38636.
"""

from tongsuo_py._binding.x509 import KeyUsage
from tongsuo_py.pki import cms
from tongsuo_py.pki.authority import CA
from tongsuo_py.pki.certificate import Certificate, load_certificate, load_certificates
from tongsuo_py.pki.crl import CRL, RevocationReason, RevokedCertificate, load_crl
from tongsuo_py.pki.identify import Identity, identify
from tongsuo_py.pki.issued import IssuedPair
from tongsuo_py.pki.issuing import self_signed
from tongsuo_py.pki.keyed import KeyedCertificate
from tongsuo_py.pki.load import PKCS12, load_keyed, load_pair, load_pkcs12
from tongsuo_py.pki.pair import CertificatePair
from tongsuo_py.pki.register import Register
from tongsuo_py.pki.request import Request, load_request
from tongsuo_py.pki.verify import (
    PairVerification,
    Problem,
    Verification,
    verify_chain,
    verify_pair,
)

__all__ = [
    "CA",
    "CRL",
    "PKCS12",
    "Certificate",
    "CertificatePair",
    "Identity",
    "IssuedPair",
    "KeyUsage",
    "KeyedCertificate",
    "PairVerification",
    "Problem",
    "Register",
    "Request",
    "RevocationReason",
    "RevokedCertificate",
    "Verification",
    "cms",
    "identify",
    "load_certificate",
    "load_certificates",
    "load_crl",
    "load_keyed",
    "load_pair",
    "load_pkcs12",
    "load_request",
    "self_signed",
    "verify_chain",
    "verify_pair",
]
