"""Which offers are made to a server, one connection for each, and what it makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address

from tongsuo_py import pki, ssl
from tongsuo_py.cli.diagnosis.handshakes import Handshake, Target, shake_hands
from tongsuo_py.cli.diagnosis.results import Attempt, Outcome, Spoken

TLCP, RFC8998, TLS13, TLS12 = "TLCP 1.1", "TLS 1.3 with SM2", "TLS 1.3", "TLS 1.2"

#: All suites of TLCP that Tongsuo has (GB/T 38636-2020, table 2), preferred first.
TLCP_SUITES = (
    "ECDHE-SM2-SM4-GCM-SM3",
    "ECC-SM2-SM4-GCM-SM3",
    "ECDHE-SM2-SM4-CBC-SM3",
    "ECC-SM2-SM4-CBC-SM3",
    "RSA-SM4-GCM-SM3",
    "RSA-SM4-GCM-SHA256",
    "RSA-SM4-CBC-SM3",
    "RSA-SM4-CBC-SHA256",
)
_SM_SUITES = "TLS_SM4_GCM_SM3:TLS_SM4_CCM_SM3"
_OTHER_SUITES = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"
_ALPN = ("h2", "http/1.1")
_ECDHE = "ECDHE-"


@dataclass(frozen=True)
class Identity:
    """What we show to a server that asks: a pair, or one made up for the occasion.

    TLCP's ECDHE suites cannot even be offered without a pair.
    """

    pair: pki.CertificatePair
    made_up: bool

    @classmethod
    def of(cls, pair: pki.CertificatePair | None) -> Identity:
        """The user's own, otherwise one of a CA that nobody knows."""
        if pair is not None:
            return cls(pair, made_up=False)
        ca = pki.CA.create("tongsuo-py connect")
        return cls(ca.issue_pair(common_name="tongsuo-py connect"), made_up=True)


def survey(target: Target, pair: pki.CertificatePair | None, found: list[Spoken]) -> None:
    """Find out what the server makes of each protocol, and add it to ``found`` as it comes.

    Raises Failure where there is no TCP connection, or no more. It ends early at a server that lets
    the time run out twice, in TLCP and in TLS.
    """
    tlcp = Spoken(TLCP)
    found.append(tlcp)
    _try_tlcp(target, Identity.of(pair), tlcp)
    silent = _is_silent(tlcp)
    for protocol in (RFC8998, TLS13, TLS12):
        spoken = Spoken(protocol)
        found.append(spoken)
        _try_tls(target, protocol, pair, spoken)
        if silent and _is_silent(spoken):
            return
        silent = False


def _is_silent(spoken: Spoken) -> bool:
    return spoken.attempts[0].outcome is Outcome.SILENT


def _try_tlcp(target: Target, identity: Identity, spoken: Spoken) -> None:
    """Every suite for itself, if the server takes any of them."""
    first = _attempt(target, _tlcp_context("", identity), "", TLCP)
    spoken.attempts.append(first)
    if first.outcome is Outcome.REFUSED and not _is_address(target.name):
        target = replace(target, announced=False)
        first = _attempt(target, _tlcp_context("", identity), "", TLCP)
        if first.handshake.answered:
            spoken.refused_extensions.append("the server's name")
            spoken.attempts[0] = first
    if not first.handshake.answered:
        return
    for suite in TLCP_SUITES:
        spoken.attempts.append(_try_suite(target, suite, identity))
    spoken.needs_certificate = _refused_without_certificate(spoken.suites)
    agreed = [attempt for attempt in spoken.suites if attempt.outcome is Outcome.AGREED]
    if agreed:
        _try_extensions(target, agreed[0].suite, identity, spoken)
    if not identity.made_up and spoken.asks_for_certificate:
        anonymous = replace(identity, made_up=True)
        spoken.needs_certificate = _refused_without_certificate(
            _try_suite(target, attempt.suite, anonymous)
            for attempt in agreed
            if not attempt.suite.startswith(_ECDHE)
        )


