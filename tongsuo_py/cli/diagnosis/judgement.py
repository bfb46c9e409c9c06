"""What is wrong with a server: its certificates above all, by the trust that its clients have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from tongsuo_py import pki
from tongsuo_py.cli.diagnosis.handshakes import Target
from tongsuo_py.cli.diagnosis.results import Finding, Outcome, Shown, Spoken
from tongsuo_py.cli.diagnosis.survey import TLCP
from tongsuo_py.exceptions import FormatError

_SOON = timedelta(days=30)
_ENCRYPTS = (
    pki.KeyUsage.KEY_ENCIPHERMENT | pki.KeyUsage.DATA_ENCIPHERMENT | pki.KeyUsage.KEY_AGREEMENT
)


def judge_protocols(spoken: Iterable[Spoken], says: str | None) -> list[Finding]:
    """What is wrong with the protocols as such; ``says`` is what the server says without them."""
    supported = [each for each in spoken if each.supported]
    findings = [
        Finding(f"{each.protocol} with {attempt.suite or 'any suite'} fails: {seen.why}")
        for each in spoken
        for attempt in each.attempts
        if attempt.outcome is Outcome.FAILED and (seen := attempt.handshake)
    ]
    if not supported and not findings:
        instead = "" if says is None else f"; without them it says {says!r}"
        findings.append(Finding(f"it speaks neither TLCP nor TLS{instead}"))
    for each in supported:
        if each.refuses_extensions:
            text = (
                f"{each.protocol}: a hello with ALPN and session tickets fails "
                f"({each.refuses_extensions}); without them it works: clients need OP_NO_TICKET"
            )
            findings.append(Finding(text, wrong=False))
        if each.protocol == TLCP and not any(
            attempt.supported and attempt.suite.startswith("ECDHE") for attempt in each.attempts
        ):
            text = "TLCP: no suite with forward secrecy (ECDHE): who gets the encryption key can "
            findings.append(Finding(text + "read all sessions that were recorded", wrong=False))
    return findings


def judge_certificates(
    target: Target, spoken: Iterable[Spoken], roots: Iterable[pki.Certificate]
) -> list[Shown]:
    """What the server showed, each set of certificates once, and all that is wrong with it."""
    protocols: dict[tuple[bool, tuple[pki.Certificate, ...]], list[str]] = {}
    for each in spoken:
        if each.certificates:
            key = each.protocol == TLCP, each.certificates
            protocols.setdefault(key, []).append(each.protocol)
    roots = tuple(roots)
    return [
        _judge(target, tuple(names), sent, roots, pair=pair)
        for (pair, sent), names in protocols.items()
    ]


def _judge(
    target: Target,
    protocols: tuple[str, ...],
    sent: tuple[pki.Certificate, ...],
    roots: tuple[pki.Certificate, ...],
    *,
    pair: bool,
) -> Shown:
    roles = ("signing", "encryption") if pair else ("server",)
    findings: list[Finding] = []
    trusted: dict[pki.Certificate, None] = {}
    own = dict.fromkeys(sent[: len(roles)])
    for leaf in own:
        verification = pki.verify_chain(
            leaf,
            roots=roots,
            intermediates=sent[len(roles) :],
            purpose="server",
            host=target.name,
        )
        findings += [
            Finding(problem.reason, about=problem.certificate or leaf)
            for problem in verification.problems
        ]
        if verification.ok:
            trusted[verification.chain[-1]] = None
            findings += _expiring(verification.chain)
    findings += _pair(sent) if pair else _single(sent[0])
    return Shown(protocols, roles, sent, tuple(trusted), tuple(dict.fromkeys(findings)))


def _expiring(chain: Iterable[pki.Certificate]) -> Iterator[Finding]:
    for certificate in chain:
        left = certificate.not_after - datetime.now(UTC)
        if left < _SOON:
            yield Finding(f"it expires in {left.days} days", wrong=False, about=certificate)


def _single(certificate: pki.Certificate) -> Iterator[Finding]:
    if not _allows(certificate, pki.KeyUsage.DIGITAL_SIGNATURE | _ENCRYPTS):
        yield Finding("its key usage allows no use in TLS", about=certificate)


def _pair(sent: tuple[pki.Certificate, ...]) -> Iterator[Finding]:
    if len(sent) < 2:
        yield Finding("TLCP takes two certificates, and it sent one", about=sent[0])
        return
    sign, enc = sent[:2]
    if sign == enc:
        yield Finding("the signing and the encryption certificate are the same", about=sign)
    elif _same_key(sign, enc):
        yield Finding(
            "the signing and the encryption certificate have the same key, so who keeps a copy of "
            "the encryption key (as a CA may) can sign in its name",
            about=enc,
        )
    signs = _allows(sign, pki.KeyUsage.DIGITAL_SIGNATURE)
    encrypts = _allows(enc, _ENCRYPTS)
    if not signs and not encrypts and _allows(sign, _ENCRYPTS):
        yield Finding("the signing and the encryption certificate are swapped", about=sign)
        return
    if not signs:
        yield Finding(
            "it is sent for signing, and its key usage has no digitalSignature", about=sign
        )
    if not encrypts:
        text = (
            "it is sent for encryption, and its key usage has neither keyEncipherment nor "
            "dataEncipherment nor keyAgreement"
        )
        yield Finding(text, about=enc)
    if sign.subject != enc.subject:
        text = f"the two certificates are for different subjects: {sign.subject} and {enc.subject}"
        yield Finding(text, wrong=False, about=enc)


def _same_key(one: pki.Certificate, other: pki.Certificate) -> bool:
    try:
        return one.public_key() == other.public_key()
    except FormatError:  # not SM2: an RSA suite's
        return False


def _allows(certificate: pki.Certificate, wanted: pki.KeyUsage) -> bool:
    usage = certificate.key_usage
    return usage is None or bool(usage & wanted)
