"""Whether a certificate, or a TLCP pair, is to be trusted; and if not, everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

from tongsuo_py._arguments import check_choice
from tongsuo_py._binding import lib, x509, x509_verify
from tongsuo_py._binding.x509 import KeyUsage
from tongsuo_py._binding.x509_verify import Finding
from tongsuo_py.pki import names, validity
from tongsuo_py.pki.advice import what_to_do
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.crl import CRL
from tongsuo_py.pki.encoded import handles, require, wrap
from tongsuo_py.pki.names import Address
from tongsuo_py.pki.usage import ENCRYPTION, SIGNING, usage_text

_V = TypeVar("_V")

#: The side of a connection that a certificate is to be good for.
Purpose = Literal["server", "client"]

#: What the key of one of TLCP's two certificates is to do.
Usage = Literal["sign", "encrypt"]

_PURPOSES = {"server": lib.X509_PURPOSE_SSL_SERVER, "client": lib.X509_PURPOSE_SSL_CLIENT}
_USAGES = {"sign": SIGNING, "encrypt": ENCRYPTION}

# What only follows from another problem, and would be noise beside it.
_CONSEQUENCES = {
    lib.X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: {
        lib.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
        lib.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
    },
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and what to do about it.

    ``certificate`` is the one that it is about (None where there is none), ``depth`` its place in
    the chain (0: the certificate that was asked about), ``code`` Tongsuo's number of the problem
    (X509_V_ERR_*, as ``ssl.SSLCertVerificationError.verify_code``), ``reason`` says it in words.
    """

    certificate: Certificate | None
    depth: int
    code: int
    reason: str

    def __str__(self) -> str:
        return f"{self.certificate.subject}: {self.reason}" if self.certificate else self.reason


@dataclass(frozen=True)
class Verification:
    """What came of it: ``chain`` is from the certificate up to the root, as far as it was found."""

    chain: tuple[Certificate, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def __str__(self) -> str:
        return "; ".join(map(str, self.problems)) or "verified"


@dataclass(frozen=True)
class PairVerification:
    """What came of a TLCP pair: of each certificate, and of the two together (``common``)."""

    sign: Verification
    enc: Verification
    common: tuple[Problem, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong."""
        return (*self.sign.problems, *self.enc.problems, *self.common)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def __str__(self) -> str:
        return "; ".join(map(str, self.problems)) or "verified"


def verify_chain(
    certificate: Certificate,
    *,
    roots: Iterable[Certificate],
    intermediates: Iterable[Certificate] = (),
    crls: Iterable[CRL] = (),
    purpose: Purpose | None = None,
    usage: Usage | None = None,
    host: str | Address | None = None,
    at: datetime | None = None,
    strict: bool = False,
) -> Verification:
    """Find the certificate's chain to one of ``roots``, and everything that is wrong with it.

    Signatures, times, basic constraints, key usage and path lengths are checked by RFC 5280,
    section 6. A root may be any certificate that is trusted, self-signed or not. With ``crls``,
    every certificate of the chain needs a list of its issuer (the root one of its own) that is in
    date and does not have it; without them revocation is not looked at.

    ``purpose`` is the side of a connection that it has to be good for, ``"server"`` or
    ``"client"``, ``usage`` what TLCP does with its key, ``"sign"`` or ``"encrypt"``; None: any.
    ``host`` is the host name or IP address that it has to be for, by its subject alternative names
    alone (RFC 9525). ``at`` is the time to look at it, by default now. ``strict`` also refuses what
    RFC 5280 does not let a CA issue, and many a CA did.

    Nothing is raised for a bad certificate: ``ok`` says whether it is good. Raises ValueError for
    an unknown purpose or usage, a host that is none, and a time without a zone.
    """
    require(certificate, Certificate)
    side, wanted = _known("purpose", purpose, _PURPOSES), _known("usage", usage, _USAGES)
    name = None if host is None else names.parse_host(host)
    chain, findings = x509_verify.verify(
        certificate._x509,
        roots=handles(roots, Certificate),
        intermediates=handles(intermediates, Certificate),
        crls=handles(crls, CRL),
        purpose=side,
        host=name.encode("ascii") if isinstance(name, str) else None,
        address=None if name is None or isinstance(name, str) else name.packed,
        at=None if at is None else validity.in_utc("at", at),
        strict=strict,
    )
    problems = [_problem(finding, purpose) for finding in _without_consequences(findings)]
    if wanted is not None:
        problems += _usage_problems(certificate, *wanted)
    return Verification(tuple(wrap(Certificate, handle) for handle in chain), tuple(problems))


def verify_pair(
    sign: Certificate,
    enc: Certificate,
    *,
    roots: Iterable[Certificate],
    intermediates: Iterable[Certificate] = (),
    crls: Iterable[CRL] = (),
    purpose: Purpose | None = None,
    host: str | Address | None = None,
    at: datetime | None = None,
    strict: bool = False,
) -> PairVerification:
    """``verify_chain`` of both certificates of a TLCP pair, each also for its usage.

    Beyond that, the two must be different certificates, of different keys, for the same subject.
    """
    roots, intermediates, crls = tuple(roots), tuple(intermediates), tuple(crls)

    def verified(certificate: Certificate, usage: Usage) -> Verification:
        return verify_chain(
            certificate,
            roots=roots,
            intermediates=intermediates,
            crls=crls,
            purpose=purpose,
            usage=usage,
            host=host,
            at=at,
            strict=strict,
        )

    common = []
    if sign == enc:
        common.append("both certificates are the same one: a pair needs two")
    elif x509.public_key_der(sign._x509) == x509.public_key_der(enc._x509):
        common.append("both certificates are for the same key: the CA's copy of it could sign, too")
    if sign.subject != enc.subject:
        common.append(f"the certificates are of two: {sign.subject} signs, {enc.subject} encrypts")
    return PairVerification(
        verified(sign, "sign"),
        verified(enc, "encrypt"),
        tuple(Problem(None, 0, lib.X509_V_ERR_APPLICATION_VERIFICATION, text) for text in common),
    )


def _known(name: str, value: str | None, table: dict[str, _V]) -> _V | None:
    if value is None:
        return None
    check_choice(name, value, table)
    return table[value]


def _without_consequences(findings: Sequence[Finding]) -> list[Finding]:
    present = {finding.code for finding in findings}
    return [
        finding
        for finding in findings
        if not present & _CONSEQUENCES.get(finding.code, frozenset())
    ]


def _problem(finding: Finding, purpose: str | None) -> Problem:
    code, depth, handle = finding
    words = x509_verify.error_text(code)
    certificate = None if handle is None else wrap(Certificate, handle)
    if certificate is not None and (advice := what_to_do(code, certificate, purpose)):
        words = f"{words}; {advice}"
    return Problem(certificate, depth, code, words)


def _usage_problems(certificate: Certificate, wanted: KeyUsage, words: str) -> list[Problem]:
    usage = certificate.key_usage
    if usage is None or usage & wanted:
        return []
    reason = f"its key usage must have {words}, and it has {usage_text(usage)}: are two swapped?"
    return [Problem(certificate, 0, lib.X509_V_ERR_INVALID_PURPOSE, reason)]
