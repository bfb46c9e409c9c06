"""What to do about a certificate that does not verify, for people; Tongsuo says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tongsuo_py._binding import lib
from tongsuo_py.pki.certificate import Certificate


def what_to_do(code: int, certificate: Certificate, purpose: str | None) -> str | None:
    """The advice on a problem (X509_V_ERR_*) of a certificate; None where there is none.

    ``purpose`` is what it was wanted for, ``"server"`` or ``"client"``.
    """
    give = _ADVICE.get(code)
    return None if give is None else give(certificate, purpose)


def _date(value: datetime) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S} UTC"


def _for_names(certificate: Certificate, _: str | None) -> str:
    found = ", ".join(str(value) for _, value in certificate.san)
    return f"it is for {found or 'no name at all'}: connect by such a name, or have it reissued"


_ADVICE: dict[int, Callable[[Certificate, str | None], str]] = {
    lib.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT: lambda it, _: (
        f"the certificate of {it.issuer} is missing: give all intermediates, and the root"
    ),
    lib.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: lambda it, _: (
        f"the certificate of {it.issuer} is missing: give it as an intermediate, or as a root "
        "if you trust it"
    ),
    # Tongsuo 8.4's word for what 8.5 calls a missing issuer.
    lib.X509_V_ERR_AKID_SKID_MISMATCH: lambda it, _: (
        f"another CA has its issuer's name: the certificate of {it.issuer} is missing, that is, "
        "of the one that issued it"
    ),
    lib.X509_V_ERR_UNABLE_TO_GET_CRL: lambda it, _: (
        f"give a revocation list of {it.issuer}, or none at all to leave revocation out"
    ),
    lib.X509_V_ERR_CERT_SIGNATURE_FAILURE: lambda it, _: (
        f"it was altered, or issued by another CA that calls itself {it.issuer}"
    ),
    lib.X509_V_ERR_CRL_SIGNATURE_FAILURE: lambda it, _: (
        f"the revocation list of {it.issuer} was altered, or is another CA's of that name"
    ),
    lib.X509_V_ERR_CERT_NOT_YET_VALID: lambda it, _: (
        f"it is valid from {_date(it.not_before)}: is the clock right?"
    ),
    lib.X509_V_ERR_CERT_HAS_EXPIRED: lambda it, _: (
        f"it was valid until {_date(it.not_after)}: have a new one issued"
    ),
    lib.X509_V_ERR_CRL_NOT_YET_VALID: lambda it, _: (
        f"the revocation list of {it.issuer} is from the future: is the clock right?"
    ),
    lib.X509_V_ERR_CRL_HAS_EXPIRED: lambda it, _: (
        f"the revocation list of {it.issuer} is out of date: get the newest one"
    ),
    lib.X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: lambda it, _: (
        "no CA stands for it: give it as a root if you know that it is genuine"
    ),
    lib.X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: lambda it, _: (
        f"{it.subject} is not among the roots: add it if you trust that CA"
    ),
    lib.X509_V_ERR_CERT_CHAIN_TOO_LONG: lambda it, _: "there are too many CAs above each other",
    lib.X509_V_ERR_CERT_REVOKED: lambda it, _: (
        f"{it.issuer} took it back: have a new one issued, for a new key"
    ),
    lib.X509_V_ERR_PATH_LENGTH_EXCEEDED: lambda it, _: (
        "it allows fewer CAs below itself: issue from a CA that stands higher"
    ),
    lib.X509_V_ERR_INVALID_CA: lambda it, _: (
        "it issued a certificate and is no CA's: a chain leads through CAs alone"
    ),
    lib.X509_V_ERR_INVALID_PURPOSE: lambda it, purpose: (
        f"its key usage or extended key usage does not allow it to be a {purpose}'s: have one "
        "issued for that"
    ),
    lib.X509_V_ERR_KEYUSAGE_NO_CERTSIGN: lambda it, _: (
        "its issuer's key usage has no keyCertSign, so that one may not issue"
    ),
    lib.X509_V_ERR_KEYUSAGE_NO_CRL_SIGN: lambda it, _: (
        f"the key usage of {it.issuer} has no cRLSign, so its revocation list does not count"
    ),
    lib.X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION: lambda it, _: (
        "it has an extension that must be understood, and is not known here"
    ),
    lib.X509_V_ERR_HOSTNAME_MISMATCH: _for_names,
    lib.X509_V_ERR_IP_ADDRESS_MISMATCH: _for_names,
}