def _try_extensions(target: Target, suite: str, identity: Identity, spoken: Spoken) -> None:
    """ALPN, session tickets and resumption: the suites were tried without what can be left out."""
    context = _tlcp_context(suite, identity)
    context.set_alpn_protocols(_ALPN)
    context.options &= ~ssl.OP_NO_TICKET
    full = shake_hands(target, context, TLCP)
    if not full.completed:
        spoken.refused_extensions.append("ALPN or a session ticket")
        context = _tlcp_context(suite, identity)
        full = shake_hands(target, context, TLCP)
    spoken.alpn = full.alpn
    spoken.resumes = _resumes(target, context, TLCP, full)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _refused_without_certificate(attempts: Iterable[Attempt]) -> bool:
    """Whether no suite got to a session, and at least one did not for want of a certificate."""
    outcomes = {attempt.outcome for attempt in attempts}
    return Outcome.AGREED not in outcomes and Outcome.NEEDS_CERTIFICATE in outcomes


def _try_suite(target: Target, suite: str, identity: Identity) -> Attempt:
    attempt = _attempt(target, _tlcp_context(suite, identity), suite, TLCP)
    if attempt.handshake.reason != "TLSV1_ALERT_DECODE_ERROR" or not suite.startswith(_ECDHE):
        return attempt
    context = _tlcp_context(suite, identity)
    try:
        context.ntls_strict_ecdhe = True
    except ValueError:  # Tongsuo 8.4 has the one form alone
        return attempt
    strict = _attempt(target, context, suite, TLCP)
    if not strict.supported:
        return attempt
    return replace(strict, note="its clients need --ecdhe standard (ntls_strict_ecdhe)")


def _try_tls(
    target: Target, protocol: str, pair: pki.CertificatePair | None, spoken: Spoken
) -> None:
    context = _tls_context(protocol, pair)
    attempt = _attempt(target, context, "", protocol)
    spoken.attempts.append(attempt)
    spoken.alpn = attempt.handshake.alpn
    spoken.needs_certificate = _refused_without_certificate([attempt])
    spoken.resumes = _resumes(target, context, protocol, attempt.handshake)


def _attempt(target: Target, context: ssl.SSLContext, suite: str, protocol: str) -> Attempt:
    seen = shake_hands(target, context, protocol)
    return Attempt(suite, _outcome(seen), seen)


def _outcome(seen: Handshake) -> Outcome:
    if seen.completed:
        return Outcome.AGREED
    if seen.silent:
        return Outcome.SILENT
    if not seen.answered:
        return Outcome.REFUSED
    return Outcome.NEEDS_CERTIFICATE if seen.asks_for_certificate else Outcome.FAILED


def _resumes(
    target: Target, context: ssl.SSLContext, protocol: str, first: Handshake
) -> bool | None:
    if not first.completed:
        return None
    if first.session is None:
        return False
    return shake_hands(target, context, protocol, session=first.session).resumed


def _tlcp_context(suite: str, identity: Identity) -> ssl.SSLContext:
    context = _unverified(ssl.PROTOCOL_NTLS_CLIENT)
    context.set_ciphers(suite or ":".join(TLCP_SUITES))
    context.options |= ssl.OP_NO_TICKET
    # Where there is a choice, rather nothing than what no server can trust.
    if not identity.made_up or not suite or suite.startswith(_ECDHE):
        identity.pair.configure(context)
    return context


def _tls_context(protocol: str, pair: pki.CertificatePair | None) -> ssl.SSLContext:
    context = _unverified(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(_ALPN)
    version = ssl.TLSVersion.TLSv1_2 if protocol == TLS12 else ssl.TLSVersion.TLSv1_3
    context.minimum_version = context.maximum_version = version
    if protocol == RFC8998:
        context.set_ciphersuites(_SM_SUITES)
        context.set_groups("curveSM2")
        context.set_server_sigalgs("sm2sig_sm3")
    elif protocol == TLS13:
        context.set_ciphersuites(_OTHER_SUITES)
    if pair is not None and version == ssl.TLSVersion.TLSv1_3:
        pair.sign.configure(context)
    return context


def _unverified(protocol: int) -> ssl.SSLContext:
    """A context that takes any certificate: the session carries nothing, and we judge it later."""
    context = ssl.SSLContext(protocol)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
