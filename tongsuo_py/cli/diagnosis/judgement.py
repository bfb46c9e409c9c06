"""What is wrong with a server: its certificates above all, by the trust that its clients have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tongsuo_py import pki
from tongsuo_py.cli.diagnosis.handshakes import Target
from tongsuo_py.cli.diagnosis.results import Finding, Outcome, Shown, Spoken
from tongsuo_py.cli.diagnosis.survey import TLCP
from tongsuo_py.cli.trust import Trust

_SOON = timedelta(days=30)
_NO_ISSUER = frozenset({2, 20})  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT and _LOCALLY
_SIGNS = pki.KeyUsage.DIGITAL_SIGNATURE


def judge_protocols(spoken: Iterable[Spoken], says: str | None, *, whole: bool) -> list[Finding]:
    """What is wrong with the protocols as such, if they were tried to the end (``whole``).

    ``says`` is what the server says without them.
    """
    supported = [each for each in spoken if each.supported]
    findings = [
        Finding(f"{each.protocol} with {attempt.suite or 'any suite'} fails: {seen.why}")
        for each in spoken
        for attempt in each.suites
        if attempt.outcome is Outcome.FAILED and (seen := attempt.handshake)
    ]
    if whole and not supported and not findings:
        instead = "" if says is None else f"; without them it says {says!r}"
        findings.append(Finding(f"it speaks neither TLCP nor TLS{instead}"))
    for each in supported:
        for extension in each.refused_extensions:
            text = f"{each.protocol}: it ends the handshake at a hello with {extension}"
            findings.append(Finding(f"{text}: clients have to leave that out", wrong=False))
        if (
            whole
            and each.protocol == TLCP
            and not any(
                attempt.supported and attempt.suite.startswith("ECDHE") for attempt in each.suites
            )
        ):
            text = "TLCP: no suite with forward secrecy (ECDHE): who gets the encryption key can "
            findings.append(Finding(text + "read all sessions that were recorded", wrong=False))
    return findings


def judge_certificates(target: Target, spoken: Iterable[Spoken], trust: Trust) -> list[Shown]:
    """What the server showed, each set of certificates once, and all that is wrong with it."""
    protocols: dict[tuple[bool, tuple[pki.Certificate, ...]], list[str]] = {}
    for each in spoken:
        if each.certificates:
            key = each.protocol == TLCP, each.certificates
            protocols.setdefault(key, []).append(each.protocol)
    return [
        _judge(target, tuple(names), sent, trust, pair=pair)
        for (pair, sent), names in protocols.items()
    ]


def _judge(
    target: Target,
    protocols: tuple[str, ...],
    sent: tuple[pki.Certificate, ...],
    trust: Trust,
    *,
    pair: bool,
) -> Shown:
    asked: dict[str, Any] = {
        "roots": trust.roots,
        "crls": trust.crls,
        "purpose": "server",
        "host": target.name,
    }
    findings: list[Finding] = []
    verifications: tuple[pki.Verification, ...]
    if pair and len(sent) > 1:
        sign, enc = sent[:2]
        found = pki.verify_pair(sign, enc, intermediates=sent[2:], **asked)
        verifications = (found.sign, found.enc)
        findings += [Finding(problem.reason) for problem in found.common]
        if _is_swapped(sign, enc):
            findings.append(Finding("the signing and the encryption certificate are swapped"))
    else:
        verifications = (pki.verify_chain(sent[0], intermediates=sent[1:], **asked),)
        if pair:
            findings.append(Finding("TLCP takes two certificates, and the server sent one"))
    trusted: dict[pki.Certificate, None] = {}
    for each in verifications:
        findings += [
            Finding(_words(problem), about=problem.certificate) for problem in each.problems
        ]
        if each.ok:
            trusted[each.chain[-1]] = None
            findings += _expiring(each.chain)
    roles = ("signing", "encryption") if pair else ("server",)
    return Shown(protocols, roles, sent, tuple(trusted), tuple(dict.fromkeys(findings)))


def _words(problem: pki.Problem) -> str:
    """What is wrong, in terms of servers and of this command where that is something else."""
    if problem.code in _NO_ISSUER and problem.certificate is not None:
        return (
            f"its issuer, {problem.certificate.issuer}, is neither trusted here (see --ca) nor "
            "among the certificates that the server sent"
        )
    return problem.reason


def _is_swapped(sign: pki.Certificate, enc: pki.Certificate) -> bool:
    first, second = sign.key_usage, enc.key_usage
    if first is None or second is None:
        return False
    return not first & _SIGNS and bool(second & _SIGNS)


def _expiring(chain: Iterable[pki.Certificate]) -> Iterator[Finding]:
    for certificate in chain:
        left = certificate.not_after - datetime.now(UTC)
        if left < _SOON:
            yield Finding(f"it expires in {left.days} days", wrong=False, about=certificate)
