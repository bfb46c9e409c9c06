"""What to do about a certificate that does not verify, for people; Tongsuo says what is wrong."""

from __future__ import annotations

from tongsuo_py._binding import lib
from tongsuo_py.pki.certificate import Certificate


def what_to_do(code: int, certificate: Certificate, purpose: str | None) -> str | None:
    """The advice on a problem (X509_V_ERR_*) of a certificate; None where there is none.

    ``purpose`` is what it was wanted for, ``"server"`` or ``"client"``.
    """
    if code not in _ADVICE:
        return None
    advice = _ADVICE[code]
    names = _names(certificate) if advice is _OTHER_NAME else ""
    return advice.format(it=certificate, purpose=purpose, names=names)


def _names(certificate: Certificate) -> str:
    try:
        return ", ".join(str(value) for _, value in certificate.san) or "no name at all"
    except UnicodeDecodeError:
        return "names that cannot be read"


_OTHER_NAME = "it is for {names}: connect by such a name, or have it reissued"

# ``it`` is the certificate.
_ADVICE = {
    lib.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT: (
        "the certificate of {it.issuer} is missing: give all intermediates, and the root"
    ),
    lib.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: (
        "the certificate of {it.issuer} is missing: give it as an intermediate, or as a root "
        "if you trust it"
    ),
    # Tongsuo 8.4's word for what 8.5 calls a missing issuer.
    lib.X509_V_ERR_AKID_SKID_MISMATCH: (
        "another CA has its issuer's name: the certificate of {it.issuer} is missing, that is, "
        "of the one that issued it"
    ),
    lib.X509_V_ERR_UNABLE_TO_GET_CRL: (
        "give a revocation list of {it.issuer}, or none at all to leave revocation out"
    ),
    lib.X509_V_ERR_CERT_SIGNATURE_FAILURE: (
        "it was altered, or issued by another CA that calls itself {it.issuer}"
    ),
    lib.X509_V_ERR_CRL_SIGNATURE_FAILURE: (
        "the revocation list of {it.issuer} was altered, or is another CA's of that name"
    ),
    lib.X509_V_ERR_CERT_NOT_YET_VALID: (
        "it is valid from {it.not_before:%Y-%m-%d %H:%M:%S} UTC: is the clock right?"
    ),
    lib.X509_V_ERR_CERT_HAS_EXPIRED: (
        "it was valid until {it.not_after:%Y-%m-%d %H:%M:%S} UTC: have a new one issued"
    ),
    lib.X509_V_ERR_CRL_NOT_YET_VALID: (
        "the revocation list of {it.issuer} is from the future: is the clock right?"
    ),
    lib.X509_V_ERR_CRL_HAS_EXPIRED: (
        "the revocation list of {it.issuer} is out of date: get the newest one"
    ),
    lib.X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: (
        "no CA stands for it: give it as a root if you know that it is genuine"
    ),
    lib.X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: (
        "{it.subject} is not among the roots: add it if you trust that CA"
    ),
    lib.X509_V_ERR_CERT_CHAIN_TOO_LONG: "there are too many CAs above each other",
    lib.X509_V_ERR_CERT_REVOKED: ("{it.issuer} took it back: have a new one issued, for a new key"),
    lib.X509_V_ERR_PATH_LENGTH_EXCEEDED: (
        "it allows fewer CAs below itself: issue from a CA that stands higher"
    ),
    lib.X509_V_ERR_INVALID_CA: (
        "it issued a certificate and is no CA's: a chain leads through CAs alone"
    ),
    lib.X509_V_ERR_INVALID_PURPOSE: (
        "its key usage or extended key usage does not allow it to be a {purpose}'s: have one "
        "issued for that"
    ),
    lib.X509_V_ERR_KEYUSAGE_NO_CERTSIGN: (
        "its issuer's key usage has no keyCertSign, so that one may not issue"
    ),
    lib.X509_V_ERR_KEYUSAGE_NO_CRL_SIGN: (
        "the key usage of {it.issuer} has no cRLSign, so its revocation list does not count"
    ),
    lib.X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION: (
        "it has an extension that must be understood, and is not known here"
    ),
    lib.X509_V_ERR_HOSTNAME_MISMATCH: _OTHER_NAME,
    lib.X509_V_ERR_IP_ADDRESS_MISMATCH: _OTHER_NAME,
}
